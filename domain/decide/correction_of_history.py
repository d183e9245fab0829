"""Correcting what was told of the patient: doses elsewhere, the intake, other drugs, wearing-off, the agreement to pay."""

from __future__ import annotations

from typing import Any, TypeVar

from domain import care, plan
from domain import events as e
from domain import facts as f
from domain.besides import Besides, MedicationChange, Score
from domain.clinic_time import clinic_day, day_in_words
from domain.course import Course
from domain.coverage import CoverageKind, SelfPayAgreement
from domain.decide.common import Asked, Decided
from domain.decide.correction_words import SAYS_SO, UNDONE, changes_of, is_undone, plain, said
from domain.eligibility import assess_for_payer
from domain.history import DRUG_CLASSES, ClinicalHistory, EarlierDose
from domain.people import Role
from domain.record import Refusal
from domain.session import Session
from domain.ways_on import as_insured_next

Told = TypeVar("Told", EarlierDose, MedicationChange, Score)


def _told_in(rows: tuple[Told, ...], event: int) -> Told | None:
    """Return what this event told, as it stands; None: it was undone, or a release before 0.2 did not number it."""
    return next((row for row in rows if row.told_in == event), None)


def _instead(rows: tuple[Told, ...], before: Told, now: Told, *, in_error: bool) -> tuple[Told, ...]:
    return tuple(now if row is before else row for row in rows if not (in_error and row is before))


# Doses given elsewhere, and the intake


def dose_elsewhere(asked: Asked, fact: f.Correction) -> Decided:
    """Correct a dose given elsewhere, or withdraw it; the interval is reckoned anew."""
    values, history = fact.values, asked.course.history
    assert isinstance(values, f.DoseElsewhereValues), "the values name their kind"
    before = _told_in(history.earlier_doses, fact.event)
    if before is None:
        return UNDONE
    now = before.model_copy(update=said(values, "given_on", "units", "source", "product"))
    if (refused := _no_such_day(asked, now, before)) is not None:
        return refused
    doses = _instead(history.earlier_doses, before, now, in_error=values.entered_in_error)
    told = history.model_copy(update={"earlier_doses": doses})
    gives_up = _too_early(asked.course, told)
    fields = ("given_on", "units", "source", "product")
    return plain(fact, before, now, fields=fields, history=told, gives_up=gives_up)


def _no_such_day(asked: Asked, now: EarlierDose, before: EarlierDose) -> Refusal | None:
    if now.given_on > asked.today:
        return Refusal(reason="given_on: expected a day that has come")
    if now.given_on != before.given_on and now.given_on in asked.course.doses_on:
        return Refusal(reason="given_on: a dose of that day is known already")
    return None


def _too_early(course: Course, history: ClinicalHistory) -> int | None:
    """Return the appointment that lies before the day from which the next session may be given, or None."""
    if course.appointment is None:
        return None
    dates = plan.dates_from_last_dose(course.model_copy(update={"history": history}))
    day = clinic_day(course.appointment.starts_at, course.clinic.zone)
    return course.appointment.number if dates is not None and day < dates.earliest_on else None


def intake(asked: Asked, fact: f.Correction) -> Decided:
    """Correct what the intake said: the diagnosis, and the doses that it knew of."""
    values, course, before = fact.values, asked.course, asked.course.history
    assert isinstance(values, f.IntakeValues), "the values name their kind"
    billable = course.protocol.billing.diagnoses.value
    if values.diagnosis is not None and values.diagnosis not in billable:
        return Refusal(reason=f"diagnosis: expected one of {', '.join(billable)}")
    now = before.model_copy(update=said(values, "diagnosis") | _doses_of_intake(before, values))
    if (refused := _no_such_doses(asked, now)) is not None:
        return refused
    changes = changes_of(_words_of(before), _words_of(now))
    if not changes:
        return SAYS_SO
    settled = course.eligibility_settled_on is not None
    return e.RecordCorrected(
        corrects=fact.event,
        of=values.of,
        changes=changes,
        reason=fact.reason,
        history=now,
        payer_verdict=assess_for_payer(now, policy=course.policy, today=asked.today) if settled else None,
        sessions=_billed_with(course, now),
        gives_up=_too_early(course, now),
    )


def _doses_of_intake(before: ClinicalHistory, values: f.IntakeValues) -> dict[str, Any]:
    """Return the doses as they are now: those of the intake anew, and what it did not say as it was."""
    if values.earlier_doses is None:
        return {}
    others = (dose for dose in before.earlier_doses if not _is_of_intake(dose))
    return {"earlier_doses": (*(EarlierDose(**dict(dose)) for dose in values.earlier_doses), *others)}


def _is_of_intake(dose: EarlierDose) -> bool:
    """Whether the intake said it: nobody told it later, and no earlier course here knew of it."""
    return dose.told_in is None and dose.of_course is None


def _no_such_doses(asked: Asked, now: ClinicalHistory) -> Refusal | None:
    days = [dose.given_on for dose in now.earlier_doses]
    here = [session.given_on for session in asked.course.sessions]
    if any(day > asked.today for day in days):
        return Refusal(reason="earlier_doses: expected days that have come")
    if now.earlier_doses != asked.course.history.earlier_doses and len({*days, *here}) < len([*days, *here]):
        return Refusal(reason="earlier_doses: a dose of one of these days is known already")
    return None


def _words_of(history: ClinicalHistory) -> dict[str, str]:
    doses = (
        f"{dose.given_on}:{dose.units or '?'}:{dose.source}" + ("" if dose.product != "other" else ":other")
        for dose in history.earlier_doses
        if _is_of_intake(dose)
    )
    return {"diagnosis": history.diagnosis, "earlier_doses": ", ".join(doses)}


def _billed_with(course: Course, now: ClinicalHistory) -> tuple[Session, ...]:
    """Return the sessions whose claim says the diagnosis that was wrong: it is replaced."""
    if now.diagnosis == course.history.diagnosis:
        return ()
    return tuple(
        session.model_copy(update={"claim_outdated": True})
        for session in course.sessions
        if session.claim_id is not None and session.coverage.kind is not CoverageKind.SELF_PAY
    )


# What is shown beside the curve


def wearing_off(asked: Asked, fact: f.Correction) -> Decided:
    """Correct the week or the note of an effect that wears off, or withdraw it."""
    values, besides = fact.values, asked.course.besides
    assert isinstance(values, f.WearingOffValues), "the values name their kind"
    before = next((one for one in besides.wearing_off if one.number == fact.subject), None)
    if before is None or is_undone(asked.course, fact.event):
        return UNDONE
    now = before.model_copy(update=said(values, "week", "note"))
    rows = tuple(
        now if row is before else row for row in besides.wearing_off if not (values.entered_in_error and row is before)
    )
    return plain(fact, before, now, fields=("week", "note"), besides=besides.model_copy(update={"wearing_off": rows}))


def medication(asked: Asked, fact: f.Correction) -> Decided:
    """Correct what was told of another drug, or withdraw it."""
    values, besides = fact.values, asked.course.besides
    assert isinstance(values, f.MedicationValues), "the values name their kind"
    before = _told_in(besides.medications, fact.event)
    if before is None:
        return UNDONE
    if values.drug_class not in {None, *DRUG_CLASSES}:
        return Refusal(reason=f"drug_class: expected one of {', '.join(DRUG_CLASSES)}")
    if values.on is not None and values.on > asked.today:
        return Refusal(reason="on: expected a day that has come")
    fields = ("drug", "drug_class", "change", "on", "preventive", "elsewhere", "dose_mg", "note")
    now = before.model_copy(update=said(values, *fields))
    rows = _instead(besides.medications, before, now, in_error=values.entered_in_error)
    return plain(fact, before, now, fields=fields, besides=besides.model_copy(update={"medications": rows}))


def score(asked: Asked, fact: f.Correction) -> Decided:
    """Correct a questionnaire's score, or withdraw it."""
    values, besides = fact.values, asked.course.besides
    assert isinstance(values, f.ScoreValues), "the values name their kind"
    before = _told_in(besides.scores, fact.event)
    if before is None:
        return UNDONE
    rule = care.scores_of(asked.course.protocol).get(before.instrument)
    if values.value is not None and rule is not None and not rule.least <= values.value <= rule.most:
        return Refusal(reason=f"value: expected {rule.least} to {rule.most} for {rule.title}")
    if values.on is not None and values.on > asked.today:
        return Refusal(reason="on: expected a day that has come")
    now = before.model_copy(update=said(values, "value", "on"))
    rows = _instead(besides.scores, before, now, in_error=values.entered_in_error)
    told: Besides = besides.model_copy(update={"scores": rows})
    return plain(fact, before, now, fields=("value", "on"), besides=told)


# The patient's agreement to pay


def self_pay(asked: Asked, fact: f.Correction) -> Decided:
    """Correct the agreement that holds, or withdraw it. Sessions given under it are charged as it says now."""
    values, course = fact.values, asked.course
    assert isinstance(values, f.SelfPayValues), "the values name their kind"
    before = as_insured_next(course).coverage.self_pay
    if before is None or before.told_in != fact.event:
        return UNDONE
    if values.signed_on is not None and values.signed_on > asked.today:
        return Refusal(reason="signed_on: expected a day that has come")
    now = before.model_copy(update=said(values, "signed_on", "amount_cents", "sessions", "form"))
    if now != before:
        now = now.model_copy(update={"confirmed_by": _confirmed_by(asked, before)})
    paid = _paid_under(course, before)
    if (refused := _given_under(paid, now, in_error=values.entered_in_error)) is not None:
        return refused
    fields = ("signed_on", "amount_cents", "sessions", "form")
    sessions = tuple(_charged_anew(course, session, now) for session in paid if now.amount_cents != before.amount_cents)
    return plain(fact, before, now, fields=fields, agreement=now, sessions=sessions)


def _confirmed_by(asked: Asked, before: SelfPayAgreement) -> str | None:
    """Return the biller who says that an insured patient may be charged: what he corrects he has looked at."""
    if before.confirmed_by is None or asked.by.role is not Role.BILLING:
        return None
    return asked.by.user_id


def _paid_under(course: Course, agreement: SelfPayAgreement) -> tuple[Session, ...]:
    return tuple(
        session
        for session in course.sessions
        if session.coverage.kind is CoverageKind.SELF_PAY
        and session.given_on >= agreement.signed_on
        and session.number >= (agreement.from_session or session.number)
    )


def _given_under(paid: tuple[Session, ...], now: SelfPayAgreement, *, in_error: bool) -> Refusal | None:
    """Return why the agreement cannot say so: sessions were given under it, and who pays for them is a person's matter."""
    if not paid:
        return None
    if in_error:
        return Refusal(
            reason=f"event: {len(paid)} sessions were given under it; tell first who pays for them (`coverage-changed`)"
        )
    if now.sessions < len(paid):
        return Refusal(reason=f"sessions: {len(paid)} have been given under it, expected as many or more")
    if now.signed_on > paid[0].given_on:
        return Refusal(
            reason=f"signed_on: session {paid[0].number} was given under it on {day_in_words(paid[0].given_on)}"
        )
    return None


def _charged_anew(course: Course, session: Session, now: SelfPayAgreement) -> Session:
    billed = session.claim_id is not None or session.number in course.billed_by_hand
    coverage = session.coverage.model_copy(update={"amount_cents": now.amount_cents})
    return session.model_copy(update={"coverage": coverage, "claim_outdated": session.claim_outdated or billed})
