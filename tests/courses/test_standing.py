"""Whole courses that stand still: held at every moment, during a booking and a roll-over, and resumed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain import facts as f
from domain.clinic_time import clinic_day
from domain.course import Course, Phase
from domain.coverage import Decision
from domain.hold import HoldReason, LapseAnswer
from domain.record import Refusal
from domain.session import Whose
from domain.waits import KINDS, WaitKind, Way
from tests.kit.answers import People
from tests.kit.beginnings import a_beginning, medicare
from tests.kit.course_under_test import CourseUnderTest, watched
from tests.kit.examples import FACTS
from tests.kit.faults import Gate
from tests.kit.people import ADA, AMY, BEN, DR_LEE
from tests.kit.world import World

ONE_DAY = timedelta(days=1)


async def hold(running: CourseUnderTest, reason: HoldReason = HoldReason.TRAVEL, *, days: int = 20) -> None:
    await running.tell(AMY, f.HoldAsked(until=(await running.now()).date() + days * ONE_DAY, reason=reason))


def tasks(course: Course) -> set[WaitKind]:
    return {wait.kind for wait in course.waits if wait.is_task}


@pytest.mark.parametrize(
    "kind",
    [
        WaitKind.GOALS,
        WaitKind.SUBMIT_PACKET,
        WaitKind.PAYER_ANSWER,
        WaitKind.READINESS,
        WaitKind.CLEARANCE,
        WaitKind.SAFETY_CALL,
        WaitKind.RESPONSE_CHECK,
    ],
)
async def test_held_at_any_moment_a_course_stands_still_and_goes_on_to_its_next_session(
    world: World, kind: WaitKind
) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(kind)
        before = await running.course()
        await hold(running)
        await running.settle()

        held = await running.check()
        assert (held.phase, held.appointment) == (Phase.HELD, None)
        assert all(KINDS[wait.kind].in_hold or KINDS[wait.kind].outlives_end for wait in held.waits)
        await running.until(WaitKind.HOLD_REVIEW)
        await running.tell(AMY, f.Resume(reason="back again"))
        await running.until(WaitKind.SESSION_RESULT)

        course = await running.check()

    assert len(course.sessions) == len(before.sessions)
    assert course.is_under_way


async def test_held_while_scheduling_is_asked_the_time_it_books_is_given_up_at_once(world: World) -> None:
    own, gate = world.on_a_queue_of_its_own(), Gate("book_session")
    async with own.worker(interceptors=[gate]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.PAYER_ANSWER)
        gate.close()
        task = (await running.course()).waits_of(WaitKind.PAYER_ANSWER)[0]
        answer = People().answer(await running.course(), task, await running.now())
        assert answer is not None
        await running.tell(*answer)
        await gate.waiting.wait()
        await hold(running)
        gate.open()
        await running.settle()

        course = await running.check()

    assert course.appointments_made == 1
    assert (course.phase, course.appointment) == (Phase.HELD, None)


async def test_a_hold_crosses_a_roll_over_with_its_review_and_since(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await hold(running, days=60)
        await running.settle()
        before = await running.course()
        await running.tell(ADA, f.RollOver())
        await running.settle()

        after = await running.check()
        assert after.waits == before.waits
        await running.until(WaitKind.HOLD_REVIEW)
        await running.tell(AMY, f.HoldAsked(until=(await running.now()).date() + 30 * ONE_DAY))
        await running.tell(ADA, f.RollOver())
        await running.tell(AMY, f.Resume(reason="back again"))
        await running.until(WaitKind.CLEARANCE)
        course = await running.check()

    assert course.is_under_way
    assert len(course.holds) == 1


async def test_held_and_resumed_in_one_breath_the_course_loses_no_line(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.READINESS)
        before = tasks(await running.course())
        until = (await running.now()).date() + 20 * ONE_DAY
        for _ in range(3):
            await running.tell(AMY, f.HoldAsked(until=until, reason=HoldReason.TRAVEL))
            await running.tell(AMY, f.Resume(reason="a mistake"))
        await running.until(WaitKind.SESSION_RESULT)
        course = await running.check()

    assert before
    assert len(course.holds) == 3


async def test_a_long_pregnancy_starts_the_next_session_with_new_goals_coverage_and_baseline(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await running.tell(BEN, f.Pregnancy())
        await running.until(WaitKind.HOLD_DECISION)
        assert isinstance(await running.ask(AMY, f.Resume(reason="x", patient_informed=True)), Refusal)
        birth = (await running.now()).date() + 230 * ONE_DAY
        await running.tell(DR_LEE, f.HoldAsked(until=birth, note="the birth"))
        await running.until(WaitKind.HOLD_DECISION)
        await running.tell(DR_LEE, f.Resume(reason="fed by bottle", patient_informed=True))
        await running.until(WaitKind.GOALS)
        await running.check()
        await running.until(WaitKind.SESSION_RESULT)
        await running.until(WaitKind.SAFETY_CALL)

        course = await running.check()

    assert len(course.sessions) == 2
    assert course.sessions[1].coverage.authorization == 2, "coverage anew"
    assert (len(course.baselines_before), course.baseline is not None) == (1, True)
    assert course.trial_sessions == 1


async def test_as_a_pregnancy_begins_what_would_lapse_is_dealt_with_and_goes_over_a_roll_over(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await running.tell(BEN, f.Pregnancy())
        birth = (await running.now()).date() + 230 * ONE_DAY
        await running.tell(DR_LEE, f.HoldAsked(until=birth, note="the birth"))
        await running.settle()
        assert WaitKind.LAPSES_IN_HOLD in tasks(await running.check())
        await running.tell(ADA, FACTS["roll-over"])
        await running.settle()
        [lapses] = (await running.course()).waits_of(WaitKind.LAPSES_IN_HOLD)
        later = (await running.course()).authorizations[0].until_on + 90 * ONE_DAY
        asks = f.LapseAnswered(answer=LapseAnswer.EXTEND, until_on=later, reference="call 7")
        await running.tell(BEN, asks, task=lapses.id)
        await running.settle()
        assert {WaitKind.HOLD_ENDS, WaitKind.PAYER_ANSWER} <= {wait.kind for wait in (await running.course()).waits}
        await running.tell(AMY, f.AuthorizationDecision(decision=Decision.APPROVED, until_on=later))
        await running.settle()
        course = await running.check()

    assert course.authorizations[0].until_on == later
    assert not course.waits_of(WaitKind.LAPSES_IN_HOLD)


async def test_after_a_long_hold_somebody_says_anew_that_no_authorization_is_needed(world: World) -> None:
    today = clinic_day(datetime.now(UTC), world.clinic.zone)
    office = a_beginning(today, coverage=medicare(today))
    async with watched(await CourseUnderTest.start(world, office)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await hold(running, days=190)
        await running.until(WaitKind.HOLD_REVIEW)
        await running.tell(AMY, f.Resume(reason="back again"))
        await running.settle()
        resumed = await running.check()
        await running.until(WaitKind.SESSION_RESULT)

        course = await running.check()

    assert {WaitKind.COVERAGE, WaitKind.GOALS} <= tasks(resumed)
    assert course.coverage.not_needed is not None
    assert course.coverage.not_needed.said_on > course.holds[0].review_on - ONE_DAY
    assert WaitKind.COVERAGE not in tasks(course)


async def test_after_a_gap_that_nobody_called_a_hold_goals_are_set_anew_before_the_session(world: World) -> None:
    today = clinic_day(datetime.now(UTC), world.clinic.zone)
    office = a_beginning(today, coverage=medicare(today))
    async with watched(await CourseUnderTest.start(world, office)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        given_on = (await running.course()).sessions[0].given_on
        await running.tell(AMY, f.Cancel(reason="abroad", not_before=given_on + 200 * ONE_DAY, whose=Whose.PATIENT))
        await running.until(WaitKind.GOALS)
        await running.tell(ADA, f.RollOver())
        await running.settle()
        noticed = await running.check()
        await running.until(WaitKind.SESSION_RESULT)
        await running.until(WaitKind.SAFETY_CALL)

        course = await running.check()

    assert {WaitKind.COVERAGE, WaitKind.GOALS} <= tasks(noticed)
    assert noticed.appointment is not None, "the visit stays booked"
    assert (len(course.sessions), len(course.baselines_before), course.trial_sessions) == (2, 1, 1)


async def test_a_pregnancy_at_the_pre_session_check_holds_the_course_until_a_clinician_decides(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.CLEARANCE)
        await running.tell(DR_LEE, f.PreSessionCheck(clear=False, positive=("pregnancy",)))
        await running.settle()
        held = await running.check()
        await running.tell(DR_LEE, f.Resume(reason="the test was wrong", patient_informed=True))
        await running.until(WaitKind.SESSION_RESULT)

        course = await running.check()

    assert held.is_held
    assert WaitKind.HOLD_DECISION in tasks(held)
    assert course.clearance is not None


async def test_after_death_nothing_goes_out_and_taken_back_the_course_goes_on(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await running.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), note="since Sunday"))
        await running.tell(BEN, f.Death(note="her husband called"))
        await running.settle()
        dead = await running.check()
        queued = await running.world.pool.fetchval(
            "select count(*) from message where course_id = $1 and status = 'queued'", running.course_id
        )
        assert queued == 0
        assert tasks(dead) == {WaitKind.DEATH_REVIEW}
        await running.tell(ADA, f.Reopen(reason="typed for the wrong patient", agreed_by="dr.lee"))
        await running.until(WaitKind.RED_FLAG)
        await running.tell(DR_LEE, f.RedFlagReview(lift=True, note="a cold"))
        await running.until(WaitKind.SESSION_RESULT)
        await running.check()


async def test_a_death_told_during_the_safety_watch_of_a_withdrawn_patient_ends_it_and_closes_in_time(
    world: World,
) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await running.tell(AMY, f.Withdrawal(reason="moves abroad"))
        await running.settle()
        await running.tell(ADA, f.RollOver())
        await running.tell(AMY, f.Death(note="her husband called"))
        await running.tell(ADA, f.Reopen(reason="typed for the wrong patient", agreed_by="dr.lee"))
        await running.settle()
        assert WaitKind.SAFETY_CALL in {wait.kind for wait in (await running.check()).waits}
        await running.tell(AMY, f.Death(note="now it is true"))
        await running.until(None)

        course = await running.check()

    assert course.closed_on is not None
    assert course.is_deceased


async def test_a_lost_patient_who_was_held_comes_back_to_her_hold_and_goes_on(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await hold(running, HoldReason.UNREACHABLE, days=60)
        task = (await running.course()).waits_of(WaitKind.SAFETY_CALL)[0]
        for _ in range(3):
            await running.tell(AMY, f.AttemptMade(result="no answer"), task=task.id)
        await running.tell(AMY, f.ContactAttempt(how=Way.LETTER, result="sent"))
        await running.tell(AMY, f.End(outcome="lost_to_follow_up", reason="no_answer"))
        await running.settle()
        assert (await running.check()).phase is Phase.ENDED
        await running.pass_until(await running.now() + 20 * ONE_DAY)
        await running.tell(ADA, f.Reopen(reason="she called", agreed_by="dr.lee"))
        await running.settle()
        assert (await running.check()).is_held
        await running.tell(AMY, f.Resume(reason="she wants to go on"))
        await running.until(WaitKind.SESSION_RESULT)
        course = await running.check()

    assert course.is_under_way


async def test_a_transferred_course_is_handed_over_and_closed(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.RESPONSE_CHECK)
        await running.tell(AMY, f.End(outcome="transferred", reason="moved_away"))
        await running.until(WaitKind.HAND_OVER)
        today = clinic_day(await running.now(), world.clinic.zone)
        consented = f.HandedOver(dossier_to="Lakeside", consent_signed_on=today, authorization="closed")
        await running.tell(AMY, consented)
        await running.until(None)
        course = await running.check()

    assert course.closed_on is not None
