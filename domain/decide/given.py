"""What a session gave: whole, in part, and completed on the same day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from domain import events as e
from domain import facts as f
from domain import plan
from domain.clinic_time import clinic_day, day_in_words, instant_of, time_in_words
from domain.course import Course
from domain.coverage import SessionCoverage
from domain.decide.common import Asked, Decide, Decided
from domain.decide.telling import against, broken_by_session, counted_of, coverage_of_given
from domain.dose import (
    Dose,
    VialUse,
    dose_of_sites,
    faults_of_dose,
    faults_of_vials,
    plus,
    sites_of,
    slips_of_dose,
    slips_of_vials,
    vials_used,
)
from domain.people import Role
from domain.record import Refusal
from domain.session import AdverseEvent, Session

NOON = time(12)
"""When a session of another day counts as given, where nobody says the time."""

IN_PART_IN_FULL = 2
"""The edition from which a session given in part says why and how the patient left."""


def session_given(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.SessionResult), asked.course
    given_at = _given_at(asked, fact)
    if isinstance(given_at, Refusal):
        return given_at
    given_on = clinic_day(given_at, course.clinic.zone)
    dose = _dose_given(course, fact)
    vials = vials_used(dose.units, fact.vials, protocol=course.protocol)
    slips = (
        *slips_of_dose(dose, protocol=course.protocol),
        *slips_of_vials(vials, dose=dose, protocol=course.protocol),
        *_faults_in_part(asked, fact, dose),
    )
    if slips:
        return Refusal(reason="; ".join(slips))
    injector = fact.injector or (course.appointment.injector if course.appointment else None)
    broken = broken_by_session(course, given_on=given_on, dose=dose, vials=vials)
    deviation = against(asked, broken, session=course.next_session)
    if isinstance(deviation, Refusal):
        return deviation
    if injector is None:
        return Refusal(reason="injector: expected who injected; no appointment says it")
    covered = coverage_of_given(course, given_on, dose=dose, vials=vials)
    session = Session(
        number=course.next_session,
        id=f"{course.course_id}/session-{course.next_session}",
        given_on=given_on,
        given_at=given_at,
        recorded_by=asked.by.user_id,
        injector=injector,
        dose=dose,
        vials=vials,
        in_part=fact.in_part,
        reactions=fact.reactions,
        coverage=covered,
        is_trial=is_full(course, dose) or fact.counts_as_trial is True,
        why_in_part=fact.why,
        patient_left=fact.patient_left,
        trial_said_by=asked.by.user_id if fact.counts_as_trial else None,
        signed_by=_signer(asked, injector),
        signed_on=_signed_on(asked, injector),
        claim_held=covered.uncovered if deviation is None else f"deviation: {deviation.rules}",
    )
    return e.SessionGiven(
        session=session,
        adverse_event=_adverse_event(asked, fact, session),
        deviation=deviation,
        gives_up=_given_up(course, given_on),
    )


def _given_at(asked: Asked, fact: f.SessionResult) -> datetime | Refusal:
    """Return when it was given: the time told, noon of the day told, or now. What lies ahead has not happened."""
    zone, given_at, given_on = asked.course.clinic.zone, fact.given_at, fact.given_on
    if given_at is None:
        given_at = asked.now if given_on is None or given_on == asked.today else instant_of(given_on, NOON, zone)
    elif given_on is not None and clinic_day(given_at, zone) != given_on:
        return Refusal(reason="given_on: expected the day of given_at, or one of the two alone")
    if given_at > asked.now:
        return Refusal(reason="given_at: expected a time that has come")
    return given_at


def _given_up(course: Course, given_on: date) -> int | None:
    """Return the appointment that a session of another day leaves void: the next time is found anew."""
    appointment, clearance = course.appointment, course.clearance
    if appointment is None or (clearance is not None and clearance.cleared_on == given_on):
        return None
    day = clinic_day(appointment.starts_at, course.clinic.zone)
    return None if day == given_on else appointment.number


def _dose_given(course: Course, fact: f.SessionResult) -> Dose:
    """Return what was given: as it is said, by its sites, or as planned."""
    dose = fact.dose or plan.dose_of(course)
    if fact.sites:
        dose = dose_of_sites(fact.sites, protocol=course.protocol, reason=dose.reason)
    return dose if dose.reason or not fact.why else dose.model_copy(update={"reason": fact.why})


def _faults_in_part(asked: Asked, fact: f.SessionResult, dose: Dose) -> list[str]:
    """Return what a session given in part must say and does not, and who may not say what."""
    faults = []
    if fact.dose is not None and fact.sites:
        faults.append("sites: expected sites or a dose, not both")
    if fact.in_part and asked.course.edition >= IN_PART_IN_FULL:
        if not fact.why:
            faults.append("why: expected why it was given in part")
        if not fact.patient_left:
            faults.append("patient_left: expected how the patient left, such as walking, fetched by her husband")
    if fact.counts_as_trial is not None and asked.by.role is not Role.CLINICIAN:
        faults.append(f"counts_as_trial: a clinician says that; your role is {asked.by.role}")
    if fact.counts_as_trial and not fact.why:
        faults.append("why: expected why less than the minimum counts as a trial session")
    if fact.counts_as_trial is not None and is_full(asked.course, dose):
        least = asked.course.protocol.dose.trial_units_min.value
        faults.append(
            f"counts_as_trial: {dose.units} units are a trial session anyway; it is said of less than {least}"
        )
    return faults


def is_full(course: Course, dose: Dose) -> bool:
    """Whether a session of this dose is a trial session by itself. Source: the protocol's `dose.trial_units_min`."""
    return dose.units >= course.protocol.dose.trial_units_min.value


def _covered(course: Course, dose: Dose, on: date, cleared: SessionCoverage) -> SessionCoverage | Refusal:
    """Return what pays: what was cleared, or, where more was given than planned, what holds for that."""
    if dose.units <= plan.dose_of(course).units:
        return cleared
    return plan.coverage_of(course.model_copy(update={"planned_dose": dose}), on)


def _used(course: Course, covered: SessionCoverage, dose: Dose, vials: tuple[VialUse, ...]) -> SessionCoverage:
    """Return the coverage with the units that the session uses up, by what its payer counts."""
    opened = sum(vial.size_units for vial in vials)
    units = counted_of(course, covered.authorization, dose.units, opened)
    return covered.model_copy(update={"counted_units": units})


def _signer(asked: Asked, injector: str) -> str | None:
    """Return who has signed: a record written by its injector is signed by that."""
    return injector if asked.by.user_id == injector else None


def _signed_on(asked: Asked, injector: str) -> date | None:
    return asked.today if asked.by.user_id == injector else None


def _adverse_event(asked: Asked, fact: f.SessionResult, session: Session) -> AdverseEvent | None:
    """Return what happened to the patient whose session was given in part, unless it was harmless."""
    if not fact.in_part or fact.harmless or not fact.why:
        return None
    return AdverseEvent(
        number=len(asked.course.adverse_events) + 1,
        told_on=asked.today,
        red_flags=(),
        note=fact.why,
        after_session=session.number,
    )


def session_completed(asked: Asked) -> Decided:
    """The rest was given on the same day. A vial is for one patient and its day: no other is opened without need."""
    fact, course = asked.fact_as(f.SessionCompleted), asked.course
    session = course.last_session if fact.session is None else course.session(fact.session)
    if session is None or not session.in_part:
        return Refusal(reason="session: no session was given in part")
    if (refused := _not_now(asked, session, fact.completed_at or asked.now)) is not None:
        return refused
    planned, given = plan.dose_of(course), sites_of(session.dose)
    more = fact.sites or {muscle: max(0, count - given.get(muscle, 0)) for muscle, count in sites_of(planned).items()}
    dose = dose_of_sites(plus(given, more), protocol=course.protocol, reason=session.dose.reason)
    if faults := (*faults_of_dose(dose, protocol=course.protocol), *_negative(more)):
        return Refusal(reason="; ".join(faults))
    vials = _vials_of_both(course, session, fact, dose)
    if isinstance(vials, Refusal):
        return vials
    covered = _covered(_before(course, session), dose, session.given_on, session.coverage)
    if isinstance(covered, Refusal):
        return covered
    return e.SessionCompleted(session=_completed(asked, session, dose, vials, covered), note=fact.note)


def _negative(sites: Mapping[str, int]) -> list[str]:
    return [f"sites: expected 0 or more in {muscle}" for muscle, count in sites.items() if count < 0]


def _completed(
    asked: Asked, session: Session, dose: Dose, vials: tuple[VialUse, ...], covered: SessionCoverage
) -> Session:
    whole = {
        "dose": dose,
        "vials": vials,
        "in_part": dose.units < plan.dose_of(asked.course).units,
        "completed_at": asked.fact_as(f.SessionCompleted).completed_at or asked.now,
        "coverage": _used(asked.course, covered, dose, vials),
        "is_trial": session.is_trial or is_full(asked.course, dose),
        "claim_outdated": session.claim_outdated or session.claim_id is not None,
        "signed_by": _signer(asked, session.injector),
        "signed_on": _signed_on(asked, session.injector),
    }
    return session.model_copy(update=whole)


def _not_now(asked: Asked, session: Session, at: datetime) -> Refusal | None:
    """Return why the session can no longer be completed, or not yet."""
    if at > asked.now or at < session.given_at:
        given = time_in_words(session.given_at, asked.course.clinic.zone)
        return Refusal(reason=f"completed_at: expected a time after {given}, not ahead")
    if clinic_day(at, asked.course.clinic.zone) != session.given_on:
        dates = plan.dates_from_last_dose(asked.course)
        earliest = "" if dates is None else f", from {day_in_words(dates.earliest_on)} on: {dates.reason}"
        return Refusal(
            reason=f"session {session.number} is completed on its own day, {day_in_words(session.given_on)}, or not at all; "
            f"the next is a session of its own{earliest}"
        )
    if asked.course.red_flags:
        return Refusal(reason="a red flag is open: nothing more is given until a clinician lifts it")
    return None


def _before(course: Course, session: Session) -> Course:
    """Return the course without this session, so that what it used up is left again."""
    return course.model_copy(update={"sessions": tuple(one for one in course.sessions if one is not session)})


def _vials_of_both(
    course: Course, session: Session, fact: f.SessionCompleted, dose: Dose
) -> tuple[VialUse, ...] | Refusal:
    """Return all vials of the session: the opened ones are used up before another is, unless somebody says why not.

    Source: a single-dose vial, used within 24 hours of its opening: sources.md [D11].
    """
    rest, added = session.wasted_units, dose.units - session.dose.units
    if added <= 0:
        return Refusal(reason="sites: nothing of the planned dose is left to give; name the sites injected now")
    if not fact.vials and added > rest:
        return Refusal(reason=f"vials: {added} units were given and the opened vials held {rest}: name what was opened")
    if fact.vials and added <= rest and not fact.why_another_vial:
        return Refusal(
            reason=f"why_another_vial: the opened vials held {rest} units and {added} were given; say why one was opened"
        )
    from_opened = 0 if fact.why_another_vial else min(rest, added)
    opened_now = vials_used(added - from_opened, fact.vials, protocol=course.protocol)
    vials = (*_given_from(session.vials, from_opened), *opened_now)
    faults = faults_of_vials(vials, dose=dose, given_on=session.given_on, protocol=course.protocol)
    return Refusal(reason="; ".join(faults)) if faults else vials


def _given_from(vials: tuple[VialUse, ...], units: int) -> tuple[VialUse, ...]:
    """Return the vials after so many units more were drawn from them, in their order."""
    drawn, uses = units, []
    for vial in vials:
        more = min(drawn, vial.wasted_units)
        drawn -= more
        left = {"given_units": vial.given_units + more, "wasted_units": vial.wasted_units - more}
        uses.append(vial.model_copy(update=left))
    return tuple(uses)


DECISIONS: dict[str, Decide] = {
    "session-given": session_given,
    "session-completed": session_completed,
}
