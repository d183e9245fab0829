"""The clinic's own billing. That a session has one original claim is the database's doing."""

from __future__ import annotations

from typing import Any, TypeVar

from activities.billing import (
    ClaimState,
    ClaimStatus,
    FileClaim,
    FiledClaim,
    IssuedInvoice,
    IssueInvoice,
    RecordedStatus,
    RecordStep,
)
from activities.failures import Conflict, Refused, Unavailable
from domain.claim_denials import ClaimStep, StepKind
from domain.claims import Claim
from domain.record import Record
from readmodel.outages import told_as_outages
from readmodel.pool import Connection, Pool
from readmodel.sql import query

Content = TypeVar("Content", bound=Record)


class PostgresBilling:
    """Claims and invoices in our own tables."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def file_claim(self, wanted: FileClaim) -> FiledClaim:
        """File the claim; the same key gets the first answer again."""
        row = await self._bill("file_claim", "claim_by_key", wanted.key, wanted.claim, wanted.filed_at)
        return FiledClaim(
            claim_id=row["claim_id"], control_number=row["control_number"], state=ClaimState(row["state"])
        )

    async def issue_invoice(self, wanted: IssueInvoice) -> IssuedInvoice:
        """Issue the invoice; the same key gets the first answer again."""
        if wanted.claim.amount_cents is None:
            raise Refused(f"the invoice {wanted.claim.id} names no amount")
        row = await self._bill("issue_invoice", "invoice_by_key", wanted.key, wanted.claim, wanted.issued_at)
        return IssuedInvoice.model_validate({name: row[name] for name in ("invoice_id", "number", "amount_cents")})

    async def record_claim_status(self, status: ClaimStatus) -> RecordedStatus:
        """Record what the payer said, once per key."""
        with told_as_outages():
            async with self._pool.acquire() as connection, connection.transaction():
                return await _record_once(connection, status)

    async def record_claim_step(self, wanted: RecordStep) -> RecordedStatus:
        """Record what was done about a claim, once per key."""
        with told_as_outages():
            async with self._pool.acquire() as connection, connection.transaction():
                return await _step_once(connection, wanted)

    async def _bill(self, name: str, by_key: str, key: str, claim: Claim, at: object) -> dict[str, Any]:
        with told_as_outages():
            async with self._pool.acquire() as connection:
                row = await connection.fetchrow(query(name), key, claim.model_dump_json(), at)
                if row is None:
                    row = await connection.fetchrow(query(by_key), key)
                    if row is None:
                        raise await _why_not(connection, claim)
                    _must_be_the_same(key, Claim.model_validate_json(row["content"]), claim)
        return dict(row)


async def _why_not(connection: Connection, claim: Claim) -> Exception:
    billed = await connection.fetchval(query("billed_by"), claim.course_id, claim.session, claim.replaces)
    if billed is not None and claim.replaces is not None:
        return Refused(f"claim {claim.replaces} was replaced before, by {billed}")
    if billed is not None:
        return Refused(f"session {claim.session} of course {claim.course_id} was billed before, as {billed}")
    # The id is of another session's, the other transaction was rolled back, or what it replaces is still to be filed.
    return Unavailable(
        f"{claim.id} is being filed by somebody else, or waits for the one it replaces; it is tried again"
    )


async def _locked(connection: Connection, billed_id: str) -> tuple[ClaimState, int, int | None]:
    """Return where a bill stands, what is paid of it, and what a patient owes by it; None: it is a payer's."""
    bill = await connection.fetchrow(query("lock_bill"), billed_id)
    if bill is None:
        raise Refused(f"there is no claim or invoice {billed_id}")
    return ClaimState(bill["state"]), int(bill["paid_cents"]), bill["owed_cents"]


async def _record_once(connection: Connection, status: ClaimStatus) -> RecordedStatus:
    state, paid_cents, owed_cents = await _locked(connection, status.claim_id)
    before = await connection.fetchrow(query("remittance_by_key"), status.key)
    if before is not None:
        known = ClaimStatus.model_validate_json(before["content"])
        _must_be_the_same(status.key, known.model_copy(update={"recorded_at": status.recorded_at}), status)
    else:
        paid_cents += _paid_by(status)
        state = _state_of_invoice(state, status.state, paid_cents, owed_cents) or _state_after(state, status.state)
        document = status.model_dump_json()
        await connection.execute(query("record_remittance"), status.key, document, status.claim_id, state, paid_cents)
    return RecordedStatus(claim_id=status.claim_id, state=state, paid_cents=paid_cents)


def _state_of_invoice(now: ClaimState, said: ClaimState, paid: int, owed: int | None) -> ClaimState | None:
    """Return where a patient's invoice stands after a payment: as before, until all of it is paid. None: it is no such."""
    if owed is None or said is not ClaimState.PAID:
        return None
    return ClaimState.PAID if paid >= owed else now


def _paid_by(status: ClaimStatus) -> int:
    """Return what a status adds to what was paid; what is taken back counts against it."""
    signs = {ClaimState.PAID: 1, ClaimState.TAKEN_BACK: -1}
    return signs.get(status.state, 0) * status.amount_cents


async def _step_once(connection: Connection, wanted: RecordStep) -> RecordedStatus:
    step = wanted.step
    state, paid_cents, owed_cents = await _locked(connection, step.claim_id)
    before = await connection.fetchval(query("step_by_key"), step.key)
    if before is not None:
        _must_be_the_same(step.key, ClaimStep.model_validate_json(before), step)
    else:
        paid_cents += (step.amount_cents or 0) if step.kind == "payment" else 0
        state = _state_after_step(state, step.kind, paid=paid_cents > 0)
        if step.kind == "payment":
            state = _state_of_invoice(state, ClaimState.PAID, paid_cents, owed_cents) or state
        document = step.model_dump_json()
        at = wanted.recorded_at
        await connection.execute(query("record_step"), step.key, document, step.claim_id, state, at, paid_cents)
    return RecordedStatus(claim_id=step.claim_id, state=state, paid_cents=paid_cents)


SAID = frozenset({ClaimState.ACCEPTED, ClaimState.PAID, ClaimState.DENIED, ClaimState.REOPENED, ClaimState.TAKEN_BACK})
"""What a payer says of a claim; everything else is what we do."""

FOR_GOOD = frozenset({ClaimState.REPLACED, ClaimState.VOIDED})
"""Another claim has taken its place: what comes for this one is recorded and changes nothing."""


def _state_after(now: ClaimState, said: ClaimState) -> ClaimState:
    """Return where a claim stands. An acknowledgement that comes late takes back no payment and no denial."""
    if said not in SAID:
        raise Refused(f"a payer accepts, pays, denies, reviews or takes back; `{said}` is what we do")
    if now in FOR_GOOD:
        return now
    return said if said is not ClaimState.ACCEPTED or now is ClaimState.FILED else now


STEPS: dict[StepKind, ClaimState] = {
    "replaced": ClaimState.REPLACED,
    "voided": ClaimState.VOIDED,
    "appealed": ClaimState.APPEALED,
    "written_off": ClaimState.WRITTEN_OFF,
    "patient_billed": ClaimState.PATIENT_BILLED,
    "appeal_lost": ClaimState.DENIED,
    "settled": ClaimState.PAID,
}


def _state_after_step(now: ClaimState, kind: StepKind, *, paid: bool) -> ClaimState:
    """Return where a claim stands after what we did. Records sent, and more time, leave it where it is.

    What we did about a denial and is told late, when the payer has paid meanwhile, takes nothing back.
    """
    if now in FOR_GOOD or (now is ClaimState.PAID and kind not in {"replaced", "voided"}):
        return now
    if kind == "appeal_won":  # what was paid stays paid; else the payer still has to pay
        return ClaimState.PAID if paid else ClaimState.ACCEPTED
    return STEPS.get(kind, now)


def _must_be_the_same(key: str, had: Content, got: Content) -> None:
    """Raise `Conflict` where a key was used for something else. Fields that an older version did not know have defaults."""
    if had != got:
        raise Conflict(f"key {key} was used before with other content")
