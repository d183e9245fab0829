"""What was told against a rule or wrongly, on the real servers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import events as e
from domain import facts as f
from domain.clinic_time import clinic_day
from domain.coverage import CoverageKind, Decision
from domain.denial import DenialStep
from domain.history import CountSource
from domain.people import Actor
from domain.plan import earliest_from_last_dose, morning_of
from domain.record import Refusal
from domain.response import ResponseAnswer
from domain.told import subject_of
from domain.waits import WaitKind
from tests.domain.builders import the_policy
from tests.kit.answers import People, approved
from tests.kit.course_under_test import CourseUnderTest, watched
from tests.kit.examples import VIALS
from tests.kit.people import AMY, BEN, DR_LEE, EVERYBODY, NINA
from tests.kit.world import World

ONE_DAY = timedelta(days=1)
BECAUSE = "she was in the building with an attack"
GRANTED_BEFORE = People({WaitKind.PAYER_ANSWER: lambda seen: approved(seen, from_on=seen.today - 10 * ONE_DAY)})
"""Who grants days that are over, too: a session told of one of them is covered, on whatever weekday a test runs."""
NOT_LOOKED_AT = People({WaitKind.DEVIATION: lambda _: None, WaitKind.CLAIM_HELD: lambda _: None})


async def test_an_injection_on_day_82_goes_on_from_its_own_day_and_its_bill_waits(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        first = (await running.course()).sessions[0]
        day = clinic_day(await running.now(), world.clinic.zone)
        await running.pass_days(82 - (day - first.given_on).days)
        booked = (await running.course()).appointment
        refused = await running.ask(DR_LEE, f.SessionResult(vials=VIALS, injector="dr.lee"))
        await running.tell(DR_LEE, f.SessionResult(vials=VIALS, injector="dr.lee"), deviation=BECAUSE)
        await running.settle()

        told = await running.check()

        await running.tell(NINA, f.DeviationReviewed(note="the calendar showed another day"))
        await running.tell(BEN, f.ClaimReleased(bill=True, note="the payer has no interval"))
        await running.settle()
        released = await running.check()

        await running.until(WaitKind.CLEARANCE, NOT_LOOKED_AT)
        at_session_3 = await running.check()

    assert isinstance(refused, Refusal)
    assert booked is not None
    assert [session.number for session in told.sessions] == [1, 2]
    assert (told.sessions[1].given_on - first.given_on).days == 82
    assert told.sessions[1].claim_id is None
    assert {wait.kind for wait in told.waits} >= {WaitKind.DEVIATION, WaitKind.CLAIM_HELD}
    assert told.appointment is not None
    assert told.appointment.number > booked.number
    assert clinic_day(told.appointment.starts_at, world.clinic.zone) >= earliest_from_last_dose(told)
    assert released.sessions[1].claim_id is not None
    assert len(at_session_3.sessions) == 2
    assert len(await running.runs()) >= 3


async def test_what_was_given_before_anything_is_settled_is_told_and_admission_goes_on(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.GOALS)
        await running.tell(DR_LEE, f.SessionResult(vials=VIALS, injector="dr.lee"), deviation="given upstairs")

        await running.until(WaitKind.CLEARANCE)
        course = await running.check()

    assert course.authorizations, "the payer is asked for what comes next"
    assert [session.number for session in course.sessions] == [1]
    assert course.sessions[0].coverage.authorization is None


async def test_what_was_told_after_the_end_keeps_the_course_open_and_its_list_says_what_is_waited_for(
    world: World,
) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.GOALS)
        await running.tell(AMY, f.Withdrawal(reason="moves abroad"))
        await running.tell(DR_LEE, f.SessionResult(vials=VIALS, injector="dr.lee"), deviation="given upstairs")
        await running.settle()
        [reopening] = (await running.check()).waits_of(WaitKind.REOPENING)

        await running.pass_until(reopening.look_at)
        course = await running.check()

    assert course.closed_on is None
    assert {wait.kind for wait in course.waits} >= {WaitKind.DEVIATION}
    assert WaitKind.REOPENING not in {wait.kind for wait in course.waits}


async def correct(running: CourseUnderTest, values: Any, **more: Any) -> None:
    """Have a clinician correct the last session told."""
    told = [event for event in await running.journal() if isinstance(event, e.SessionGiven)][-1]
    assert told.on is not None
    fact = f.Correction(
        event=told.number,
        subject=told.session.number,
        recorded_by=told.by,
        recorded_on=told.on,
        values=values,
        reason="typed wrong",
    )
    await running.tell(NINA, fact, **more)
    await running.settle()


async def test_the_right_day_moves_what_the_course_waits_for_and_the_claim_is_replaced(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL, GRANTED_BEFORE)
        before = (await running.course()).sessions[0]
        await correct(running, f.SessionValues(given_on=before.given_on - 2 * ONE_DAY), deviation="so it was")
        injector = next(who for who in EVERYBODY if who.user_id == before.injector)
        await running.tell(injector, f.RecordSigned(session=1))
        await running.settle()

        corrected = await running.check()

        await running.until(WaitKind.RESPONSE_CHECK)
        later = await running.check()

    [session] = corrected.sessions
    assert session.given_on == before.given_on - 2 * ONE_DAY
    assert session.replacements == (f"{session.id}/claim-2",)
    assert earliest_from_last_dose(corrected) == session.given_on + 84 * ONE_DAY
    call = next(wait for wait in corrected.waits if wait.kind is WaitKind.SAFETY_CALL)
    assert call.due == morning_of(corrected, session.given_on + 14 * ONE_DAY)
    assert later.evidence is not None
    assert later.baseline is not None
    assert later.baseline.last_on == session.given_on - ONE_DAY


async def test_an_open_check_is_put_together_anew_from_the_right_day(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.RESPONSE_CHECK)
        before = await running.course()
        right = before.sessions[1].given_on - ONE_DAY
        await correct(running, f.SessionValues(given_on=right), deviation="one day before")

        after = await running.check()

    assert before.evidence is not None
    assert after.evidence is not None
    assert after.evidence.blocks != before.evidence.blocks
    assert after.waits_of(WaitKind.RESPONSE_CHECK)


async def test_a_session_of_another_patient_is_undone_and_the_course_begins_again(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await correct(running, f.SessionValues(entered_in_error=True))
        await running.tell(AMY, f.ToldAnew(how="by telephone"))
        await running.settle()

        undone = await running.check()

        await running.until(WaitKind.RESPONSE_CHECK)
        later = await running.check()

    assert (undone.sessions, undone.baseline) == ((), None)
    [gone] = undone.sessions_in_error
    assert (gone.number, gone.claim_voided, len(gone.replacements)) == (1, True, 1)
    assert not undone.waits_of(WaitKind.SAFETY_CALL)
    assert undone.appointment is not None
    assert (undone.appointment.starts_at - (gone.given_at)).days < 84
    assert [session.number for session in later.sessions] == [2, 3]


async def undo(running: CourseUnderTest, kind: type[e.CourseEvent], values: Any, *, by: Actor | None = None) -> None:
    """Have the last event of a kind corrected, by who recorded it where nobody else is named."""
    told = [event for event in await running.journal() if isinstance(event, kind)][-1]
    assert told.on is not None
    fact = f.Correction(
        event=told.number,
        subject=subject_of(told),
        recorded_by=told.by,
        recorded_on=told.on,
        values=values,
        reason="typed on the wrong course",
    )
    await running.tell(by or next(one for one in EVERYBODY if one.user_id == told.by), fact)
    await running.settle()


async def test_a_denial_and_a_safety_call_entered_in_error_are_waited_for_again(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.PAYER_ANSWER)
        await running.tell(AMY, f.AuthorizationDecision(decision=Decision.DENIED, reason="not necessary"))
        await running.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
        await running.settle()
        appealed = await running.check()
        await undo(running, e.AuthorizationDecided, f.AuthorizationValues(entered_in_error=True))
        asked = await running.check()

        await running.until(WaitKind.SAFETY_CALL)
        await running.tell(AMY, f.SafetyCall(result="reached"))
        await running.settle()
        called = await running.check()
        await undo(running, e.SafetyWatchEnded, f.SafetyCallValues(entered_in_error=True))
        again = await running.check()

    assert {WaitKind.CONTEST} <= {wait.kind for wait in appealed.waits}
    kinds = {wait.kind for wait in asked.waits}
    assert WaitKind.PAYER_ANSWER in kinds
    assert kinds.isdisjoint({WaitKind.CONTEST, WaitKind.DENIAL})
    assert WaitKind.SAFETY_CALL not in {wait.kind for wait in called.waits}
    assert WaitKind.SAFETY_CALL in {wait.kind for wait in again.waits}


async def test_a_dose_elsewhere_told_by_mistake_and_an_answer_given_wrongly_leave_nothing_behind(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        given_on = (await running.course()).sessions[0].given_on
        fact = f.DoseElsewhere(given_on=given_on + ONE_DAY, units=155, source=CountSource.EARLIER_RECORD)
        await running.tell(AMY, fact)
        await running.settle()
        told = await running.check()
        await undo(running, e.DoseElsewhereTold, f.DoseElsewhereValues(entered_in_error=True))
        withdrawn = await running.check()

        await running.until(WaitKind.RESPONSE_CHECK)
        await running.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
        await running.settle()
        await undo(running, e.ResponseAnswered, f.ResponseValues(entered_in_error=True))
        anew = await running.check()

    assert earliest_from_last_dose(told) == given_on + 85 * ONE_DAY
    assert earliest_from_last_dose(withdrawn) == given_on + 84 * ONE_DAY
    assert withdrawn.baseline == (await running.course()).baseline
    assert anew.checks == ()
    assert anew.evidence is not None
    assert WaitKind.RESPONSE_CHECK in {wait.kind for wait in anew.waits}


async def test_another_payer_told_by_mistake_is_asked_no_more_and_what_was_granted_ends_on_its_own_day(
    world: World,
) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        (granted,) = (await running.course()).authorizations
        change = f.CoverageChanged(
            from_on=clinic_day(await running.now(), world.clinic.zone),
            pays=CoverageKind.AUTHORIZATION,
            payer_id="washington-labor",
            policy=the_policy("washington-labor"),
            reason="told for another patient",
        )
        await running.tell(BEN, change)
        await running.until(WaitKind.PAYER_ANSWER)
        told = await running.check()
        await undo(running, e.CoverageChanged, f.CoverageChangedValues(entered_in_error=True))
        undone = await running.check()
        await running.until(WaitKind.SESSION_RESULT)
        cleared = await running.check()

    assert WaitKind.AUTHORIZATION_ENDS not in {wait.kind for wait in told.waits}
    kinds = {wait.kind for wait in undone.waits}
    assert WaitKind.AUTHORIZATION_ENDS in kinds
    assert kinds.isdisjoint({WaitKind.PAYER_ANSWER, WaitKind.SUBMIT_PACKET})
    assert cleared.clearance is not None
    assert cleared.clearance.coverage.authorization_number == granted.number


async def test_the_last_month_is_counted_before_clearance_and_anew_when_the_day_it_began_with_was_wrong(
    world: World,
) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await running.until(WaitKind.CLEARANCE)
        before = await running.check()
        first = before.sessions[0].given_on
        await correct(running, f.SessionValues(given_on=first - ONE_DAY), deviation="it was the day before")
        await running.until(WaitKind.CLEARANCE)

        after = await running.check()

    assert [(month.session, month.block.first_on) for month in before.last_months] == [(1, first + 56 * ONE_DAY)]
    assert [(month.session, month.block.first_on) for month in after.last_months] == [(1, first + 55 * ONE_DAY)]
    assert before.last_months[0].block.recorded_days == 28
    assert after.baseline is not None
    assert after.last_months[0].changes, "compared with the counts before treatment, which were frozen anew"


async def test_a_denials_right_day_moves_what_is_waited_for_and_an_approval_never_given_is_waited_for_again(
    world: World,
) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.PAYER_ANSWER)
        await running.pass_days(9)
        await running.tell(AMY, f.AuthorizationDecision(decision=Decision.DENIED, reason="not necessary"))
        await running.settle()
        denied = await running.check()
        earlier = denied.denials[0].letter_on - 3 * ONE_DAY
        await undo(running, e.AuthorizationDecided, f.AuthorizationValues(letter_on=earlier))
        chosen = await running.check()
        await running.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
        await running.settle()
        await undo(running, e.AuthorizationDecided, f.AuthorizationValues(letter_on=earlier - 2 * ONE_DAY))
        appealed = await running.check()

        await running.until(WaitKind.SAFETY_CALL)
        await undo(running, e.AuthorizationDecided, f.AuthorizationValues(entered_in_error=True), by=BEN)
        undone = await running.check()

    last_days = [
        course.wait("denial:request-1" if not course.open_request else "contest:request-2")
        for course in (denied, chosen, appealed)
    ]
    appeal_until = denied.denials[0].appeal_until
    assert appeal_until is not None
    assert [wait and wait.context.get("appeal") for wait in last_days[:2]] == [
        f"until {appeal_until}",
        f"until {appeal_until - 3 * ONE_DAY}",
    ]
    assert last_days[2] is not None
    assert last_days[2].context["last_day"] == str(appeal_until - 5 * ONE_DAY)
    kinds = {wait.kind for wait in undone.waits}
    assert kinds & {WaitKind.PAYER_ANSWER, WaitKind.CHASE_PAYER}
    assert {WaitKind.DEVIATION, WaitKind.CLAIM_HELD} <= kinds
    assert WaitKind.AUTHORIZATION_ENDS not in kinds
    assert undone.sessions[0].coverage.authorization is None
