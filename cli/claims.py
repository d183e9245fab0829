"""What a payer said, told to the claim's own workflow."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from activities.billing import ClaimState, ClaimStatus, RecordedStatus
from cli.command import Call
from cli.errors import CourseRefused
from cli.sending import CourseIsOver, update
from readmodel.lookups import BillRow
from readmodel.rows import one_value

if TYPE_CHECKING:
    from cli.direct import ClaimStatusFields


async def tell_claim(call: Call, bill: BillRow, told: ClaimStatusFields, *, on: date, at: datetime) -> RecordedStatus:
    """Record what the payer said about a bill. The same request id is recorded once, also when all is paid."""
    status = ClaimStatus(
        key=call.request_id,
        claim_id=bill.billed_id,
        state=ClaimState(told.status),
        on=on,
        amount_cents=int((told.amount or 0) * 100),
        reason_codes=told.reason,
        reference=told.reference,
        recorded_at=at,
    )
    try:
        recorded: RecordedStatus = await update(
            await call.reach.client(),
            bill.billed_id,
            "status",
            status,
            update_id=call.request_id,
            result_type=RecordedStatus,
            again=f"send it again with --request-id {call.request_id}: it takes effect once",
        )
    except CourseIsOver:
        if await one_value(await call.reach.pool(), "remittance_by_key", call.request_id) is None:
            raise CourseRefused(f"the {bill.kind} of session {bill.session} is {bill.state} and closed") from None
        return RecordedStatus(claim_id=bill.billed_id, state=ClaimState(bill.state), paid_cents=bill.paid_cents)
    return recorded
