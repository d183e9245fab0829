"""Claims as Temporal workflows of their own: started once, by the claim's id; what is over wakes when it is told something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.claims import KeepStep, OpenClaim
from activities.failures import Refused, Unavailable
from adapters.temporal.answers import told_no

CLAIM_WORKFLOW = "Claim"
WORTH_SKIPPING = timedelta(minutes=5)
"""A course that is ahead by more than this was fast-forwarded; less is delay on the way."""

OpenedBefore: TypeAlias = Callable[[str, datetime], Awaitable[OpenClaim | None]]
StartingAhead: TypeAlias = Callable[[Client, timedelta], Client]


class TemporalClaims:
    """Opens claims and tells them. `opened_before` looks up a claim that is over, as billing knows it."""

    def __init__(
        self,
        client: Client,
        opened_before: OpenedBefore,
        *,
        task_queue: str,
        starting_ahead: StartingAhead | None = None,
    ) -> None:
        self._client = client
        self._opened_before = opened_before
        self._task_queue = task_queue
        self._starting_ahead = starting_ahead

    async def open_claim(self, wanted: OpenClaim) -> None:
        """Start the claim's workflow, unless it was started before."""
        try:
            await self._client_at(wanted.now).start_workflow(
                CLAIM_WORKFLOW,
                wanted,
                id=wanted.claim.id,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"{wanted.claim.kind} of session {wanted.claim.session}",
            )
        except WorkflowAlreadyStartedError:
            return
        except RPCError as error:
            raise Unavailable(f"Temporal did not start the claim: {error.status.name}") from None

    async def keep_step(self, wanted: KeepStep) -> None:
        """Have the claim keep a step; one that is over wakes for it."""
        step = wanted.step
        try:
            await self._client.get_workflow_handle(step.claim_id).execute_update("step", wanted, id=step.key)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise Unavailable(f"Temporal did not reach the claim: {error.status.name}") from None
            await self._wake_for(wanted)
        except WorkflowUpdateFailedError as failed:
            raise told_no(failed, "the claim") from None
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            raise Unavailable("the claim did not answer in time") from None

    async def _wake_for(self, wanted: KeepStep) -> None:
        before = await self._opened_before(wanted.step.claim_id, wanted.now)
        if before is None:
            raise Refused(f"billing has no claim {wanted.step.claim_id}")
        try:
            await self._client.execute_update_with_start_workflow(
                "step", wanted, start_workflow_operation=woken(before, self._task_queue), id=wanted.step.key
            )
        except WorkflowUpdateFailedError as failed:
            raise told_no(failed, "the claim") from None
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise Unavailable(f"the claim did not wake: {type(error).__name__}") from None

    def _client_at(self, now: datetime) -> Client:
        """Return the client, or on the embedded stack one whose clock is that of a fast-forwarded course."""
        lag = now - datetime.now(UTC)
        if self._starting_ahead is None or lag < WORTH_SKIPPING:
            return self._client
        return self._starting_ahead(self._client, lag)


def woken(before: OpenClaim, task_queue: str) -> WithStartWorkflowOperation[Any, Any]:
    """Return how a claim that is over starts again, from what billing knows of it. Its clock is that of `before.now`."""
    return WithStartWorkflowOperation(
        CLAIM_WORKFLOW,
        before,
        id=before.claim.id,
        task_queue=task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=f"{before.claim.kind} of session {before.claim.session}, woken",
    )
