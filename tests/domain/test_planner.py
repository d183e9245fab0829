"""What the planner says comes: sessions in time whatever the payer's rules, and the reason where they cannot be."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from domain.asking_payer import renewal_on
from domain.clinic_time import clinic_day, next_working_day
from domain.coverage import Coverage, CoverageKind
from domain.payer import Counts, DrugSource, PayerPolicy
from domain.plan import earliest_from_last_dose
from domain.planner import Expected, forecast
from domain.timing import renewal_forecast
from domain.waits import KINDS, AtDue, WaitKind, wait_id
from tests.domain.builders import the_policy, with_value
from tests.kit.answers import People, approved
from tests.kit.beginnings import TODAY, a_beginning, medicare
from tests.kit.examples import FACTS
from tests.kit.moments import after_session, at, withdrawn
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY

ONE_DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def a_policy(**changes: Any) -> PayerPolicy:
    policy = the_policy()
    for path, value in changes.items():
        policy = with_value(policy, path.replace("__", "."), value)
    return policy


POLICIES = st.builds(
    a_policy,
    grant__window_days=st.integers(90, 365),
    grant__sessions=st.integers(1, 4),
    grant__counts=st.sampled_from([Counts.GIVEN, Counts.BILLED, Counts.UNKNOWN]),
    grant__units_per_session=st.sampled_from([155, 200]),
    timing__answer_days=st.integers(3, 45),
    timing__interval_days_min=st.sampled_from([0, 84, 90]),
)
SOURCES = st.sampled_from(list(DrugSource))
BEGINNINGS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def a_responder(policy: PayerPolicy, source: DrugSource, today: date) -> PaperCourse:
    coverage = Coverage(kind=CoverageKind.AUTHORIZATION, payer_id=policy.id, drug_source=source)
    return PaperCourse(a_beginning(today, policy=policy, coverage=coverage), today=today)


def an_office(policy: PayerPolicy) -> People:
    """Return people who answer on the day, and a payer who takes all its time."""

    def when_time_is_up(situation: Any) -> Any:
        asked = situation.course.open_request
        assert asked is not None
        assert asked.submitted_on is not None
        answered_on = asked.submitted_on + policy.timing.answer_days.value * ONE_DAY
        return approved(situation) if situation.today >= answered_on else None

    chased = {WaitKind.CHASE_PAYER: lambda _: None}
    return People({WaitKind.PAYER_ANSWER: when_time_is_up, **chased})


@settings(max_examples=120, deadline=None)
@given(policy=POLICIES, source=SOURCES, today=BEGINNINGS)
def test_a_responder_without_missed_visits_gets_session_3_by_its_planned_day_and_a_week(
    policy: PayerPolicy, source: DrugSource, today: date
) -> None:
    course, people = a_responder(policy, source, today), an_office(policy)
    for number in (1, 2):
        course.go_on(people, until=WaitKind.SESSION_RESULT)
        course.tell(*_given(people, course))
        assert len(course.course.sessions) == number
    planned_on = earliest_from_last_dose(course.course)
    said = renewal_forecast(
        session_given_on=course.course.sessions[1].given_on,
        planned_on=planned_on,
        policy=policy,
        drug_source=source,
        protocol=course.course.protocol,
        clinic=course.course.clinic,
    )
    note(said.reason)

    course.go_on(people, until=WaitKind.SESSION_RESULT)

    late = course.today - planned_on
    assert late <= WEEK or said.late_days >= (late - WEEK).days, f"{late.days} days late, and nobody said so"
    assert late <= WEEK, "the renewal never waits for the check, so the session is in time"


@settings(max_examples=80, deadline=None)
@given(policy=POLICIES, source=SOURCES, today=BEGINNINGS)
def test_where_the_payer_wants_the_answered_check_first_the_day_of_session_2_says_how_late_session_3_is(
    policy: PayerPolicy, source: DrugSource, today: date
) -> None:
    course, people = a_responder(policy, source, today), an_office(policy)
    for _ in range(2):
        course.go_on(people, until=WaitKind.SESSION_RESULT)
        course.tell(*_given(people, course))
    session, planned_on = course.course.sessions[1], earliest_from_last_dose(course.course)
    clinic = course.course.clinic
    said = renewal_forecast(
        session_given_on=session.given_on,
        planned_on=planned_on,
        policy=policy,
        drug_source=source,
        protocol=course.course.protocol,
        clinic=clinic,
    )
    sent_on = max(said.renewal_due_on, said.check_due_on)

    needed = policy.timing.answer_days.value + clinic.preparation_days
    lead = clinic.pharmacy_lead_days if source is DrugSource.SPECIALTY_PHARMACY else clinic.stock_lead_working_days
    possible_on = sent_on + (needed + lead) * ONE_DAY
    least_late = max(0, (possible_on - planned_on).days)
    assert said.needs_interim_evidence is (said.late_days > 0)
    assert least_late <= said.late_days <= least_late + 4, "a weekend may lie between"
    assert (said.late_days == 0) is (said.check_due_on <= said.renewal_due_on)


def _given(people: People, course: PaperCourse) -> Any:
    task = course.task(WaitKind.SESSION_RESULT)
    assert task is not None
    answer = people.answer(course.course, task, course.now)
    assert answer is not None
    return answer


def of_kind(expected: tuple[Expected, ...], kind: WaitKind) -> list[Expected]:
    return [one for one in expected if one.kind is kind]


def test_the_day_of_session_2_says_when_check_renewal_and_session_3_come() -> None:
    course = after_session(2)
    given_on = course.course.sessions[1].given_on

    expected = forecast(course.course, course.now)

    zone = course.course.clinic.zone
    days = {one.wait: clinic_day(one.at, zone) for one in expected}
    assert days["safety-call-day:session-2"] == given_on + 7 * ONE_DAY
    assert days["renewal-due:session-3"] == renewal_on(course.course, course.today)
    assert days["check-opens:session-2"] == given_on + 52 * ONE_DAY  # 54 less a weekend among the drug's working days
    assert days["session-day:session-3"] == next_working_day(given_on + 84 * ONE_DAY, course.course.clinic)


def test_what_the_course_waits_for_already_is_in_the_forecast_with_its_due_time() -> None:
    course = at(WaitKind.RESPONSE_CHECK)

    expected = {one.wait: one for one in forecast(course.course, course.now)}

    for wait in course.course.waits:
        assert expected[wait.id].open
        assert expected[wait.id].at == wait.due


def test_the_forecast_goes_two_sessions_beyond_the_next_one_earliest_first() -> None:
    course = after_session(1)

    expected = forecast(course.course, course.now)

    assert [one.at for one in expected] == sorted(one.at for one in expected)
    assert [one.wait for one in of_kind(expected, WaitKind.SESSION_DAY)] == [
        f"session-day:session-{n}" for n in (2, 3, 4)
    ]


def test_what_lies_in_the_past_and_is_not_waited_for_is_expected_no_more() -> None:
    course = at(WaitKind.READINESS)
    course.pass_until(course.now + 3 * ONE_DAY)
    zone = course.course.clinic.zone

    expected = forecast(course.course, course.now)

    assert all(one.open or clinic_day(one.at, zone) >= course.today for one in expected)
    assert all("-" not in one.said.partition("(")[2] for one in expected), "session 3, not session-3"


def test_where_no_payer_must_agree_no_renewal_is_expected() -> None:
    course = after_session(1, beginning=a_beginning(coverage=medicare(TODAY)))

    assert of_kind(forecast(course.course, course.now), WaitKind.RENEWAL_DUE) == []


def test_an_ended_course_expects_its_safety_watch_and_its_closing_and_nothing_else() -> None:
    course = withdrawn()

    kinds = {one.kind for one in forecast(course.course, course.now)}

    assert kinds == {WaitKind.SAFETY_CALL_DAY, WaitKind.REOPENING}


@pytest.mark.parametrize("sessions", [1, 2, 3])
def test_every_day_that_the_course_then_waits_for_was_in_the_forecast_with_its_id_and_time(sessions: int) -> None:
    course = after_session(sessions)
    said = {one.wait: one.at for one in forecast(course.course, course.now)}
    opened: dict[str, Any] = {}
    while len(course.course.sessions) == sessions:
        for wait in course.course.waits:
            if KINDS[wait.kind].at_due is AtDue.END and wait.kind is not WaitKind.AUTHORIZATION_ENDS:
                opened[wait.id] = wait.due
        _one_step(course)

    assert opened
    assert {wait: said.get(wait) for wait in opened} == opened


def _one_step(course: PaperCourse) -> None:
    for task in course.tasks:
        answer = People().answer(course.course, task, course.now)
        if answer is not None and course.ask(*answer, task=task.id) is None:
            return
    course.pass_until(min(wait.look_at for wait in course.course.waits if wait.look_at > course.now))


def test_a_chased_payer_moves_our_reminder_and_not_the_start_of_the_wait() -> None:
    course = at(WaitKind.PAYER_ANSWER)
    before = course.course.waits_of(WaitKind.PAYER_ANSWER)[0]
    course.tell(AMY, FACTS["payer-chased"].model_copy(update={"again_on": course.today + 20 * ONE_DAY}))

    now = course.course.wait(wait_id(WaitKind.PAYER_ANSWER, "request-1"))
    assert now is not None
    assert now.since == before.since
    assert now.due > before.due
