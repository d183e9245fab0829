"""Where no worker and no Temporal answers: what was typed stays, and sent again it takes effect once."""

from __future__ import annotations

import re
from unittest.mock import AsyncMock, patch

import httpx

from domain.waits import WaitKind
from office.errors import NotReachable
from office.sending import AGAIN
from office.starting import Front
from tests.console.clinicians import a_course_at
from tests.console.intakes import a_form
from tests.console.kit import signed_in
from tests.console.programs import a_program
from tests.console.test_check import a_check, hidden
from tests.console.test_session_record import AS_PLANNED, request_id
from tests.kit.world import World

AWAY = NotReachable(f"the course did not answer within 20 s; is a worker running? Then {AGAIN.format('abc-123')}")


async def test_an_intake_stays_as_it_was_typed_and_starts_once(world: World, console: str) -> None:
    form = a_form()
    async with signed_in(console, "amy.ops") as amy:
        with patch.object(Front, "start_and_settle", AsyncMock(side_effect=AWAY)):
            refused = await amy.post("/start", form)
        kept = re.search(r'name="request_id" value="([^"]+)"', refused.text)
        started = await amy.post("/start", form)

    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert f'value="{form["patient.name"]}"' in refused.text
    assert kept is not None
    assert kept[1] == form["request_id"]
    assert "Then send it again: it takes effect once" in refused.text
    assert "/courses/" in str(started.url)


async def test_an_answer_and_a_record_stay_as_they_were_typed(world: World, console: str) -> None:
    check, session = await a_check(world), await a_course_at(world, WaitKind.SESSION_RESULT)
    async with signed_in(console, "dr.lee") as lee:
        path = f"/courses/{check.course_id}/check"
        answer = hidden((await lee.get(path)).text) | {"answer": "discontinue", "reason": "the patient wishes it"}
        record = f"/courses/{session.course_id}/session"
        given = AS_PLANNED | {"request_id": request_id((await lee.get(record)).text, "/session/given")}
        with patch("console.acting.tell", AsyncMock(side_effect=AWAY)):
            unanswered = await lee.post(path, answer)
            unrecorded = await lee.post(f"{record}/given", given)
        await lee.post(f"{record}/given", given)

    for page in (unanswered, unrecorded):
        assert page.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert "Nobody knows yet whether it was done." in page.text
        assert "--request-id" not in page.text
    assert 'value="the patient wishes it"' in unanswered.text
    assert answer["request_id"] in unanswered.text
    assert 'value="C7461"' in unrecorded.text
    assert request_id(unrecorded.text, "/session/given") == given["request_id"]
    assert request_id(unrecorded.text, "/session/not-given") != given["request_id"], "each form is its own"
    assert len((await session.course()).sessions) == 1


async def test_a_move_keeps_its_reason(world: World, console: str) -> None:
    running = await a_course_at(world, WaitKind.READINESS)
    path = f"/calendar/courses/{running.course_id}"
    async with signed_in(console, "amy.ops") as amy:
        stands = re.search(r'name="stands" value="([^"]+)"', (await amy.get(path)).text)
        assert stands is not None
        form = {"do": "cancel", "reason": "a family matter", "whose": "patient", "stands": stands[1]}
        with patch("console.pages.calendar.tell", AsyncMock(side_effect=AWAY)):
            refused = await amy.post(path, form | {"request_id": "a-cancellation"})

    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "Nobody knows yet whether it was done." in refused.text
    assert 'value="a family matter"' in refused.text


async def test_a_program_is_told_to_send_it_again_under_its_key(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.GOALS)
    async with a_program(console, "amy.ops") as amy:
        with patch("console.api.telling.tell", AsyncMock(side_effect=AWAY)):
            fact = {"kind": "adverse-event", "note": "sore neck"}
            told = await amy.post(f"/courses/{course.course_id}/facts", {"fact": fact})

    assert told.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert told.json()["detail"].endswith("Then send it again under the same Idempotency-Key: it takes effect once")
