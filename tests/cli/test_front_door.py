"""Courses through `starter.py` as a program, against the real stack."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain.clinic_time import clinic_day, instant_of
from domain.waits import WaitKind
from readmodel.contact import opt_out_said
from readmodel.lookups import bills_of, set_ahead
from readmodel.people import patient
from tests.cli.front_door import FrontDoor, an_intake, written
from tests.kit.beginnings import a_beginning
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.days import a_monday_of_its_own
from tests.kit.world import World

AMY, LEE, BEN, ADA = (("--by", user) for user in ("amy.ops", "dr.lee", "ben.billing", "ada.admin"))
GOALS = ("goals=half as many headache days", "consent_signed_on=today")
APPROVED = ("decision=approved", "from_on=today", "until_on=today+179", "sessions=2", "units=400")


async def begun(starter: FrontDoor, folder: Path, *, sample: bool = True) -> str:
    """Start a sample course and return its id."""
    how = ("--sample",) if sample else ()
    started = await starter.done("start", written(folder, an_intake()), *how, *AMY)
    course_id: str = started["course_id"]
    return course_id


async def authorized(starter: FrontDoor, folder: Path) -> str:
    """Start a sample course and bring it to the booking of session 1."""
    course = await begun(starter, folder)
    await starter.done("answer", f"{course}/goals:intake", *GOALS, *LEE)
    await starter.done("answer", f"{course}/submit-packet:request-1", *AMY)
    number = f"number=A-{uuid4().hex[:6]}"
    await starter.done("answer", f"{course}/payer-answer:request-1", *APPROVED, number, "--settle", *AMY)
    return course


async def until_task(starter: FrontDoor, course: str, kind: str) -> None:
    """Let time pass until a task is open, if it is not open yet: how far ahead the first free time lies, others decide."""
    while kind not in {task["kind"] for task in await starter.done("tasks", "--course", course)}:
        await starter.done("fast-forward", course, "--until-task", *AMY)


async def test_a_course_is_started_once_and_named_when_it_is_there_already(starter: FrontDoor, tmp_path: Path) -> None:
    intake = written(tmp_path, an_intake())

    started = await starter.done("start", intake, *AMY)
    again = await starter("start", intake, *AMY, "--json")

    assert started["workflow_id"].startswith("patient-")
    assert started["phase"] == "admission"
    assert (again.status, again.error["kind"]) == (3, "already_there")
    assert started["course_id"] in again.error["message"]


async def test_as_a_program_it_keeps_stdout_for_the_answer_and_stderr_for_the_error(
    starter: FrontDoor, tmp_path: Path
) -> None:
    intake = written(tmp_path, an_intake())

    started = await starter.program("start", intake, "--json", REGIMEN_BY="amy.ops")
    again = await starter.program("start", intake, *AMY)
    task = f"{started.json['course_id']}/goals:intake"
    answered = await starter.program("answer", task, *GOALS, *LEE)
    refused = await starter.program("answer", task, *GOALS, *AMY, "--json")

    assert (started.status, started.err) == (0, "")
    assert (again.status, again.out) == (3, "")
    assert again.err.startswith("error: a course is already open")
    assert answered.status == 0
    assert "Goals were set: half as many headache days" in answered.out
    assert "Now: Waits for operations" in answered.out
    assert (refused.status, refused.error["kind"], refused.err) == (5, "refused", "")


async def test_a_wrong_intake_names_every_fault_and_starts_nothing(starter: FrontDoor, tmp_path: Path) -> None:
    intake = an_intake(protocol="onabotulinumtoxin", clinician="dr.who")
    intake["patient"]["birth_date"] = "2999-01-01"
    intake["counts"]["headache_days"] = 31  # of 30
    intake["coverage"]["payer_id"] = "nobody"
    misspelt = an_intake()
    misspelt["patient"]["brith_date"] = misspelt["patient"].pop("birth_date")

    wrong = await starter("start", written(tmp_path, intake), *AMY, "--json")
    form = await starter("start", written(tmp_path, misspelt), *AMY, "--json")
    found = await starter.done("find", intake["patient"]["record_number"])

    assert (wrong.status, form.status) == (2, 2)
    assert {field["field"] for field in wrong.error["fields"]} >= {
        "protocol",
        "clinician",
        "patient.birth_date",
        "counts.headache_days",
        "coverage.payer_id",
    }
    assert {field["field"] for field in form.error["fields"]} == {"patient.birth_date", "patient.brith_date"}
    assert found == []


async def test_a_misspelt_field_hides_no_fault_elsewhere(starter: FrontDoor, tmp_path: Path) -> None:
    intake = an_intake(monhts_with_headache=3, protocol="another")
    intake["patient"]["birth_date"] = "2099-01-01"
    intake["counts"]["headache_days"] = 45

    ran = await starter("start", written(tmp_path, intake), *AMY, "--json")

    assert ran.status == 2
    named = {field["field"] for field in ran.error["fields"]}
    assert named >= {"monhts_with_headache", "protocol", "patient.birth_date", "counts.headache_days"}


async def test_a_record_number_never_joins_two_people(starter: FrontDoor, tmp_path: Path) -> None:
    first = an_intake()
    await starter.done("start", written(tmp_path, first), *AMY)
    other = json.loads(json.dumps(first))
    other["patient"]["birth_date"] = "1990-05-05"
    other["patient"]["name"] = "Somebody Else"

    status, said = await starter.refused("start", written(tmp_path, other), *AMY)

    assert status in {2, 3}
    assert "Somebody" not in said


async def test_who_is_on_no_list_changes_nothing(starter: FrontDoor, tmp_path: Path) -> None:
    intake = written(tmp_path, an_intake())

    unknown = await starter.refused("start", intake, "--by", "dr.lea")
    nobody = await starter.refused("start", intake)
    billing = await starter.refused("start", intake, *BEN)

    assert unknown == (2, "no user dr.lea; did you mean dr.lee?")
    assert nobody[0] == 2
    assert "REGIMEN_BY" in nobody[1]
    assert billing[0] == 5


async def test_a_task_is_answered_by_its_role_with_its_fields_and_once(starter: FrontDoor, tmp_path: Path) -> None:
    course = await begun(starter, tmp_path)
    task, short = f"{course}/goals:intake", f"{course[:10]}/goals"

    wrong_role = await starter.refused("answer", task, *GOALS, *AMY)
    wrong_field = await starter("answer", task, "goal=fewer days", *LEE, "--json")
    no_task = await starter.refused("answer", f"{course}/clearance:session-1", "clear=yes", *LEE)
    no_course = await starter.refused("answer", "ffffffff/goals:intake", *GOALS, *LEE)
    request = uuid4().hex
    first = await starter.done("answer", short, *GOALS, *LEE, "--request-id", request)
    double = await starter.done("answer", task, *GOALS, *LEE, "--request-id", request)
    closed = await starter.refused("answer", task, *GOALS, *LEE)

    assert wrong_role == (5, "`goals` is for clinician; your role is operations")
    assert wrong_field.status == 2
    assert {fault["field"] for fault in wrong_field.error["fields"]} == {"goal", "goals", "consent_signed_on"}
    assert no_task[0] == 4
    assert no_course[0] == 4
    assert double["event"] == first["event"]
    assert closed == (5, "task goals:intake is not open")


async def test_a_task_is_taken_tried_given_back_and_handed_on(starter: FrontDoor, tmp_path: Path) -> None:
    course = await begun(starter, tmp_path)
    task = f"{course}/goals:intake"

    await starter.done("take", task, *LEE)
    taken = await starter.refused("take", task, "--by", "dr.khan")
    await starter.done("attempt", task, "no answer", "--again", "today+2", *LEE)
    await starter.done("release", task, *LEE)
    not_hers = await starter.refused("assign", task, "ben.billing", *LEE)
    await starter.done("assign", task, "nina.np", *ADA)
    page = await starter("show", course)
    await starter.done("deadline", task, "today+20", "--reason", "the patient is abroad", *LEE)
    [shown] = await starter.done("tasks", "--course", course)

    assert taken == (5, "Dr. Jordan Lee has taken it already")
    assert not_hers[0] == 2
    assert "moved ahead" not in page.out
    assert (shown["task"], shown["owner"], shown["role"]) == (task, "nina.np", "clinician")
    assert [attempt["result"] for attempt in shown["attempts"]] == ["no answer"]
    assert shown["answered_by"][0]["kind"] == "goals"


async def test_a_session_is_booked_given_signed_billed_and_paid(
    starter: FrontDoor, tmp_path: Path, world: World
) -> None:
    course = await authorized(starter, tmp_path)
    await until_task(starter, course, "readiness")

    await starter.done("answer", f"{course}/readiness:session-1", "drug_on_hand=yes", "--settle", *AMY)
    travelled = await starter.done("fast-forward", course, "--until-task", *AMY)
    early = await starter.refused("answer", f"{course}/clearance:session-1", "clear=yes", "--by", "nina.np")
    await starter.done("answer", f"{course}/clearance:session-1", "clear=yes", *LEE)
    result = ("vials=200:C7461:today+300", "reactions=sore neck,drowsy")
    await starter.done("answer", f"{course}/session-result:session-1", *result, "--settle", *AMY)
    injector = (await starter.done("show", course))["sessions"][0]["injector"]
    await starter.done("answer", f"{course}/signature:session-1", "--settle", "--by", injector)
    paid = ("record", course, "claim-status", "session=1", "status=paid", "amount=1180.40", *BEN)
    first = await starter.done(*paid, "--request-id", "remittance-1")
    double = await starter.done(*paid, "--request-id", "remittance-1")
    reviewed = ("record", course, "claim-status", "session=1", "status=reopened", "records_by=today+45", *BEN)
    again = await starter.done(*reviewed)
    [task] = [one for one in await starter.done("tasks", "--course", course) if one["kind"] == "claim-denied"]
    await starter.done("answer", task["task"], "action=send_records", "note=all of it", "--settle", *BEN)
    shown = await starter.done("show", course)
    page = await starter("show", course[:8])
    story = await starter("claims", course[:8])
    unknown = await starter.refused("record", course, "claim-status", "session=1", "claim=R1", "status=paid", *BEN)

    assert travelled["new_tasks"] == [f"{course}/clearance:session-1"]
    assert early[0] == 5
    assert (first["state"], first["paid_cents"]) == ("paid", 118040)
    assert double == first
    assert again["state"] == "reopened"
    assert task["context"]["last_day"]
    assert "(its time was moved ahead)" in page.out
    [bill] = await bills_of(world.pool, course)
    assert [one.state for one in bill.remittances] == ["paid", "reopened"]
    assert f"claim {bill.number} to Northwind Health: reopened, $1,180.40 paid" in story.out
    assert "filed: 1 x 64615, 155 x J0585, 45 x J0585 JW" in story.out
    assert "the records were sent: all of it" in story.out
    assert unknown[0] == 2
    assert f"expected one of {bill.number}" in unknown[1]
    assert shown["sessions"][0]["reactions"] == ["sore neck", "drowsy"]
    assert shown["coverage"]["left"]["sessions"] == 1
    assert shown["next_session"]["number"] == 2
    assert "Session 1: " in page.out


async def test_who_records_a_red_flag_is_told_at_once_what_to_say_and_finds_who_else_had_the_lot(
    starter: FrontDoor, tmp_path: Path
) -> None:
    course, lot = await authorized(starter, tmp_path), f"L{uuid4().hex[:8]}"
    vials = (f"vials=200:{lot}:today+300", "injector=dr.lee")
    told = ("record", course, "session-given", *vials, "--deviation", "she had an attack", "--settle", *LEE)
    await starter.done(*told)

    told_by_phone = ("record", course, "adverse-event", "red_flags=swallowing", "note=food gets stuck")
    flagged = await starter(*told_by_phone, *AMY)
    again = await starter.done(*told_by_phone, "channel=message", *AMY)
    [found] = await starter.done("find", "--lot", lot.lower())
    nobody = await starter.done("find", "--lot", f"{lot}-2")

    assert flagged.status == 0
    assert "TELL THE PATIENT NOW: Trouble swallowing or breathing can be life-threatening." in flagged.err
    assert again["advice"].startswith("Trouble swallowing or breathing")
    assert (found["course_id"], found["session"]) == (course, 1)
    assert len(found["adverse_events"]) == 2
    assert nobody == []


async def test_the_authorization_request_is_printed_with_its_evidence(starter: FrontDoor, tmp_path: Path) -> None:
    course = await begun(starter, tmp_path)
    none_yet = await starter.refused("packet", course, "--out", str(tmp_path / "none.html"))
    await starter.done("answer", f"{course}/goals:intake", *GOALS, *LEE)

    told = await starter.done("packet", course, "--out", str(tmp_path / "packet.html"))

    html = (tmp_path / "packet.html").read_text()
    assert none_yet[0] == 4
    assert told["request"] == 1
    for said in (
        "Wilhelmina Fernspindle",
        "Northwind Health",
        "topiramate",
        "64615",
        "J0585",
        "G43.709",
        "half as many",
    ):
        assert said in html
    assert "<script" not in html


async def test_what_has_happened_is_told_with_who_and_raw_as_temporal_keeps_it(
    starter: FrontDoor, tmp_path: Path
) -> None:
    course = await begun(starter, tmp_path)
    await starter.done("answer", f"{course}/goals:intake", *GOALS, *LEE)

    told = await starter("history", course)
    raw = await starter.done("history", course, "--raw")

    assert "Dr. Jordan Lee, clinician" in told.out
    assert "Goals were set: half as many headache days" in told.out
    assert [line["event"] for line in raw["journal"]] == list(range(1, len(raw["journal"]) + 1))
    [run] = raw["runs"]
    assert run["events"][0]["type"] == "workflow_execution_started"
    assert course in json.dumps(run["events"][0]["details"])


async def test_withdrawing_says_what_follows_and_can_be_reopened(starter: FrontDoor, tmp_path: Path) -> None:
    course = await begun(starter, tmp_path)

    unasked = await starter.refused("withdraw", course, "--reason", "no time", *AMY)
    await starter.done("withdraw", course, "--reason", "no time", "--yes", "--settle", *AMY)
    ended = await starter.done("show", course)
    not_hers = await starter.refused("reopen", course, "--reason", "wants it", "--agreed-by", "amy.ops", *ADA)
    nor_so = await starter.refused("record", course, "reopen", "reason=wants it", "agreed_by=amy.ops", *ADA)
    await starter.done("reopen", course, "--reason", "wants it", "--agreed-by", "dr.lee", "--settle", *ADA)
    reopened = await starter.done("show", course)

    assert unasked[0] == 2
    assert "the course ends as withdrawn" in unasked[1]
    assert ended["outcome"]["outcome"] == "withdrawn"
    assert not_hers[0] == nor_so[0] == 2
    assert reopened["outcome"] is None
    assert [task["kind"] for task in reopened["open_tasks"]] == ["goals"]


async def test_what_is_told_of_a_closed_course_wakes_it_once_and_its_task_can_be_answered(
    starter: FrontDoor, tmp_path: Path
) -> None:
    # Given a course that was withdrawn and closed a month later
    course = await begun(starter, tmp_path)
    await starter.done("withdraw", course, "--reason", "no time", "--yes", "--settle", *AMY)
    await starter.done("fast-forward", course, "--days", "31", *AMY)
    closed = await starter.done("show", course)

    # When a red flag is told late, twice under one request id, and a clinician looks at it
    told = (
        "record",
        course,
        "adverse-event",
        "red_flags=swallowing",
        "note=trouble swallowing",
        "--request-id",
        "late-1",
    )
    await starter.done(*told, *AMY)
    await starter.done(*told, *AMY)
    flagged = await starter.done("show", course)
    await starter.done("answer", f"{course}/red-flag:adverse-event-1", "lift=yes", "note=resolved", *LEE)
    seen = await starter.done("show", course)

    # Then it was recorded once, had its task, and other things are still refused
    assert closed["waiting_for"] == []
    assert [task["kind"] for task in flagged["open_tasks"]] == ["red-flag"]
    assert [event["lifted"] for event in seen["adverse_events"]] == [True]
    assert seen["open_tasks"] == []
    assert (await starter.refused("withdraw", course, "--reason", "again", "--yes", *AMY))[0] == 5


async def test_diary_contact_and_opt_out_go_to_the_clinics_own_records(
    starter: FrontDoor, tmp_path: Path, world: World
) -> None:
    course = await begun(starter, tmp_path)
    sheet = tmp_path / "diary.csv"
    sheet.write_text(
        "on,headache,migraine,hours,worst_pain,acute_medication\ntoday-2,yes,yes,6,8,yes\ntoday-1,no,,,,\n"
    )

    first = await starter.done("record", course, "diary", "--file", str(sheet), *AMY)
    again = await starter.done("record", course, "diary", "--file", str(sheet), *AMY)
    ahead = await starter.refused("record", course, "diary", "headache=no", "--on", "today+3", *AMY)
    await starter.done("record", course, "contact-changed", "email=new@example.org", "preferred=text", *AMY)
    await starter.done("record", course, "opt-out", *AMY)
    silent = await starter.refused("record", course, "opt-out", "opted_out=no", *AMY)
    ahead_of_us = await starter.refused(
        "record", course, "opt-out", "opted_out=no", "how=phone", "--on", "today+1", *AMY
    )
    counted = await starter.done("evidence", course)

    assert (first["entered"], again["entered"]) == (2, 0)
    assert ahead[0] == 2
    assert counted["before_treatment"]["window"]["recorded_days"] == 2
    shown = await starter.done("show", course)
    known = await patient(world.pool, shown["patient_id"])
    assert known is not None
    assert (known.email, known.preferred_channel, known.opted_out) == ("new@example.org", "text", True)
    assert (silent[0], ahead_of_us[0]) == (2, 2)
    assert "only the patient takes it back" in silent[1]


async def test_only_the_patient_takes_an_opt_out_back_and_it_says_who_heard_it(
    starter: FrontDoor, world: World, tmp_path: Path
) -> None:
    course = await begun(starter, tmp_path)
    await starter.done("record", course, "opt-out", *AMY)

    took_back = ("opted_out=no", "how=phone", "on=today", "heard_by=dr.lee")
    await starter.done("record", course, "opt-out", *took_back, *AMY)

    shown = await starter.done("show", course)
    known = await patient(world.pool, shown["patient_id"])
    said = await opt_out_said(world.pool, shown["patient_id"])
    assert known is not None
    assert not known.opted_out
    assert said is not None
    assert (said.opted_out, said.how) == (False, "phone")
    assert "Lee" in said.heard_by
    kept = await world.pool.fetch(
        "select opted_out, recorded_by from opt_out_said where patient_id = $1 order by said_id", shown["patient_id"]
    )
    assert [(row["opted_out"], row["recorded_by"]) for row in kept] == [(True, "amy.ops"), (False, "amy.ops")]


async def test_appointments_are_booked_moved_and_given_up(starter: FrontDoor, tmp_path: Path) -> None:
    course = await authorized(starter, tmp_path)

    past = await starter.refused("move", course, "2020-01-06T09:00", "--reason", "earlier", *AMY)
    closed = await starter.refused("move", course, "today+700T03:00", "--reason", "at night", *AMY)
    asked = await starter.refused("cancel", course, "--reason", "the patient travels", "--whose", "patient", *AMY)
    later = ("--whose", "patient", "--not-before", "today+400", "--yes")
    gone = await starter.done("cancel", course, "--reason", "the patient travels", *later, *AMY)
    shown = await starter.done("show", course)

    assert past[0] == 5
    assert closed[0] in {2, 5}
    assert asked[0] == 2
    assert any("cancelled by the patient" in line["said"] for line in gone["happened"])
    assert any("is not covered on" in sentence for sentence in gone["follows"])
    assert shown["visits_missed"]["by_reason"] == {"cancelled_by_patient": 1}


async def test_lists_find_the_course_by_all_that_people_know(starter: FrontDoor, tmp_path: Path) -> None:
    intake = an_intake()
    number = intake["patient"]["record_number"]
    started = await starter.done("start", written(tmp_path, intake), *AMY)
    course = started["course_id"]

    [by_number] = await starter.done("find", number)
    listed = await starter.done("list", "--phase", "admission", "--waiting-for", "goals", "--limit", "500")
    tasks = await starter("tasks", "--course", course[:12])
    planned = await starter.done("plan", course)
    sent = await starter.done("messages", course)
    nobody = await starter.done("day", "2020-01-06")

    assert [row["course_id"] for row in by_number["courses"]] == [course]
    assert course in {row["course_id"] for row in listed}
    assert number in tasks.out
    assert f"answer {course[:8]}/goals:intake" in tasks.out
    assert planned[0]["wait"] == "goals:intake"
    assert {message["kind"] for message in sent} >= {"welcome", "diary_prompt"}
    assert nobody["appointments"] == []


async def test_a_list_counts_the_days_since_a_session_by_the_clinics_own_calendar(
    starter: FrontDoor, world: World
) -> None:
    begins_at, zone, clinician = a_monday_of_its_own(world.clinic), world.clinic.zone, f"dr.{uuid4().hex[:8]}"
    beginning = a_beginning(clinic_day(begins_at, zone), clinician=clinician)
    running = await CourseUnderTest.start(world, beginning, at=begins_at)
    await running.until(WaitKind.SAFETY_CALL)
    [session] = (await running.course()).sessions
    evening = instant_of(session.given_on + timedelta(days=9), time(20), zone)  # at Greenwich it is the tenth day
    await set_ahead(world.pool, running.course_id, evening - datetime.now(UTC))

    listed = await starter("list", "--clinician", clinician)

    assert " 9 days " in listed.out


async def test_time_is_moved_only_for_samples(starter: FrontDoor, tmp_path: Path) -> None:
    real, sample = await begun(starter, tmp_path, sample=False), await begun(starter, tmp_path)

    refused = await starter.refused("fast-forward", real, "--days", "3", *AMY)
    sending = await starter(
        *("fast-forward", sample, "--days", "3", *AMY),
        REGIMEN_SMTP_URL="smtp://localhost:25",
        REGIMEN_MESSAGES_FROM="clinic@example.org",
    )
    before = await starter.done("show", sample)
    moved = await starter.done("fast-forward", sample, "--days", "3", *AMY)

    assert refused == (5, "time is moved only for a course that was started with --sample")
    assert sending.status == 5
    assert moved["clock"][:10] > before["clock"][:10]


async def test_an_import_has_a_verdict_for_each_row_and_can_be_repeated(starter: FrontDoor, tmp_path: Path) -> None:
    file = tmp_path / "patients.csv"
    file.write_text(rows(a_row(), a_row(**{"counts.headache_days": "40"}), a_row()))

    dry = await starter("import", str(file), "--dry-run", *AMY, "--json")
    first = await starter("import", str(file), *AMY, "--json")
    again = await starter("import", str(file), *AMY)

    assert dry.status == 2
    assert dry.json["counts"] == {"would start": 2, "not valid": 1}
    assert [row["verdict"] for row in first.json["rows"]] == ["started", "not valid", "started"]
    assert first.json["rows"][1]["fields"][0]["field"] == "counts.headache_days"
    assert again.status == 2
    assert "2 already open" in again.out
    for row in first.json["rows"]:
        if row["course_id"]:
            assert (await starter.done("show", row["course_id"]))["phase"] == "admission"


async def test_an_import_with_a_misspelt_column_starts_nothing(starter: FrontDoor, tmp_path: Path) -> None:
    file = tmp_path / "patients.csv"
    file.write_text(rows(a_row()).replace("patient.name", "patient.nmae"))

    status, said = await starter.refused("import", str(file), *AMY)

    assert status == 2
    assert "patient.name, did you mean that?" in said


@pytest.mark.parametrize("text", ["abc", "zzzz"])
async def test_an_id_that_is_no_course_is_told_as_such(starter: FrontDoor, text: str) -> None:
    status, _ = await starter.refused("show", text)

    assert status == {"abc": 2, "zzzz": 4}[text]


def a_row(**changes: str) -> dict[str, str]:
    """Return a row of an import for a new patient."""
    intake: dict[str, Any] = an_intake()
    row = dict(_flat(intake))
    return row | changes


def _flat(value: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for name, inner in value.items() for pair in _flat(inner, f"{path}.{name}".lstrip("."))]
    if isinstance(value, list):
        return [pair for number, inner in enumerate(value) for pair in _flat(inner, f"{path}[{number}]")]
    return [(path, str(value))]


def rows(*given: dict[str, str]) -> str:
    """Return a CSV file of rows that have the same columns."""
    header = list(given[0])
    return "\n".join([",".join(header), *(",".join(row[name] for name in header) for row in given)]) + "\n"
