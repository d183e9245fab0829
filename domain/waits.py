"""What a course can wait for. Every wait is a record: what, for whom, since when, until when, and what then."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from domain.people import Role
from domain.record import Record


class WaitKind(StrEnum):
    """What is waited for. Tasks are done by people; the others by a payer or the calendar."""

    ELIGIBILITY = "eligibility"
    GOALS = "goals"
    SUBMIT_PACKET = "submit-packet"
    PAYER_ANSWER = "payer-answer"
    CHASE_PAYER = "chase-payer"
    BOOKING = "booking"
    READINESS = "readiness"
    NOT_READY = "not-ready"
    CLEARANCE = "clearance"
    SESSION_RESULT = "session-result"
    SIGNATURE = "signature"
    SAFETY_CALL = "safety-call"
    RED_FLAG = "red-flag"
    RESPONSE_CHECK = "response-check"
    BILLING = "billing"
    UNDELIVERED = "undelivered"
    OUTSIDE = "outside"
    RENEWAL_DUE = "renewal-due"
    CHECK_OPENS = "check-opens"
    READINESS_DAY = "readiness-day"
    LAST_LOOK_DAY = "last-look-day"
    SESSION_DAY = "session-day"
    SAFETY_CALL_DAY = "safety-call-day"
    AUTHORIZATION_ENDS = "authorization-ends"
    REOPENING = "reopening"


class AtDue(StrEnum):
    """What happens to a wait when its due time passes."""

    RAISE = "raise"  # a task: it stays open, is overdue, and is raised again until done
    HAND_ON = "hand on"  # it stays open, and the course does its next step beside it
    END = "end"  # a date has come


class KindOfWait(Record):
    """What all waits of one kind have in common. `answered_by` names the facts that end it."""

    title: str
    waits_for: str
    next_step: str
    role: Role | None = None  # the role that does it; None: nobody's task
    licensed: bool = False  # only a clinician licensed to inject
    answered_by: tuple[str, ...] = ()
    at_due: AtDue = AtDue.RAISE
    of_visit: bool = False  # gone with the appointment
    outlives_end: bool = False  # goes on when the course has ended


def _day(title: str, next_step: str, *, of_visit: bool = False, outlives_end: bool = False) -> KindOfWait:
    return KindOfWait(
        title=title,
        waits_for="the day",
        next_step=next_step,
        at_due=AtDue.END,
        of_visit=of_visit,
        outlives_end=outlives_end,
    )


KINDS: dict[WaitKind, KindOfWait] = {
    WaitKind.ELIGIBILITY: KindOfWait(
        title="Decide on eligibility",
        waits_for="a clinician",
        next_step="it is raised again",
        role=Role.CLINICIAN,
        answered_by=("eligibility-decision",),
    ),
    WaitKind.GOALS: KindOfWait(
        title="Set goals and record consent",
        waits_for="a clinician",
        next_step="it is raised again",
        role=Role.CLINICIAN,
        answered_by=("goals",),
    ),
    WaitKind.SUBMIT_PACKET: KindOfWait(
        title="Submit the authorization request",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("packet-submitted",),
    ),
    WaitKind.PAYER_ANSWER: KindOfWait(
        title="Enter the payer's decision",
        waits_for="the payer",
        next_step="operations chase the payer",
        role=Role.OPERATIONS,
        answered_by=("authorization-decision",),
        at_due=AtDue.HAND_ON,
    ),
    WaitKind.CHASE_PAYER: KindOfWait(
        title="Ask the payer where the decision is",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("payer-chased",),
    ),
    WaitKind.BOOKING: KindOfWait(
        title="Find a time for the session",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("book",),
    ),
    WaitKind.READINESS: KindOfWait(
        title="Look whether the drug is there",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("readiness",),
        of_visit=True,
    ),
    WaitKind.NOT_READY: KindOfWait(
        title="Not ready for the session: move it, or keep it with a reason",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("not-ready", "move"),
        of_visit=True,
    ),
    WaitKind.CLEARANCE: KindOfWait(
        title="Ask the pre-session questions and clear the session",
        waits_for="the injector",
        next_step="it is raised again",
        role=Role.CLINICIAN,
        licensed=True,
        answered_by=("clearance",),
        of_visit=True,
    ),
    WaitKind.SESSION_RESULT: KindOfWait(
        title="Record what was given",
        waits_for="the injector",
        next_step="the result is missing: it is raised again",
        role=Role.CLINICIAN,
        answered_by=("session-given", "not-given"),
        of_visit=True,
    ),
    WaitKind.SIGNATURE: KindOfWait(
        title="Sign the session's record",
        waits_for="the injector",
        next_step="it is raised again; the claim waits",
        role=Role.CLINICIAN,
        licensed=True,
        answered_by=("record-signed",),
        outlives_end=True,
    ),
    WaitKind.SAFETY_CALL: KindOfWait(
        title="Call the patient after the session",
        waits_for="operations",
        next_step="it is raised again until the watch ends",
        role=Role.OPERATIONS,
        answered_by=("safety-call",),
        outlives_end=True,
    ),
    WaitKind.RED_FLAG: KindOfWait(
        title="Red flag: see the patient's account today",
        waits_for="a clinician",
        next_step="it is raised again; no session is cleared",
        role=Role.CLINICIAN,
        answered_by=("red-flag-reviewed",),
        outlives_end=True,
    ),
    WaitKind.RESPONSE_CHECK: KindOfWait(
        title="Answer the response check",
        waits_for="a clinician",
        next_step="the injector answers it at the visit, before clearance",
        role=Role.CLINICIAN,
        answered_by=("response",),
    ),
    WaitKind.BILLING: KindOfWait(
        title="Bill a session that could not be billed",
        waits_for="billing",
        next_step="it is raised again",
        role=Role.BILLING,
        answered_by=("billed-by-hand",),
        outlives_end=True,
    ),
    WaitKind.UNDELIVERED: KindOfWait(
        title="Tell the patient what a message did not",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("reached-otherwise",),
        outlives_end=True,
    ),
    WaitKind.OUTSIDE: KindOfWait(
        title="A system does not answer",
        waits_for="an outside system",
        next_step="it is tried again",
        role=Role.OPERATIONS,
        answered_by=("try-again",),
        at_due=AtDue.END,
        outlives_end=True,
    ),
    WaitKind.RENEWAL_DUE: _day("Renewal falls due", "the renewal is prepared"),
    WaitKind.CHECK_OPENS: _day("Response check opens", "the evidence goes to a clinician"),
    WaitKind.READINESS_DAY: _day(
        "Readiness before the session", "operations look at date, coverage, drug and check", of_visit=True
    ),
    WaitKind.LAST_LOOK_DAY: _day("Last look before the session", "what is missing becomes a task", of_visit=True),
    WaitKind.SESSION_DAY: _day("The session's day", "the pre-session check", of_visit=True),
    WaitKind.SAFETY_CALL_DAY: _day("Safety call falls due", "operations call the patient", outlives_end=True),
    WaitKind.AUTHORIZATION_ENDS: _day("The authorization ends", "it covers nothing any more"),
    WaitKind.REOPENING: _day("The time for reopening ends", "the course is closed for good", outlives_end=True),
}
assert KINDS.keys() == set(WaitKind), "every wait says for whom and what then"


class Attempt(Record):
    """One try to reach someone about a task."""

    on: date
    by: str
    result: str
    again_on: date | None = None


class Wait(Record):
    """What a course is waiting for now. Its id is kind and subject: a resumed phase finds its own wait."""

    id: str
    kind: WaitKind
    subject: str  # "2": session 2; "request-1": the first authorization request
    since: datetime
    due: datetime
    look_at: datetime  # when the course itself looks at it next
    raised: int = 0
    owner: str | None = None
    attempts: tuple[Attempt, ...] = ()
    context: dict[str, str] = Field(default_factory=dict)

    @property
    def is_task(self) -> bool:
        """Whether a person must do it."""
        return KINDS[self.kind].role is not None


def wait_id(kind: WaitKind, subject: str) -> str:
    """Return the id of the wait for `kind` about `subject`."""
    return f"{kind}:{subject}"
