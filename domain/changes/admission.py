"""Before treatment: intake, eligibility, goals."""

from __future__ import annotations

from domain import events as e
from domain.changes.common import Change, Changes, nothing, told_in
from domain.course import Course


def _history_completed(_: Course, event: e.HistoryCompleted) -> Changes:
    return {"history": event.history, "protocol_verdict": None, "payer_verdict": None}


def _assessed(_: Course, event: e.EligibilityAssessed) -> Changes:
    return {"protocol_verdict": event.protocol_verdict, "payer_verdict": event.payer_verdict}


def _settled(_: Course, event: e.EligibilitySettled) -> Changes:
    return {"eligibility_settled_on": event.on}


def _goals_set(_: Course, event: e.GoalsSet) -> Changes:
    return {
        "goals": event.goals,
        "goals_set_on": event.on,
        "consent_signed_on": event.consent_signed_on,
        "planned_dose": event.dose,
        "consented_by": event.consented_by,
        "own_consent_on": None,
    }


def _came_of_age(course: Course, event: e.CameOfAge) -> Changes:
    told: Changes = {"came_of_age_on": event.on}
    if course.eligibility_settled_on is None:  # it is assessed anew, as the age of today
        told |= {"protocol_verdict": None, "payer_verdict": None}
    return told


def _own_consent(_: Course, event: e.OwnConsentSigned) -> Changes:
    return {"own_consent_on": event.signed_on}


def _dose_elsewhere(course: Course, event: e.DoseElsewhereTold) -> Changes:
    dose = event.dose.model_copy(update=told_in(course, event.number))
    doses = (*course.history.earlier_doses, dose)
    return {"history": course.history.model_copy(update={"earlier_doses": doses})}


CHANGES: dict[type[e.CourseEvent], Change] = {
    e.CourseStarted: nothing,
    e.HistoryCompleted: _history_completed,
    e.EligibilityAssessed: _assessed,
    e.EligibilitySettled: _settled,
    e.GoalsSet: _goals_set,
    e.CameOfAge: _came_of_age,
    e.OwnConsentSigned: _own_consent,
    e.DoseElsewhereTold: _dose_elsewhere,
}
