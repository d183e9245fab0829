"""After a payer's no or not yet: what a person chooses, what is waited for, and who pays meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from domain import facts as f
from domain.clinic_time import clinic_day
from domain.coverage import CoverageKind, Decision
from domain.denial import DenialCode, DenialStep
from domain.history import TrialOutcome
from domain.waits import WaitKind
from tests.kit.answers import People, Situation, approved, denied
from tests.kit.beginnings import a_beginning
from tests.kit.course_under_test import CourseUnderTest, watched
from tests.kit.moments import one_preventive
from tests.kit.people import ADA, AMY, BEN
from tests.kit.world import World

NO = People({WaitKind.PAYER_ANSWER: denied})


async def answer(running: CourseUnderTest, kind: WaitKind, **changes: Any) -> None:
    """Answer the open request of the payer."""
    course = await running.course()
    seen = Situation(course, course.waits_of(kind)[0], await running.now())
    await running.tell(*(denied(seen, **changes) if changes.pop("no", False) else approved(seen, **changes)))


async def test_a_denial_is_appealed_and_the_appeal_approved_before_the_first_session(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.DENIAL, NO)
        await running.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
        await running.until(WaitKind.PAYER_ANSWER)
        await running.tell(ADA, f.RollOver())
        await running.until(WaitKind.SAFETY_CALL)

        course = await running.check()

    first, appeal = course.requests
    assert (appeal.purpose, appeal.level, appeal.of_request) == ("appeal", 1, first.number)
    assert course.sessions[0].coverage.authorization == appeal.number


async def test_an_appeal_that_is_not_sent_by_its_last_day_lapses_and_the_choice_is_open_again(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.DENIAL, NO)
        await running.tell(BEN, f.DenialStepChosen(step=DenialStep.PEER_TO_PEER))
        last_on = (await running.course()).requests[-1].last_on
        assert last_on is not None
        await running.until(WaitKind.DENIAL, People({WaitKind.CONTEST: lambda _: None}))

        course = await running.check()

    assert course.requests[-1].lapsed_on == last_on + timedelta(days=1)
    [task] = course.waits_of(WaitKind.DENIAL)
    assert "peer_to_peer" not in task.context
    assert task.context["first_step"] == "appeal"


async def test_the_patient_pays_while_an_appeal_runs_and_its_approval_switches_the_next_session_back(
    world: World,
) -> None:
    silent: dict[WaitKind, Any] = {WaitKind.PAYER_ANSWER: lambda _: None, WaitKind.CHASE_PAYER: lambda _: None}
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.DENIAL, NO)
        await running.tell(AMY, f.DenialStepChosen(step=DenialStep.APPEAL))
        await running.until(WaitKind.PAYER_ANSWER)
        signed_on = (await running.course()).requests[-1].submitted_on
        assert signed_on is not None
        await running.tell(AMY, f.SelfPayAgreed(signed_on=signed_on, amount_cents=150_000, sessions=1))
        await running.until(WaitKind.SAFETY_CALL, People(silent))
        await answer(running, WaitKind.PAYER_ANSWER)
        await running.until(WaitKind.RESPONSE_CHECK)

        course = await running.check()

    paid, covered = course.sessions
    assert (paid.coverage.kind, paid.coverage.amount_cents) == (CoverageKind.SELF_PAY, 150_000)
    assert covered.coverage.kind is CoverageKind.AUTHORIZATION
    assert course.coverage.kind is CoverageKind.AUTHORIZATION
    bills = await world.pool.fetch("select session, amount_cents from invoice where course_id = $1", course.course_id)
    assert [(row["session"], row["amount_cents"]) for row in bills] == [(1, 150_000)]


async def test_what_the_payer_misses_is_waited_for_and_asked_about_before_it_is_asked(world: World) -> None:
    today = clinic_day(datetime.now(UTC), world.clinic.zone)
    beginning = a_beginning(today, history=one_preventive().model_copy(update={"taken_on": today}))
    async with watched(await CourseUnderTest.start(world, beginning)) as running:
        await running.until(WaitKind.TRIAL)
        waited = await running.check()
        told = f.TrialTold(
            drug="amitriptyline", drug_class="antidepressant", outcome=TrialOutcome.NOT_EFFECTIVE, days=60
        )
        await running.tell(AMY, told)
        await running.until(WaitKind.PAYER_ANSWER)

        course = await running.check()

    assert waited.requests == ()
    assert waited.not_yet is not None
    assert waited.not_yet.ask_on == today + timedelta(days=60)
    assert course.payer_verdict is not None
    assert course.payer_verdict.met
    assert [request.purpose for request in course.requests] == ["initial"]


async def test_after_step_therapy_was_missed_the_course_waits_and_sends_a_new_request(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        no = People({WaitKind.PAYER_ANSWER: lambda s: denied(s, denial_code=DenialCode.STEP_THERAPY)})
        await running.until(WaitKind.DENIAL, no)
        await running.tell(BEN, f.DenialStepChosen(step=DenialStep.WAIT))
        await running.until(WaitKind.PAYER_ANSWER)
        await answer(running, WaitKind.PAYER_ANSWER)
        await running.until(WaitKind.SAFETY_CALL)

        course = await running.check()

    assert [request.decision for request in course.requests] == [Decision.DENIED, Decision.APPROVED]


async def test_a_session_at_the_clinics_risk_is_billed_to_nobody_by_itself(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.DENIAL, NO)
        await running.tell(ADA, f.AtClinicsRisk(reason="the appeal will be won"))
        await running.until(WaitKind.BILLING, People({WaitKind.DENIAL: lambda _: None}))

        course = await running.check()

    assert course.sessions[0].coverage.kind is CoverageKind.CLINICS_RISK
    assert course.billing_impossible == (1,)
    assert course.waits_of(WaitKind.DENIAL), "what follows the denial is still to be chosen"
