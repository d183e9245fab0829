"""What a course can wait for, and what all waits of one kind have in common. Pure."""

from __future__ import annotations

from enum import StrEnum

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
