"""Eligibility, goals and consent."""

from __future__ import annotations

from domain import care, plan
from domain import events as e
from domain import facts as f
from domain.clinic_time import day_in_words
from domain.course import Course
from domain.coverage import CoverageKind
from domain.decide.common import Asked, Decide, Decided
from domain.dose import faults_of_dose
from domain.eligibility import EligibilityVerdict, Payment
from domain.history import EarlierDose, StatedCounts
from domain.record import Refusal


def eligibility_decided(asked: Asked) -> Decided:
    fact, verdict = asked.fact_as(f.EligibilityDecision), asked.course.protocol_verdict
    if asked.task is None or verdict is None:
        return Refusal(reason="no decision on eligibility is open")
    if fact.decision == "assess_again":
        return _assess_again(asked.course, fact, asked)
    if fact.decision == "decline":
        return e.CourseEnded(outcome=e.Outcome.DECLINED, reason="not_eligible", note=fact.reason)
    return _against(verdict.verdict, fact) or _gone_on(asked, fact)


PAYS: dict[CoverageKind, Payment] = {
    CoverageKind.AUTHORIZATION: "payer_asked",
    CoverageKind.NOT_NEEDED: "not_needed",
    CoverageKind.SELF_PAY: "patient_pays",
}


def _gone_on(asked: Asked, fact: f.EligibilityDecision) -> Decided:
    """Return that the course goes on: why, since when the patient knows, and how it is paid. 0.1 took words alone."""
    if asked.course.edition < 2:
        return e.EligibilitySettled(reason=fact.reason)
    informed_on = fact.patient_informed_on or asked.today
    if informed_on > asked.today:
        return Refusal(reason="patient_informed_on: expected a day that has come")
    coverage = asked.course.coverage
    by_coverage = PAYS[coverage.kind]
    signed = coverage.self_pay is not None
    if fact.payment not in {None, by_coverage} and not (fact.payment == "patient_pays" and signed):
        return Refusal(
            reason=f"payment: by the coverage it is {by_coverage}; tell self-pay-agreed or coverage-changed before"
        )
    return e.EligibilitySettled(
        reason=fact.reason,
        coded_reason=fact.coded_reason or "other",
        patient_informed_on=informed_on,
        payment=fact.payment or by_coverage,
    )


def _against(verdict: EligibilityVerdict, fact: f.EligibilityDecision) -> Refusal | None:
    """Return why the course may not go on against the verdict, or None. The patient must know; a reason is needed."""
    if verdict is EligibilityVerdict.NEEDS_INFORMATION:
        return Refusal(reason="decision: information is missing; assess again with it, or decline")
    if not fact.reason and fact.coded_reason in {None, "other"}:
        return Refusal(reason="reason: to go on against the verdict needs a reason, coded or in words")
    if not fact.patient_informed and fact.patient_informed_on is None:
        return Refusal(reason="patient_informed: the patient must know before the course goes on against the verdict")
    return None


def _assess_again(course: Course, fact: f.EligibilityDecision, asked: Asked) -> Decided:
    told = (fact.headache_days, fact.migraine_days, fact.period_days, fact.source)
    history = course.history
    if any(value is not None for value in told):
        headache, migraine, period, source = told
        if headache is None or migraine is None or period is None or source is None:
            return Refusal(reason="headache_days, migraine_days, period_days and source belong together")
        if not migraine <= headache <= period:
            return Refusal(reason="headache_days: expected migraine_days <= headache_days <= period_days")
        counts = StatedCounts(
            headache_days=headache, migraine_days=migraine, period_days=period, source=source, stated_on=asked.today
        )
        history = history.model_copy(update={"counts": counts})
    if fact.months_with_headache is not None:
        history = history.model_copy(update={"months_with_headache": fact.months_with_headache})
    if history == course.history and course.protocol_verdict is not None:
        until = course.protocol_verdict.until
        if until is None or asked.today < until:
            return Refusal(reason="decision: nothing new was told, so the verdict would be the same")
    return e.HistoryCompleted(history=history, reason=fact.reason)


def goals_set(asked: Asked) -> Decided:
    fact = asked.fact_as(f.Goals)
    if asked.task is None:
        return Refusal(reason="goals are not asked for now" if not asked.course.goals else "goals are set already")
    if fact.consent_signed_on > asked.today:
        return Refusal(reason="consent_signed_on: expected a day that has come")
    if refused := _consent_of_a_minor(asked.course, fact):
        return refused
    dose = fact.dose or plan.dose_of(asked.course)
    if faults := faults_of_dose(dose, protocol=asked.course.protocol):
        return Refusal(reason="dose: " + "; ".join(faults))
    return e.GoalsSet(
        goals=fact.goals,
        consent_signed_on=fact.consent_signed_on,
        dose=dose,
        consented_by=fact.consented_by if asked.course.edition >= 2 else None,
        assent=fact.assent,
    )


def _consent_of_a_minor(course: Course, fact: f.Goals) -> Refusal | None:
    """Return why this consent does not hold, or None. 0.1 did not ask who consents."""
    if course.edition < 2:
        return None
    minor = care.is_minor(course, fact.consent_signed_on)
    if not minor and fact.consented_by == "guardian":
        return Refusal(reason="consented_by: the patient is of age and consents himself")
    if minor and fact.consented_by != "guardian":
        return Refusal(reason="consented_by: for a minor who answers for him consents: guardian")
    if minor and not fact.assent:
        return Refusal(reason="assent: a minor must agree as well")
    return None


def own_consent(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.OwnConsent), asked.course
    if not care.needs_own_consent(course, asked.today):
        return Refusal(reason="own consent is asked of who came of age after a guardian had consented")
    of_age_on = course.history.comes_of_age_on
    assert of_age_on is not None, "only of a patient who was a minor"
    if not of_age_on <= fact.signed_on <= asked.today:
        return Refusal(
            reason=f"signed_on: expected a day from {day_in_words(of_age_on)} to {day_in_words(asked.today)}"
        )
    return e.OwnConsentSigned(signed_on=fact.signed_on)


def dose_elsewhere(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.DoseElsewhere), asked.course
    if fact.given_on > asked.today:
        return Refusal(reason="given_on: expected a day that has come")
    if fact.given_on in course.doses_on:
        return Refusal(reason="given_on: a dose of that day is known already")
    told = fact.model_dump(exclude={"kind"})
    return e.DoseElsewhereTold(dose=EarlierDose(**told))


DECISIONS: dict[str, Decide] = {
    "eligibility-decision": eligibility_decided,
    "goals": goals_set,
    "own-consent": own_consent,
    "dose-elsewhere": dose_elsewhere,
}
