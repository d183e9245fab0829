"""The patient's turns on the real servers: what only the workflow's own clock shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from domain import events as e
from domain import facts as f
from domain.clinic_time import clinic_clock, clinic_day, instant_of
from domain.record import Refusal
from domain.session import WatchEnd
from domain.waits import WaitKind
from tests.domain.builders import a_history
from tests.kit.answers import People
from tests.kit.beginnings import a_beginning
from tests.kit.course_under_test import CourseUnderTest, watched
from tests.kit.diaries import no_diary
from tests.kit.people import ADA, AMY, DELIVERY, DR_KHAN, NINA
from tests.kit.world import World

SUNDAY = 7
ONE_DAY = timedelta(days=1)
GO_ON = f.EligibilityDecision(decision="go_on", reason="disabling", patient_informed=True)


def next_sunday(after: date) -> date:
    return after + timedelta(days=SUNDAY - after.isoweekday() or SUNDAY)


async def test_a_red_flag_texted_on_sunday_night_is_answered_at_once_and_goes_to_who_is_on_call_before_dawn(
    world: World,
) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.tell(ADA, f.ClinicChanged(clinic=world.clinic.model_copy(update={"on_call": "dr.khan"})))
        await running.until(WaitKind.SAFETY_CALL)
        zone = world.clinic.zone
        sunday = next_sunday(clinic_day(await running.now(), zone))
        await running.pass_until(instant_of(sunday, time(22), zone))
        await running.tell(
            AMY, f.AdverseEventTold(red_flags=("swallowing",), channel="message", note="food gets stuck")
        )
        told_at = await running.now()

        await running.pass_until(told_at + timedelta(hours=4))
        course = await running.course()
        [wait] = course.waits_of(WaitKind.RED_FLAG)
        await running.tell(DR_KHAN, f.RedFlagReview(lift=True, note="a sore throat"), task=wait.id)
        course = await running.check()
        told = await running.journal()

    [late] = [event for event in told if isinstance(event, e.TaskEscalated)]
    assert late.at is not None
    assert (late.to, clinic_clock(late.at, zone).hour) == ("dr.khan", 2)
    assert wait.owner == "dr.khan"
    [row] = await world.pool.fetch("select kind, send_at from message where key like $1", f"{course.course_id}/red_%")
    assert row["kind"] == "red_flag_advice"
    assert abs(row["send_at"] - told_at) < timedelta(seconds=10)
    assert course.red_flags == ()


async def test_where_no_advice_may_be_sent_somebody_must_call_at_once_and_soon_it_is_for_who_is_on_call(
    world: World,
) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.tell(ADA, f.ClinicChanged(clinic=world.clinic.model_copy(update={"on_call": "dr.khan"})))
        await running.until(WaitKind.SAFETY_CALL)
        await running.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), channel="message", note="it gets stuck"))
        await running.tell(
            DELIVERY, f.MessageUndelivered(key="a/red_flag_advice/1", message="red_flag_advice", status="failed")
        )
        await running.settle()
        [call] = (await running.course()).waits_of(WaitKind.CALL_AT_ONCE)
        await running.pass_until(await running.now() + timedelta(minutes=16))
        [late] = (await running.course()).waits_of(WaitKind.CALL_AT_ONCE)
        await running.tell(DR_KHAN, f.ReachedOtherwise(how="by telephone: she goes to the hospital"), task=call.id)
        await running.settle()

        course = await running.check()

    assert call.due - call.since == timedelta(minutes=15)
    assert late.owner == "dr.khan"
    assert course.waits_of(WaitKind.CALL_AT_ONCE) == ()
    assert course.red_flags


async def test_ptosis_is_looked_at_holds_nothing_up_and_keeps_an_ended_course_until_it_is_over(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await running.tell(AMY, f.SafetyCall(result="reached"))
        await running.tell(AMY, f.AdverseEventTold(effect="ptosis", note="the left eyelid hangs"))
        await running.until(WaitKind.EFFECT_REVIEW)
        asked = ("double_vision", "swallowing", "general_weakness")
        await running.tell(NINA, f.AdverseEventReview(asked=asked, note="the lid only"))
        await running.tell(AMY, f.Withdrawal(reason="moves away"))
        await running.pass_days(40)
        waiting = await running.course()
        await running.tell(NINA, f.AdverseEventEnd(note="opens again"))
        await running.until(None)

        course = await running.check()

    assert waiting.closed_on is None
    assert [wait.kind for wait in waiting.waits] == [WaitKind.EFFECT_REVIEW]
    assert course.closed_on is not None


async def test_on_the_18th_birthday_the_course_is_told_by_its_own_timer_and_waits_for_own_consent(world: World) -> None:
    today = clinic_day(datetime.now(UTC), world.clinic.zone)
    birthday = today + 120 * ONE_DAY
    history = a_history(taken_on=today, age_years=17, comes_of_age_on=birthday)
    people = People({WaitKind.ELIGIBILITY: lambda _: (NINA, GO_ON), WaitKind.OWN_CONSENT: lambda _: None})
    async with watched(await CourseUnderTest.start(world, a_beginning(today, history=history))) as running:
        await running.until(WaitKind.OWN_CONSENT, people)
        told_on = clinic_day(await running.now(), world.clinic.zone)
        course = await running.course()
        await running.tell(NINA, f.OwnConsent(signed_on=birthday))
        await running.until(WaitKind.SAFETY_CALL, people)

        course = await running.check()

    assert told_on == birthday
    assert course.came_of_age_on == birthday
    assert course.consented_by == "guardian"
    assert course.payer_verdict is not None
    assert [one.met for one in course.payer_verdict.findings if one.criterion == "age"] == [True]


async def test_who_keeps_no_diary_is_asked_for_it_and_the_renewal_says_so(world: World) -> None:
    nobody = People({WaitKind.RESPONSE_CHECK: lambda _: None})
    async with watched(await CourseUnderTest.start(world, diary=no_diary)) as running:
        asked = await running.until(WaitKind.DIARY_GAPS, nobody)
        await running.tell(AMY, f.DiaryGapsAsked(result="the booklet is lost"))
        await running.until(WaitKind.RESPONSE_CHECK, nobody)
        renewal = await running.until(WaitKind.SUBMIT_PACKET, nobody)

        course = await running.check()

    assert asked is not None
    assert asked.context["missing"] == "14"
    assert renewal is not None
    assert renewal.context["response"] == "undetermined: complete the diary or attest it first"
    assert course.evidence is not None


async def test_the_deadline_of_the_safety_call_moves_to_the_last_day_of_its_watch_and_no_further(
    world: World,
) -> None:
    nobody_calls = People({WaitKind.SAFETY_CALL: lambda _: None})
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL, nobody_calls)
        [session] = (await running.course()).sessions
        over_on = session.given_on + timedelta(days=28)
        [call] = (await running.course()).waits_of(WaitKind.SAFETY_CALL)
        refused = await running.ask(AMY, f.MoveDeadline(due_on=over_on, reason="she travels"), task=call.id)
        await running.tell(AMY, f.MoveDeadline(due_on=over_on - ONE_DAY, reason="she travels"), task=call.id)
        await running.pass_until(instant_of(over_on, time(8), world.clinic.zone))
        course = await running.check()

    assert isinstance(refused, Refusal)
    assert "the task is over then, done or not" in refused.reason
    assert course.sessions[0].watch_ended is WatchEnd.NOT_REACHED
