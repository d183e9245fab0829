"""Correcting a record: which event, what it should have said, by whom, and everything that hung on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from domain import events as e
from domain import facts as f
from domain import plan
from domain.after_all import covered_after_all
from domain.changes import after
from domain.clinic_time import clinic_clock, clinic_day, day_in_words, instant_of
from domain.course import Course
from domain.coverage import CoverageKind, SessionCoverage
from domain.decide.common import Asked, Decide, Decided
from domain.decide.correction_of_answers import response, safety_call, watch_again
from domain.decide.correction_of_coverage import coverage, withdrawal
from domain.decide.correction_of_decisions import decision
from domain.decide.correction_of_history import dose_elsewhere, intake, medication, score, self_pay, wearing_off
from domain.decide.correction_words import IN_ERROR, SAYS_SO, UNDONE, changes_of, plain, said
from domain.decide.given import is_full
from domain.decide.telling import against, beyond_the_year, coverage_of_given, without
from domain.deviation import Broken
from domain.dose import (
    Dose,
    rules_broken_by_dose,
    rules_broken_by_vials,
    slips_of_dose,
    slips_of_vials,
    vials_used,
)
from domain.people import Role
from domain.record import Refusal
from domain.rights import CORRECTING, DAYS
from domain.session import AdverseEvent, Session, WatchEnd
from domain.timing import interval_days


def corrected(asked: Asked) -> Decided:
    fact = asked.fact_as(f.Correction)
    named = [name for name in fact.values.model_fields_set if name != "of"]
    if not getattr(fact.values, "entered_in_error", False):  # a form sends its no
        named = [name for name in named if name != "entered_in_error"]
    if fact.event > asked.course.number:
        return Refusal(reason=f"event: there is no event {fact.event}")
    if not named:
        return Refusal(reason="nothing is said that the record should say")
    if (refused := _may_correct(asked, fact, named)) is not None:
        return refused
    decided = CORRECTIONS[fact.values.of](asked, fact)
    return decided if isinstance(decided, Refusal) else _with_what_is_covered(asked, decided)


def _with_what_is_covered(asked: Asked, event: e.CourseEvent) -> e.CourseEvent:
    """Return the correction with the sessions, paid otherwise, that a payer covers by the record as it is then."""
    stamped = event.model_copy(update={"number": asked.course.number + 1, "on": asked.today})
    late = covered_after_all(asked.course, after(asked.course, stamped))
    return event.model_copy(update={"paid_otherwise": late}) if late else event


def _may_correct(asked: Asked, fact: f.Correction, named: Iterable[str]) -> Refusal | None:
    """Return why the one who asks may not correct this: its author within the day, later the role whose matter it is."""
    own = asked.by.user_id == fact.recorded_by and asked.today == fact.recorded_on
    roles = CORRECTING[fact.values.of]
    if set(named) <= DAYS:
        roles = roles | {Role.OPERATIONS}
    if own or asked.by.role in roles:
        return None
    who = " or ".join(sorted(roles))
    return Refusal(
        reason=f"this correction is for {who}, or within the day for its author {fact.recorded_by}; "
        f"your role is {asked.by.role}",
        people=(fact.recorded_by,),
    )


# A session


def _session(asked: Asked, fact: f.Correction) -> Decided:
    course, values = asked.course, fact.values
    assert isinstance(values, f.SessionValues), "the values name their kind"
    before = None if fact.subject is None else course.session(fact.subject)
    if before is None:
        return Refusal(reason="event: its session was entered in error, or there is none")
    if values.entered_in_error:
        return _session_in_error(asked, fact, before)
    now = _session_as_corrected(asked, before, values)
    if isinstance(now, Refusal):
        return now
    changes = changes_of(_told_of(before), _told_of(now))
    if (refused := _out_of_order(course, before, now) if changes else SAYS_SO) is not None:
        return refused
    deviation = against(asked, _newly_broken(course, before, now), session=before.number)
    if isinstance(deviation, Refusal):
        return deviation
    if deviation is not None:
        now = now.model_copy(update={"claim_held": f"deviation: {deviation.rules}"})
    return e.RecordCorrected(
        corrects=fact.event,
        of=fact.values.of,
        subject=before.number,
        changes=changes,
        reason=fact.reason,
        sessions=(now, *_others_under(course, before, now)),
        gives_up=_too_early(course, now),
        deviation=deviation,
    )


def _session_as_corrected(asked: Asked, before: Session, values: f.SessionValues) -> Session | Refusal:
    course = asked.course
    given_at = _given_at(asked, before, values)
    if isinstance(given_at, Refusal):
        return given_at
    given_on = clinic_day(given_at, course.clinic.zone)
    dose = values.dose or before.dose
    vials = before.vials
    if values.vials is not None:
        vials = vials_used(dose.units, values.vials, protocol=course.protocol)
    slips = (
        *slips_of_dose(dose, protocol=course.protocol),
        *slips_of_vials(vials, dose=dose, protocol=course.protocol),
    )
    if slips:
        return Refusal(reason="; ".join(slips))
    if (refused := _no_word_on_trial(asked, dose, values)) is not None:
        return refused
    said_by = _counted_by(asked, before, values)
    injector = values.injector or before.injector
    signed = asked.by.user_id == injector
    told = {
        "given_at": given_at,
        "given_on": given_on,
        "dose": dose,
        "vials": vials,
        "injector": injector,
        "in_part": before.in_part if values.in_part is None else values.in_part,
        "reactions": before.reactions if values.reactions is None else values.reactions,
        "is_trial": is_full(course, dose) or said_by is not None,
        "trial_said_by": said_by,
        "signed_by": injector if signed else None,
        "signed_on": asked.today if signed else None,
        "watch_ended": _watch(asked, before, given_on),
    }
    now = before.model_copy(update=told)
    if (given_on, dose.units, now.opened_units) != (before.given_on, before.dose.units, before.opened_units):
        now = now.model_copy(update={"coverage": _covered_as_corrected(course, before, now)})
    return _with_claim_outdated(course, before, now)


def _covered_as_corrected(course: Course, before: Session, now: Session) -> SessionCoverage:
    """Return who pays for the session as it is corrected.

    Where the patient paid or the clinic took the risk, that stays, whatever a payer has granted since.
    """
    if before.coverage.kind is CoverageKind.CLINICS_RISK or _patient_pays_still(course, before, now):
        return before.coverage
    others = without(course, before)
    return coverage_of_given(others, now.given_on, dose=now.dose, vials=now.vials, session=before.number)


def _patient_pays_still(course: Course, before: Session, now: Session) -> bool:
    """Whether the patient's agreement to pay for a session holds for it as it is corrected."""
    if before.coverage.kind is not CoverageKind.SELF_PAY:
        return False
    then, day = course.covered_on(before.given_on).coverage, course.covered_on(now.given_on).coverage
    signed_before = day.self_pay is not None and day.self_pay.signed_on <= now.given_on
    return then == day and (now.given_on >= before.given_on or signed_before)


def _no_word_on_trial(asked: Asked, dose: Dose, values: f.SessionValues) -> Refusal | None:
    """Return why this cannot be said of the trial: by a clinician only, and of less than a full dose only.

    Else the last trial session could be talked away, and another one tried without the override that it needs.
    """
    if values.trial is None:
        return None
    if asked.by.role is not Role.CLINICIAN:
        return Refusal(reason=f"trial: a clinician says that; your role is {asked.by.role}")
    if is_full(asked.course, dose) and not values.trial:
        least = asked.course.protocol.dose.trial_units_min.value
        return Refusal(reason=f"trial: {dose.units} units are a trial session; it is said of less than {least}")
    return None


def _counted_by(asked: Asked, before: Session, values: f.SessionValues) -> str | None:
    """Return the clinician who counts less than a full dose as a trial session; None where nobody does, or no more."""
    if values.trial is None:
        return before.trial_said_by
    return asked.by.user_id if values.trial else None


def _given_at(asked: Asked, before: Session, values: f.SessionValues) -> datetime | Refusal:
    """Return when it was given: the time told, or the old time of day on the day told."""
    zone, given_at = asked.course.clinic.zone, values.given_at or before.given_at
    if values.given_on is not None:
        if values.given_at is not None and clinic_day(values.given_at, zone) != values.given_on:
            return Refusal(reason="given_on: expected the day of given_at, or one of the two alone")
        given_at = instant_of(values.given_on, clinic_clock(given_at, zone).time().replace(tzinfo=None), zone)
    if given_at > asked.now:
        return Refusal(reason="given_at: expected a time that has come")
    return given_at


def _watch(asked: Asked, before: Session, given_on: date) -> WatchEnd | None:
    """Return how the safety watch has ended; it runs on where by the right day its time is not over."""
    over_on = given_on + timedelta(days=asked.course.protocol.safety.watch_ends_days.value)
    ran_out = before.watch_ended is WatchEnd.NOT_REACHED and asked.today < over_on
    return None if ran_out else before.watch_ended


def _with_claim_outdated(course: Course, before: Session, now: Session) -> Session:
    """Return the session with its bill outdated, where it says something else than what was billed."""
    if _billed_of(before) == _billed_of(now):
        return now
    billed = before.claim_id is not None or before.number in course.billed_by_hand
    return now.model_copy(update={"claim_outdated": before.claim_outdated or billed})


def _billed_of(session: Session) -> object:
    drug = tuple((vial.ndc, vial.given_units, vial.wasted_units) for vial in session.vials)
    covered = session.coverage
    return (
        session.given_on,
        session.injector,
        session.in_part,
        drug,
        covered.kind,
        covered.payer_id,
        covered.authorization,
    )


def _told_of(session: Session) -> dict[str, str]:
    """Return what was told of a session, as text. What follows from it is not told."""
    vials = ",".join(f"{vial.size_units}:{vial.lot}:{vial.expires_on}:{vial.ndc}" for vial in session.vials)
    return {
        "given_on": session.given_on.isoformat(),
        "given_at": session.given_at.isoformat(),
        "vials": vials,
        "dose": ", ".join(f"{one.muscle} {one.sites} sites {one.units} units" for one in session.dose.muscles),
        "injector": session.injector,
        "in_part": _yes(session.in_part),
        "reactions": ", ".join(session.reactions),
        "trial": _yes(session.is_trial),
    }


def _yes(value: bool) -> str:  # noqa: FBT001 - it is the value that is put in words
    return "yes" if value else "no"


def _out_of_order(course: Course, before: Session, now: Session) -> Refusal | None:
    def order(sessions: Iterable[Session]) -> list[int]:
        return [one.number for one in sorted(sessions, key=lambda one: (one.given_on, one.number))]

    others = [one for one in course.sessions if one.number != before.number]
    if order([*others, now]) == order(course.sessions):
        return None
    return Refusal(
        reason="given_on: the sessions would change their order; enter the wrong one in error and record it anew"
    )


def _newly_broken(course: Course, before: Session, now: Session) -> list[Broken]:
    """Return the rules that the corrected session breaks and that nobody has been told of yet."""
    told = [one for deviation in course.deviations if deviation.session == before.number for one in deviation.broken]
    return [one for one in _broken(course, before, now) if one not in told]


def _broken(course: Course, before: Session, now: Session) -> list[Broken]:
    others, broken = without(course, before), list[Broken]()
    other = plan.too_close_to(others, now.given_on)
    if now.given_on != before.given_on and other is not None:
        apart, days = abs((now.given_on - other).days), interval_days(protocol=course.protocol, policy=course.policy)
        broken.append(
            Broken(rule="interval", why=f"{apart} days from the dose of {day_in_words(other)}, expected {days}")
        )
    if now.given_on != before.given_on:
        broken += beyond_the_year(others, now.given_on, now.coverage)
    if (uncovered := _uncovered(course, before, now)) is not None:
        broken.append(Broken(rule="coverage", why=uncovered))
    if now.dose != before.dose:
        broken += [Broken(rule="dose", why=why) for why in rules_broken_by_dose(now.dose, protocol=course.protocol)]
    if (now.vials, now.given_on) != (before.vials, before.given_on):
        drug = rules_broken_by_vials(now.vials, given_on=now.given_on, protocol=course.protocol)
        broken += [Broken(rule="drug", why=why) for why in drug]
    return broken


def _uncovered(course: Course, before: Session, now: Session) -> str | None:
    """Return why nothing pays for the session as it is corrected, or None."""
    if now.coverage.kind is CoverageKind.CLINICS_RISK:
        taken_on = min((risk.on for risk in course.clinics_risks if risk.session == now.number), default=None)
        late = taken_on is not None and now.given_on < taken_on <= before.given_on
        if taken_on is None or not late:
            return None
        return f"the clinic took the risk on {day_in_words(taken_on)}, after that day"
    if now.coverage == before.coverage:
        return None
    then = without(course, before).model_copy(update={"planned_dose": now.dose})
    covered = plan.coverage_of(then, now.given_on, for_session=now.number)
    return covered.reason if isinstance(covered, Refusal) else None


def _others_under(course: Course, before: Session, now: Session) -> tuple[Session, ...]:
    """Return the later sessions whose unpaid units follow from what this one has used up."""
    corrected_course = course.model_copy(
        update={"sessions": tuple(now if one.number == before.number else one for one in course.sessions)}
    )
    changed = []
    for other in course.sessions:
        if other.number == before.number:
            continue
        later = other.given_on > now.given_on and other.coverage.authorization is not None
        if not later or other.coverage.authorization not in {before.coverage.authorization, now.coverage.authorization}:
            continue
        again = _covered_again(corrected_course, other)
        if again != other.coverage:
            changed.append(other.model_copy(update={"coverage": again}))
    return tuple(changed)


def _covered_again(course: Course, session: Session) -> SessionCoverage:
    """Return the coverage of a session, given what earlier ones have used up."""
    earlier = tuple(one for one in course.sessions if one.given_on < session.given_on)
    then = course.model_copy(update={"sessions": earlier, "clearance": None, "planned_dose": session.dose})
    again = coverage_of_given(then, session.given_on, dose=session.dose, vials=session.vials, session=session.number)
    return again if again.authorization == session.coverage.authorization else session.coverage


def _too_early(course: Course, now: Session) -> int | None:
    """Return the appointment that lies before the day from which the next session may be given, or None."""
    if course.appointment is None:
        return None
    sessions = tuple(now if one.number == now.number else one for one in course.sessions)
    dates = plan.dates_from_last_dose(course.model_copy(update={"sessions": sessions}))
    day = clinic_day(course.appointment.starts_at, course.clinic.zone)
    return course.appointment.number if dates is not None and day < dates.earliest_on else None


def _session_in_error(asked: Asked, fact: f.Correction, before: Session) -> Decided:
    """The session never happened to this patient. Its number stays; everything is reckoned without it."""
    course = asked.course
    billed = before.claim_id is not None
    gone = before.model_copy(update={"entered_in_error": True, "claim_outdated": billed, "claim_held": None})
    booked = course.appointment is not None and course.appointment.for_session > before.number
    return e.RecordCorrected(
        corrects=fact.event,
        of=fact.values.of,
        subject=before.number,
        changes=(IN_ERROR,),
        reason=fact.reason,
        entered_in_error=True,
        sessions=(gone,),
        gives_up=course.appointment.number if course.appointment is not None and booked else None,
        told=("aftercare",),
    )


# Anything else


def _visit(asked: Asked, fact: f.Correction) -> Decided:
    values = fact.values
    assert isinstance(values, f.VisitValues), "the values name their kind"
    before = next((one for one in asked.course.visits_not_given if one.appointment == fact.subject), None)
    if before is None:
        return Refusal(reason="event: its visit was entered in error, or there is none")
    if values.on is not None and values.on > asked.today:
        return Refusal(reason="on: expected a day that has come")
    fields = ("reason", "on", "note", "lost_vials", "lost_because")
    now = before.model_copy(update=said(values, *fields))
    if now.lost_vials and now.lost_because is None:
        return Refusal(reason="lost_because: why the vials were opened and not given")
    return plain(fact, before, now, fields=fields, visit=now)


def _goals(asked: Asked, fact: f.Correction) -> Decided:
    values, course = fact.values, asked.course
    assert isinstance(values, f.GoalsValues), "the values name their kind"
    if not course.goals or course.goals_set_on not in {None, fact.recorded_on}:
        return UNDONE  # after a long hold or gap they are set anew, and not by what was told before it
    if values.consent_signed_on is not None and values.consent_signed_on > asked.today:
        return Refusal(reason="consent_signed_on: expected a day that has come")
    before = {"goals": "; ".join(course.goals), "consent_signed_on": str(course.consent_signed_on)}
    goals = values.goals or course.goals
    signed_on = values.consent_signed_on or course.consent_signed_on
    changes = changes_of(before, {"goals": "; ".join(goals), "consent_signed_on": str(signed_on)})
    if not changes:
        return SAYS_SO
    given_before = _given_before_consent(course, signed_on)
    first = given_before[0].number if given_before else None
    deviation = against(asked, [_without_consent(one, signed_on) for one in given_before], session=first)
    if isinstance(deviation, Refusal):
        return deviation
    held = {} if deviation is None else {"claim_held": f"deviation: {deviation.rules}"}
    return e.RecordCorrected(
        corrects=fact.event,
        of=values.of,
        changes=changes,
        reason=fact.reason,
        goals=values.goals,
        consent_signed_on=values.consent_signed_on,
        sessions=tuple(session.model_copy(update=held) for session in given_before),
        deviation=deviation,
    )


def _given_before_consent(course: Course, signed_on: date | None) -> tuple[Session, ...]:
    """Return the sessions that by the right day were given before consent, and not by the day recorded so far.

    A long hold asks for consent anew: what was given before it was given under an earlier one.
    """
    if signed_on is None or course.consent_signed_on is None:
        return ()
    return tuple(
        session
        for session in course.sessions
        if session.number >= course.baseline_from and course.consent_signed_on <= session.given_on < signed_on
    )


def _without_consent(session: Session, signed_on: date | None) -> Broken:
    signed = "" if signed_on is None else f" of {day_in_words(signed_on)}"
    given = day_in_words(session.given_on)
    return Broken(rule="consent", why=f"session {session.number} was given on {given}, before consent{signed}")


def _packet(asked: Asked, fact: f.Correction) -> Decided:
    values, course = fact.values, asked.course
    assert isinstance(values, f.PacketValues), "the values name their kind"
    before = None if fact.subject is None else course.request(fact.subject)
    if before is None or before.submitted_on is None or course.policy is None:
        return Refusal(reason="event: it sent no request")
    submitted_on = values.submitted_on or before.submitted_on
    if not before.opened_on <= submitted_on <= asked.today:
        return Refusal(
            reason=f"submitted_on: expected a day from {day_in_words(before.opened_on)} to {day_in_words(asked.today)}"
        )
    now = before.model_copy(update=said(values, "submitted_on", "reference"))
    due = None
    if submitted_on != before.submitted_on and before.is_open:
        answer_due_on = submitted_on + timedelta(days=course.policy.timing.answer_days.value)
        now = now.model_copy(update={"answer_due_on": answer_due_on})
        due = plan.morning_of(course, answer_due_on)
    return plain(fact, before, now, fields=("submitted_on", "reference"), request=now, answer_due=due)


def _adverse_event(asked: Asked, fact: f.Correction) -> Decided:
    values, course = fact.values, asked.course
    assert isinstance(values, f.AdverseEventValues), "the values name their kind"
    before = next((one for one in course.adverse_events if one.number == fact.subject), None)
    if before is None:
        return Refusal(reason="event: it told of no adverse event")
    known = course.protocol.safety.red_flags.value
    if unknown := sorted(set(values.red_flags or ()) - known.keys()):
        return Refusal(reason=f"red_flags: unknown {', '.join(unknown)}; expected {', '.join(known)}")
    if values.onset_on is not None and values.onset_on > asked.today:
        return Refusal(reason="onset_on: expected a day that has come")
    now = before.model_copy(update=said(values, "onset_on", "note", "red_flags"))
    lifts = before.stops and (values.entered_in_error or not now.red_flags)
    if lifts and asked.by.role is not Role.CLINICIAN:
        return Refusal(reason=f"a stop is for a clinician to lift; your role is {asked.by.role}")
    if values.red_flags is not None and set(values.red_flags) - set(before.red_flags):
        now = now.model_copy(update={"lifted": False, "reviewed_by": None, "reviewed_on": None})
    if values.entered_in_error:
        now = _gone(asked, now)
    told_by_call = None if fact.watch_of is None else course.session(fact.watch_of)
    again = values.entered_in_error and told_by_call is not None and told_by_call.watch_ended is WatchEnd.REACHED
    called = (watch_again(asked, told_by_call),) if again and told_by_call is not None else ()
    fields = ("onset_on", "note", "red_flags")
    return plain(fact, before, now, fields=fields, adverse_event=now, sessions=called)


def _gone(asked: Asked, event: AdverseEvent) -> AdverseEvent:
    """Return an adverse event that never happened: nothing is left to see to."""
    over = {
        "entered_in_error": True,
        "lifted": True,
        "reviewed_by": asked.by.user_id,
        "reviewed_on": asked.today,
        "sites_reviewed_on": asked.today,
        "ended_on": asked.today,
    }
    return event.model_copy(update=over)


def told_anew(asked: Asked) -> Decided:
    if not asked.course.to_tell_anew:
        return Refusal(reason="no message is known to have told something wrong")
    return e.ToldAnew(how=asked.fact_as(f.ToldAnew).how)


CORRECTIONS: dict[str, Callable[[Asked, f.Correction], Decided]] = {
    "session_given": _session,
    "session_not_given": _visit,
    "authorization_decided": decision,
    "goals_set": _goals,
    "packet_submitted": _packet,
    "adverse_event_recorded": _adverse_event,
    "safety_watch_ended": safety_call,
    "response_answered": response,
    "dose_elsewhere_told": dose_elsewhere,
    "self_pay_agreed": self_pay,
    "wearing_off_recorded": wearing_off,
    "medication_changed": medication,
    "score_recorded": score,
    "course_started": intake,
    "coverage_changed": coverage,
    "authorization_withdrawn": withdrawal,
}

DECISIONS: dict[str, Decide] = {"correction": corrected, "told-anew": told_anew}
TOLD_AFTER_THE_END = frozenset(DECISIONS)
