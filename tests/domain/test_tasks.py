"""Tasks: who takes, gives back and hands on, attempts, deadlines of ours; visits missed; calls at once. Row by row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain import care, plan, visits
from domain import events as e
from domain import facts as f
from domain.clinic_time import day_in_words
from domain.course import Wish
from domain.decide import decide
from domain.messages import RED_FLAG_ADVICE
from domain.people import Actor, Role
from domain.record import Refusal
from domain.rights import may_take, may_work_on
from domain.session import AdverseEvent, MissedVisits, NotGivenReason, VisitNotGiven
from domain.waits import WaitKind, Way
from tests.kit.beginnings import TODAY
from tests.kit.moments import after_session, at
from tests.kit.people import ADA, AMY, BEN, DR_KHAN, DR_LEE, NINA

ONE_DAY = timedelta(days=1)
GOALS = at(WaitKind.GOALS)
"""A course that waits for a clinician's goals."""


def decided(
    by: Actor,
    fact: Any,
    *,
    owner: str | None = None,
    edition: int = 2,
    context: dict[str, str] | None = None,
    ends: datetime | None = None,
) -> Any:
    """Return what becomes of a request about the task of setting goals, which somebody has or nobody."""
    (wait,) = GOALS.course.waits_of(WaitKind.GOALS)
    wait = wait.model_copy(update={"owner": owner, "context": context or {}, "ends": ends})
    course = GOALS.course.model_copy(update={"waits": (wait,), "edition": edition})
    request = f.Request(request_id="r", by=by, fact=fact, task=wait.id)
    return decide(course, request, now=GOALS.now)


def refused(by: Actor, fact: Any, **more: Any) -> str:
    became = decided(by, fact, **more)
    assert isinstance(became, Refusal)
    return became.reason


def test_a_task_is_taken_by_its_role_once() -> None:
    taken = decided(NINA, f.Take())

    assert isinstance(taken, e.TaskTaken)
    assert (taken.wait, taken.owner) == (GOALS.tasks[0].id, "nina.np")
    assert decided(NINA, f.Take(), owner="nina.np").owner == "nina.np"
    assert refused(DR_LEE, f.Take(), owner="nina.np") == "nina.np has taken it already"
    assert refused(AMY, f.Take()).startswith("the task is for clinician")


def test_an_admin_hands_a_task_on_and_takes_none() -> None:
    assert "takes none" in refused(ADA, f.Take())
    assert decided(ADA, f.Take(), edition=1).owner == "ada.admin", "in courses of 0.1 he took it"
    assert decided(ADA, f.Assign(to="dr.khan")).owner == "dr.khan"
    assert may_take(ADA, Role.ADMIN, licensed=False) is None
    assert may_take(ADA, None, licensed=False) is not None


def test_what_only_who_may_inject_does_is_taken_by_nobody_else() -> None:
    assert may_take(DR_KHAN, Role.CLINICIAN, licensed=True) is None
    assert may_take(NINA, Role.CLINICIAN, licensed=True) is not None
    assert may_take(NINA, Role.CLINICIAN, licensed=False) is None
    assert may_work_on(ADA, Role.CLINICIAN, licensed=True) is None, "he hands it on"


def test_only_who_has_it_or_an_admin_gives_a_task_back() -> None:
    assert isinstance(decided(NINA, f.Release(), owner="nina.np"), e.TaskReleased)
    assert isinstance(decided(ADA, f.Release(), owner="nina.np"), e.TaskReleased)
    assert refused(DR_LEE, f.Release(), owner="nina.np") == "only who has taken a task gives it back"
    assert refused(AMY, f.Release(), owner="amy.ops").startswith("the task is for clinician")


@pytest.mark.parametrize(
    ("instead_of", "owner", "why"),
    [
        (None, "nina.np", None),
        ("nina.np", "nina.np", None),
        ("", None, None),
        ("", "nina.np", "nina.np has it now"),
        ("dr.lee", "nina.np", "nina.np has it now"),
        ("dr.lee", None, "nobody has it now"),
    ],
)
def test_a_task_is_handed_on_from_who_has_it(instead_of: str | None, owner: str | None, why: str | None) -> None:
    fact = f.Assign(to="dr.khan", instead_of=instead_of)

    if why is None:
        assert decided(DR_LEE, fact, owner=owner).owner == "dr.khan"
    else:
        assert refused(DR_LEE, fact, owner=owner) == why
    assert refused(BEN, fact, owner=owner).startswith("the task is for clinician")


def test_an_attempt_is_kept_with_who_when_and_how() -> None:
    again_on = TODAY + 3 * ONE_DAY
    tried = decided(NINA, f.AttemptMade(result="no answer", again_on=again_on, how=Way.LETTER)).attempt

    assert (tried.on, tried.by, tried.result, tried.again_on) == (GOALS.today, "nina.np", "no answer", again_on)
    assert tried.how is Way.LETTER
    assert refused(AMY, f.AttemptMade(result="no answer")).startswith("the task is for clinician")


@pytest.mark.parametrize(
    ("days", "last_day", "moves"), [(1, None, True), (0, None, False), (5, 5, True), (6, 5, False)]
)
def test_a_deadline_of_ours_moves_to_a_day_ahead_and_not_beyond_the_payers(
    days: int, last_day: int | None, moves: bool
) -> None:
    today = GOALS.today
    context = {} if last_day is None else {"last_day": (today + last_day * ONE_DAY).isoformat()}

    became = decided(NINA, f.MoveDeadline(due_on=today + days * ONE_DAY, reason="she is ill"), context=context)

    assert isinstance(became, e.DeadlineMoved) is moves
    if isinstance(became, e.DeadlineMoved):
        assert (became.due.date(), became.reason) == (today + days * ONE_DAY, "she is ill")
    assert refused(AMY, f.MoveDeadline(due_on=today + ONE_DAY, reason="x")).startswith("the task is for clinician")


@pytest.mark.parametrize(("days", "moves"), [(4, True), (5, False), (6, False)])
def test_a_deadline_does_not_move_to_where_the_task_is_over_by_itself(*, days: int, moves: bool) -> None:
    """Else the safety watch, or the question what became of a visit, would wait as long as somebody likes."""
    ends = plan.morning_of(GOALS.course, GOALS.today + 5 * ONE_DAY)

    became = decided(NINA, f.MoveDeadline(due_on=GOALS.today + days * ONE_DAY, reason="she is ill"), ends=ends)

    assert isinstance(became, e.DeadlineMoved) is moves
    if not moves:
        over_on = day_in_words(GOALS.today + 5 * ONE_DAY)
        assert became.reason == f"due_on: expected a day before {over_on}: the task is over then, done or not"


def test_the_payers_own_deadline_is_moved_by_nobody() -> None:
    paper = at(WaitKind.PAYER_ANSWER)
    (wait,) = paper.course.waits_of(WaitKind.PAYER_ANSWER)
    fact = f.MoveDeadline(due_on=paper.today + 90 * ONE_DAY, reason="slow")

    became = decide(paper.course, f.Request(request_id="r", by=AMY, fact=fact, task=wait.id), now=paper.now)

    assert isinstance(became, Refusal)
    assert "`payer-chased` says when to ask again" in became.reason


def test_a_refusal_names_the_people_that_it_tells_of() -> None:
    assert decided(DR_LEE, f.Take(), owner="nina.np").people == ("nina.np",)
    assert decided(DR_LEE, f.Assign(to="dr.khan", instead_of="dr.lee"), owner="nina.np").people == ("nina.np",)
    assert decided(DR_LEE, f.Assign(to="dr.khan", instead_of="dr.lee")).people == ()


# Calls at once, and effects that somebody looks at


def test_advice_on_a_red_flag_that_was_not_sent_is_a_call_at_once_and_the_rest_waits() -> None:
    course = GOALS.course.model_copy(update={"undelivered": ("welcome", RED_FLAG_ADVICE)})
    old = course.model_copy(update={"edition": 1})

    assert (care.advice_unsaid(course), care.others_undelivered(course)) == (True, ("welcome",))
    assert (care.advice_unsaid(old), care.others_undelivered(old)) == (False, ("welcome", RED_FLAG_ADVICE))
    assert not care.advice_unsaid(course.model_copy(update={"undelivered": ("welcome",)}))


GIVEN = after_session(1).course


def with_event(**changes: Any) -> Any:
    plain: dict[str, Any] = {"number": 1, "told_on": TODAY, "red_flags": (), "note": "n", "after_session": 1}
    return GIVEN.model_copy(update={"adverse_events": (AdverseEvent(**(plain | changes)),)})


@pytest.mark.parametrize(
    ("changes", "review", "sites"),
    [
        ({}, False, False),
        ({"effect": "ptosis"}, True, True),
        ({"effect": "ptosis", "ended_on": TODAY}, False, True),
        ({"effect": "ptosis", "sites_reviewed_on": TODAY}, True, False),
        ({"effect": "ptosis", "after_session": 0}, True, False),
        ({"effect": "ptosis", "red_flags": ("swallowing",)}, False, True),
        ({"effect": "ptosis", "red_flags": ("swallowing",), "lifted": True}, True, True),
        ({"effect": "neck_pain"}, False, False),
        ({"effect": "of no code"}, False, False),
        ({"serious": True}, True, False),
        ({"serious": True, "reported": False}, False, False),
        ({"reported": None}, False, False),
    ],
)
def test_who_looks_at_an_effect_and_at_the_planned_sites(changes: dict[str, Any], review: bool, sites: bool) -> None:
    course = with_event(**changes)

    assert (bool(care.effects_to_review(course)), bool(care.sites_to_review(course))) == (review, sites)


# Visits that gave no drug


def a_visit(number: int, reason: NotGivenReason = NotGivenReason.NO_SHOW, *, for_session: int = 2) -> VisitNotGiven:
    return VisitNotGiven(appointment=number, for_session=for_session, on=TODAY, reason=reason)


def a_decision(missed: int, *, for_session: int = 2) -> MissedVisits:
    return MissedVisits(for_session=for_session, missed=missed, decision="go_on", reason="r", by="dr.lee", on=TODAY)


def test_missed_visits_count_for_their_session_since_the_last_decision_about_it() -> None:
    clinics = a_visit(3, NotGivenReason.CANCELLED_BY_CLINIC)
    of_another = a_visit(4, for_session=1)
    course = GIVEN.model_copy(
        update={
            "visits_not_given": (a_visit(1), a_visit(2), clinics, of_another),
            "missed_visits": (a_decision(3, for_session=1),),
        }
    )

    assert (visits.missed_in_all(course), visits.missed(course)) == (2, 2)
    decided_on = course.model_copy(update={"missed_visits": (a_decision(0), a_decision(1))})
    assert visits.missed(decided_on) == 1
    without = course.protocol.model_copy(update={"visits": None})
    assert visits.missed_in_all(course.model_copy(update={"protocol": without})) == 0
    assert visits.missed_allowed(course.model_copy(update={"protocol": without})) is None


def test_after_the_third_a_clinician_decides_before_a_time_is_looked_for() -> None:
    three = tuple(a_visit(number) for number in (1, 2, 3))
    course = GIVEN.model_copy(update={"visits_not_given": three, "appointment": None})

    assert visits.must_decide(course)
    assert not visits.must_decide(course.model_copy(update={"visits_not_given": three[:2]}))
    assert not visits.must_decide(course.model_copy(update={"appointment": GIVEN.appointment}))
    assert not visits.must_decide(course.model_copy(update={"edition": 1}))
    wish = Wish(starts_at=after_session(1).now)
    assert not visits.must_decide(course.model_copy(update={"booking_wish": wish})), "the patient has asked for a time"


def test_a_visit_without_a_word_has_passed_from_the_day_after_on() -> None:
    assert GIVEN.appointment is not None
    day = visits.passed_on(GIVEN, GIVEN.appointment.starts_at.date() + ONE_DAY)

    assert day == GIVEN.appointment.starts_at.date()
    assert visits.passed_on(GIVEN, day) is None
    for changes in ({"edition": 1}, {"appointment": None}, {"clearance": at(WaitKind.SESSION_RESULT).course.clearance}):
        assert visits.passed_on(GIVEN.model_copy(update=changes), day + ONE_DAY) is None
