"""People who answer at random: mostly sensibly, sometimes in the wrong role, too early, too late, or about another task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from domain import facts as f
from domain.course import Course
from domain.coverage import Coverage
from domain.dose import VialOpened
from domain.events import CourseStarted
from domain.payer import Counts
from domain.people import Actor
from domain.plan import dose_of
from domain.response import ResponseAnswer
from domain.session import NotGivenReason
from domain.waits import WaitKind
from tests.domain.builders import a_dose, a_history, counts, the_policy, with_value
from tests.kit.answers import People, Situation, approved, denied, given
from tests.kit.beginnings import a_beginning, insured, medicare, self_pay
from tests.kit.diaries import Diary, a_diary, no_diary
from tests.kit.examples import FACTS
from tests.kit.people import AMY, DR_LEE, EVERYBODY, NINA

ONE_DAY = timedelta(days=1)


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
    policy = None
    if coverage.payer_id is not None:
        policy = with_value(the_policy(coverage.payer_id), "timing.interval_days_min", chance.choice([0, 84, 90]))
    diary = chance.choice([a_diary(after=(8,)), a_diary(after=(19, 18, 8)), a_diary(after=(20,)), no_diary])
    return a_beginning(today, policy=policy, coverage=coverage, history=history), diary


@dataclass(frozen=True)
class Asking:
    """A request that somebody makes at random."""

    by: Actor
    fact: Any
    task: str | None


def somebody_asks(chance: Random, course: Course, now: datetime, *, may_end: bool = True) -> Asking:
    """Return what somebody asks next: an answer to an open task, mostly; or anything at all."""
    tasks = [wait for wait in course.waits if wait.is_task]
    if tasks and chance.random() < 0.75:
        task = chance.choice(tasks)
        answer = people_at_random(chance).answer(course, task, now)
        if answer is not None:
            by, fact = answer
            return Asking(_perhaps_another(chance, by), fact, task.id if chance.random() < 0.8 else None)
    kinds = sorted(FACTS.keys() - (set() if may_end else {"withdraw", "eligibility-decision"}))
    fact = _anything(chance, chance.choice(kinds), now)
    about = [wait.id for wait in course.waits] + ["readiness:session-9"]
    return Asking(chance.choice(EVERYBODY), fact, chance.choice(about) if chance.random() < 0.3 else None)


def _perhaps_another(chance: Random, by: Actor) -> Actor:
    return chance.choice(EVERYBODY) if chance.random() < 0.08 else by


def _anything(chance: Random, kind: str, now: datetime) -> Any:
    """Return a fact of this kind with times around now."""
    at = now + timedelta(days=chance.randint(-3, 150), hours=chance.randint(0, 23))
    changes: dict[str, dict[str, Any]] = {
        "book": {"starts_at": at},
        "move": {"starts_at": at},
        "cancel": {"not_before": at.date()},
        "deadline": {"due_on": at.date()},
        "payer-chased": {"again_on": at.date()},
        "adverse-event": {"red_flags": chance.choice([(), (), ("swallowing",), ("hiccups",)])},
        "not-given": {"reason": chance.choice(list(NotGivenReason))},
        "red-flag-reviewed": {"lift": chance.random() < 0.7, "adverse_event": chance.choice([None, 1, 2])},
        "record-signed": {"session": chance.choice([None, 1, 2, 9])},
        "safety-call": {"session": chance.choice([None, 1, 2, 9])},
        "session-given": {"vials": (VialOpened(size_units=200, lot="C1", expires_on=at.date()),)},
    }
    return FACTS[kind].model_copy(update=changes.get(kind, {}))


def people_at_random(chance: Random) -> People:
    """Return people each of whom answers once in one of the ways that happen."""
    ways: dict[WaitKind, list[Any]] = {
        WaitKind.ELIGIBILITY: [_go_on, _go_on, _decline],
        WaitKind.PAYER_ANSWER: [approved, approved, approved, _few_units, _short_window, _once, denied],
        WaitKind.READINESS: [_drug(there=True), _drug(there=True), _drug(there=False)],
        WaitKind.BOOKING: [_book],
        WaitKind.CLEARANCE: [_clear, _clear, _clear, _turn_away, _override, _no_show],
        WaitKind.SESSION_RESULT: [given, given, _by_operations, _not_given, _in_part],
        WaitKind.SIGNATURE: [_sign],
        WaitKind.SAFETY_CALL: [_reached, _reached, _refused, _swallowing],
        WaitKind.RED_FLAG: [_lift, _keep],
        WaitKind.RESPONSE_CHECK: [_answer(chance)],
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


def _once(situation: Situation) -> tuple[Actor, Any]:
    return approved(situation, sessions=1, units=None)


def _drug(*, there: bool) -> Callable[[Situation], tuple[Actor, Any]]:
    return lambda _: (AMY, f.ReadinessLook(drug_on_hand=there))


def _book(situation: Situation) -> tuple[Actor, Any]:
    return AMY, f.Book(starts_at=situation.now + timedelta(days=7))


def _clear(_: Situation) -> tuple[Actor, Any]:
    return DR_LEE, f.PreSessionCheck(clear=True)


def _turn_away(_: Situation) -> tuple[Actor, Any]:
    return DR_LEE, f.PreSessionCheck(clear=False, positive=("infection",))


def _override(_: Situation) -> tuple[Actor, Any]:
    return DR_LEE, f.PreSessionCheck(clear=True, positive=("new_drugs",), overrides={"new_drugs": "vitamin D"})


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
        update={"dose": planned.model_copy(update={"muscles": planned.muscles[:3]}), "in_part": True}
    )


def _sign(situation: Situation) -> tuple[Actor, Any]:
    number = int(situation.wait.subject.rsplit("-", 1)[-1])
    session = situation.course.session(number)
    assert session is not None
    who = next(actor for actor in EVERYBODY if actor.user_id == session.injector)
    return who, f.RecordSigned(session=number)


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


def _answer(chance: Random) -> Callable[[Situation], tuple[Actor, Any]]:
    answer = chance.choice(list(ResponseAnswer)[:4])
    dose = a_dose(chance.choice([155, 175, 195])) if chance.random() < 0.3 else None

    def answered(situation: Situation) -> tuple[Actor, Any]:
        again = situation.today + timedelta(days=chance.randint(1, 20))
        reason = chance.choice([None, "the patient feels better"])
        return DR_LEE, f.Response(
            answer=answer, reason=reason, ask_again_on=again if answer == ResponseAnswer.ASK_AGAIN else None, dose=dose
        )

    return answered


def a_moment_later(chance: Random) -> timedelta:
    """Return how long nothing is done: minutes, hours, or weeks."""
    return chance.choice([timedelta(minutes=10), timedelta(hours=5), ONE_DAY, timedelta(days=6), timedelta(days=25)])
