"""The clinic's own billing. That a session has one original claim is the database's doing."""

from __future__ import annotations

import json
from typing import Any

from activities.billing import (
    ClaimState,
    ClaimStatus,
    FileClaim,
    FiledClaim,
    IssuedInvoice,
    IssueInvoice,
    RecordedStatus,
)
from activities.failures import Conflict, Refused, Unavailable
from domain.claims import Claim
from readmodel.outages import told_as_outages
from readmodel.pool import Connection, Pool
from readmodel.sql import query


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

    async def _bill(self, name: str, by_key: str, key: str, claim: Claim, at: object) -> dict[str, Any]:
        with told_as_outages():
            async with self._pool.acquire() as connection:
                row = await connection.fetchrow(query(name), key, claim.model_dump_json(), at)
                if row is None:
                    row = await connection.fetchrow(query(by_key), key)
                    if row is None:
                        raise await _why_not(connection, claim)
                    _must_be_the_same(key, row["content"], claim.model_dump_json())
        return dict(row)


async def _why_not(connection: Connection, claim: Claim) -> Exception:
    billed = await connection.fetchval(query("billed_by"), claim.course_id, claim.session)
    if billed is None:  # the id is of another session's, or the other transaction was rolled back
        return Unavailable(f"{claim.id} is being filed by somebody else; it is tried again")
    return Refused(f"session {claim.session} of course {claim.course_id} was billed before, as {billed}")


async def _record_once(connection: Connection, status: ClaimStatus) -> RecordedStatus:
    bill = await connection.fetchrow(query("lock_bill"), status.claim_id)
    if bill is None:
        raise Refused(f"there is no claim or invoice {status.claim_id}")
    before = await connection.fetchrow(query("remittance_by_key"), status.key)
    state, paid_cents = ClaimState(bill["state"]), int(bill["paid_cents"])
    content = status.model_dump_json(exclude={"recorded_at"})
    if before is not None:
        _must_be_the_same(status.key, before["content"], content, ignoring="recorded_at")
    else:
        state = _state_after(state, status.state)
        paid_cents += status.amount_cents if status.state is ClaimState.PAID else 0
        document = status.model_dump_json()
        await connection.execute(query("record_remittance"), status.key, document, status.claim_id, state, paid_cents)
    return RecordedStatus(claim_id=status.claim_id, state=state, paid_cents=paid_cents)


def _state_after(now: ClaimState, said: ClaimState) -> ClaimState:
    """Return where a claim stands. An acknowledgement that comes late takes back no payment and no denial."""
    decided = {ClaimState.PAID, ClaimState.DENIED}
    if said is ClaimState.FILED:
        raise Refused("a payer accepts, pays or denies; `filed` is what we do")
    return now if now in decided and said is ClaimState.ACCEPTED else said


def _must_be_the_same(key: str, had: str, got: str, *, ignoring: str = "") -> None:
    before, now = json.loads(had), json.loads(got)
    before.pop(ignoring, None)
    if before != now:
        raise Conflict(f"key {key} was used before with other content")
