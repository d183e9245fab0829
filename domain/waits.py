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
    OWN_CONSENT = "own-consent"
    SUBMIT_PACKET = "submit-packet"
    PAYER_ANSWER = "payer-answer"
    CHASE_PAYER = "chase-payer"
    MISSED_VISITS = "missed-visits"
    DENIAL = "denial"
    CONTEST = "contest"
    TRIAL_DAY = "trial-day"
    TRIAL = "trial"
    CONFIRM_SELF_PAY = "confirm-self-pay"
    APPROVAL_DIFFERS = "approval-differs"
    AUTHORIZATION_NUMBER = "authorization-number"
    UNPAID_UNITS = "unpaid-units"
    FALLS_SHORT = "falls-short"
    COVERAGE = "coverage"
    BOOKING = "booking"
    EARLIER_DAY = "earlier-day"
    EARLIER_TIME = "earlier-time"
    READINESS = "readiness"
    NOT_READY = "not-ready"
    CLEARANCE = "clearance"
    SESSION_RESULT = "session-result"
    RESULT_MISSING = "result-missing"
    SIGNATURE = "signature"
    SAFETY_CALL = "safety-call"
    RED_FLAG = "red-flag"
    EFFECT_REVIEW = "adverse-event-review"
    SITES_REVIEW = "sites-review"
    DIARY_LOOK = "diary-look"
    DIARY_GAPS = "diary-gaps"
    WEARING_OFF = "wearing-off"
    TAPER = "taper"
    LETTER = "letter"
    RESPONSE_CHECK = "response-check"
    BILLING = "billing"
    PAYMENT = "payment"
    DEVIATION = "deviation"
    TELL_ANEW = "tell-anew"
    CLAIM_HELD = "claim-held"
    CLAIM_DENIED = "claim-denied"
    CLAIM_APPEAL = "claim-appeal"
    UNDELIVERED = "undelivered"
    CALL_AT_ONCE = "call-at-once"
    OUTSIDE = "outside"
    COMES_OF_AGE = "comes-of-age"
    RENEWAL_DUE = "renewal-due"
    CHECK_OPENS = "check-opens"
    READINESS_DAY = "readiness-day"
    LAST_LOOK_DAY = "last-look-day"
    SESSION_DAY = "session-day"
    SAFETY_CALL_DAY = "safety-call-day"
    AUTHORIZATION_ENDS = "authorization-ends"
    REOPENING = "reopening"
    GAP_TOO_LONG = "gap-too-long"
    HOLD_ENDS = "hold-ends"
    HOLD_REVIEW = "hold-review"
    HOLD_DECISION = "hold-decision"
    LAPSES_IN_HOLD = "lapses-in-hold"
    HAND_OVER = "hand-over"
    DEATH_REVIEW = "death-review"


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
    escalates: bool = False  # where it is due within hours and nobody answers, who is on call gets it
    outlives_end: bool = False  # goes on when the course has ended, and all the more while it is held
    in_hold: bool = False  # goes on while the course is held
    after_death: bool = False  # goes on when the patient has died, as billing's do
    to_patient: bool = False  # an attempt about it is an attempt to reach the patient

    @property
    def outlives_death(self) -> bool:
        """Whether it goes on when the patient has died: nothing does that concerns the patient."""
        return self.outlives_end and (self.after_death or self.role is Role.BILLING)


def _day(
    title: str, next_step: str, *, of_visit: bool = False, outlives_end: bool = False, in_hold: bool = False
) -> KindOfWait:
    return KindOfWait(
        title=title,
        waits_for="the day",
        next_step=next_step,
        at_due=AtDue.END,
        of_visit=of_visit,
        outlives_end=outlives_end,
        in_hold=in_hold,
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
    WaitKind.OWN_CONSENT: KindOfWait(
        title="The patient has come of age: record own consent",
        waits_for="a clinician",
        next_step="it is raised again; no session is cleared",
        role=Role.CLINICIAN,
        answered_by=("own-consent",),
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
        in_hold=True,
    ),
    WaitKind.CHASE_PAYER: KindOfWait(
        title="Ask the payer where the decision is",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("payer-chased",),
        in_hold=True,
    ),
    WaitKind.MISSED_VISITS: KindOfWait(
        title="Decide how to go on after missed visits",
        waits_for="a clinician",
        next_step="it is raised again; no time is looked for",
        role=Role.CLINICIAN,
        answered_by=("missed-visits", "hold"),
    ),
    WaitKind.DENIAL: KindOfWait(
        title="Decide what follows the denial",
        waits_for="billing",
        next_step="it is raised again; a step whose last day passes is lost",
        role=Role.BILLING,
        answered_by=("denial-step", "self-pay-agreed"),
        in_hold=True,
    ),
    WaitKind.CONTEST: KindOfWait(
        title="Appeal, or talk with the payer's physician, by the payer's last day",
        waits_for="operations",
        next_step="it is raised again; after the payer's last day it lapses",
        role=Role.OPERATIONS,
        answered_by=("packet-submitted",),
        in_hold=True,
    ),
    WaitKind.TRIAL_DAY: _day("What the payer asks for takes time", "somebody asks how it goes"),
    WaitKind.TRIAL: KindOfWait(
        title="Ask how the treatment that the payer wants tried goes",
        waits_for="operations",
        next_step="it is raised again; the payer is not asked before",
        role=Role.OPERATIONS,
        answered_by=("trial-told", "ask-payer", "denial-step"),
    ),
    WaitKind.CONFIRM_SELF_PAY: KindOfWait(
        title="Confirm that this insured patient may be charged",
        waits_for="billing",
        next_step="it is raised again; the agreement does not hold before",
        role=Role.BILLING,
        answered_by=("self-pay-confirmed",),
    ),
    WaitKind.APPROVAL_DIFFERS: KindOfWait(
        title="The approval differs from what is needed: accept or contest",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("approval-answered",),
        in_hold=True,
    ),
    WaitKind.AUTHORIZATION_NUMBER: KindOfWait(
        title="Get the authorization's number from the payer",
        waits_for="the payer",
        next_step="it is raised again; the claim waits for it",
        role=Role.OPERATIONS,
        answered_by=("authorization-amended",),
        outlives_end=True,
        after_death=True,
    ),
    WaitKind.UNPAID_UNITS: KindOfWait(
        title="Units may not be paid: ask for an amendment, or accept with a reason",
        waits_for="billing",
        next_step="it is raised again",
        role=Role.BILLING,
        answered_by=("unpaid-units", "authorization-amended"),
    ),
    WaitKind.FALLS_SHORT: KindOfWait(
        title="The payer agreed, and yet the session is not covered: move it, ask again, or settle who pays",
        waits_for="operations",
        next_step="it is raised again; no session is cleared",
        role=Role.OPERATIONS,
        answered_by=("move", "ask-payer", "authorization-amended", "self-pay-agreed"),
    ),
    WaitKind.COVERAGE: KindOfWait(
        title="After a long hold or gap: settle anew who pays",
        waits_for="operations",
        next_step="it is raised again; no session is cleared",
        role=Role.OPERATIONS,
        answered_by=("coverage-changed", "self-pay-agreed"),
    ),
    WaitKind.BOOKING: KindOfWait(
        title="Find a time for the session",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("book",),
        to_patient=True,
    ),
    WaitKind.EARLIER_DAY: KindOfWait(
        title="An earlier time is looked for",
        waits_for="scheduling",
        next_step="scheduling is asked again each working day's morning",
        at_due=AtDue.HAND_ON,
        of_visit=True,
    ),
    WaitKind.EARLIER_TIME: KindOfWait(
        title="An earlier time is free: ask the patient whether it suits",
        waits_for="operations",
        next_step="it lapses on the morning of its day, and another is looked for",
        role=Role.OPERATIONS,
        answered_by=("earlier-answered",),
        of_visit=True,
        to_patient=True,
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
        next_step="once the day is over, operations ask what became of the visit",
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
    WaitKind.RESULT_MISSING: KindOfWait(
        title="Result missing: was the patient there?",
        waits_for="operations",
        next_step="it is raised again; no other time is looked for",
        role=Role.OPERATIONS,
        answered_by=("not-given", "session-given"),
        of_visit=True,
        to_patient=True,
    ),
    WaitKind.SIGNATURE: KindOfWait(
        title="Sign the session's record",
        waits_for="the injector",
        next_step="it is raised again; the claim waits",
        role=Role.CLINICIAN,
        licensed=True,
        answered_by=("record-signed",),
        outlives_end=True,
        after_death=True,
    ),
    WaitKind.SAFETY_CALL: KindOfWait(
        title="Call the patient after the session",
        waits_for="operations",
        next_step="it is raised again until the watch ends",
        role=Role.OPERATIONS,
        answered_by=("safety-call",),
        outlives_end=True,
        to_patient=True,
    ),
    WaitKind.RED_FLAG: KindOfWait(
        title="Red flag: see the patient's account today",
        waits_for="a clinician",
        next_step="it is raised again; no session is cleared",
        role=Role.CLINICIAN,
        answered_by=("red-flag-reviewed",),
        outlives_end=True,
        escalates=True,
    ),
    WaitKind.EFFECT_REVIEW: KindOfWait(
        title="Look at an adverse event, and ask for the red flags",
        waits_for="a clinician",
        next_step="it is raised again until it is over",
        role=Role.CLINICIAN,
        answered_by=("adverse-event-reviewed", "adverse-event-ended"),
        outlives_end=True,
        escalates=True,
    ),
    WaitKind.SITES_REVIEW: KindOfWait(
        title="Look at the planned sites after an adverse event",
        waits_for="a clinician",
        next_step="the injector looks at the visit, before clearance",
        role=Role.CLINICIAN,
        answered_by=("sites-reviewed",),
    ),
    WaitKind.DIARY_GAPS: KindOfWait(
        title="Ask the patient for missing diary days",
        waits_for="operations",
        next_step="it is raised again; the verdict may stay undetermined",
        role=Role.OPERATIONS,
        answered_by=("diary-gaps-asked",),
    ),
    WaitKind.WEARING_OFF: KindOfWait(
        title="The effect wears off: a bridge until the next session, or none",
        waits_for="a clinician",
        next_step="it is raised again until the next session",
        role=Role.CLINICIAN,
        answered_by=("wearing-off-answered",),
    ),
    WaitKind.TAPER: KindOfWait(
        title="Time to taper other preventives?",
        waits_for="a clinician",
        next_step="it is raised again",
        role=Role.CLINICIAN,
        answered_by=("taper-answered",),
    ),
    WaitKind.LETTER: KindOfWait(
        title="Write to the payer whose rule is not met",
        waits_for="a clinician",
        next_step="it is raised again; the renewal goes out without it",
        role=Role.CLINICIAN,
        answered_by=("letter-written",),
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
    WaitKind.PAYMENT: KindOfWait(
        title="Enter what the patient has paid of the invoice",
        waits_for="the patient",
        next_step="it is raised again: an instalment, all that is left, or written off",
        role=Role.BILLING,
        answered_by=("invoice-payment",),
        outlives_end=True,
    ),
    WaitKind.DEVIATION: KindOfWait(
        title="Deviation: look at it",
        waits_for="a clinician",
        next_step="it is raised again",
        role=Role.CLINICIAN,
        answered_by=("deviation-reviewed",),
        outlives_end=True,
        after_death=True,
    ),
    WaitKind.TELL_ANEW: KindOfWait(
        title="Tell the patient anew what a message told wrongly",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("told-anew",),
        outlives_end=True,
    ),
    WaitKind.CLAIM_HELD: KindOfWait(
        title="Look at a claim that is held",
        waits_for="billing",
        next_step="it is raised again; the claim waits",
        role=Role.BILLING,
        answered_by=("claim-released",),
        outlives_end=True,
    ),
    WaitKind.CLAIM_DENIED: KindOfWait(
        title="Settle a denied claim",
        waits_for="billing",
        next_step="it is raised again",
        role=Role.BILLING,
        answered_by=("claim-denial",),
        outlives_end=True,
    ),
    WaitKind.CLAIM_APPEAL: KindOfWait(
        title="Enter the payer's answer to an appeal or a review",
        waits_for="the payer",
        next_step="it is raised again: ask the payer",
        role=Role.BILLING,
        answered_by=("claim-appeal",),
        outlives_end=True,
    ),
    WaitKind.UNDELIVERED: KindOfWait(
        title="Tell the patient what a message did not",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("reached-otherwise",),
        outlives_end=True,
        to_patient=True,
    ),
    WaitKind.CALL_AT_ONCE: KindOfWait(
        title="Call the patient at once: the red-flag advice was not sent",
        waits_for="operations",
        next_step="it goes to who is on call, and is raised every day",
        role=Role.OPERATIONS,
        answered_by=("reached-otherwise",),
        outlives_end=True,
        escalates=True,
        to_patient=True,
    ),
    WaitKind.OUTSIDE: KindOfWait(
        title="A system does not answer",
        waits_for="an outside system",
        next_step="it is tried again",
        role=Role.OPERATIONS,
        answered_by=("try-again",),
        at_due=AtDue.END,
        outlives_end=True,
        after_death=True,
    ),
    WaitKind.COMES_OF_AGE: _day(
        "The patient comes of age", "messages go to the patient, who consents himself", in_hold=True
    ),
    WaitKind.RENEWAL_DUE: _day("Renewal falls due", "the renewal is prepared"),
    WaitKind.DIARY_LOOK: _day("The diary is looked at", "the patient is asked for missing days"),
    WaitKind.CHECK_OPENS: _day("Response check opens", "the evidence goes to a clinician"),
    WaitKind.READINESS_DAY: _day(
        "Readiness before the session", "operations look at date, coverage, drug and check", of_visit=True
    ),
    WaitKind.LAST_LOOK_DAY: _day("Last look before the session", "what is missing becomes a task", of_visit=True),
    WaitKind.SESSION_DAY: _day("The session's day", "the pre-session check", of_visit=True),
    WaitKind.SAFETY_CALL_DAY: _day("Safety call falls due", "operations call the patient", outlives_end=True),
    WaitKind.AUTHORIZATION_ENDS: _day("The authorization ends", "it covers nothing any more", in_hold=True),
    WaitKind.GAP_TOO_LONG: _day(
        "Too long since the last session", "goals, consent, baseline and old coverage are settled anew", of_visit=True
    ),
    WaitKind.HOLD_ENDS: _day("The hold is reviewed", "somebody prolongs it, resumes or ends the course", in_hold=True),
    WaitKind.HOLD_REVIEW: KindOfWait(
        title="Review the hold: prolong it, resume or end the course",
        waits_for="operations",
        next_step="it is raised again; the course stands still",
        role=Role.OPERATIONS,
        answered_by=("resume", "hold", "end"),
        to_patient=True,
        in_hold=True,
    ),
    WaitKind.HOLD_DECISION: KindOfWait(
        title="Decide on the hold: prolong it, resume or end the course",
        waits_for="a clinician",
        next_step="it is raised again; the course stands still",
        role=Role.CLINICIAN,
        answered_by=("resume", "hold", "end"),
        to_patient=True,
        in_hold=True,
    ),
    WaitKind.LAPSES_IN_HOLD: KindOfWait(
        title="The course is held: keep what the payer granted, have it extended, withdraw or give it back",
        waits_for="operations",
        next_step="it is raised again; what is not answered lapses",
        role=Role.OPERATIONS,
        answered_by=("lapse-answered",),
        in_hold=True,
    ),
    WaitKind.HAND_OVER: KindOfWait(
        title="Send the dossier, and close the authorization or hand it over",
        waits_for="operations",
        next_step="it is raised again",
        role=Role.OPERATIONS,
        answered_by=("handed-over",),
        outlives_end=True,
    ),
    WaitKind.DEATH_REVIEW: KindOfWait(
        title="Look at the death: it came within weeks of a session",
        waits_for="a clinician",
        next_step="it is raised again",
        role=Role.CLINICIAN,
        answered_by=("death-reviewed",),
        outlives_end=True,
        after_death=True,
    ),
    WaitKind.REOPENING: KindOfWait(
        title="The time for reopening ends",
        waits_for="the day",
        next_step="the course is closed for good",
        at_due=AtDue.END,
        outlives_end=True,
        after_death=True,
    ),
}
assert KINDS.keys() == set(WaitKind), "every wait says for whom and what then"


class Way(StrEnum):
    """How somebody was tried."""

    CALL = "call"
    LETTER = "letter"
    TEXT = "text"
    EMAIL = "email"


class Attempt(Record):
    """One try to reach someone about a task. Where nobody said how, it was a call."""

    on: date
    by: str
    result: str
    again_on: date | None = None
    how: Way | None = None

    @property
    def way(self) -> Way:
        """Return how somebody was tried."""
        return self.how or Way.CALL


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
