"""Claims after filing, on the real servers: denied, appealed, replaced, reopened; and the course that is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.exceptions import ApplicationError

from activities.billing import ClaimState, ClaimStatus, RecordedStatus
from domain import events as e
from domain import facts as f
from domain.clinic_time import clinic_day
from domain.coverage import CoverageKind
from domain.denial_reasons import Questions
from domain.record import Refusal
from domain.waits import WaitKind
from readmodel.lookups import bills_of
from tests.domain.builders import the_policy
from tests.kit.answers import People, Situation, given
from tests.kit.beginnings import a_beginning, medicare, self_pay
from tests.kit.course_under_test import CourseUnderTest, eventually, replay, runs_of, watched
from tests.kit.examples import FACTS, VIALS
from tests.kit.faults import Faults, Gate
from tests.kit.moments import TWELVE_SITES
from tests.kit.people import ADA, AMY, BEN, DR_KHAN, DR_LEE, NINA
from tests.kit.world import World

ONE_DAY = timedelta(days=1)


async def say(running: CourseUnderTest, claim_id: str, state: ClaimState, **told: Any) -> RecordedStatus:
    """Tell a claim what its payer said, and let the course that hears of it come to rest."""
    at = await running.now()
    plain: dict[str, Any] = {"key": uuid4().hex, "claim_id": claim_id, "state": state, "recorded_at": at}
    status = ClaimStatus(**(plain | {"on": clinic_day(at, running.world.clinic.zone)} | told))
    handle = running.world.client.get_workflow_handle(claim_id)
    recorded: RecordedStatus = await handle.execute_update("status", status, result_type=RecordedStatus)
    await running.settle()
    return recorded


async def claims_of(running: CourseUnderTest) -> list[tuple[str, str, str | None]]:
    """Return frequency, state and what each claim replaces, oldest first."""
    rows = await running.world.pool.fetch(
        "select frequency, state, replaces from claim where course_id = $1 order by control_number", running.course_id
    )
    return [(row["frequency"], row["state"], row["replaces"]) for row in rows]


async def listed_waits(running: CourseUnderTest) -> set[str]:
    """Return what the course waits for as lists have it: written a moment after what has happened."""
    rows = await running.world.pool.fetch("select wait_id from wait where course_id = $1", running.course_id)
    return {row["wait_id"] for row in rows}


async def after_session_1(world: World, **beginning: Any) -> CourseUnderTest:
    running = await CourseUnderTest.start(world, a_beginning(today(world), **beginning) if beginning else None)
    await running.until(WaitKind.SAFETY_CALL)
    await running.tell(AMY, f.SafetyCall(result="reached"))
    return running


def today(world: World) -> date:
    return clinic_day(datetime.now(UTC), world.clinic.zone)


def claim_id(running: CourseUnderTest, number: int = 1) -> str:
    return f"{running.course_id}/session-{number}/claim"


async def test_a_claim_denied_as_not_necessary_stops_the_next_clearance_until_billing_has_settled_it(
    world: World,
) -> None:
    quiet = People({WaitKind.CLAIM_DENIED: lambda _: None})
    async with watched(await after_session_1(world)) as running:
        await say(running, claim_id(running), ClaimState.DENIED, reason_codes=("CO-50",))
        told = await running.course()
        await running.until(WaitKind.CLEARANCE, quiet)
        refused = await running.ask(DR_LEE, f.PreSessionCheck(clear=True))
        appeal = f.DenialAnswered(action="appeal", note="the record is sent", next_session="renewed since, A-2")
        await running.tell(BEN, appeal)
        cleared = await running.ask(DR_LEE, f.PreSessionCheck(clear=True))
        await running.settle()

        course = await running.check()

    [denial] = told.claim_denials
    assert denial.questions == (Questions.NECESSITY,)
    [task] = told.waits_of(WaitKind.CLAIM_DENIED)
    assert task.context["codes"] == "CO-50"
    assert "peer-to-peer" in task.context["first_step"]
    assert isinstance(refused, Refusal)
    assert "the claim of session 1 was denied (CO-50)" in refused.reason
    assert not isinstance(cleared, Refusal)
    assert course.waits_of(WaitKind.CLAIM_APPEAL)
    assert await claims_of(running) == [("1", "appealed", None)]


async def test_an_appeal_that_is_lost_goes_to_the_next_level_within_its_own_days_and_is_paid_when_won(
    world: World,
) -> None:
    async with watched(await after_session_1(world, coverage=medicare(today(world)))) as running:
        await say(running, claim_id(running), ClaimState.DENIED, reason_codes=("CO-16",))
        first = await running.course()
        await running.tell(BEN, f.DenialAnswered(action="appeal", note="redetermination"))
        await running.pass_days(20)
        await running.tell(BEN, f.AppealAnswered(outcome="lost"))
        second = await running.course()
        await running.tell(BEN, f.DenialAnswered(action="appeal", note="reconsideration"))
        await running.tell(BEN, f.AppealAnswered(outcome="won"))
        await running.settle()
        await say(running, claim_id(running), ClaimState.PAID, amount_cents=118_040)

        course = await running.check()
        await replay(world, await runs_of(world, claim_id(running)))

    assert first.claim_denials[0].appeal_by == first.claim_denials[0].payer_on + 120 * ONE_DAY
    assert second.claim_denials[0].appeal_by == second.claim_denials[0].payer_on + 180 * ONE_DAY
    assert course.open_denials == ()
    assert await claims_of(running) == [("1", "paid", None)]


@pytest.mark.parametrize("frequency", ["7", "8"], ids=["corrected", "undone"])
async def test_what_is_corrected_while_its_claim_is_on_the_way_to_billing_is_billed_as_it_is_now(
    world: World, frequency: str
) -> None:
    own, gate = world.on_a_queue_of_its_own(), Gate("open_claim")
    async with own.worker(interceptors=[gate]), watched(await CourseUnderTest.start(own)) as running:
        await running.until(WaitKind.SESSION_RESULT)
        gate.close()
        told = await running.tell(DR_LEE, f.SessionResult(vials=VIALS, injector="dr.lee"))
        await gate.waiting.wait()
        day = clinic_day(await running.now(), world.clinic.zone)
        right = f.SessionValues(given_on=day - ONE_DAY) if frequency == "7" else f.SessionValues(entered_in_error=True)
        fact = f.Correction(
            event=told.number, subject=1, recorded_by="dr.lee", recorded_on=day, values=right, reason="typed wrong"
        )
        await running.tell(NINA, fact, deviation="so it was" if frequency == "7" else None)
        gate.open()
        if frequency == "7":
            await running.tell(DR_LEE, f.RecordSigned(session=1))
        await running.settle()

        await running.check()
        claims = await claims_of(running)

    assert [one for one, _, _ in claims] == ["1", frequency]
    assert claims[1][2] is not None, "it names the claim whose place it takes"


async def test_a_claim_that_is_paid_after_a_denial_settles_it(world: World) -> None:
    async with watched(await after_session_1(world)) as running:
        await say(running, claim_id(running), ClaimState.DENIED, reason_codes=("CO-197",))
        await say(running, claim_id(running), ClaimState.PAID, amount_cents=118_040)

        course = await running.check()

    assert [denial.how for denial in course.claim_denials] == ["paid"]
    assert not course.waits_of(WaitKind.CLAIM_DENIED)


def in_part(situation: Situation) -> Any:
    by, result = given(situation)
    stopped = {"sites": TWELVE_SITES, "in_part": True, "why": "fainted", "patient_left": "walking", "harmless": True}
    return by, result.model_copy(update=stopped)


async def test_a_session_given_in_part_is_billed_with_its_modifier_and_anew_when_it_is_completed_that_day(
    world: World,
) -> None:
    people = People({WaitKind.SESSION_RESULT: in_part})
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.CLAIM_HELD, people)
        held = await running.check()
        await running.tell(BEN, f.ClaimReleased(modifier="53", note="stopped for the patient's safety"))
        await running.settle()
        out = await running.check()
        injector = next(one for one in (DR_LEE, DR_KHAN) if one.user_id == out.sessions[0].injector)
        await running.tell(injector, f.SessionCompleted())  # told by another it waited for his signature
        await running.settle()
        await running.until(WaitKind.SAFETY_CALL)

        course = await running.check()

    assert held.sessions[0].claim_held == "given in part: a coder decides the modifier"
    assert held.sessions[0].claim_id is None
    assert out.sessions[0].claim_id == claim_id(running)
    assert course.sessions[0].replacements == (f"{running.course_id}/session-1/claim-2",)
    assert await claims_of(running) == [("1", "replaced", None), ("7", "filed", claim_id(running))]
    lines = await world.pool.fetch(
        "select claim_id, code, quantity, modifiers from claim_line where claim_id like $1 order by claim_id, line",
        f"{running.course_id}/%",
    )
    assert [(row["code"], row["quantity"], row["modifiers"]) for row in lines][:3] == [
        ("64615", 1, ["53"]),
        ("J0585", 60, []),
        ("J0585", 140, ["JW"]),
    ]


async def test_a_denied_claim_sent_again_corrected_names_the_one_it_replaces_which_also_wakes_a_paid_one(
    world: World,
) -> None:
    async with watched(await after_session_1(world)) as running:
        await say(running, claim_id(running), ClaimState.PAID, amount_cents=118_040)
        await eventually(
            lambda: world.client.get_workflow_handle(claim_id(running)).describe(),
            lambda described: described.status is not None and described.status.name == "COMPLETED",
        )
        course = await running.course()
        session = course.sessions[0]
        assert session.claim_id is not None
        # The payer takes the money back: told to the claim that is over, which wakes
        from adapters.temporal.claims import woken
        from readmodel.whereabouts import opened_before

        before = await opened_before(world.pool, session.claim_id, await running.now())
        assert before is not None
        at = await running.now()
        told = ClaimStatus(
            key="t-1",
            claim_id=session.claim_id,
            state=ClaimState.TAKEN_BACK,
            on=at.date(),
            amount_cents=118_040,
            reason_codes=("CO-197",),
            recorded_at=at,
        )
        back = await world.client.execute_update_with_start_workflow(
            "status",
            told,
            start_workflow_operation=woken(before, world.settings.task_queue),
            result_type=RecordedStatus,
        )
        again = f.DenialAnswered(
            action="correct", note="number added", authorization_number="A-77", next_session="number known"
        )
        await running.tell(BEN, again)
        await running.settle()

        course = await running.check()
        await replay(world, await runs_of(world, claim_id(running)))

    assert back.paid_cents == 0
    assert await claims_of(running) == [("1", "replaced", None), ("7", "filed", claim_id(running))]
    number = await world.pool.fetchval(
        "select authorization_number from claim where claim_id = $1", course.sessions[0].last_claim_id
    )
    assert number == "A-77"


@dataclass
class NoAnswer(Faults):
    """Billing answers nothing until it says no."""

    says_no: bool = False

    async def before(self, name: str) -> None:
        if name == "file_claim":
            raise ApplicationError("no such payer", type="Refused", non_retryable=self.says_no)


async def test_a_bill_that_billing_refuses_after_the_course_was_closed_wakes_the_course(world: World) -> None:
    own, billing = world.on_a_queue_of_its_own(), NoAnswer()
    async with own.worker(interceptors=[billing]), watched(await after_session_1(own)) as running:
        await running.tell(AMY, f.Withdrawal(reason="moves away"))
        await running.until(None)
        billing.says_no = True
        await eventually(lambda: listed_waits(running), lambda found: "billing:session-1" in found, within=90)

        events = await running.journal()

    assert isinstance(events[-2], e.BillingImpossible)
    assert events[-2].reason == "no such payer"


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
async def test_what_the_payer_leaves_to_the_patient_becomes_an_invoice_also_when_the_course_is_closed(
    world: World,
    closed: bool,
) -> None:
    async with watched(await after_session_1(world)) as running:
        if closed:
            await running.tell(AMY, f.Withdrawal(reason="moves away"))
            await running.until(None)
        await say(running, claim_id(running), ClaimState.DENIED, reason_codes=("CO-45", "PR-1"))

        events = await running.journal()
        [denied] = [event for event in events if isinstance(event, e.ClaimDenied)]
        await eventually(lambda: listed_waits(running), lambda found: "claim-denied:denial-1" in found)
        if closed:
            return
        refused = await running.ask(BEN, f.DenialAnswered(action="bill_patient", note="deductible"))
        await running.tell(BEN, f.DenialAnswered(action="bill_patient", note="deductible", amount_cents=25_000))
        await running.settle()

        await running.check()

    assert denied.denial.reason_codes == ("CO-45", "PR-1")
    assert isinstance(refused, Refusal)

    async def invoices() -> list[int]:
        found = await world.pool.fetch("select amount_cents from invoice where course_id = $1", running.course_id)
        return [row["amount_cents"] for row in found]

    await eventually(invoices, lambda found: found == [25_000])
    assert await claims_of(running) == [("1", "patient_billed", None)]


async def unpaid(world: World) -> CourseUnderTest:
    """Return a course whose patient has an invoice over 1,800 dollars and has not paid anything."""
    running = await CourseUnderTest.start(world, a_beginning(today(world), coverage=self_pay(today(world))))
    await running.until(WaitKind.SAFETY_CALL, People({WaitKind.PAYMENT: lambda _: None}))
    await running.tell(AMY, f.SafetyCall(result="reached"))
    return running


async def invoice_row(running: CourseUnderTest) -> tuple[str, int]:
    row = await running.world.pool.fetchrow(
        "select state, paid_cents from invoice where course_id = $1", running.course_id
    )
    assert row is not None
    return row["state"], row["paid_cents"]


async def test_an_invoice_is_paid_in_instalments_and_by_what_billing_is_told_and_outlives_the_course(
    world: World,
) -> None:
    async with watched(await unpaid(world)) as running:
        [task] = (await running.check()).waits_of(WaitKind.PAYMENT)
        instalment = f.InvoicePayment(what="instalment", amount_cents=50_000)
        await running.tell(BEN, instalment, task=task.id)
        await running.settle()
        assert await invoice_row(running) == ("filed", 50_000)
        await running.tell(ADA, FACTS["roll-over"])
        await running.settle()
        assert (await running.check()).waits_of(WaitKind.PAYMENT)
        invoice = f"{running.course_id}/session-1/invoice"
        assert (await say(running, invoice, ClaimState.PAID, amount_cents=30_000)).state is ClaimState.FILED
        await running.settle()
        assert [one.left_cents for one in (await running.course()).open_invoices] == [100_000]
        await running.tell(AMY, f.Withdrawal(reason="moves away"))
        await running.pass_until(await running.now() + 40 * ONE_DAY)
        assert (await running.check()).closed_on is None
        await running.tell(BEN, f.InvoicePayment(what="paid"))
        await running.until(None)
        course = await running.check()

    assert course.closed_on is not None
    assert await invoice_row(running) == ("paid", 180_000)
    [run] = await runs_of(world, invoice)
    await replay(world, [run])


async def test_what_is_left_of_an_invoice_is_written_off_with_its_reason(world: World) -> None:
    async with watched(await unpaid(world)) as running:
        await running.tell(BEN, f.InvoicePayment(what="written_off", reason="she has no income"))
        await running.settle()
        course = await running.check()
        bills = await bills_of(world.pool, running.course_id)

    assert not course.open_invoices
    assert await invoice_row(running) == ("written_off", 0)
    assert [(step.kind, step.note) for step in bills[0].steps] == [("written_off", "she has no income")]


async def test_a_claim_that_comes_back_because_the_insurance_had_changed_goes_to_the_new_payer_and_names_the_old(
    world: World,
) -> None:
    async with watched(await after_session_1(world)) as running:
        given_on = (await running.course()).sessions[0].given_on
        await say(running, claim_id(running), ClaimState.DENIED, reason_codes=("CO-27",))
        told = await running.course()
        policy = the_policy("medicare-part-b")
        medicare_since: dict[str, Any] = {
            "payer_id": policy.id,
            "said_by": "provider line",
            "said_on": given_on,
            "policy": policy,
        }
        changed = f.CoverageChanged(
            from_on=given_on, pays=CoverageKind.NOT_NEEDED, reason="the claim came back", **medicare_since
        )
        await running.tell(AMY, changed)
        await running.settle()

        course = await running.check()

    [task] = told.waits_of(WaitKind.CLAIM_DENIED)
    assert "has the insurance changed?" in task.context["first_step"]
    assert course.open_denials == ()
    rows = await world.pool.fetch(
        "select payer_id, replaces, state from claim where course_id = $1 order by control_number", running.course_id
    )
    assert [tuple(row.values()) for row in rows] == [
        ("northwind-commercial", None, "replaced"),
        ("medicare-part-b", claim_id(running), "filed"),
    ]
