"""The claim of one session, or its invoice where the patient pays: filed once, then accepted, paid or denied."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from activities.billing import (
    BillingActivities,
    ClaimState,
    ClaimStatus,
    FileClaim,
    IssueInvoice,
    RecordedStatus,
)
from activities.claims import OpenClaim
from activities.courses import CourseActivities, TellCourse
from activities.failures import refusal_in
from domain.facts import BillingRefused, Request
from domain.people import Actor, Role

Wanted = TypeVar("Wanted")
Answer = TypeVar("Answer")
CLAIM = Actor(user_id="claim", role=Role.SYSTEM)
FINAL = (ClaimState.PAID,)


LOOK_UP = timedelta(days=28)
"""How often a sleeping claim looks up whether the code has a new version: an unpaid claim may wait for months."""


def _is_old() -> bool:
    return workflow.info().is_target_worker_deployment_version_changed()


@workflow.defn(name="Claim")
class ClaimWorkflow:
    """One claim. Its facts live here and in billing, not in the course's journal; it outlives the course."""

    @workflow.init
    def __init__(self, opened: OpenClaim) -> None:
        self._opened = opened
        self._ahead = opened.now - workflow.now()
        self._state = ClaimState(opened.left_at) if opened.left_at else None
        self._answered: dict[str, RecordedStatus] = {}

    @property
    def now(self) -> datetime:
        """Return now by the clock of the course that opened the claim."""
        return workflow.now() + max(self._ahead, timedelta(0))

    @workflow.run
    async def run(self, opened: OpenClaim) -> ClaimState | None:  # noqa: ARG002 - `init` has taken it; Temporal wants it
        """File, then wait for what the payer says. A denied claim stays open: it may be paid after an appeal."""
        if self._state is None:
            try:
                await self._file()
            except ActivityError as error:
                return await self._refused(refusal_in(error) or "billing failed")
            workflow.set_current_details(f"filed on {self.now:%d %b %Y}; waits for the payer")
        while self._state not in FINAL:
            await self._be_answered()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._state

    async def _be_answered(self) -> None:
        """Wait for the payer. Where the code has a new version, go on in a new run, at the latest after `LOOK_UP`."""
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._state in FINAL or _is_old(), timeout=LOOK_UP)
        if self._state in FINAL or not _is_old():
            return
        await workflow.wait_condition(workflow.all_handlers_finished)
        newest = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
        left = self._opened.model_copy(update={"left_at": self._state, "now": self.now})
        workflow.continue_as_new(left, initial_versioning_behavior=newest)

    async def _file(self) -> None:
        claim = self._opened.claim
        if claim.kind == "invoice":
            invoice = IssueInvoice(key=claim.id, claim=claim, issued_at=self.now)
            await self._bill(BillingActivities.issue_invoice, invoice)
        else:
            filed = FileClaim(key=claim.id, claim=claim, filed_at=self.now)
            await self._bill(BillingActivities.file_claim, filed)
        self._state = ClaimState.FILED

    async def _bill(self, call: Callable[[Any, Wanted], Awaitable[Answer]], wanted: Wanted) -> Answer:
        return await workflow.execute_activity_method(
            call,
            wanted,
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
        )

    async def _refused(self, reason: str) -> ClaimState:
        """Tell the course that billing will not take the bill: a person must."""
        claim = self._opened.claim
        fact = BillingRefused(session=claim.session, reason=reason)
        told = Request(request_id=f"refused/{claim.id}", by=CLAIM, fact=fact, course_id=claim.course_id)
        workflow.set_current_details(f"refused by billing: {reason}")
        await workflow.execute_activity_method(
            CourseActivities.tell_course,
            TellCourse(course_id=claim.course_id, request=told),
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
        )
        self._state = ClaimState.REFUSED
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._state

    @workflow.update
    async def status(self, told: ClaimStatus) -> RecordedStatus:
        """Record what the payer said. The same key is recorded once."""
        await workflow.wait_condition(lambda: self._state is not None)
        if self._state is ClaimState.REFUSED:
            raise ApplicationError("billing refused this bill", type="Refused", non_retryable=True)
        recorded = await self._bill(BillingActivities.record_claim_status, told)
        self._state = recorded.state
        workflow.set_current_details(f"{recorded.state} on {told.on:%d %b %Y}")
        return recorded

    @status.validator
    def check_status(self, told: ClaimStatus) -> None:
        """Refuse a status of another claim."""
        if told.claim_id != self._opened.claim.id:
            raise ApplicationError("this is another claim", type="Refused", non_retryable=True)
