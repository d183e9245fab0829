"""People who answer at random: mostly sensibly, sometimes in the wrong role, too early, too late, or about another task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Literal

from domain import facts as f
from domain.changes import after
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import ApprovalAnswer, AuthorizationRequest, Coverage, CoverageKind, Per
from domain.decide import ABOUT_A_TASK, decide
from domain.decide.claims import ANSWERS as DENIAL_ANSWERS
from domain.denial import DenialCode, DenialStep
from domain.denial_reasons import Questions, code_of
from domain.dose import VialOpened
from domain.endings import END_REASONS
from domain.events import CourseStarted
from domain.facts import Request
from domain.history import CountSource, EarlierDose, TrialOutcome
from domain.hold import HoldReason, LapseAnswer
from domain.payer import Counts, DrugSource
from domain.people import Actor
from domain.plan import dose_of
from domain.record import Refusal
from domain.response import ResponseAnswer, Verdict
from domain.rights import may
from domain.session import NotGivenReason, Whose
from domain.waits import KINDS, Wait, WaitKind, Way
from tests.domain.builders import a_clinic, a_dose, a_history, counts, the_policy, with_value
from tests.kit.answers import USUAL, People, Situation, approved, denied, given, looked_at, tried
from tests.kit.beginnings import a_beginning, insured, medicare, self_pay
from tests.kit.diaries import Diary, a_diary, no_diary
from tests.kit.examples import FACTS
from tests.kit.people import AMY, BEN, DELIVERY, DR_LEE, EVERYBODY, NINA

ONE_DAY = timedelta(days=1)
PREGNANT_AT_SESSION = 3
"""Where somebody is turned away before this session, it is for a pregnancy."""
SELDOM, SELDOM_SHARE = {"hold", "pregnancy"}, 0.3
"""What would leave too few courses that come far, if it were told as often as all else."""


def a_patient_at_random(chance: Random, today: date) -> tuple[CourseStarted, Diary]:
    """Return how a course begins, eligible or not, insured or not, and what its patient's diary will say."""
    coverage: Coverage = chance.choice(
        [insured(), insured("washington-labor"), medicare(today), self_pay(today, sessions=2)]
    )
    days = chance.choice([20, 20, 20, 14])
    history = a_history(
        taken_on=today,
        counts=counts(headache_days=days, migraine_days=9, stated_on=today - timedelta(days=1)),
        diary_days=90,
    )
    if chance.random() < 0.15:
        doses = [
            EarlierDose(given_on=today - timedelta(days=ago), units=155, source=CountSource.EARLIER_RECORD)
            for ago in chance.choice([(150, 60), (60,), (400, 150, 66)])
        ]
        history = history.model_copy(update={"earlier_doses": tuple(doses)})
    if chance.random() < 0.15:
        birthday = today + timedelta(days=chance.choice([0, 20, 130, 400]))
        history = history.model_copy(update={"age_years": 17, "comes_of_age_on": birthday})
    policy = None
    if coverage.payer_id is not None:
        policy = with_value(the_policy(coverage.payer_id), "timing.interval_days_min", chance.choice([0, 84, 90]))
        policy = with_value(policy, "grant.window_days", chance.choice([180, 180, 90, 30]))
    diary = chance.choice([a_diary(after=(8,)), a_diary(after=(19, 18, 8)), a_diary(after=(20,)), no_diary])
    return a_beginning(today, policy=policy, coverage=coverage, history=history), diary


@dataclass(frozen=True)
class Asking:
    """A request that somebody makes at random."""

    by: Actor
    fact: Any
    task: str | None
    deviation: str | None = None  # why it is told against a rule


def somebody_asks(chance: Random, course: Course, now: datetime, *, may_end: bool = True) -> Asking:
    """Return what somebody asks next: an answer to an open task, mostly; or anything at all.

    Mostly it is something that the course takes now, so that courses come far. Unless it `may_end`, it ends no course.
    """
    wants_taken = chance.random() < 0.6
    for _ in range(TRIES):
        asking = _asks(chance, course, now)
        becomes = _becomes(course, asking, now)
        if becomes is None and wants_taken:
            continue
        if becomes is None or may_end or _still_open(becomes):
            return asking
    return Asking(chance.choice(EVERYBODY), FACTS["adverse-event"], None)


TRIES = 12


def somebody_ends_it(chance: Random, course: Course, now: datetime) -> Asking | None:
    """Return a request that ends the course, of any kind that does so now."""
    for kind in chance.sample(sorted(FACTS), len(FACTS)):
        asking = Asking(_who_may(chance, kind), _anything(chance, kind, now), None)
        becomes = _becomes(course, asking, now)
        if becomes is not None and course.is_open and not _still_open(becomes):
            return asking
    return None


def _becomes(course: Course, asking: Asking, now: datetime) -> Course | None:
    """Return the course after this request, or None where it is refused."""
    asked = Request(request_id="asked", by=asking.by, fact=asking.fact, task=asking.task, deviation=asking.deviation)
    event = decide(course, asked, now=now)
    if isinstance(event, Refusal):
        return None
    stamp = {"number": course.number + 1, "at": now, "on": clinic_day(now, course.clinic.zone)}
    return after(course, event.model_copy(update=stamp))


def _still_open(course: Course) -> bool:
    return course.is_open and course.ending_due is None


def _asks(chance: Random, course: Course, now: datetime) -> Asking:
    tasks = [wait for wait in course.waits if wait.is_task]
    if _was_stopped_today(course, now) and chance.random() < 0.3:
        rest = chance.choice([{}, {"occipitalis": 6}])
        return Asking(chance.choice([AMY, DR_LEE]), f.SessionCompleted(sites=rest, note="well again"), None)
    if tasks and chance.random() < 0.8:
        task = chance.choice(tasks)
        answer = people_at_random(chance).answer(course, task, now) or _an_example(chance, task, now)
        if answer is not None:
            by, fact = answer
            return Asking(_perhaps_another(chance, by), fact, task.id if chance.random() < 0.8 else None)
    if chance.random() < 0.05:
        return _told_against_a_rule(chance, now)
    if (told := _of_what_is_there(chance, course, now)) is not None:
        return told
    at_hand = {kind for task in tasks for kind in KINDS[task.kind].answered_by}
    left_out = at_hand | (set() if chance.random() < SELDOM_SHARE else SELDOM)
    kind = chance.choice(sorted(FACTS.keys() - left_out if chance.random() < 0.8 else FACTS))
    about = [wait.id for wait in tasks or course.waits] + ["readiness:session-9"]
    by = _who_may(chance, kind) if chance.random() < 0.7 else chance.choice(EVERYBODY)
    named = chance.random() < (0.9 if kind in ABOUT_A_TASK else 0.3)
    deviation = "it has happened" if chance.random() < 0.2 else None
    return Asking(by, _anything(chance, kind, now), chance.choice(about) if named else None, deviation)


def _of_what_is_there(chance: Random, course: Course, now: datetime) -> Asking | None:
    """Return now and then what only a course that has come so far can be told."""
    if course.sessions and chance.random() < 0.04:
        return _corrects(chance, course)
    if any(_is_unanswered(request) for request in course.requests) and chance.random() < 0.3:
        return Asking(chance.choice([AMY, BEN]), _anything(chance, "transition-answered", now), None)
    if course.appointment is not None and course.earlier is None and chance.random() < 0.1:
        return Asking(chance.choice([AMY, NINA]), f.EarlierWanted(), None)
    told = _a_claim_tells(chance, course, now)
    return told if chance.random() < 0.1 else None


def _is_unanswered(request: AuthorizationRequest) -> bool:
    return request.submitted_on is not None and request.transition is not None and request.transition.granted is None


def _was_stopped_today(course: Course, now: datetime) -> bool:
    last = course.last_session
    return last is not None and last.in_part and last.given_on == clinic_day(now, course.clinic.zone)


def _an_example(chance: Random, task: Wait, now: datetime) -> tuple[Actor, Any] | None:
    """Return an answer to a kind of task for which nobody here knows what people usually say."""
    kinds = KINDS[task.kind].answered_by
    if not kinds:
        return None
    kind = chance.choice(kinds)
    return _who_may(chance, kind), _anything(chance, kind, now)


def _who_may(chance: Random, kind: str) -> Actor:
    return chance.choice([actor for actor in (*EVERYBODY, DELIVERY) if may(actor, kind) is None] or [AMY])


def _a_claim_tells(chance: Random, course: Course, now: datetime) -> Asking | None:
    """Return what the payer said about a claim that stands: denied for some reason, paid after all, and so on."""
    billed = [one for one in course.sessions if one.last_claim_id and not one.last_claim_id.endswith("/invoice")]
    if not billed:
        return None
    session = chance.choice(billed)
    assert session.last_claim_id is not None
    codes = chance.choice([("CO-50",), ("CO-197",), ("CO-27",), ("CO-16",), ("CO-45", "PR-1")])
    known = {"50": Questions.NECESSITY, "197": Questions.AUTHORIZATION, "27": Questions.COVERAGE}
    questions = tuple(known[code_of(code)] for code in codes if code_of(code) in known)
    told = f.ClaimTold(
        session=session.number,
        claim_id=session.last_claim_id,
        what=chance.choice(["denied", "denied", "denied", "paid", "reopened", "taken_back"]),
        on=(now - timedelta(days=chance.choice([1, 1, 150]))).date(),
        reason_codes=codes,
        questions=questions,
        records_by=chance.choice([None, (now + timedelta(days=45)).date()]),
    )
    return Asking(DELIVERY, told, None)


OFTEN = 0.5


def _corrects(chance: Random, course: Course) -> Asking:
    """Return a correction of a session: its day, its lot, its dose, who injected; or it never was. Or of something else."""
    if (other := _of_another_kind(course)) and chance.random() < OFTEN:
        return Asking(chance.choice([DR_LEE, BEN, AMY]), chance.choice(other), None)
    session = chance.choice(course.sessions)
    values = chance.choice(
        [
            f.SessionValues(given_on=session.given_on + timedelta(days=chance.randint(-40, 10))),
            f.SessionValues(vials=(VialOpened(size_units=200, lot="C3", expires_on=session.given_on + 90 * ONE_DAY),)),
            f.SessionValues(dose=a_dose(chance.choice([60, 155, 175]))),
            f.SessionValues(injector=chance.choice(["dr.lee", "dr.khan"]), trial=chance.choice([None, True, False])),
            f.SessionValues(entered_in_error=True),
        ]
    )
    fact = f.Correction(
        event=course.number,
        subject=session.number,
        recorded_by=session.recorded_by,
        recorded_on=session.given_on,
        values=values,
        reason="typed wrong",
    )
    return Asking(chance.choice([DR_LEE, NINA, AMY]), fact, None, chance.choice([None, "so it was"]))


def _of_another_kind(course: Course) -> list[f.Correction]:
    """Return what else was told of this course and can be undone: calls, decisions, answers, doses elsewhere, drugs."""
    before, check, agreement = course.number, course.checks[-1:], course.coverage.self_pay
    undone: list[tuple[Any, int, int | None]] = [
        (f.SafetyCallValues(entered_in_error=True), before, one.number)
        for one in course.sessions
        if one.watch_ended is not None
    ]
    undone += [
        (f.AuthorizationValues(entered_in_error=True), before, one.number)
        for one in course.requests
        if one.decision is not None
    ]
    undone += [
        (f.AuthorizationValues(letter_on=one.letter_on - 2 * ONE_DAY), before, one.number)
        for one in course.denials
        if not one.contested
    ]
    undone += [
        (f.DoseElsewhereValues(given_on=dose.given_on - 20 * ONE_DAY), dose.told_in, None)
        for dose in course.history.earlier_doses
        if dose.told_in is not None
    ]
    undone += [
        (f.MedicationValues(entered_in_error=True), one.told_in, None)
        for one in course.besides.medications
        if one.told_in is not None
    ]
    undone += [
        (f.CoverageChangedValues(entered_in_error=True), period.told_in, None)
        for period in course.coverages_before[-1:]
        if period.told_in is not None
    ]
    undone += [
        (f.WithdrawalValues(entered_in_error=True), one.stopped_in, one.request)
        for one in course.authorizations
        if one.stopped_in is not None
    ]
    if agreement is not None and agreement.told_in is not None:
        undone.append((f.SelfPayValues(amount_cents=150_000), agreement.told_in, None))
    undone += [(f.ResponseValues(entered_in_error=True), before, one.session) for one in check]
    return [
        f.Correction(
            event=event,
            subject=subject,
            recorded_by=check[0].by if check else "amy.ops",
            recorded_on=check[0].answered_on if check else course.started_on,
            values=values,
            reason="typed wrong",
        )
        for values, event, subject in undone
    ]


def _told_against_a_rule(chance: Random, now: datetime) -> Asking:
    """Return a session that nobody cleared, of today or some days ago, told by somebody."""
    at = now - timedelta(days=chance.choice([0, 0, 1, 30]), hours=chance.randint(0, 5))
    vials = (VialOpened(size_units=200, lot="C2", expires_on=at.date() + timedelta(days=chance.choice([-1, 90]))),)
    fact = f.SessionResult(vials=vials, given_at=at, injector=chance.choice(["dr.lee", "dr.khan"]))
    return Asking(chance.choice([DR_LEE, NINA, AMY]), fact, None, "it has happened")


def _perhaps_another(chance: Random, by: Actor) -> Actor:
    return chance.choice(EVERYBODY) if chance.random() < 0.08 else by


def _anything(chance: Random, kind: str, now: datetime) -> Any:
    """Return a fact of this kind with times around now."""
    at = now + timedelta(days=chance.randint(-3, 150), hours=chance.randint(0, 23))
    changes: dict[str, dict[str, Any]] = {
        "book": {"starts_at": at},
        "move": {"starts_at": at},
        "hold": {"until": at.date(), "reason": chance.choice([None, *HoldReason])},
        "end": _an_end(chance),
        "death": {"died_on": chance.choice([None, at.date()])},
        "contact-attempt": {"how": chance.choice(list(Way)), "reached": chance.random() < 0.2},
        "attempt": {"how": chance.choice([None, *Way])},
        "resume": {"patient_informed": chance.random() < 0.5},
        "cancel": {"not_before": at.date(), "whose": chance.choice([None, *Whose])},
        "clinic-changed": {"clinic": a_clinic(holidays=tuple(at.date() + timedelta(days=n) for n in range(3)))},
        "earlier-wanted": {"until_on": chance.choice([None, None, at.date()]), "wanted": chance.random() < 0.9},
        "earlier-answered": {"takes": chance.random() < 0.5},
        "deadline": {"due_on": at.date()},
        "payer-chased": {"again_on": at.date()},
        "adverse-event": {
            "red_flags": chance.choice([(), (), ("swallowing",), ("hiccups",)]),
            "effect": chance.choice([None, "ptosis", "ptosis", "neck_pain", "hiccups"]),
            "onset_on": chance.choice([None, at.date()]),
            "session": chance.choice([None, None, 1, 9]),
            "serious": chance.random() < 0.2,
            "channel": chance.choice(["phone", "visit", "message"]),
        },
        "adverse-event-reviewed": {
            "adverse_event": chance.choice([None, 1, 2]),
            "red_flags": chance.choice([(), (), ("double_vision",), ("hiccups",)]),
            "report": chance.choice([None, True, False]),
            "again_on": chance.choice([None, at.date()]),
        },
        "adverse-event-ended": {"adverse_event": chance.choice([None, 1, 2])},
        "dose-elsewhere": {
            "given_on": at.date() - timedelta(days=chance.choice([0, 90])),
            "source": chance.choice([*CountSource]),
        },
        "diary-recall": {"week_from": at.date(), "headache_days": chance.randint(0, 7)},
        "wearing-off": {"week": chance.choice([8, 10, 40])},
        "medication-changed": {"on": chance.choice([None, at.date()]), "drug_class": chance.choice(["cgrp", "luck"])},
        "score-recorded": {"value": chance.choice([20, 50, 66, 300]), "instrument": chance.choice(["hit_6", "midas"])},
        "wearing-off-answered": {"bridge": chance.choice(["none", "nerve_block", "prayer"])},
        "sites-reviewed": {"adverse_event": chance.choice([None, 1, 2])},
        "authorization-amended": {
            "number": chance.choice([None, f"T-{at:%j%H}"]),
            "until_on": chance.choice([None, at.date()]),
            "sessions": chance.choice([None, 1, 3]),
            "units": chance.choice([None, 155, 600]),
        },
        "authorization-withdrawn": {"from_on": at.date(), "request": chance.choice([None, 1, 2])},
        "coverage-changed": _another_coverage(chance, at.date()),
        "not-given": {"reason": chance.choice(list(NotGivenReason))} | _a_loss(chance, at.date()),
        "transition-answered": {
            "granted": chance.random() < 0.7,
            "until_on": chance.choice([None, at.date()]),
            "number": chance.choice([None, f"T-{at:%j%H}"]),
        },
        "red-flag-reviewed": {"lift": chance.random() < 0.7, "adverse_event": chance.choice([None, 1, 2])},
        "record-signed": {"session": chance.choice([None, 1, 2, 9])},
        "safety-call": {"session": chance.choice([None, 1, 2, 9])},
        "dose-planned": {"extra_sites": chance.choice([{}, {"temporalis": 2}, {"temporalis": 2, "trapezius": 4}])},
        "session-completed": {"sites": chance.choice([{}, {"trapezius": 2}])},
        "denial-step": {"step": chance.choice(list(DenialStep))},
        "self-pay-agreed": {
            "signed_on": now.date() - ONE_DAY,
            "sessions": chance.randint(1, 3),
            "form": chance.choice([None, "advance notice"]),
        },
        "trial-told": {"outcome": chance.choice(list(TrialOutcome)), "days": chance.choice([None, 20, 90])},
        "more-time-granted": {
            "last_on": at.date(),
            "step": chance.choice([DenialStep.PEER_TO_PEER, DenialStep.APPEAL]),
        },
        "at-clinics-risk": {"session": chance.choice([None, None, 2, 5])},
        "session-given": {"vials": (VialOpened(size_units=200, lot="C1", expires_on=at.date()),)},
    }
    return FACTS[kind].model_copy(update=changes.get(kind, {}))


def _a_loss(chance: Random, expires_on: date) -> dict[str, Any]:
    lost = (VialOpened(size_units=200, lot="C1", expires_on=expires_on),)
    return chance.choice([{}, {}, {"lost_vials": lost}, {"lost_vials": lost, "lost_because": "fever"}])


def _an_end(chance: Random) -> dict[str, Any]:
    outcome = chance.choice([*END_REASONS])
    return {"outcome": outcome.value, "reason": chance.choice([*END_REASONS[outcome], "no_such_reason"])}


def people_at_random(chance: Random) -> People:
    """Return people each of whom answers once in one of the ways that happen."""
    ways: dict[WaitKind, list[Any]] = {
        WaitKind.ELIGIBILITY: [_go_on, _go_on, _decline],
        WaitKind.PAYER_ANSWER: [
            *[approved, approved, approved, _few_units, _short_window, _once, denied],
            *[_by_telephone, _other_terms, _for_each_session, _for_days_that_are_over],
            *[_denied(chance)],
        ],
        WaitKind.DENIAL: [_step(chance), _step(chance), _step(chance), _pays, _pays],
        WaitKind.TRIAL: [tried, tried, _still_tried, _asks_anyway],
        WaitKind.CONFIRM_SELF_PAY: [_charge(may=True), _charge(may=True), _charge(may=False)],
        WaitKind.APPROVAL_DIFFERS: [_accept, _accept, _contest],
        WaitKind.AUTHORIZATION_NUMBER: [_number],
        WaitKind.UNPAID_UNITS: [_write_off, _amend_units],
        WaitKind.EARLIER_TIME: [_takes(yes=True), _takes(yes=False), _takes(yes=False)],
        WaitKind.READINESS: [_drug(there=True), _drug(there=True), _drug(there=False)],
        WaitKind.BOOKING: [_book],
        WaitKind.MISSED_VISITS: [_goes_on, _goes_on, _goes_on, _ends],
        WaitKind.CLEARANCE: [_clear, _clear, _clear, _turn_away, _override, _no_show, _nobody],
        WaitKind.SESSION_RESULT: [given, given, _by_operations, _not_given, _in_part],
        WaitKind.RESULT_MISSING: [USUAL[WaitKind.RESULT_MISSING], _not_given],
        WaitKind.SIGNATURE: [_sign],
        WaitKind.SAFETY_CALL: [_reached, _reached, _refused, _swallowing],
        WaitKind.RED_FLAG: [_lift, _keep],
        WaitKind.PAYMENT: [USUAL[WaitKind.PAYMENT], _instalment(chance), _instalment(chance), _written_off],
        WaitKind.CLAIM_HELD: [_modifier("52"), _modifier("53"), _modifier("none"), _modifier(None)],
        WaitKind.CLAIM_DENIED: [_denial(chance)],
        WaitKind.CLAIM_APPEAL: [_appeal("won"), _appeal("lost"), _appeal("lost")],
        WaitKind.EFFECT_REVIEW: [looked_at, looked_at, _double_vision],
        WaitKind.RESPONSE_CHECK: [_answer(chance)],
        WaitKind.LAPSES_IN_HOLD: [_lapse(chance)],
        WaitKind.HOLD_REVIEW: [_resume, _resume, _resume, _prolong(chance), _ended(chance)],
        WaitKind.HOLD_DECISION: [_resume, _resume, _prolong(chance), _prolong(chance), _ended(chance)],
        WaitKind.DEATH_REVIEW: [USUAL[WaitKind.DEATH_REVIEW]],
        WaitKind.HAND_OVER: [USUAL[WaitKind.HAND_OVER]],
    }
    return People({kind: chance.choice(many) for kind, many in ways.items()})


def _go_on(_: Situation) -> tuple[Actor, Any]:
    return DR_LEE, f.EligibilityDecision(decision="go_on", reason="disabling", patient_informed=True)


def _decline(_: Situation) -> tuple[Actor, Any]:
    return NINA, f.EligibilityDecision(decision="decline")


def _few_units(situation: Situation) -> tuple[Actor, Any]:
    return approved(situation, units=310, counts=Counts.BILLED)


def _short_window(situation: Situation) -> tuple[Actor, Any]:
    return approved(situation, until_on=situation.today + 60 * ONE_DAY)


def _for_days_that_are_over(situation: Situation) -> tuple[Actor, Any]:
    return approved(situation, from_on=situation.today - 90 * ONE_DAY, until_on=situation.today - ONE_DAY)


def _once(situation: Situation) -> tuple[Actor, Any]:
    return approved(situation, sessions=1, units=None)


def _denied(chance: Random) -> Callable[[Situation], tuple[Actor, Any]]:
    code, ago = chance.choice(list(DenialCode)), chance.choice([0, 0, 3, 13])
    return lambda s: denied(s, denial_code=code, letter_on=s.today - timedelta(days=ago))


def _step(chance: Random) -> Callable[[Situation], tuple[Actor, Any]]:
    step = chance.choice(list(DenialStep))
    note = "nothing more is to be had" if step is DenialStep.STOP else None
    source = DrugSource.SPECIALTY_PHARMACY if step is DenialStep.SEND_ANEW and chance.random() < 0.3 else None
    by = DR_LEE if step is DenialStep.STOP else BEN
    return lambda _: (by, f.DenialStepChosen(step=step, note=note, drug_source=source))


def _pays(situation: Situation) -> tuple[Actor, Any]:
    by = BEN if situation.wait.subject.endswith("1") else AMY
    return by, f.SelfPayAgreed(signed_on=situation.today, amount_cents=180_000, sessions=2)


def _still_tried(situation: Situation) -> tuple[Actor, Any]:
    again = situation.today + timedelta(days=20)
    told = f.TrialTold(drug="topiramate", drug_class="anticonvulsant", outcome=TrialOutcome.ONGOING, ask_again_on=again)
    return DR_LEE, told


def _asks_anyway(_: Situation) -> tuple[Actor, Any]:
    return BEN, f.AskPayer(reason="she cannot take more", letter_by="dr.lee")


def _charge(*, may: bool) -> Callable[[Situation], tuple[Actor, Any]]:
    return lambda _: (BEN, f.SelfPayConfirmed(may_be_charged=may, reason="as the denial says"))


def _by_telephone(situation: Situation) -> tuple[Actor, Any]:
    return approved(situation, number=None, number_follows=True)


def _other_terms(situation: Situation) -> tuple[Actor, Any]:
    return approved(situation, drug_source=DrugSource.SPECIALTY_PHARMACY, conditions="with a diary")


def _for_each_session(situation: Situation) -> tuple[Actor, Any]:
    return approved(situation, units=155, per=Per.SESSION, counts=Counts.UNKNOWN)


def _accept(_: Situation) -> tuple[Actor, Any]:
    return AMY, f.ApprovalAnswered(answer=ApprovalAnswer.ACCEPT)


def _contest(_: Situation) -> tuple[Actor, Any]:
    return AMY, f.ApprovalAnswered(answer=ApprovalAnswer.CONTEST, reason="a vial of 200 is opened")


def _number(situation: Situation) -> tuple[Actor, Any]:
    return AMY, f.AuthorizationAmended(number=f"T-{situation.wait.subject}")


def _write_off(_: Situation) -> tuple[Actor, Any]:
    return BEN, f.UnpaidUnitsAccepted(reason="written off")


def _amend_units(_: Situation) -> tuple[Actor, Any]:
    return BEN, f.AuthorizationAmended(units=600)


def _another_coverage(chance: Random, on: date) -> dict[str, Any]:
    """Return the fields of a change of coverage: another payer, none needed, or the patient herself."""
    pays = chance.choice([CoverageKind.AUTHORIZATION, CoverageKind.AUTHORIZATION, *CoverageKind])
    payer = chance.choice(["northwind-commercial", "washington-labor", "medicare-part-b"])
    return {
        "from_on": on,
        "pays": pays,
        "payer_id": None if pays is CoverageKind.SELF_PAY else payer,
        "policy": None if pays is CoverageKind.SELF_PAY else the_policy(payer),
        "keeps_authorizations": chance.random() < 0.2,
        "drug_source": chance.choice([None, None, *DrugSource]),
        "said_by": "provider line",
        "said_on": on,
        "signed_on": on,
        "amount_cents": 150_000,
        "sessions": chance.choice([1, 3]),
    }


def _instalment(chance: Random) -> Callable[[Situation], tuple[Actor, Any]]:
    amount = chance.choice([1_000, 90_000, 200_000])
    return lambda _: (BEN, f.InvoicePayment(what="instalment", amount_cents=amount))


def _written_off(_: Situation) -> tuple[Actor, Any]:
    return BEN, f.InvoicePayment(what="written_off", reason="she has no income")


def _takes(*, yes: bool) -> Callable[[Situation], tuple[Actor, Any]]:
    return lambda _: (AMY, f.EarlierAnswered(takes=yes))


def _drug(*, there: bool) -> Callable[[Situation], tuple[Actor, Any]]:
    return lambda _: (AMY, f.ReadinessLook(drug_on_hand=there))


def _book(situation: Situation) -> tuple[Actor, Any]:
    return AMY, f.Book(starts_at=situation.now + timedelta(days=7))


def _goes_on(_: Situation) -> tuple[Actor, Any]:
    return NINA, f.MissedVisitsDecision(decision="go_on", reason="wants to go on")


def _ends(_: Situation) -> tuple[Actor, Any]:
    return DR_LEE, f.MissedVisitsDecision(decision="end", reason="never comes")


def _clear(_: Situation) -> tuple[Actor, Any]:
    return DR_LEE, f.PreSessionCheck(clear=True)


def _turn_away(situation: Situation) -> tuple[Actor, Any]:
    found = "pregnancy" if situation.course.next_session == PREGNANT_AT_SESSION else "infection"
    return DR_LEE, f.PreSessionCheck(clear=False, positive=(found,))


def _override(_: Situation) -> tuple[Actor, Any]:
    return DR_LEE, f.PreSessionCheck(clear=True, positive=("new_drugs",), overrides={"new_drugs": "vitamin D"})


def _nobody(_: Situation) -> None:
    """Nobody clears the session: its day passes."""


def _no_show(_: Situation) -> tuple[Actor, Any]:
    return AMY, f.NotGiven(reason=NotGivenReason.NO_SHOW)


def _by_operations(situation: Situation) -> tuple[Actor, Any]:
    return AMY, given(situation)[1]


def _not_given(_: Situation) -> tuple[Actor, Any]:
    return DR_LEE, f.NotGiven(reason=NotGivenReason.TURNED_AWAY, note="fainted before")


def _in_part(situation: Situation) -> tuple[Actor, Any]:
    by, result = given(situation)
    planned = dose_of(situation.course)
    return by, result.model_copy(
        update={
            "dose": planned.model_copy(update={"muscles": planned.muscles[:3]}),
            "in_part": True,
            "why": "fainted",
            "patient_left": "fetched by her husband",
        }
    )


def _sign(situation: Situation) -> tuple[Actor, Any]:
    number = int(situation.wait.subject.rsplit("-", 1)[-1])
    session = situation.course.session(number)
    assert session is not None
    who = next(actor for actor in EVERYBODY if actor.user_id == session.injector)
    return who, f.RecordSigned(session=number)


def _modifier(modifier: Any) -> Callable[[Situation], tuple[Actor, Any]]:
    return lambda _: (BEN, f.ClaimReleased(modifier=modifier, authorization_number="A-LATE", note="seen"))


def _denial(chance: Random) -> Callable[[Situation], tuple[Actor, Any]]:
    action = chance.choice(list(DENIAL_ANSWERS))
    amount = chance.choice([None, 25_000])
    says = chance.choice([None, "the payer agreed by telephone"])
    told = {"action": action, "note": "seen", "amount_cents": amount, "next_session": says}
    return lambda _: (BEN, f.DenialAnswered.model_validate(told))


def _appeal(outcome: Literal["won", "lost"]) -> Callable[[Situation], tuple[Actor, Any]]:
    return lambda _: (BEN, f.AppealAnswered(outcome=outcome))


def _reached(_: Situation) -> tuple[Actor, Any]:
    return AMY, f.SafetyCall(result="reached")


def _refused(_: Situation) -> tuple[Actor, Any]:
    return AMY, f.SafetyCall(result="refused")


def _swallowing(_: Situation) -> tuple[Actor, Any]:
    return AMY, f.SafetyCall(result="reached", red_flags=("swallowing",), note="since Sunday")


def _lift(_: Situation) -> tuple[Actor, Any]:
    return DR_LEE, f.RedFlagReview(lift=True, note="a cold")


def _keep(_: Situation) -> tuple[Actor, Any]:
    return DR_LEE, f.RedFlagReview(lift=False, note="wait a week")


def _double_vision(situation: Situation) -> tuple[Actor, Any]:
    by, fact = looked_at(situation)
    if isinstance(fact, f.AdverseEventReview):
        fact = fact.model_copy(update={"red_flags": ("double_vision",)})
    return by, fact


def _resume(_: Situation) -> tuple[Actor, Any]:
    return DR_LEE, f.Resume(reason="well again", patient_informed=True)


def _prolong(chance: Random) -> Callable[[Situation], tuple[Actor, Any]]:
    days = chance.choice([3, 40, 200])
    return lambda situation: (DR_LEE, f.HoldAsked(until=situation.today + days * ONE_DAY))


def _lapse(chance: Random) -> Callable[[Situation], tuple[Actor, Any]]:
    answer, days = chance.choice(list(LapseAnswer)), chance.choice([None, 40, 300])

    def answered(situation: Situation) -> tuple[Actor, Any]:
        until_on = None if days is None else situation.today + days * ONE_DAY
        return chance.choice([AMY, BEN]), f.LapseAnswered(answer=answer, until_on=until_on)

    return answered


def _ended(chance: Random) -> Callable[[Situation], tuple[Actor, Any]]:
    return lambda _: (DR_LEE, FACTS["end"].model_copy(update=_an_end(chance)))


def _answer(chance: Random) -> Callable[[Situation], tuple[Actor, Any]]:
    answer = chance.choice(list(ResponseAnswer))
    dose = a_dose(chance.choice([155, 175, 195])) if chance.random() < 0.3 else None

    def answered(situation: Situation) -> tuple[Actor, Any]:
        again = situation.today + timedelta(days=chance.randint(1, 20))
        reason = chance.choice([None, "the patient feels better"])
        evidence = situation.course.evidence
        undetermined = evidence is not None and evidence.verdict is Verdict.UNDETERMINED
        attested = undetermined and answer is ResponseAnswer.CONTINUE and chance.random() < 0.7
        return DR_LEE, f.Response(
            basis="absences" if attested else None,
            answer=answer,
            reason=reason,
            ask_again_on=again if answer == ResponseAnswer.ASK_AGAIN else None,
            look_again_on=again if answer == ResponseAnswer.PAUSE else None,
            dose=dose,
        )

    return answered


def a_moment_later(chance: Random) -> timedelta:
    """Return how long nothing is done: minutes, hours, or weeks."""
    return chance.choice([timedelta(minutes=10), timedelta(hours=5), ONE_DAY, timedelta(days=6), timedelta(days=25)])


def time_passes(chance: Random, course: Course, now: datetime) -> datetime | None:
    """Return until when nobody does anything: mostly to the next moment when nothing is to be done, else now and then."""
    if any(wait.is_task for wait in course.waits):
        return now + a_moment_later(chance) if chance.random() < 0.12 else None
    if chance.random() < (0.15 if course.is_open else 0.5):
        return None
    ahead = [wait.look_at for wait in course.waits if wait.look_at > now]
    return min([*ahead, now + timedelta(days=30)])
