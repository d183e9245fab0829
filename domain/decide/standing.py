"""Whether the course goes on: holds, withdrawal and reopening."""

from __future__ import annotations

from datetime import timedelta

from domain import events as e
from domain import facts as f
from domain import plan
from domain.anew import anew_after_hold
from domain.clinic_time import day_in_words, time_in_words
from domain.course import Course, reopening_ends
from domain.decide.common import Asked, Decide, Decided, hold_of, no_clinician
from domain.endings import END_REASONS, MAY_END, attempts_missing
from domain.hold import REVIEW_WITHIN_DAYS, Hold, HoldReason
from domain.people import Role
from domain.record import Refusal
from domain.waits import Attempt


def withdrawn(asked: Asked) -> Decided:
    reason = asked.fact_as(f.Withdrawal).reason
    return e.CourseEnded(outcome=e.Outcome.WITHDRAWN, reason="patients_wish", note=reason)


def reopened(asked: Asked) -> Decided:
    fact = asked.fact_as(f.Reopen)
    if asked.course.is_open:
        return Refusal(reason="the course is open")
    if asked.now >= reopening_ends(asked.course):
        until = time_in_words(reopening_ends(asked.course), asked.course.clinic.zone)
        return Refusal(reason=f"the course could be reopened until {until}; start a new one")
    if (refused := no_clinician(asked, "agreed_by", fact.agreed_by)) is not None:
        return refused
    return e.CourseReopened(reason=fact.reason, agreed_by=fact.agreed_by)


def hold_asked(asked: Asked) -> Decided:
    """Begin a hold; of a held course, prolong it, or give it another reason."""
    fact, hold = asked.fact_as(f.HoldAsked), asked.course.hold
    last_day = asked.today + timedelta(days=REVIEW_WITHIN_DAYS)
    if not asked.today < fact.until <= last_day:
        return Refusal(
            reason=f"until: expected a day after {day_in_words(asked.today)}, {day_in_words(last_day)} at the latest"
        )
    if hold is None and fact.reason is None:
        return Refusal(reason=f"reason: a hold needs one of {', '.join(HoldReason)}")
    if hold is not None and (refused := _only_a_clinician(asked, hold)) is not None:
        return refused
    if hold is not None and fact.reason in {None, hold.reason}:
        due = plan.morning_of(asked.course, fact.until)
        return e.HoldProlonged(hold=hold.number, review_on=fact.until, due=due, note=fact.note)
    if asked.course.clearance is not None:
        return Refusal(reason="a session is cleared: record first what was given, or that nothing was")
    assert fact.reason is not None, "checked above"
    return e.HoldBegun(hold=hold_of(asked, fact.reason, review_on=fact.until, note=fact.note))


def _only_a_clinician(asked: Asked, hold: Hold) -> Refusal | None:
    if hold.for_a_clinician and asked.by.role is not Role.CLINICIAN:
        return Refusal(reason=f"a hold for {hold.reason.replace('_', ' ')} is decided on by a clinician")
    return None


def pregnancy_told(asked: Asked) -> Decided:
    """Stop booking at once, whatever is under way; the review is due now and a clinician's."""
    fact, hold = asked.fact_as(f.Pregnancy), asked.course.hold
    if hold is not None and hold.reason is HoldReason.PREGNANCY:
        return Refusal(reason="the course is held for it already; `hold` sets another review date")
    told = hold_of(asked, HoldReason.PREGNANCY, review_on=asked.today, note=fact.note, expected_on=fact.expected_on)
    return e.HoldBegun(hold=told)


def resumed(asked: Asked) -> Decided:
    fact, hold = asked.fact_as(f.Resume), asked.course.hold
    if hold is None:
        return Refusal(reason="the course is not held")
    if (refused := _only_a_clinician(asked, hold)) is not None:
        return refused
    if hold.reason is HoldReason.PREGNANCY and not fact.patient_informed:
        return Refusal(reason="patient_informed: to go on needs that the patient was informed")
    return e.HoldEnded(hold=hold.number, reason=fact.reason, anew=anew_after_hold(asked.course, asked.today))


def ended(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.End), asked.course
    outcome = e.Outcome(fact.outcome)
    if asked.by.role not in MAY_END[outcome]:
        who = " or ".join(sorted(MAY_END[outcome]))
        return Refusal(reason=f"{outcome} is for {who} to say; your role is {asked.by.role}")
    if fact.reason not in END_REASONS[outcome]:
        return Refusal(reason=f"reason: expected one of {', '.join(END_REASONS[outcome])}")
    if course.clearance is not None:
        return Refusal(reason="a session is cleared: record first what was given, or that nothing was")
    if (refused := _not_yet(course, outcome)) is not None:
        return refused
    return e.CourseEnded(outcome=outcome, reason=fact.reason, note=fact.note)


def _not_yet(course: Course, outcome: e.Outcome) -> Refusal | None:
    """Return why a course that has come so far does not end with this outcome."""
    if outcome is e.Outcome.DECLINED and course.sessions:
        return Refusal(reason="outcome: declined is said before session 1; later it is discontinued")
    if outcome in {e.Outcome.COMPLETED, e.Outcome.DISCONTINUED} and not course.sessions:
        return Refusal(reason=f"outcome: nothing was given yet that could be {outcome}; expected declined")
    if outcome is e.Outcome.LOST and (missing := attempts_missing(course)):
        still = " and ".join(f"{number} by {way}" for way, number in missing.items())
        return Refusal(reason=f"the patient has not been tried often enough: still {still}; log each with `attempt`")
    return None


def death_told(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.Death), asked.course
    if course.is_deceased:
        return Refusal(reason="the death is recorded already; typed for the wrong patient, `reopen` takes it back")
    if fact.died_on is not None and fact.died_on > asked.today:
        return Refusal(reason="died_on: expected a day that has come")
    return e.CourseEnded(outcome=e.Outcome.DECEASED, reason="death", note=fact.note, died_on=fact.died_on)


def death_reviewed(asked: Asked) -> Decided:
    fact = asked.fact_as(f.DeathReview)
    if not asked.course.death_to_review:
        return Refusal(reason="no death within weeks of a session is to be looked at")
    return e.DeathReviewed(related=fact.related, reported=fact.report, note=fact.note)


def handed_over(asked: Asked) -> Decided:
    fact = asked.fact_as(f.HandedOver)
    if not asked.course.to_hand_over:
        return Refusal(reason="no transferred patient is to be handed over")
    if fact.consent_signed_on is not None and fact.consent_signed_on > asked.today:
        return Refusal(reason="consent_signed_on: expected a day that has come")
    if fact.dossier_to is not None and fact.consent_signed_on is None:
        return Refusal(
            reason="consent_signed_on: the dossier goes to nobody without the patient's consent; "
            "where she wants none, leave dossier_to out"
        )
    return e.PatientHandedOver(
        dossier_to=fact.dossier_to, consent_signed_on=fact.consent_signed_on, authorization=fact.authorization
    )


def contact_tried(asked: Asked) -> Decided:
    fact = asked.fact_as(f.ContactAttempt)
    if asked.course.is_deceased:
        return Refusal(reason="the patient has died")
    tried = Attempt(on=asked.today, by=asked.by.user_id, result=fact.result, again_on=fact.again_on, how=fact.how)
    return e.ContactTried(attempt=tried, reached=fact.reached)


DECISIONS: dict[str, Decide] = {
    "withdraw": withdrawn,
    "reopen": reopened,
    "hold": hold_asked,
    "resume": resumed,
    "pregnancy": pregnancy_told,
    "end": ended,
    "death": death_told,
    "death-reviewed": death_reviewed,
    "handed-over": handed_over,
    "contact-attempt": contact_tried,
}
TOLD_AFTER_THE_END = frozenset({"reopen", "death", "death-reviewed", "handed-over", "contact-attempt"})
NOT_AFTER_CLOSING = TOLD_AFTER_THE_END
"""A death told of a closed course could not be taken back: it is told as an adverse event."""
