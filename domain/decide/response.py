"""Does it work? Diary and answers."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

from domain import care, checks, plan
from domain import events as e
from domain import facts as f
from domain.besides import MedicationChange, RecalledWeek, Score, WearingOff
from domain.clinic_time import day_in_words
from domain.course import Course
from domain.decide.common import Asked, Decide, Decided, hold_of, subject_number
from domain.dose import faults_of_dose
from domain.history import DRUG_CLASSES
from domain.hold import REVIEW_WITHIN_DAYS, HoldReason
from domain.record import Refusal
from domain.response import (
    Against,
    Basis,
    ResponseAnswer,
    ResponseCheck,
    ResponseEvidence,
    Verdict,
    allowed_answers,
    goes_beyond_trial,
    reason_needed,
)
from domain.ways_on import as_insured_next

WEEK_DAYS = 7


def diary_entered(asked: Asked) -> Decided:
    fact = asked.fact_as(f.DiaryEntered)
    return e.DiaryEntered(first_on=fact.first_on, last_on=fact.last_on, days=fact.days)


def response_answered(asked: Asked) -> Decided:
    fact, evidence = asked.fact_as(f.Response), asked.course.evidence
    session = plan.open_check(asked.course)
    if asked.task is None or evidence is None or session is None:
        return Refusal(reason="no response check is open")
    if asked.course.evidence_is_stale:
        return Refusal(reason="diary days have just come in and are being counted; look at them and answer again")
    if (refused := _incomplete(asked, fact, evidence)) is not None:
        return refused
    check = ResponseCheck(
        session=session.number,
        answer=fact.answer,
        answered_on=asked.today,
        by=asked.by.user_id,
        coded_reason=_coded(asked.course, fact, evidence),
        reason=fact.reason or (f"attested: {fact.basis.replace('_', ' ')}" if fact.basis else None),
        ask_again_on=fact.ask_again_on,
        look_again_on=fact.look_again_on if fact.answer is ResponseAnswer.PAUSE else None,
        basis=fact.basis,
        evidence=evidence,
        next_dose=fact.dose,
        means=_what_it_means(asked.course, fact, evidence),
        beyond_trial=_goes_beyond_trial(asked.course, fact, evidence),
        agreed_by=fact.agreed_by,
    )
    if fact.answer is not ResponseAnswer.PAUSE or fact.look_again_on is None:
        return e.ResponseAnswered(check=check)
    paused = hold_of(asked, HoldReason.EPISODIC, review_on=fact.look_again_on, note=fact.reason)
    return e.ResponseAnswered(check=check, hold=paused)


def _what_it_means(course: Course, fact: f.Response, evidence: ResponseEvidence) -> str | None:
    """Return what the answer means for coverage by the rule of the payer of the next session, where one must agree."""
    insured = as_insured_next(course)
    policy = insured.policy if insured.needs_authorization else None
    return care.what_it_means(fact.answer, evidence=evidence, policy=policy)


def _goes_beyond_trial(course: Course, fact: f.Response, evidence: ResponseEvidence) -> bool:
    return goes_beyond_trial(
        fact.answer,
        session=evidence.session,
        evidence=evidence,
        checks=course.trial_checks,
        protocol=course.protocol,
        trial_session=course.trial_sessions,
        went_on_elsewhere=course.went_on_elsewhere,
    )


def _coded(course: Course, fact: f.Response, evidence: ResponseEvidence) -> Against | None:
    """Return the coded reason of an answer that the protocol does not recommend; in words alone it is `other`."""
    if course.edition < 2 or not reason_needed(fact.answer, evidence=evidence) or fact.basis is not None:
        return None
    return fact.coded_reason or "other"


def _incomplete(asked: Asked, fact: f.Response, evidence: ResponseEvidence) -> Refusal | None:
    """Return what is wrong with the answer or missing from it, or None."""
    course = asked.course
    trial = course.trial_sessions
    allowed = allowed_answers(
        evidence.session,
        evidence=evidence,
        checks=course.trial_checks,
        protocol=course.protocol,
        trial_session=trial,
        went_on_elsewhere=course.went_on_elsewhere,
    )
    if fact.answer not in allowed:
        return Refusal(reason=f"answer: expected {' or '.join(allowed)} after session {evidence.session}")
    if refused := _unattested(course, fact, evidence):
        return refused
    coded = fact.coded_reason not in {None, "other"}
    if reason_needed(fact.answer, evidence=evidence) and not fact.reason and not coded and fact.basis is None:
        return Refusal(
            reason=f"reason: {fact.answer} differs from the recommendation: {evidence.recommendation_reason}"
        )
    alone = fact.agreed_by in {None, asked.by.user_id}
    if alone and course.clinic.second_clinician and _goes_beyond_trial(course, fact, evidence):
        return Refusal(reason="agreed_by: beyond the last trial session this clinic asks for a second clinician")
    if fact.dose is not None and (faults := faults_of_dose(fact.dose, protocol=course.protocol)):
        return Refusal(reason="dose: " + "; ".join(faults))
    return _ask_again(course, fact, asked)


def _unattested(course: Course, fact: f.Response, evidence: ResponseEvidence) -> Refusal | None:
    """Return why nobody goes on in silence where the diary shows no response, or None.

    0.1 took a reason in words.
    """
    undetermined = evidence.verdict is Verdict.UNDETERMINED
    if fact.basis is not None and not (undetermined and fact.answer is ResponseAnswer.CONTINUE):
        return Refusal(reason="basis: a response is attested only where the verdict is undetermined, with continue")
    if course.edition >= 2 and undetermined and fact.answer is ResponseAnswer.CONTINUE and fact.basis is None:
        return Refusal(
            reason=f"basis: the verdict is undetermined; ask again, or attest the response: {', '.join(get_args(Basis))}"
        )
    return None


def _ask_again(course: Course, fact: f.Response, asked: Asked) -> Refusal | None:
    """Return why the check may not be asked again on that day: never past the day that keeps session and renewal.

    A pause gives that day up, and names another on which it is looked at.
    """
    if fact.answer is ResponseAnswer.PAUSE:
        last_day = asked.today + timedelta(days=REVIEW_WITHIN_DAYS)
        if fact.look_again_on is None or not asked.today < fact.look_again_on <= last_day:
            return Refusal(
                reason=f"look_again_on: expected a day after {day_in_words(asked.today)}, {day_in_words(last_day)} at the latest"
            )
        return None
    if fact.answer is not ResponseAnswer.ASK_AGAIN:
        return None
    last_day, why = plan.last_day_to_ask_again(course)
    if asked.today >= last_day:
        return Refusal(reason=f"ask_again_on: no day is left; {day_in_words(last_day)} was the last: {why}")
    if fact.ask_again_on is None or not asked.today < fact.ask_again_on <= last_day:
        after, latest = day_in_words(asked.today), day_in_words(last_day)
        return Refusal(reason=f"ask_again_on: expected a day after {after}, {latest} at the latest: {why}")
    return None


def diary_recalled(asked: Asked) -> Decided:
    fact = asked.fact_as(f.DiaryRecall)
    if fact.week_from + timedelta(days=WEEK_DAYS) > asked.today:
        return Refusal(reason="week_from: expected the first day of a week that is over")
    if fact.migraine_days > fact.headache_days:
        return Refusal(reason="migraine_days: expected at most headache_days")
    week = RecalledWeek(
        first_on=fact.week_from,
        headache_days=fact.headache_days,
        migraine_days=fact.migraine_days,
        severity=fact.severity,
        told_on=asked.today,
    )
    return e.WeekRecalled(week=week)


def diary_gaps_asked(asked: Asked) -> Decided:
    if checks.gaps_to_ask(asked.course) is None:
        return Refusal(reason="no diary days are asked for now")
    return e.DiaryGapsAsked(result=asked.fact_as(f.DiaryGapsAsked).result)


def wearing_off_told(asked: Asked) -> Decided:
    fact, session = asked.fact_as(f.WearingOffTold), asked.course.last_session
    if session is None:
        return Refusal(reason="no session has been given, so no effect can wear off")
    number = max((one.number for one in asked.course.besides.wearing_off), default=0) + 1  # one may be undone
    told = WearingOff(number=number, session=session.number, week=fact.week, told_on=asked.today, note=fact.note)
    return e.WearingOffRecorded(wearing_off=told)


def wearing_off_answered(asked: Asked) -> Decided:
    fact, known = asked.fact_as(f.WearingOffAnswer), care.bridges_of(asked.course.protocol)
    wanted = subject_number(asked.task)
    open_ones = [one for one in care.wearing_off_to_answer(asked.course) if wanted in {None, one.number}]
    if not open_ones:
        return Refusal(reason="no wearing-off waits for an answer")
    if fact.bridge not in known:
        return Refusal(reason=f"bridge: unknown {fact.bridge}; expected {', '.join(known)}")
    return e.WearingOffAnswered(number_told=open_ones[0].number, bridge=fact.bridge, for_next_dose=fact.for_next_dose)


def medication_changed(asked: Asked) -> Decided:
    fact = asked.fact_as(f.MedicationChanged)
    if fact.drug_class not in DRUG_CLASSES:
        return Refusal(reason=f"drug_class: expected one of {', '.join(DRUG_CLASSES)}")
    on = fact.on or asked.today
    if on > asked.today:
        return Refusal(reason="on: expected a day that has come")
    told = fact.model_dump(exclude={"kind", "on"})
    return e.MedicationChanged(change=MedicationChange(on=on, **told))


def score_recorded(asked: Asked) -> Decided:
    fact, known = asked.fact_as(f.ScoreRecorded), care.scores_of(asked.course.protocol)
    rule, on = known.get(fact.instrument), fact.on or asked.today
    if rule is None:
        return Refusal(reason=f"instrument: unknown {fact.instrument}; expected {', '.join(known) or 'none'}")
    if not rule.least <= fact.value <= rule.most:
        return Refusal(reason=f"value: expected {rule.least} to {rule.most} for {rule.title}")
    if on > asked.today:
        return Refusal(reason="on: expected a day that has come")
    return e.ScoreRecorded(score=Score(instrument=fact.instrument, value=fact.value, on=on))


def taper_answered(asked: Asked) -> Decided:
    fact, check = asked.fact_as(f.TaperAnswer), care.taper_to_ask(asked.course)
    if check is None:
        return Refusal(reason="nobody asks about other preventives now")
    return e.TaperAnswered(session=check.session, answer=fact.answer, note=fact.note)


def letter_written(asked: Asked) -> Decided:
    check = checks.letter_wanted(asked.course)
    if check is None:
        return Refusal(reason="no payer waits for a letter")
    return e.LetterWritten(session=check.session, note=asked.fact_as(f.LetterWritten).note)


DECISIONS: dict[str, Decide] = {
    "response": response_answered,
    "diary-entered": diary_entered,
    "diary-recall": diary_recalled,
    "diary-gaps-asked": diary_gaps_asked,
    "wearing-off": wearing_off_told,
    "wearing-off-answered": wearing_off_answered,
    "medication-changed": medication_changed,
    "score-recorded": score_recorded,
    "taper-answered": taper_answered,
    "letter-written": letter_written,
}
