"""Forms that answer tasks and tell courses: a whole course by pages only, and what happens when a form is wrong."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from console.asking import inputs_of, pairs_in
from domain import facts as f
from domain.coverage import Decision
from domain.events import AuthorizationDecided, GoalsSet, SessionGiven
from domain.people import Role, User
from domain.waits import KINDS, Wait, WaitKind
from office.fields import Clock, read_fact
from office.kinds import FACTS as MODELS
from readmodel.lookups import set_ahead
from tests.console.kit import Person, signed_in
from tests.kit.answers import People, as_recommended
from tests.kit.course_under_test import STEPS_MAX, CourseUnderTest, watched
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.examples import FACTS
from tests.kit.moments import after_session
from tests.kit.people import BEN
from tests.kit.typed import as_typed
from tests.kit.world import World

ZONE = "America/Los_Angeles"
NOW = after_session(1).now
ANSWERED_BY = sorted({kind for about in KINDS.values() for kind in about.answered_by})
REFUSED, WRONG = httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY
HOSTILE = '<script>alert("x")</script> \u202e right to left \U0001f600 ' + "long" * 500


def form_of(answer: httpx.Response) -> dict[str, Any]:
    """Return the hidden fields of the last form about a course that a page shows."""
    starts = [found.start() for found in re.finditer(r'<form [^>]*action="/courses/', answer.text)]
    assert starts, answer.text
    form = answer.text[starts[-1] :]
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))


def problem_of(answer: httpx.Response) -> str:
    found = re.search(r"data-problem[^>]*>(.*?)</div>", answer.text, re.DOTALL)
    return unescape(found[1]) if found else ""


async def send(person: Person, path: str, typed: dict[str, Any]) -> httpx.Response:
    """Open a form, fill it, send it, and where the page shows first what follows, go on."""
    shown = await person.get(path)
    assert shown.status_code == httpx.codes.OK, f"{path}: {shown.status_code}"
    answer = await person.post(path.partition("?")[0], form_of(shown) | typed)
    if "Look before it is done" in answer.text:
        answer = await person.post(path.partition("?")[0], form_of(answer) | typed)
    return answer


@asynccontextmanager
async def people_at(console: str) -> AsyncIterator[dict[str, Person]]:
    async with AsyncExitStack() as stack:
        users = ("amy.ops", "ben.billing", "dr.lee", "dr.khan", "nina.np", "ada.admin")
        yield {user: await stack.enter_async_context(signed_in(console, user)) for user in users}


async def in_its_time(course: CourseUnderTest) -> None:
    """Have pages reckon with the course's own time, as `fast-forward` does."""
    await set_ahead(course.world.pool, course.course_id, await course.now() - datetime.now(UTC))


# Without servers


@pytest.mark.parametrize("kind", sorted(FACTS.keys() & {*ANSWERED_BY, "adverse-event", "dose-planned", "withdraw"}))
def test_what_is_typed_into_the_form_of_a_fact_is_that_fact(kind: str) -> None:
    fact = FACTS[kind]
    read = read_fact(MODELS[kind], pairs_in(as_typed(fact, zone=ZONE)), {}, Clock(now=NOW, zone=ZONE))

    assert read == fact


@pytest.mark.parametrize("kind", ANSWERED_BY)
def test_every_kind_of_answer_has_an_input_for_each_field_it_cannot_do_without(kind: str) -> None:
    course = after_session(2).course
    users = [User(user_id="dr.lee", role=Role.CLINICIAN, may_inject=True, name="Dr Lee")]
    shown = {
        one.field.name
        for one in inputs_of(kind, MODELS[kind], course=course, users=users, role=Role.CLINICIAN, typed={})
    }

    needed = {name for name, field in MODELS[kind].model_fields.items() if field.is_required()}
    assert needed <= shown


# By pages only


async def answered_by_pages(course: CourseUnderTest, people: dict[str, Person], answers: People) -> WaitKind | None:
    """Answer one open task through its page; return its kind, or None where nobody answers."""
    now = await course.now()
    record = await course.course()
    for wait in record.waits:
        answer = answers.answer(record, wait, now) if wait.is_task else None
        if answer is None:
            continue
        by, fact = answer
        path = f"/courses/{course.course_id}/tasks/{wait.id}?kind={fact.kind}"
        sent = await send(people[by.user_id], path, as_typed(fact, zone=course.world.clinic.zone))
        assert sent.status_code == httpx.codes.OK, (wait.id, sent.status_code, problem_of(sent))
        assert sent.url.params.get("told"), (wait.id, problem_of(sent))
        return wait.kind
    return None


async def test_a_course_is_answered_by_pages_alone_to_its_response_checks_and_a_discontinuation(
    world: World, console: str
) -> None:
    met: set[WaitKind] = set()
    answers = People({WaitKind.RESPONSE_CHECK: as_recommended})
    async with (
        watched(await CourseUnderTest.start(world, diary=NEVER_RESPONDS)) as course,
        people_at(console) as people,
    ):
        for _ in range(STEPS_MAX):
            await course.settle()
            record = await course.course()
            if record.ending is not None:
                break
            await course.keep_diary(record)
            await in_its_time(course)
            answered = await answered_by_pages(course, people, answers)
            if answered is None:
                now = await course.now()
                await course.pass_until(min(wait.look_at for wait in record.waits if wait.look_at > now))
            else:
                met.add(answered)
        page = await people["amy.ops"].get(f"/courses/{course.course_id}")
        ended = await course.check()

    assert ended.ending is not None
    assert (ended.ending.outcome, ended.ending.reason) == ("discontinued", "no_response")
    assert [check.answer for check in ended.checks] == ["one_more", "discontinue"]
    assert {WaitKind.GOALS, WaitKind.SUBMIT_PACKET, WaitKind.PAYER_ANSWER, WaitKind.SESSION_RESULT} <= met
    assert "discontinued" in page.text


async def at_goals(world: World) -> tuple[CourseUnderTest, Wait]:
    course = await CourseUnderTest.start(world)
    wait = await course.until(WaitKind.GOALS)
    assert wait is not None
    return course, wait


async def test_a_form_sent_twice_does_nothing_twice(world: World, console: str) -> None:
    course, wait = await at_goals(world)
    path = f"/courses/{course.course_id}/tasks/{wait.id}"
    async with signed_in(console, "dr.lee") as lee:
        form = form_of(await lee.get(path)) | {"goals": "half the days", "consent_signed_on": "today"}
        first = await lee.post(path, form)
        second = await lee.post(path, form)
    told = [type(event) for event in await course.journal()]

    assert first.url == second.url
    assert told.count(GoalsSet) == 1


async def test_a_wrong_field_keeps_what_was_typed_and_says_what_was_expected(world: World, console: str) -> None:
    course, wait = await at_goals(world)
    path = f"/courses/{course.course_id}/tasks/{wait.id}"
    async with signed_in(console, "dr.lee") as lee:
        form = form_of(await lee.get(path))
        answer = await lee.post(path, form | {"goals": HOSTILE, "consent_signed_on": "yesterday"})

    assert answer.status_code == WRONG
    assert form["request_id"] in answer.text
    assert HOSTILE[-40:] in answer.text
    assert "<script>alert" not in answer.text
    assert "a day like 2026-01-31" in answer.text
    assert "Consent signed on cannot be read" in problem_of(answer)
    assert "consent_signed_on:" not in answer.text
    assert (await course.course()).goals == ()


async def test_what_a_role_may_not_tell_is_not_offered_and_refused_if_forced(world: World, console: str) -> None:
    course, wait = await at_goals(world)
    path = f"/courses/{course.course_id}"
    async with signed_in(console, "amy.ops") as amy:
        menu = await amy.get(f"{path}/tell")
        task = await amy.get(f"{path}/tasks/{wait.id}")
        ids = {"request_id": "forced-0001"}
        forced = await amy.post(
            f"{path}/tasks/{wait.id}", ids | {"kind": "goals", "goals": "none", "consent_signed_on": "today"}
        )
        told = await amy.post(f"{path}/tell/dose-planned", ids | {"reason": "more"})
        unknown = await amy.get(f"{path}/tell/no-such-thing")

    assert "/tell/adverse-event" in menu.text
    assert "/tell/dose-planned" not in menu.text
    assert "answered by others" in task.text
    assert {forced.status_code, told.status_code, unknown.status_code} == {httpx.codes.NOT_FOUND}
    assert (await course.course()).goals == ()


async def test_two_people_answer_one_task_and_the_second_is_told_who_was_faster(world: World, console: str) -> None:
    course, wait = await at_goals(world)
    path = f"/courses/{course.course_id}/tasks/{wait.id}"
    typed = {"goals": "half the days", "consent_signed_on": "today"}
    async with signed_in(console, "dr.lee") as lee, signed_in(console, "dr.khan") as khan:
        hers = form_of(await khan.get(path))
        await send(lee, path, typed)
        late = await khan.post(path, hers | typed)
        again = await khan.get(path)

    assert late.status_code == REFUSED
    assert "Dr. Jordan Lee" in problem_of(late)
    assert "not open any more" in again.text


async def test_what_cannot_be_taken_back_is_shown_first_and_can_be_changed(world: World, console: str) -> None:
    course, _ = await at_goals(world)
    path = f"/courses/{course.course_id}/tell/withdraw"
    async with signed_in(console, "amy.ops") as amy:
        shown = await amy.post(path, form_of(await amy.get(path)) | {"reason": HOSTILE})
        untouched = (await course.course()).ending
        changed = await amy.post(path, form_of(shown) | {"reason": HOSTILE, "step": "change"})
        done = await amy.post(path, form_of(shown) | {"reason": HOSTILE})

    assert "the course ends as withdrawn" in shown.text
    assert untouched is None
    assert HOSTILE[-40:] in changed.text
    assert form_of(changed)["request_id"] == form_of(shown)["request_id"]
    assert "<script>alert" not in shown.text + changed.text + done.text
    assert done.url.params["told"]
    assert (await course.course()).ending is not None


async def test_a_red_flag_shows_at_once_what_the_patient_is_told(world: World, console: str) -> None:
    course, _ = await at_goals(world)
    async with signed_in(console, "amy.ops") as amy:
        answer = await send(
            amy,
            f"/courses/{course.course_id}/tell/adverse-event",
            {"red_flags": ["swallowing", "breathing"], "note": "since yesterday"},
        )

    assert 'class="advice" role="alert"' in answer.text
    assert "Call the emergency number" in answer.text
    assert (await course.course()).adverse_events[-1].red_flags == ("swallowing", "breathing")


async def test_a_session_against_the_rules_is_told_by_a_clinician_with_the_reason(world: World, console: str) -> None:
    course = await CourseUnderTest.start(world)
    await course.until(WaitKind.CLEARANCE)
    await in_its_time(course)
    path = f"/courses/{course.course_id}/tell/session-given"
    typed = {"vials": "200:C7461:2040-01-31", "injector": "dr.lee"}
    async with signed_in(console, "dr.lee") as lee, signed_in(console, "amy.ops") as amy:
        hers = await send(amy, path, typed)
        refused = await send(lee, path, typed)
        told = await lee.post(path, form_of(refused) | typed | {"deviation": "the clearance was forgotten"})

    assert hers.status_code == refused.status_code == REFUSED
    assert 'name="deviation"' not in hers.text
    assert "has not been cleared" in problem_of(refused)
    assert "as a deviation, with the reason" in problem_of(refused)
    assert "--deviation" not in hers.text + refused.text, "no words of the command line on a page"
    assert 'name="deviation"' in refused.text
    assert told.url.params["told"]
    assert (await course.course()).deviations[-1].reason == "the clearance was forgotten"


async def test_a_line_of_the_journal_is_corrected_with_both_values_shown_first(world: World, console: str) -> None:
    course = await CourseUnderTest.start(world)
    await course.until(WaitKind.SAFETY_CALL)
    await in_its_time(course)
    number = next(event.number for event in await course.journal() if isinstance(event, SessionGiven))
    path = f"/courses/{course.course_id}/correct/{number}"
    async with signed_in(console, "dr.lee") as lee, signed_in(console, "ben.billing") as ben:
        hidden = await ben.get(path)
        typed = {"vials": "200:C9999:2040-01-31", "reason": "typed from another vial"}
        shown = await lee.post(path, form_of(await lee.get(path)) | typed)
        before = (await course.course()).sessions[-1].vials[0].lot
        done = await lee.post(path, form_of(shown) | typed)

    assert hidden.status_code == httpx.codes.NOT_FOUND
    assert "C7461" in shown.text
    assert "C9999" in shown.text
    assert before == "C7461"
    assert done.url.params.get("told"), problem_of(done)
    assert (await course.course()).sessions[-1].vials[0].lot == "C9999"


async def test_a_denial_is_corrected_by_what_its_letter_says_and_an_approval_by_what_it_grants(
    world: World, console: str
) -> None:
    course = await CourseUnderTest.start(world)
    await course.until(WaitKind.PAYER_ANSWER)
    await in_its_time(course)
    await course.tell(BEN, f.AuthorizationDecision(decision=Decision.DENIED, reason="too few days"))
    denial = (await course.course()).denials[0]
    number = next(one.number for one in await course.journal() if isinstance(one, AuthorizationDecided))
    path = f"/courses/{course.course_id}/correct/{number}"
    typed = {"denial_code": "step_therapy", "reason_now": "a second preventive", "reason": "read from the wrong letter"}
    async with signed_in(console, "ben.billing") as ben:
        form = await ben.get(path)
        shown = await ben.post(path, form_of(form) | typed)
        done = await ben.post(path, form_of(shown) | typed)
        undone = await ben.post(
            path, form_of(await ben.get(path)) | {"entered_in_error": "yes", "reason": "it was a yes"}
        )

    assert all(
        name in form.text for name in ("Day of the letter", "Kind of denial", "Why it is denied, as it should be")
    )
    assert not any(name in form.text for name in ("Covered from", "Authorization number"))
    assert "step therapy" in shown.text
    assert done.url.params.get("told"), problem_of(done)
    now = (await course.course()).denials[0]
    assert (denial.reason, now.reason, now.words) == ("other", "step_therapy", "a second preventive")
    assert "waits for the payer&#39;s answer as before" in undone.text, "said before it is done"


async def test_the_clinics_own_records_are_told_from_the_same_menu(world: World, console: str) -> None:
    course, _ = await at_goals(world)
    path = f"/courses/{course.course_id}"
    async with signed_in(console, "amy.ops") as amy:
        day = await send(amy, f"{path}/tell/diary", {"on": "today-1", "headache": "yes", "hours": "4"})
        wrong = await send(amy, f"{path}/tell/diary", {"on": "today+1", "headache": "yes"})
        contact = await send(amy, f"{path}/tell/contact-changed", {"phone": "+1 206 555 0123"})
        no_claim = await send(amy, f"{path}/tell/claim-status", {"session": "1", "status": "paid", "amount": "1"})
        shown = await amy.get(path)

    assert "is new or changed" in day.text
    assert wrong.status_code == WRONG
    assert "changed: phone" in contact.text
    assert no_claim.status_code == REFUSED
    assert "+1 206 555 0123" in shown.text


async def test_a_task_is_taken_given_back_tried_and_put_off(world: World, console: str) -> None:
    course, wait = await at_goals(world)
    path = f"/courses/{course.course_id}/tasks/{wait.id}"
    async with signed_in(console, "dr.lee") as lee, signed_in(console, "nina.np") as nina:
        ids = {"request_id": "take-by-lee"}
        await lee.post(path, ids | {"kind": "take", "then": "task"})
        late = await nina.post(path, {"request_id": "take-by-nina", "kind": "take"})
        tried = await send(lee, f"{path}?kind=attempt", {"result": "no answer", "how": "call"})
        moved = await send(lee, f"{path}?kind=deadline", {"due_on": "today+20", "reason": "on holiday"})
        to_ops = await send(lee, f"{path}?kind=assign", {"to": "amy.ops"})
        given = await send(lee, f"{path}?kind=assign", {"to": "nina.np"})
    now = (await course.course()).wait(wait.id)

    assert late.status_code == REFUSED
    assert "Dr. Jordan Lee" in problem_of(late)
    assert to_ops.status_code == WRONG
    assert all(one.url.params["told"] for one in (tried, moved, given))
    assert now is not None
    assert now.owner == "nina.np"
    assert now.attempts[0].result == "no answer"
    assert now.due - wait.due > timedelta(days=7)


async def test_a_hold_says_what_it_stops_before_it_begins(world: World, console: str) -> None:
    course, _ = await at_goals(world)
    path = f"/courses/{course.course_id}/tell/hold"
    typed = {"until": "today+30", "reason": "travel"}
    async with signed_in(console, "amy.ops") as amy:
        shown = await amy.post(path, form_of(await amy.get(path)) | typed)
        done = await amy.post(path, form_of(shown) | typed)
        resume = await amy.get(f"/courses/{course.course_id}/tell/resume")

    assert "it stops booking, clearance" in shown.text
    assert done.url.params["told"]
    assert "Held since" in done.text
    assert resume.status_code == httpx.codes.OK
