"""The bill of each session: handed over once, replaced when the record changes, and seen to when its payer denies it."""

from __future__ import annotations

from datetime import datetime

from activities.claims import ClaimActivities, KeepStep, OpenClaim
from domain.billing import bill_of, hold_of, may_go_out, outdated_on_its_way, share_of_patient, void_of
from domain.claim_denials import ClaimDenial, ClaimStep, DenialState
from domain.claims import Claim
from domain.clinic_time import add_working_days
from domain.course import Course
from domain.events import BillingImpossible, ClaimHeld, ClaimOpened, ClaimReleased, ClaimStepKept
from domain.invoices import Invoice
from domain.record import Refusal
from domain.session import Session
from domain.story.words import dollars
from domain.waits import WaitKind
from workflows.desk import Desk, Moot, SaidNo

BY_HAND_WORKING_DAYS = 2
DENIED_WORKING_DAYS = 3


class Billing:
    """What billing is asked for. Facts of claims live with the claims; here is what the course must know."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def bill(self, session: Session) -> None:
        """Hand the signed session to billing, under the coverage of its day; anew when the record has changed."""
        course = self._desk.course
        if (why := hold_of(course, session)) is not None:
            self._desk.happened(ClaimHeld(session=session.number, why=why))
            return
        claim = bill_of(course, session)
        if isinstance(claim, Refusal):
            self._desk.happened(BillingImpossible(session=session.number, reason=claim.reason))
            return
        try:
            await self._open(claim, f"claim-{session.number}")
        except SaidNo as no:
            self._desk.happened(BillingImpossible(session=session.number, reason=no.reason))
            return
        self._desk.happened(
            ClaimOpened(
                session=session.number,
                claim_id=claim.id,
                replaces=claim.replaces,
                frequency=claim.frequency,
                payer_id=claim.payer_id,
                amount_cents=claim.amount_cents if claim.kind == "invoice" else None,
                outdated=outdated_on_its_way(self._desk.course, session.number, claim),
            )
        )

    async def void(self, session: Session) -> None:
        """Take back the bill of a session that was entered in error."""
        course = self._desk.course
        now = course.session_in_error(session.number)
        if now is None:
            return
        claim = void_of(course, now)
        try:
            if not isinstance(claim, Refusal):
                await self._open(claim, f"claim-{session.number}")
        except SaidNo as no:
            claim = Refusal(reason=no.reason)
        if isinstance(claim, Refusal):
            self._desk.happened(BillingImpossible(session=session.number, reason=claim.reason))
            return
        self._desk.happened(
            ClaimOpened(
                session=session.number,
                claim_id=claim.id,
                replaces=claim.replaces,
                frequency=claim.frequency,
                payer_id=claim.payer_id,
            )
        )

    async def _open(self, claim: Claim, what: str) -> None:
        wanted = OpenClaim(claim=claim, now=self._desk.now)
        await self._desk.do(ClaimActivities.open_claim, wanted, what=what, outlives_end=True)

    async def have_billed(self, number: int) -> None:
        """Have a person bill what could not be billed."""
        billed: Moot = lambda course: number not in course.to_bill_by_hand  # noqa: E731 - it reads as the condition it is
        due = self._in_working_days(BY_HAND_WORKING_DAYS)
        await self._desk.wait(WaitKind.BILLING, f"session-{number}", due=due, moot=billed)

    async def be_paid(self, invoice: Invoice) -> None:
        """Have billing enter what the patient pays, all or in instalments, until nothing is left. It outlives the course."""
        number = invoice.number
        while (now := _open_invoice(self._desk.course, number)) is not None:
            due, about = (
                self._desk.morning(now.due_on),
                {"left": f"{dollars(now.left_cents)} of {dollars(now.amount_cents)}"},
            )
            await self._desk.wait(WaitKind.PAYMENT, f"session-{number}", due=due, moot=_has_changed(now), context=about)

    async def have_released(self, session: Session) -> None:
        """Have billing look at a held claim. One whose reason is gone goes out by itself, such as when the number comes."""
        number = session.number

        def free(course: Course) -> bool:
            now = course.session(number)
            return now is None or now.claim_held is None or may_go_out(course, now)

        context = {"session": str(number), "why": session.claim_held or ""}
        due = self._in_working_days(BY_HAND_WORKING_DAYS)
        await self._desk.wait(WaitKind.CLAIM_HELD, f"session-{number}", due=due, moot=free, context=context)
        now = self._desk.course.session(number)
        if now is not None and may_go_out(self._desk.course, now):
            self._desk.happened(ClaimReleased(session=number, note="what it waited for has come"))

    async def settle_denial(self, denial: ClaimDenial) -> None:
        """Have billing see to a denied claim, and to the payer's answer, until it is settled."""
        number, subject = denial.number, f"denial-{denial.number}"
        while (now := self._desk.course.claim_denial(number)) is not None and now.state is not DenialState.SETTLED:
            changed = _has_left(number, now.state)
            if now.state is DenialState.OPEN:
                due, about = self._due(now), _about(now)
                await self._desk.wait(WaitKind.CLAIM_DENIED, subject, due=due, moot=changed, context=about)
            else:
                due = self._desk.morning(now.answer_due_on or self._desk.today)
                await self._desk.wait(WaitKind.CLAIM_APPEAL, subject, due=due, moot=changed, context=_about(now))

    def _due(self, denial: ClaimDenial) -> datetime:
        """Return when billing should have acted: soon, and on the payer's last day at the latest."""
        soon = self._in_working_days(DENIED_WORKING_DAYS)
        if denial.last_day is None or denial.last_day < self._desk.today:
            return soon
        return min(soon, self._desk.morning(denial.last_day))

    async def keep_step(self, step: ClaimStep) -> None:
        """Tell the claim what was done about it. A patient who is to pay a share gets an invoice first."""
        course, session = self._desk.course, self._desk.course.session(step.session)
        what = f"claim-step-{step.session}"
        try:
            if step.kind == "patient_billed" and session is not None:
                await self._open(share_of_patient(course, session, amount_cents=step.amount_cents or 0), what)
            wanted = KeepStep(step=step, now=self._desk.now)
            await self._desk.do(ClaimActivities.keep_step, wanted, what=what, outlives_end=True)
        except SaidNo as no:
            self._desk.happened(BillingImpossible(session=step.session, reason=no.reason))
        self._desk.happened(ClaimStepKept(step=step.key))

    def _in_working_days(self, count: int) -> datetime:
        return self._desk.morning(add_working_days(self._desk.today, count, self._desk.course.clinic))


def _open_invoice(course: Course, number: int) -> Invoice | None:
    return next((one for one in course.open_invoices if one.number == number), None)


def _has_changed(invoice: Invoice) -> Moot:
    return lambda course: _open_invoice(course, invoice.number) != invoice


def _has_left(number: int, state: DenialState) -> Moot:
    def left(course: Course) -> bool:
        now = course.claim_denial(number)
        return now is None or now.state is not state

    return left


def _about(denial: ClaimDenial) -> dict[str, str]:
    """Return what billing should see beside the task."""
    is_open = denial.state is DenialState.OPEN
    days = {"last_day": denial.last_day, "file_by": denial.file_by} if is_open else {}
    told = {
        "session": str(denial.session),
        "what": denial.what,
        "codes": ", ".join(denial.reason_codes),
        "says": denial.says,
        "first_step": denial.first_step,
        "level": str(denial.level) if denial.level else "",
    }
    return {key: value for key, value in told.items() if value} | {
        key: day.isoformat() for key, day in days.items() if day is not None
    }
