"""The course as a record: the fold of its events. `domain.changes.after` is the only way to change it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Literal

from domain import events as e
from domain.besides import Besides
from domain.claim_denials import ClaimDenial, ClaimStep, DenialState
from domain.clinic import Clinic
from domain.correction import CorrectionMade
from domain.coverage import (
    Authorization,
    AuthorizationRequest,
    ClinicsRisk,
    Coverage,
    CoverageKind,
    CoveragePeriod,
)
from domain.denial import Denial
from domain.deviation import Deviation
from domain.diary import Baseline
from domain.dose import Dose
from domain.eligibility import NotYet, PayerVerdict, ProtocolVerdict
from domain.facts import Receipt
from domain.history import ClinicalHistory, EarlierDose
from domain.hold import Hold
from domain.invoices import Invoice
from domain.last_month import LastMonth
from domain.payer import PayerPolicy
from domain.protocol import TreatmentProtocol
from domain.record import Record
from domain.response import ResponseCheck, ResponseEvidence
from domain.session import (
    AdverseEvent,
    Appointment,
    Clearance,
    EarlierWish,
    MissedVisits,
    Readiness,
    Session,
    Unsettled,
    VisitNotGiven,
)
from domain.waits import KINDS, Attempt, Wait, WaitKind

EDITION = 2
"""The edition of what facts mean to a course. A run that an earlier version began keeps its own to its end."""


class Phase(StrEnum):
    """Where a course stands; what runs beside is in its waits."""

    ADMISSION = "admission"
    PREPARING = "preparing"
    CLINIC_DAY = "clinic_day"
    HELD = "held"
    ENDED = "ended"


class Ending(Record):
    """How and when the course ended."""

    outcome: e.Outcome
    reason: str
    on: date
    at: datetime
    event: int | None = None  # the number of the event that told it
    died_on: date | None = None
    reviewed_on: date | None = None  # of a death: when a clinician looked at it
    handed_over_on: date | None = None  # of a transfer: when dossier and authorization were seen to
    replaces: Ending | None = None  # a death told after the course had ended otherwise


class EndingDue(Record):
    """An answer has decided that the course ends; the course ends with its next breath."""

    outcome: e.Outcome
    reason: str
    note: str | None = None


class Wish(Record):
    """A time that somebody asked for, until scheduling has answered."""

    starts_at: datetime
    injector: str | None = None
    reason: str | None = None
    undo: bool = False  # back to the time before the last move


class DiaryLook(Record):
    """How many of the days that the check after `session` will count had no entry when somebody last looked."""

    session: int
    first_on: date
    last_on: date
    missing: int
    asks: bool
    asked_on: date | None = None


class Taper(Record):
    """A clinician's answer whether other preventives are tapered, after the check of a session."""

    session: int
    answer: Literal["taper", "not_now", "none_taken"]
    answered_on: date


class UnpaidAccepted(Record):
    """So many units of a session may stay unpaid, and billing has accepted it."""

    session: int
    units: int


class Course(Record):
    """All that a course is. Crosses every roll-over as one record."""

    schema_version: int = 1
    edition: int = 1  # of Regimen's own rules that this course goes by; see EDITION
    course_id: str
    patient_id: str
    number: int = 0  # of its last event
    started_on: date
    protocol: TreatmentProtocol
    policy: PayerPolicy | None
    clinic: Clinic
    clinician: str
    sample: bool = False
    earlier_course: str | None = None

    history: ClinicalHistory
    protocol_verdict: ProtocolVerdict | None = None
    payer_verdict: PayerVerdict | None = None
    eligibility_settled_on: date | None = None
    goals: tuple[str, ...] = ()
    goals_set_on: date | None = None
    consent_signed_on: date | None = None
    consented_by: Literal["patient", "guardian"] | None = None  # None: 0.1 did not ask
    came_of_age_on: date | None = None
    own_consent_on: date | None = None  # of a patient for whom a guardian had consented
    planned_dose: Dose | None = None

    coverage: Coverage
    coverages_before: tuple[CoveragePeriod, ...] = ()  # oldest first; `coverage` and `policy` hold from the last on
    requests: tuple[AuthorizationRequest, ...] = ()
    authorizations: tuple[Authorization, ...] = ()
    denials: tuple[Denial, ...] = ()
    not_yet: NotYet | None = None  # the payer is not asked before what it misses is there
    clinics_risks: tuple[ClinicsRisk, ...] = ()

    appointment: Appointment | None = None
    appointments_made: int = 0
    booking_wish: Wish | None = None
    booking_refused: str | None = None
    move_wish: Wish | None = None
    earlier: EarlierWish | None = None  # the waiting list
    look_from: date | None = None  # do not look for a time before this day
    readiness: Readiness | None = None
    kept_unready: int | None = None  # the appointment kept although something was missing
    clearance: Clearance | None = None
    visits_not_given: tuple[VisitNotGiven, ...] = ()
    missed_visits: tuple[MissedVisits, ...] = ()  # what clinicians decided about them
    unsettled: tuple[Unsettled, ...] = ()
    unpaid_accepted: tuple[UnpaidAccepted, ...] = ()

    sessions: tuple[Session, ...] = ()
    baseline: Baseline | None = None
    baseline_frozen_on: date | None = None
    baseline_from: int = 1  # the session whose record freezes the baseline
    baselines_before: tuple[Baseline, ...] = ()  # of the time before a long hold or gap
    trial_from: int = 1  # the session with which the trial began, perhaps anew
    evidence: ResponseEvidence | None = None  # of the open response check
    evidence_is_stale: bool = False
    diary_told: int = 0  # the event by which diary days were last told
    checks: tuple[ResponseCheck, ...] = ()
    diary_looked: DiaryLook | None = None  # for the response check that comes
    last_months: tuple[LastMonth, ...] = ()  # the last 28 days of each cycle, as they were on the next session's day
    besides: Besides = Besides()  # what is shown beside the curve
    tapers: tuple[Taper, ...] = ()
    letters: tuple[int, ...] = ()  # sessions after whose check a letter to the payer was written
    adverse_events: tuple[AdverseEvent, ...] = ()
    billing_impossible: tuple[int, ...] = ()  # sessions that a person must bill
    billed_by_hand: tuple[int, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    claim_denials: tuple[ClaimDenial, ...] = ()
    claim_steps: tuple[ClaimStep, ...] = ()  # that the claims do not know yet
    undelivered: tuple[str, ...] = ()  # kinds of messages that the patient may not have got
    deviations: tuple[Deviation, ...] = ()
    corrections: tuple[CorrectionMade, ...] = ()
    sessions_in_error: tuple[Session, ...] = ()  # entered in error: their numbers stay
    to_tell_anew: tuple[str, ...] = ()  # kinds of messages that told the patient what was wrong

    waits: tuple[Wait, ...] = ()
    ledger: tuple[Receipt, ...] = ()
    attempts: tuple[Attempt, ...] = ()  # to reach the patient, since the last time that worked
    holds: tuple[Hold, ...] = ()
    ending_due: EndingDue | None = None
    ending: Ending | None = None
    endings_before: tuple[Ending, ...] = ()
    closed_on: date | None = None

    @property
    def is_open(self) -> bool:
        """Whether the course goes on."""
        return self.ending is None

    @property
    def is_deceased(self) -> bool:
        """Whether the patient has died: nothing that concerns the patient goes on."""
        return self.ending is not None and self.ending.outcome is e.Outcome.DECEASED

    @property
    def death_to_review(self) -> bool:
        """Whether a clinician has still to look at a death that came within weeks of a session.

        Source: the protocol's `safety.death_review_days`; without it, at every death after a session.
        """
        if self.ending is None or not self.is_deceased or self.ending.reviewed_on is not None or not self.sessions:
            return False
        within, last = self.protocol.safety.death_review_days, self.sessions[-1].given_on
        died_on = self.ending.died_on or self.ending.on
        return within is None or (died_on - last).days <= within.value

    @property
    def to_hand_over(self) -> bool:
        """Whether dossier and authorization of a transferred patient are still to be seen to."""
        ending = self.ending
        return ending is not None and ending.outcome is e.Outcome.TRANSFERRED and ending.handed_over_on is None

    @property
    def hold(self) -> Hold | None:
        """Return the hold that nobody has lifted yet. An ended course keeps it: reopened, it is held again."""
        return self.holds[-1] if self.holds and self.holds[-1].ended is None else None

    @property
    def is_held(self) -> bool:
        """Whether the course is open and stands still."""
        return self.is_open and self.hold is not None

    @property
    def is_under_way(self) -> bool:
        """Whether sessions are prepared and given: the course is open and not held."""
        return self.is_open and self.hold is None

    @property
    def interruptions(self) -> int:
        """Return how often the course has ended or been held so far."""
        return len(self.endings_before) + len(self.holds) + (self.ending is not None)

    def goes_on(self, kind: WaitKind | None) -> bool:
        """Whether a wait of this kind goes on where the course stands now; None: what prepares and gives sessions."""
        if self.is_under_way:
            return True
        if kind is None:
            return False
        if self.is_deceased:
            return KINDS[kind].outlives_death
        return KINDS[kind].outlives_end or (self.is_held and KINDS[kind].in_hold)

    @property
    def next_session(self) -> int:
        """Return the number that the next session given will have."""
        return max((one.number for one in (*self.sessions, *self.sessions_in_error)), default=0) + 1

    @property
    def corrected(self) -> int:
        """Return the number of the last correction; 0 before any. Where it changes, dates may have moved."""
        return self.corrections[-1].number if self.corrections else 0

    @property
    def last_session(self) -> Session | None:
        """Return the last session given in this course, by its day: sessions stand in the order of their days."""
        return self.sessions[-1] if self.sessions else None

    @property
    def trial_sessions(self) -> int:
        """Return how many sessions of a full dose the trial has had, since it began anew."""
        here = sum(session.is_trial for session in self.sessions if session.number >= self.trial_from)
        return here + len(self.trial_elsewhere)

    @property
    def trial_elsewhere(self) -> tuple[EarlierDose, ...]:
        """Return the full doses given elsewhere that count for the trial: of this drug, from a record, without a long gap.

        0.1 counted none of them; a trial that began anew here counts none either.
        """
        rule = self.protocol.response.elsewhere_within_days
        if self.edition < EDITION or rule is None or self.trial_from > 1:
            return ()
        days = [*self.doses_on] if self.sessions else [*self.doses_on, self.started_on]
        began_on = days[-1]
        for later, earlier in pairwise(reversed(days)):
            if (later - earlier).days > rule.value:
                break
            began_on = earlier
        least = self.protocol.dose.trial_units_min.value
        return tuple(
            dose
            for dose in sorted(self.history.earlier_doses, key=lambda dose: dose.given_on)
            if dose.given_on >= began_on
            and dose.is_documented
            and dose.product == "onabotulinumtoxin_a"
            and (dose.units or 0) >= least
        )

    @property
    def went_on_elsewhere(self) -> bool:
        """Whether another clinic's last response check found a response to the doses that count here."""
        checks = sorted(self.history.checks_elsewhere, key=lambda check: check.answered_on)
        counted = self.trial_elsewhere
        return bool(checks and counted) and checks[-1].responded and checks[-1].answered_on > counted[0].given_on

    @property
    def trial_checks(self) -> tuple[ResponseCheck, ...]:
        """Return the answers to response checks since the trial began, perhaps anew."""
        return tuple(check for check in self.checks if check.session >= self.trial_from or self.trial_from == 1)

    @property
    def last_number(self) -> int:
        """Return the number of the last session given, by its day; 0 before any."""
        return self.sessions[-1].number if self.sessions else 0

    @property
    def baseline_session(self) -> Session | None:
        """Return the session before which the counts are those before treatment, once it is given."""
        return next((session for session in self.sessions if session.number >= self.baseline_from), None)

    @property
    def earlier_sessions(self) -> int:
        """Return how many sessions of earlier courses this payer has paid: its cap counts them."""
        payer = self.coverage.payer_id or ""
        return sum(earlier.payers.get(payer, 0) for earlier in self.history.earlier_courses)

    @property
    def paid_by_payer_on(self) -> tuple[date, ...]:
        """Return the days of the sessions that this payer has paid, in earlier courses too: of those the last ones."""
        payer = self.coverage.payer_id
        if payer is None:
            return ()
        earlier = (
            day
            for one in self.history.earlier_courses
            for day in sorted(dose.given_on for dose in one.doses)[len(one.doses) - one.payers.get(payer, 0) :]
        )
        here = (session.given_on for session in self.sessions if session.coverage.payer_id == payer)
        return (*earlier, *here)

    @property
    def doses_on(self) -> tuple[date, ...]:
        """Return the days of all doses known, here or elsewhere, oldest first."""
        elsewhere = (dose.given_on for dose in self.history.earlier_doses)
        return tuple(sorted((*elsewhere, *(session.given_on for session in self.sessions))))

    @property
    def open_request(self) -> AuthorizationRequest | None:
        """Return the request that the payer has not answered yet."""
        return next((request for request in self.requests if request.is_open), None)

    @property
    def red_flags(self) -> tuple[AdverseEvent, ...]:
        """Return the adverse events that stop clearance."""
        return tuple(event for event in self.adverse_events if event.stops)

    @property
    def needs_authorization(self) -> bool:
        """Whether a payer must agree first."""
        return self.coverage.kind is CoverageKind.AUTHORIZATION

    def covered_on(self, on: date) -> Course:
        """Return the course with the coverage and policy of the day `on`. Coverage has dates: a payer may follow another."""
        before = next((one for one in self.coverages_before if on <= one.until_on), None)
        if before is None:
            return self
        return self.model_copy(update={"coverage": before.coverage, "policy": before.policy})

    def policy_of(self, payer_id: str | None) -> PayerPolicy | None:
        """Return the policy of a payer who pays or has paid before; without a name that of who pays now."""
        policies = (self.policy, *(period.policy for period in reversed(self.coverages_before)))
        named = (one for one in policies if one is not None and one.id == payer_id)
        return next(named, self.policy)

    @property
    def awaits_first_coverage(self) -> bool:
        """Whether nothing pays for the first session yet: no authorization, no agreement in force, no risk taken.

        Where one was granted and then withdrawn, the session is booked tentatively, and the payer is asked beside.
        """
        if not self.needs_authorization or self.authorizations or self.sessions:
            return False
        if self.coverages_before and self.open_request is None:
            return False  # whoever pays on the first session's day is asked where he must be; a time is looked for
        coverages = (self.coverage, *(period.coverage for period in self.coverages_before))
        agreements = (one.self_pay for one in coverages if one.self_pay is not None)
        agreed = any(agreement.confirmed_by is not None for agreement in agreements)
        return not agreed and all(risk.session != self.next_session for risk in self.clinics_risks)

    @property
    def to_bill_by_hand(self) -> tuple[int, ...]:
        """Return the sessions that only a person can bill and nobody has billed yet."""
        asked, done = self.billing_impossible, self.billed_by_hand
        return tuple(number for number in dict.fromkeys(asked) if asked.count(number) > done.count(number))

    @property
    def open_denials(self) -> tuple[ClaimDenial, ...]:
        """Return the denied claims that are not settled: billing must act, or the payer answers."""
        return tuple(denial for denial in self.claim_denials if denial.state is not DenialState.SETTLED)

    @property
    def open_invoices(self) -> tuple[Invoice, ...]:
        """Return the invoices of which something is still to be paid."""
        return tuple(invoice for invoice in self.invoices if invoice.is_open)

    def claim_denial(self, number: int) -> ClaimDenial | None:
        """Return the denial with this number."""
        return next((denial for denial in self.claim_denials if denial.number == number), None)

    @property
    def phase(self) -> Phase:
        """Return where the course stands."""
        if not self.is_open:
            return Phase.ENDED
        if self.hold is not None:
            return Phase.HELD
        on_the_day = (WaitKind.CLEARANCE, WaitKind.SESSION_RESULT)
        if any(wait.kind in on_the_day for wait in self.waits):
            return Phase.CLINIC_DAY
        if not self.goals or self.awaits_first_coverage:
            return Phase.ADMISSION
        return Phase.PREPARING

    def wait(self, identity: str) -> Wait | None:
        """Return the open wait with this id."""
        return next((wait for wait in self.waits if wait.id == identity), None)

    def waits_of(self, kind: WaitKind) -> tuple[Wait, ...]:
        """Return the open waits of one kind."""
        return tuple(wait for wait in self.waits if wait.kind is kind)

    def receipt(self, request_id: str) -> Receipt | None:
        """Return the answer that this request got before."""
        return next((receipt for receipt in self.ledger if receipt.request_id == request_id), None)

    def session(self, number: int) -> Session | None:
        """Return the session with this number."""
        return next((session for session in self.sessions if session.number == number), None)

    def session_in_error(self, number: int) -> Session | None:
        """Return the session with this number that was entered in error."""
        return next((session for session in self.sessions_in_error if session.number == number), None)

    def request(self, number: int) -> AuthorizationRequest | None:
        """Return the authorization request with this number."""
        return next((request for request in self.requests if request.number == number), None)

    def denial(self, number: int) -> Denial | None:
        """Return the last denial of the authorization request with this number."""
        return next((denial for denial in reversed(self.denials) if denial.number == number), None)

    def check_after(self, session: int) -> ResponseCheck | None:
        """Return the last answer to the response check after this session."""
        return next((check for check in reversed(self.checks) if check.session == session), None)


def days_since(course: Course, today: date) -> int | None:
    """Return the days since the last dose known, here or elsewhere."""
    doses = [day for day in course.doses_on if day <= today]
    return (today - doses[-1]).days if doses else None


def reopening_ends(course: Course) -> datetime:
    """Return until when the ended course can be reopened."""
    assert course.ending is not None, "only an ended course is reopened"
    return course.ending.at + timedelta(days=course.protocol.end.reopen_days.value)


class Begin(Record):
    """What a new course begins with."""

    course_id: str
    patient_id: str
    started: e.CourseStarted


class CourseInput(Record):
    """What a run of the course's workflow is given: a beginning, or the course as the run before left it."""

    begin: Begin | None = None
    course: Course | None = None
