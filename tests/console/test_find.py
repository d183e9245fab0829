"""Finding: patients without a word of them in an address, sessions by lot, deviations and corrections, claims reopened."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import httpx

from domain import events as e
from domain import facts as f
from domain.clinic_time import clinic_day
from domain.dose import VialOpened
from domain.facts.telling import SessionValues
from domain.people import Actor
from domain.waits import WaitKind
from office.measures import count_for
from office.spreadsheets import cell
from readmodel.access import looks
from readmodel.people import save_patient
from tests.console.kit import Person, signed_in
from tests.kit.answers import People, Situation, approved
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.people import DR_LEE
from tests.kit.world import World

HOSTILE = '<script>alert("x")</script> \u202eمرحبا 🙂'


async def found(who: Person, text: str) -> str:
    """Return what the form answers."""
    answer = await who.post("/find", {"text": text})
    assert answer.status_code == httpx.codes.OK
    assert str(answer.url).endswith("/find"), "nothing that was typed stands in the address"
    return answer.text


async def test_a_patient_is_found_by_name_number_and_telephone_with_the_courses(world: World, console: str) -> None:
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.GOALS)
    patient = running.patient
    assert patient.phone is not None
    async with signed_in(console, "amy.ops") as amy:
        pages = [
            await found(amy, text)
            for text in (patient.name[-8:], patient.record_number.lower(), patient.phone[-8:], running.course_id[:12])
        ]
        nobody = await found(amy, "nobody of this name")

    for shown in pages:
        assert patient.name in shown
        assert f'href="/courses/{running.course_id}"' in shown
    assert "Nobody was found" in nobody


async def test_a_patient_is_found_by_an_authorizations_number_also_when_it_is_over(world: World, console: str) -> None:
    number = f"AUTH-{uuid4().hex[:8]}"
    running = await CourseUnderTest.start(world)
    people = People({WaitKind.PAYER_ANSWER: lambda situation: approved(situation, number=number)})
    await running.until(WaitKind.CLEARANCE, people)
    async with signed_in(console, "ben.billing") as ben:
        shown, part = await found(ben, number.lower()), await found(ben, number[:-1])

    assert running.course_id in shown
    assert "Courses with this authorization number" in shown
    assert running.course_id not in part, "a whole number, so that none is guessed"


async def test_htmx_gets_the_results_alone_and_a_name_with_markup_is_text(world: World, console: str) -> None:
    number = uuid4().hex[:10]
    patient = {"record_number": f"MRN-{number}", "name": f"{HOSTILE} {number}", "birth_date": date(1990, 1, 2)}
    from readmodel.people import Patient

    await save_patient(world.pool, Patient.model_validate(patient), by="amy.ops", at=datetime.now(UTC))
    async with signed_in(console, "amy.ops") as amy:
        csrf = await amy.csrf()
        answer = await amy.http.post(
            "/find", data={"text": number}, headers={"hx-request": "true", "x-csrf-token": csrf}
        )

    assert "<html" not in answer.text
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


async def test_what_was_typed_in_the_address_finds_nobody(world: World, console: str) -> None:
    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.GOALS)
    async with signed_in(console, "amy.ops") as amy:
        shown = (await amy.get(f"/find?text={running.patient.record_number}")).text

    assert running.patient.name not in shown


async def with_a_lot(world: World, lot: str) -> CourseUnderTest:
    """Return a course whose first session opened a vial of this lot."""

    def given(situation: Situation) -> tuple[Actor, f.SessionResult]:
        vial = VialOpened(size_units=200, lot=lot, expires_on=situation.today + timedelta(days=300))
        return DR_LEE, f.SessionResult(vials=(vial,), injector="dr.lee")

    running = await CourseUnderTest.start(world)
    await running.until(WaitKind.SAFETY_CALL, People({WaitKind.SESSION_RESULT: given}))
    return running


async def test_all_sessions_of_a_lot_are_found_and_each_patient_shown_is_recorded(world: World, console: str) -> None:
    lot = f"=L{uuid4().hex[:6]}"
    running = await with_a_lot(world, lot)
    async with signed_in(console, "ada.admin") as ada, signed_in(console, "amy.ops") as amy:
        shown = (await ada.http.get("/find", params={"what": "lot", "lot": lot.upper()})).text
        file = await ada.http.get("/find/lot.csv", params={"lot": lot})
        refused = await amy.get("/find?what=lot")

    assert running.patient.name in shown
    [_, row] = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert row[3] == running.course_id
    assert f"'{lot}" in row, "no spreadsheet runs it"
    assert {look.what for look in await looks(world.pool, course_id=running.course_id)} == {"sessions by lot"}
    assert refused.status_code == httpx.codes.NOT_FOUND


async def test_deviations_and_corrections_are_found_with_who_why_and_who_looked(world: World, console: str) -> None:
    running = await with_a_lot(world, "C7461")
    given_on = (await running.course()).sessions[0].given_on
    told = next(event for event in await running.journal() if isinstance(event, e.SessionGiven))
    assert told.on is not None
    reason = f"=the label says otherwise {uuid4().hex[:6]}"
    await running.tell(
        DR_LEE,
        f.Correction(
            event=told.number,
            subject=1,
            recorded_by=told.by,
            recorded_on=told.on,
            values=SessionValues(reactions=("bruise",)),
            reason=reason,
        ),
    )
    await count_for(world.pool, 60)  # a page counts for a second, which is not enough for all that other tests left
    async with signed_in(console, "ada.admin") as ada, signed_in(console, "ben.billing") as ben:
        shown = (await ada.get(f"/find?what=irregular&kind=correction&since={given_on}")).text
        other = (await ada.get("/find?what=irregular&kind=deviation")).text
        file = (await ada.get("/find/irregular.csv?kind=correction")).text
        wrong = await ada.get("/find?what=irregular&since=yesterday")
        refused = await ben.get("/find?what=irregular")

    assert reason in shown
    assert f"/courses/{running.course_id}/history?open=" in shown
    assert reason not in other
    assert f"'{reason}" in file
    looked = {(look.user_id, look.what) for look in await looks(world.pool, course_id=running.course_id)}
    assert looked == {("ada.admin", f"list: deviations and corrections{of}") for of in ("", " as a file")}
    assert wrong.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert refused.status_code == httpx.codes.NOT_FOUND


async def test_where_nothing_is_found_no_empty_table_stands(console: str) -> None:
    async with signed_in(console, "ada.admin") as ada:
        shown = (await ada.get("/find?what=irregular&since=2199-01-01")).text

    assert "No deviation and no correction of this kind and time." in shown
    assert "<table" not in shown


async def test_claims_that_a_payer_reopened_are_found(world: World, console: str) -> None:
    running = await with_a_lot(world, "C7461")
    today = clinic_day(await running.now(), world.clinic.zone)
    claim = f"{running.course_id}/session-9"
    await world.pool.execute(
        "insert into claim (claim_id, key, content, course_id, session, payer_id, place_of_service, service_on, diagnoses,"
        " injector, filed_at, changed_at) values ($1, $1, '{}', $2, 9, 'northwind-commercial', 'office', $3, '{}',"
        " 'dr.lee', now(), now())",
        claim,
        running.course_id,
        today,
    )
    await world.pool.execute(
        "insert into remittance (key, content, billed_id, state, on_day, amount_cents, reason_codes, recorded_at)"
        " values ($1, '{}', $1, 'taken_back', $2, 12300, '{CO-45}', now())",
        claim,
        today,
    )
    async with signed_in(console, "ben.billing") as ben, signed_in(console, "amy.ops") as amy:
        shown = (await ben.get("/find?what=reopened")).text
        refused = await amy.get("/find?what=reopened")

    assert running.patient.name in shown
    assert "taken back" in shown
    assert "$123.00" in shown
    assert refused.status_code == httpx.codes.NOT_FOUND


def test_a_cell_that_a_spreadsheet_would_run_is_defused_and_a_number_is_not() -> None:
    assert [cell(one) for one in ("=1+1", " @x", "-5", "plain", "-", -5, None)] == [
        "'=1+1",
        "' @x",
        "'-5",
        "plain",
        "-",
        "-5",
        "",
    ]
