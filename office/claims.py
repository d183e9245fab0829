"""What a payer said, told to the claim's own workflow."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from activities.billing import ClaimState, ClaimStatus, RecordedStatus
from adapters.temporal.claims import woken
from office.call import Call
from office.claim_fields import ClaimStatusFields
from office.errors import NotFound
from office.sending import CourseIsOver, answered, update
from readmodel.lookups import BillRow
from readmodel.rows import one_value
from readmodel.whereabouts import opened_before


async def tell_claim(call: Call, bill: BillRow, told: ClaimStatusFields, *, on: date, at: datetime) -> RecordedStatus:
    """Record what the payer said about a bill; one that is over wakes. The same request id is recorded once."""
    status = ClaimStatus(
        key=call.request_id,
        claim_id=bill.billed_id,
        state=ClaimState(told.status),
        on=on,
        amount_cents=int((told.amount or 0) * 100),
        reason_codes=told.reason,
        reference=told.reference,
        recorded_at=at,
        appeal_by=told.appeal_by,
        records_by=told.records_by,
    )
    again = f"send it again with --request-id {call.request_id}: it takes effect once"
    try:
        recorded: RecordedStatus = await update(
            await call.reach.client(),
            bill.billed_id,
            "status",
            status,
            update_id=call.request_id,
            result_type=RecordedStatus,
            again=again,
        )
    except CourseIsOver:
        if await one_value(await call.reach.pool(), "remittance_by_key", call.request_id) is None:
            return await _wake_for(call, status, again=again)
        return RecordedStatus(claim_id=bill.billed_id, state=ClaimState(bill.state), paid_cents=bill.paid_cents)
    return recorded


async def _wake_for(call: Call, status: ClaimStatus, *, again: str) -> RecordedStatus:
    """Start a claim that is over again, from what billing knows of it, with what it is told."""
    before = await opened_before(await call.reach.pool(), status.claim_id, status.recorded_at)
    if before is None:
        raise NotFound(f"billing has no claim {status.claim_id}")
    client = await call.reach.client()

    async def send() -> Any:
        return await client.execute_update_with_start_workflow(
            "status",
            status,
            start_workflow_operation=woken(before, call.reach.settings.task_queue),
            result_type=RecordedStatus,
            id=status.key,
        )

    recorded: RecordedStatus = await answered(send, again=again)
    return recorded
