"""The claim of one session, or its invoice where the patient pays: filed once, then accepted, paid or denied.

It is over when it is paid, written off, or another claim has taken its place. What is told later wakes it
(docs/decisions/0018): a run that begins with `woken` takes what it is told and is over again, or goes on waiting.
"""

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
    RecordStep,
)
from activities.claims import KeepStep, OpenClaim
from activities.courses import CourseActivities, TellCourse
from activities.failures import refusal_in
from domain.claims import Frequency
from domain.facts import BillingRefused, ClaimTold, Request
from domain.people import Actor, Role

Wanted = TypeVar("Wanted")
Answer = TypeVar("Answer")
CLAIM = Actor(user_id="claim", role=Role.SYSTEM)
FINAL = frozenset(
    {
        ClaimState.PAID,
        ClaimState.WRITTEN_OFF,
        ClaimState.PATIENT_BILLED,
        ClaimState.REPLACED,
        ClaimState.VOIDED,
    }
)
UNTROUBLED = frozenset({ClaimState.FILED, ClaimState.ACCEPTED, ClaimState.PAID})
"""Where a payment is nothing that the course must be told."""

LOOK_UP = timedelta(days=28)
"""How often a sleeping claim looks up whether the code has a new version: an unpaid claim may wait for months."""
WOKEN_FOR = timedelta(minutes=1)
"""How long a claim that was woken waits for what it was woken for."""


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
        self._told = False

    @property
    def now(self) -> datetime:
        """Return now by the clock of the course that opened the claim."""
        return workflow.now() + max(self._ahead, timedelta(0))

    @property
    def is_over(self) -> bool:
        """Whether nothing more is waited for: paid, given up or replaced; a void that the payer has accepted."""
        if self._opened.claim.frequency is Frequency.VOID and self._state is ClaimState.ACCEPTED:
            return True
        return self._state in FINAL

    @workflow.run
    async def run(self, opened: OpenClaim) -> ClaimState | None:  # noqa: ARG002 - `init` has taken it; Temporal wants it
        """File, then wait for what the payer says. A denied claim stays open: it may be paid after an appeal."""
        if self._state is None:
            try:
                await self._file()
            except ActivityError as error:
                return await self._refused(refusal_in(error) or "billing failed")
            workflow.set_current_details(f"filed on {self.now:%d %b %Y}; waits for the payer")
        if self._opened.woken:
            with contextlib.suppress(TimeoutError):
                await workflow.wait_condition(lambda: self._told, timeout=WOKEN_FOR)
        while not self.is_over:
            await self._be_answered()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._state

    async def _be_answered(self) -> None:
        """Wait for the payer. Where the code has a new version, go on in a new run, at the latest after `LOOK_UP`."""
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(lambda: self.is_over or _is_old(), timeout=LOOK_UP)
        if self.is_over or not _is_old():
            return
        await workflow.wait_condition(workflow.all_handlers_finished)
        newest = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
        left = self._opened.model_copy(update={"left_at": self._state, "now": self.now, "woken": False})
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
        workflow.set_current_details(f"refused by billing: {reason}")
        await self._tell(f"refused/{claim.id}", BillingRefused(session=claim.session, reason=reason))
        self._state = ClaimState.REFUSED
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._state

    async def _tell(self, request_id: str, fact: BillingRefused | ClaimTold) -> None:
        """Tell the course, which wakes for it where it is closed."""
        claim = self._opened.claim
        told = Request(request_id=request_id, by=CLAIM, fact=fact, course_id=claim.course_id)
        await workflow.execute_activity_method(
            CourseActivities.tell_course,
            TellCourse(course_id=claim.course_id, request=told),
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=5)),
        )

    @workflow.update
    async def status(self, told: ClaimStatus) -> RecordedStatus:
        """Record what the payer said. The same key is recorded once. The course is told what concerns it."""
        await workflow.wait_condition(lambda: self._state is not None)
        if self._state is ClaimState.REFUSED:
            raise ApplicationError("billing refused this bill", type="Refused", non_retryable=True)
        before = self._state
        recorded = await self._bill(BillingActivities.record_claim_status, told)
        self._state = recorded.state
        self._told = True
        workflow.set_current_details(f"{recorded.state} on {told.on:%d %b %Y}")
        if self._opened.claim.kind == "invoice":
            if told.state is ClaimState.PAID and workflow.patched("invoices-tell"):
                await self._tell_course_of(told, recorded)
        elif self._concerns_the_course(before, told) and workflow.patched("claims-tell"):
            await self._tell_course_of(told, recorded)
        return recorded

    def _concerns_the_course(self, before: ClaimState | None, told: ClaimStatus) -> bool:
        if told.state is ClaimState.ACCEPTED:
            return False
        return told.state is not ClaimState.PAID or before not in UNTROUBLED

    async def _tell_course_of(self, told: ClaimStatus, recorded: RecordedStatus) -> None:
        """Tell the course of a denial or a payment after one. That it has nothing to do about it is no failure."""
        claim = self._opened.claim
        fact = ClaimTold.model_validate(
            {
                "session": claim.session,
                "claim_id": claim.id,
                "what": told.state.value,
                "on": told.on,
                "reason_codes": told.reason_codes,
                "says": "; ".join(reason.says for reason in recorded.reasons),
                "first_step": "; ".join(reason.first_step for reason in recorded.reasons),
                "questions": tuple(dict.fromkeys(one.questions for one in recorded.reasons if one.questions)),
                "amount_cents": told.amount_cents,
                "appeal_by": told.appeal_by,
                "records_by": told.records_by,
            }
        )
        try:
            await self._tell(f"status/{told.key}", fact)
        except ActivityError as error:
            if refusal_in(error) is None:
                raise

    @status.validator
    def check_status(self, told: ClaimStatus) -> None:
        """Refuse a status of another claim."""
        self._is_mine(told.claim_id)

    @workflow.update
    async def step(self, told: KeepStep) -> RecordedStatus:
        """Keep what was done about the claim. The same step is kept once."""
        await workflow.wait_condition(lambda: self._state is not None)
        if self._state is ClaimState.REFUSED:
            raise ApplicationError("billing refused this bill", type="Refused", non_retryable=True)
        wanted = RecordStep(step=told.step, recorded_at=told.now)
        recorded = await self._bill(BillingActivities.record_claim_step, wanted)
        self._state = recorded.state
        self._told = True
        workflow.set_current_details(f"{told.step.kind} on {told.step.on:%d %b %Y}")
        return recorded

    @step.validator
    def check_step(self, told: KeepStep) -> None:
        """Refuse a step of another claim."""
        self._is_mine(told.step.claim_id)

    def _is_mine(self, claim_id: str) -> None:
        if claim_id != self._opened.claim.id:
            raise ApplicationError("this is another claim", type="Refused", non_retryable=True)
