"""What a request becomes: a course event, or a refusal with the reason. Serves validator and handler alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.clinic_time import clinic_day, day_in_words
from domain.course import Course
from domain.decide import (
    admission,
    authorizations,
    billing,
    claims,
    correction,
    coverage,
    denial,
    response,
    safety,
    standing,
    tasks,
    telling,
    visit,
    waiting_list,
    whole_course,
)
from domain.decide.common import Asked, Decide, Decided, subject_number
from domain.facts import (
    AdverseEventEnd,
    AdverseEventReview,
    AppealAnswered,
    ApprovalAnswered,
    AuthorizationAmended,
    AuthorizationDecision,
    BilledByHand,
    ClaimReleased,
    DenialAnswered,
    DeviationReviewed,
    Fact,
    InvoicePayment,
    LapseAnswered,
    RecordSigned,
    RedFlagReview,
    Request,
    SafetyCall,
    SitesReview,
)
from domain.record import Refusal
from domain.rights import may
from domain.waits import KINDS, Wait


def decide(course: Course, request: Request, *, now: datetime) -> Decided:
    """Return the event that `request` makes happen, or why it changes nothing.

    A request answers the open task that takes such a fact, or the one it names.
    """
    fact = request.fact
    refused = may(request.by, fact.kind) or _too_late(course, request) or telling.may_deviate(request)
    if refused is not None:
        return refused
    task = _task_for(course, request)
    if isinstance(task, Refusal):
        return task
    today = clinic_day(now, course.clinic.zone)
    event = DECISIONS[fact.kind](Asked(course=course, request=request, task=task, now=now, today=today))
    if isinstance(event, Refusal):
        return event
    return event.model_copy(update=_author(request, task))


def _too_late(course: Course, request: Request) -> Refusal | None:
    """Return why the course, or this course, takes no such request any more."""
    kind = request.fact.kind
    if request.course_id not in {None, course.course_id}:
        return Refusal(reason="the request is for another course of this patient")
    if course.closed_on is not None and kind not in TOLD_AFTER_CLOSING:
        return Refusal(reason=f"the course was closed on {day_in_words(course.closed_on)}")
    if not course.is_open and kind not in TOLD_AFTER_THE_END:
        return Refusal(reason=f"the course has ended: {_outcome(course)}")
    return None


TOLD_AFTER_THE_END = frozenset().union(
    authorizations.TOLD_AFTER_THE_END,
    billing.TOLD_AFTER_THE_END,
    claims.TOLD_AFTER_THE_END,
    safety.TOLD_AFTER_THE_END,
    standing.TOLD_AFTER_THE_END,
    tasks.TOLD_AFTER_THE_END,
    telling.TOLD_AFTER_THE_END,
    correction.TOLD_AFTER_THE_END,
    whole_course.TOLD_AFTER_THE_END,
)
"""The safety watch, adverse events and records outlive the course."""
TOLD_AFTER_CLOSING = TOLD_AFTER_THE_END - {"safety-call"} - standing.NOT_AFTER_CLOSING
ABOUT_A_TASK = frozenset({"take", "release", "assign", "attempt", "deadline"})


def _outcome(course: Course) -> str:
    return "" if course.ending is None else f"{course.ending.outcome} on {day_in_words(course.ending.on)}"


def _author(request: Request, task: Wait | None) -> dict[str, Any]:
    answers = task is not None and request.fact.kind in KINDS[task.kind].answered_by
    return {
        "by": request.by.user_id,
        "role": request.by.role,
        "request_id": request.request_id,
        "task": task.id if task is not None and answers else None,
    }


def _task_for(course: Course, request: Request) -> Wait | Refusal | None:
    """Return the open task that the request is about: the named one, else the only one that takes such a fact."""
    kind = request.fact.kind
    if request.task is not None:
        named = course.wait(request.task)
        if named is None:
            return Refusal(reason=f"task {request.task} is not open")
        if kind not in KINDS[named.kind].answered_by and kind not in ABOUT_A_TASK:
            return Refusal(
                reason=f"task {named.id} is answered by {' or '.join(KINDS[named.kind].answered_by)}, not by {kind}"
            )
        if not _is_about(named, request.fact):
            return Refusal(reason=f"task {named.id} is about {named.subject}, and the answer is about another")
        return named
    if kind in ABOUT_A_TASK:
        return Refusal(reason=f"{kind} needs the task it is about")
    takers = (wait for wait in course.waits if kind in KINDS[wait.kind].answered_by and _is_about(wait, request.fact))
    return next(takers, None)


def _is_about(task: Wait, fact: Fact) -> bool:
    """Whether the task is about the session, request or adverse event that the fact names, if it names one."""
    match fact:
        case RecordSigned(session=number) | SafetyCall(session=number) | BilledByHand(session=number):
            pass
        case InvoicePayment(session=number):
            pass
        case ClaimReleased(session=number) | DenialAnswered(denial=number) | AppealAnswered(denial=number):
            pass
        case AuthorizationAmended(request=number) | ApprovalAnswered(request=number) | LapseAnswered(request=number):
            pass
        case AuthorizationDecision(request=number) | RedFlagReview(adverse_event=number):
            pass
        case AdverseEventReview(adverse_event=number) | AdverseEventEnd(adverse_event=number):
            pass
        case SitesReview(adverse_event=number) | DeviationReviewed(deviation=number):
            pass
        case _:
            return True
    return number is None or number == subject_number(task)


DECISIONS: dict[str, Decide] = {
    **admission.DECISIONS,
    **authorizations.DECISIONS,
    **billing.DECISIONS,
    **claims.DECISIONS,
    **correction.DECISIONS,
    **coverage.DECISIONS,
    **denial.DECISIONS,
    **response.DECISIONS,
    **safety.DECISIONS,
    **standing.DECISIONS,
    **tasks.DECISIONS,
    **telling.DECISIONS,
    **visit.DECISIONS,
    **waiting_list.DECISIONS,
    **whole_course.DECISIONS,
}
