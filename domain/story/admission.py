"""Before treatment: intake, eligibility, goals."""

from __future__ import annotations

from domain import events as e
from domain.story.words import (
    Tell,
    because,
    day_in_words,
    dose_in_words,
    in_words,
    payment_in_words,
)


def _started(event: e.CourseStarted, _: str) -> str:
    again = ", again after an earlier course" if event.earlier_course else ""
    return f"The course began: {event.protocol.title}, version {event.protocol.version}; {payment_in_words(event.coverage)}{again}"


def _assessed(event: e.EligibilityAssessed, _: str) -> str:
    said = f"Eligibility by the protocol: {in_words(event.protocol_verdict.verdict)}"
    open_ones = [finding.said for finding in event.protocol_verdict.findings if not finding.met]
    if open_ones:
        said += f" ({' '.join(open_ones)})"
    if event.payer_verdict is not None:
        said += "; the payer's criteria are " + ("met" if event.payer_verdict.met else "not met")
        said += because(" ".join(event.payer_verdict.missing))
    return said


def _goals(event: e.GoalsSet, _: str) -> str:
    whose = " by who answers for the patient, and the patient's assent" if event.consented_by == "guardian" else ""
    return (
        f"Goals were set: {'; '.join(event.goals)}; consent of {day_in_words(event.consent_signed_on)}{whose}; "
        f"planned dose {dose_in_words(event.dose)}"
    )


PAYMENT = {
    "payer_asked": "the payer is asked and may not pay",
    "not_needed": "no authorization is needed",
    "patient_pays": "the patient pays",
}


def _settled(event: e.EligibilitySettled, _: str) -> str:
    coded = None if event.coded_reason in {None, "other"} else in_words(event.coded_reason)
    said = f"Eligibility is settled{because('; '.join(one for one in (coded, event.reason) if one) or None)}"
    if event.patient_informed_on is not None:
        said += f"; the patient was informed on {day_in_words(event.patient_informed_on)}"
    return said + (f"; {PAYMENT[event.payment]}" if event.payment else "")


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.CourseStarted: _started,
    e.HistoryCompleted: lambda event, _: f"What was missing at intake was told{because(event.reason)}",
    e.EligibilityAssessed: _assessed,
    e.EligibilitySettled: _settled,
    e.GoalsSet: _goals,
    e.CameOfAge: lambda *_: "The patient is of age: messages go to the patient, who consents himself from here on",
    e.DoseElsewhereTold: lambda event, _: (
        f"Toxin was given elsewhere on {day_in_words(event.dose.given_on)}"
        + (f", {event.dose.units} units" if event.dose.units else "")
        + f" ({in_words(event.dose.source)})"
    ),
    e.OwnConsentSigned: lambda event, _: f"The patient signed an own consent on {day_in_words(event.signed_on)}",
}
