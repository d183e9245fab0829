"""Claims as Temporal workflows of their own: started once per session, by the claim's id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.claims import OpenClaim
from activities.failures import Unavailable

CLAIM_WORKFLOW = "Claim"
WORTH_SKIPPING = timedelta(minutes=5)
"""A course that is ahead by more than this was fast-forwarded; less is delay on the way."""


class TemporalClaims:
    """Opens claims. `starting_ahead(client, lag)` gives a client whose workflows start with their clock ahead."""

    def __init__(
        self, client: Client, *, task_queue: str, starting_ahead: Callable[[Client, timedelta], Client] | None = None
    ) -> None:
        self._client = client
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

    def _client_at(self, now: datetime) -> Client:
        """Return the client, or on the embedded stack one whose clock is that of a fast-forwarded course."""
        lag = now - datetime.now(UTC)
        if self._starting_ahead is None or lag < WORTH_SKIPPING:
            return self._client
        return self._starting_ahead(self._client, lag)
