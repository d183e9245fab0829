"""What follows a payer's no or not yet: the step chosen, what is waited for, who pays meanwhile."""

from __future__ import annotations

from datetime import date, timedelta

from domain import asking_payer, requests
from domain import events as e
from domain import facts as f
from domain.clinic_time import day_in_words
from domain.course import Course
from domain.coverage import ClinicsRisk, Coverage, agreed_sessions_left
from domain.decide.common import Asked, Decide, Decided, no_clinician
from domain.denial import Denial, DenialStep, steps_left
from domain.eligibility import NotYet, assess_for_payer, payer_not_yet
from domain.endings import MAY_END, outcome_of_stopping
from domain.history import DRUG_CLASSES, ClinicalHistory, EarlierTreatment, TrialOutcome
from domain.record import Refusal
from domain.ways_on import agreement_to_confirm, as_insured_next, last_denial, open_denial, steps_for

MAY_BE_CHOSEN_ANEW = frozenset({DenialStep.WAIT, DenialStep.SELF_PAY})
"""Steps beside which another may be taken: waiting can be given up, and an appeal runs while the patient pays."""


def denial_step_chosen(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.DenialStepChosen), asked.course
    denial = open_denial(course) or _chosen_anew(course)
    if denial is None:
        return Refusal(reason="no denial waits for what follows")
    refused = _not_to_be_had(course, denial, fact, asked.today) or _not_theirs(asked, fact)
    if refused is not None:
        return refused
    makes_request = fact.step in {DenialStep.SEND_ANEW, DenialStep.PEER_TO_PEER, DenialStep.APPEAL}
    if makes_request and (nobody := asking_payer.asks_nobody(course, asked.today)) is not None:
        return Refusal(reason=f"step: {nobody}")
    return e.NextStepChosen(
        denial=denial.number,
        step=fact.step,
        request=requests.request_after(course, denial, fact.step, asked.today) if makes_request else None,
        not_yet=_waited_for(course, fact, asked.today) if fact.step is DenialStep.WAIT else None,
        coverage=_another_way(course, fact),
        note=fact.note,
    )


def _chosen_anew(course: Course) -> Denial | None:
    """Return the denial after which something was chosen beside which another step may be taken."""
    denial = last_denial(course)
    if denial is None or not as_insured_next(course).needs_authorization or course.open_request is not None:
        return None
    return denial if denial.step in MAY_BE_CHOSEN_ANEW else None


def _not_to_be_had(course: Course, denial: Denial, fact: f.DenialStepChosen, today: date) -> Refusal | None:
    """Return why the step cannot be taken, or None."""
    left = {one.step for one in steps_left(denial, today=today)}
    if fact.step not in left:
        last_on = denial.last_day_of(fact.step)
        why = "there is none after this denial" if last_on is None else f"its last day was {day_in_words(last_on)}"
        return Refusal(reason=f"step: {why}; expected {' or '.join(sorted(left))}")
    if fact.step is DenialStep.SELF_PAY and _paid_sessions_left(course) <= 0:
        return Refusal(reason="step: the patient has not agreed in writing to pay a session: tell self-pay-agreed")
    if fact.step is DenialStep.STOP and not fact.note:
        return Refusal(reason="note: to stop needs its reason")
    if fact.step is not DenialStep.SEND_ANEW and (fact.drug_source or fact.place_of_service):
        return Refusal(reason="drug_source, place_of_service: only a new request asks for another source or place")
    if fact.until_on is not None and (fact.step is not DenialStep.WAIT or fact.until_on <= today):
        return Refusal(reason=f"until_on: with wait, expected a day after {day_in_words(today)}")
    return None


def _not_theirs(asked: Asked, fact: f.DenialStepChosen) -> Refusal | None:
    """Return why this person may not take the step: who may not end the course does not stop it, and only they do."""
    role = asked.by.role
    if fact.step in steps_for(role, asked.course):
        return None
    if fact.step is not DenialStep.STOP:
        return Refusal(reason=f"step: {fact.step} is for operations or billing; your role is {role}")
    who = " or ".join(sorted(MAY_END[outcome_of_stopping(asked.course)]))
    return Refusal(reason=f"step: to stop is for {who}; your role is {role}")


def _paid_sessions_left(course: Course) -> int:
    agreement = as_insured_next(course).coverage.self_pay
    return 0 if agreement is None else agreed_sessions_left(agreement, course.sessions)


def _waited_for(course: Course, fact: f.DenialStepChosen, today: date) -> NotYet:
    """Return until when what is missing is waited for: as told, as its own trial takes, or until it is asked about."""
    missing = () if course.payer_verdict is None else course.payer_verdict.missing
    if fact.until_on is not None:
        return NotYet(ask_on=fact.until_on, missing=missing)
    found = payer_not_yet(course.history, verdict=course.payer_verdict, policy=course.policy, today=today)
    if found is not None and found.ask_on > today:
        return found
    return NotYet(ask_on=_look_again_on(course, today), missing=missing)


def _look_again_on(course: Course, today: date) -> date:
    """Return when somebody asks again where nothing says how long it takes: the policy's days, at least tomorrow."""
    rule = None if course.policy is None else course.policy.initial.look_again_days
    return today + timedelta(days=max(1, course.clinic.task_repeat_days if rule is None else rule.value))


def _another_way(course: Course, fact: f.DenialStepChosen) -> Coverage | None:
    """Return the coverage with the drug source or place that the payer wants, where the new request asks for it."""
    changes = {"drug_source": fact.drug_source, "place_of_service": fact.place_of_service}
    told = {name: value for name, value in changes.items() if value is not None}
    return as_insured_next(course).coverage.model_copy(update=told) if told else None


def payer_asked_anyway(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.AskPayer), asked.course
    again = asking_payer.falls_short(course, asked.today) is not None
    if course.open_request is not None or (course.not_yet is None and not again):
        return Refusal(reason="the payer is not held back: nothing that it misses is waited for, nothing falls short")
    if fact.letter_by is None and not again:
        return Refusal(reason="letter_by: an exception needs a clinician's letter")
    if (refused := no_clinician(asked, "letter_by", fact.letter_by)) is not None:
        return refused
    if (nobody := asking_payer.asks_nobody(course, asked.today)) is not None:
        return Refusal(reason=nobody)
    denial, request = last_denial(course), requests.next_request(course, asked.today)
    if denial is not None and not again:
        request = request.model_copy(update={"of_request": denial.number})
    return e.PayerAskedAnyway(request=request, reason=fact.reason, letter_by=fact.letter_by)


def trial_told(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.TrialTold), asked.course
    if fact.drug is None and fact.diary_days is None and fact.ask_again_on is None:
        return Refusal(reason="drug, diary_days or ask_again_on: expected what there is to tell")
    if fact.ask_again_on is not None and fact.ask_again_on <= asked.today:
        return Refusal(reason=f"ask_again_on: expected a day after {day_in_words(asked.today)}")
    history = _with_trial(course.history, fact, asked.today)
    if isinstance(history, Refusal):
        return history
    if fact.diary_days is not None:
        history = history.model_copy(update={"diary_days": fact.diary_days})
    return e.TrialTold(
        history=history,
        payer_verdict=assess_for_payer(history, policy=course.policy, today=asked.today),
        not_yet=None if course.not_yet is None else _still_not_yet(course, history, fact, asked.today),
        note=fact.note,
    )


def _with_trial(history: ClinicalHistory, fact: f.TrialTold, today: date) -> ClinicalHistory | Refusal:
    """Return the history with what was told of one treatment, or what is missing of it."""
    if fact.drug is None:
        return history
    name = fact.drug.strip().casefold()
    known = next((one for one in history.treatments if one.drug.strip().casefold() == name), None)
    if fact.outcome is None:
        return Refusal(reason=f"outcome: expected {', '.join(TrialOutcome)}")
    if known is None and fact.drug_class not in DRUG_CLASSES:
        return Refusal(reason=f"drug_class: a drug that is not on record needs its class: {', '.join(DRUG_CLASSES)}")
    began = known or EarlierTreatment(
        drug=fact.drug.strip(), drug_class=fact.drug_class or "", preventive=True, outcome=fact.outcome
    )
    told = _told_of(began, history, fact, today)
    if known is None:
        return history.model_copy(update={"treatments": (*history.treatments, told)})
    return history.model_copy(update={"treatments": tuple(told if one == known else one for one in history.treatments)})


def _told_of(began: EarlierTreatment, history: ClinicalHistory, fact: f.TrialTold, today: date) -> EarlierTreatment:
    """Return the treatment as it is now: a running trial by its first day, one that is over by its length."""
    since = began.started_on
    if fact.days is not None:
        since = today - timedelta(days=fact.days)
    elif since is None and began.outcome is TrialOutcome.ONGOING:
        since = (history.taken_on or today) - timedelta(days=began.days or 0)
    runs = fact.outcome is TrialOutcome.ONGOING
    lasted = fact.days if fact.days is not None else began.days if since is None else (today - since).days
    changes = {"outcome": fact.outcome, "started_on": (since or today) if runs else None, "days": lasted}
    return began.model_copy(update=changes | {"dose_mg": fact.dose_mg or began.dose_mg})


def _still_not_yet(course: Course, history: ClinicalHistory, fact: f.TrialTold, today: date) -> NotYet | None:
    """Return when to ask again, or None where the payer can be asked now."""
    verdict = assess_for_payer(history, policy=course.policy, today=today)
    missing = () if verdict is None else verdict.missing
    if fact.ask_again_on is not None:
        return NotYet(ask_on=fact.ask_again_on, missing=missing)
    found = payer_not_yet(history, verdict=verdict, policy=course.policy, today=today)
    if found is None and fact.outcome is not TrialOutcome.ONGOING:
        return None
    if found is not None and found.ask_on > today:
        return found
    return NotYet(ask_on=_look_again_on(course, today), missing=missing)


def self_pay_confirmed(asked: Asked) -> Decided:
    fact = asked.fact_as(f.SelfPayConfirmed)
    if not agreement_to_confirm(asked.course):
        return Refusal(reason="no agreement of an insured patient waits to be confirmed")
    return e.SelfPayConfirmed(may_be_charged=fact.may_be_charged, reason=fact.reason)


def more_time_granted(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.MoreTimeGranted), asked.course
    denial, request = last_denial(course), course.open_request
    if denial is None or (request is not None and request.of_request != denial.number):
        return Refusal(reason="no denial stands under a last day")
    if request is None and open_denial(course) is None and _chosen_anew(course) is None:
        return Refusal(reason="no denial stands under a last day")
    before = denial.last_day_of(fact.step)
    if fact.last_on < asked.today or (before is not None and fact.last_on <= before):
        return Refusal(
            reason=f"last_on: expected a day after {day_in_words(before or asked.today)}: only more time is granted"
        )
    return e.MoreTimeGranted(denial=denial.number, step=fact.step, last_on=fact.last_on, reference=fact.reference)


def risk_taken(asked: Asked) -> Decided:
    fact, course = asked.fact_as(f.AtClinicsRisk), asked.course
    session = fact.session or course.next_session
    if session < course.next_session:
        return Refusal(reason=f"session: session {session} has been given; the next one is {course.next_session}")
    if any(risk.session == session for risk in course.clinics_risks):
        return Refusal(reason=f"session: the risk of session {session} is taken already")
    risk = ClinicsRisk(session=session, by=asked.by.user_id, on=asked.today, reason=fact.reason)
    return e.RiskTaken(risk=risk)


DECISIONS: dict[str, Decide] = {
    "denial-step": denial_step_chosen,
    "ask-payer": payer_asked_anyway,
    "trial-told": trial_told,
    "self-pay-confirmed": self_pay_confirmed,
    "more-time-granted": more_time_granted,
    "at-clinics-risk": risk_taken,
}
