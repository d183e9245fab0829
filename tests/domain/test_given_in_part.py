"""A session that was stopped: what is recorded, what it uses up, and what becomes of it on the same day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain.clinic_time import day_in_words
from domain.coverage import Purpose
from domain.dose import VialOpened
from domain.follows import what_follows
from domain.payer import Counts
from domain.people import Actor
from domain.plan import dates_of_next
from domain.record import Refusal
from domain.story import story_of
from domain.waits import WaitKind
from tests.kit.answers import People, approved
from tests.kit.moments import TWELVE_SITES, at, in_part
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, DR_KHAN, DR_LEE, NINA

ONE_DAY = timedelta(days=1)
ANOTHER = (VialOpened(size_units=100, lot="C7502", expires_on=date(2028, 6, 30)),)


def refused(course: PaperCourse, by: Actor, fact: Any) -> str:
    answer = course.ask(by, fact)
    assert isinstance(answer, Refusal)
    return answer.reason


def test_it_says_how_much_where_why_and_how_the_patient_left() -> None:
    course = in_part()

    [session] = course.course.sessions
    assert (session.dose.units, session.dose.sites, session.in_part) == (60, 12, True)
    assert (session.why_in_part, session.patient_left) == ("fainted", "walking, with her husband")
    assert [(vial.given_units, vial.wasted_units) for vial in session.vials] == [(60, 140)]
    told = next(event for event in course.events if isinstance(event, e.SessionGiven))
    assert "stopped: fainted; the patient left: walking, with her husband" in story_of(told, zone="America/Los_Angeles")


def test_an_adverse_event_is_recorded_with_it_unless_it_was_harmless() -> None:
    [event] = in_part().course.adverse_events
    assert (event.note, event.after_session, event.red_flags) == ("fainted", 1, ())

    assert in_part(why="a fire alarm", harmless=True).course.adverse_events == ()


def test_without_its_reason_it_is_refused() -> None:
    course = at(WaitKind.SESSION_RESULT)
    _, result = People().answer(course.course, course.tasks[0], course.now) or (None, None)
    assert result is not None

    stopped = result.model_copy(update={"sites": TWELVE_SITES, "in_part": True})

    said = refused(course, DR_LEE, stopped)
    assert "why: expected" in said
    assert "patient_left: expected" in said


def test_84_days_count_from_it() -> None:
    course = in_part()

    assert dates_of_next(course.course, course.today).earliest_on == course.today + timedelta(days=84)


def test_less_than_the_minimum_is_no_trial_session_unless_a_clinician_says_so() -> None:
    assert not in_part().course.sessions[0].is_trial

    [session] = in_part(counts_as_trial=True).course.sessions
    assert session.is_trial
    assert session.trial_said_by == "dr.lee"


def test_operations_cannot_make_it_a_trial_session() -> None:
    course = at(WaitKind.SESSION_RESULT)
    _, result = People().answer(course.course, course.tasks[0], course.now) or (None, None)
    assert result is not None
    stopped = {"sites": TWELVE_SITES, "in_part": True, "why": "fainted", "patient_left": "walking"}

    said = refused(course, AMY, result.model_copy(update=stopped | {"counts_as_trial": True}))

    assert "counts_as_trial: a clinician says that" in said


@pytest.mark.parametrize(("counts", "used"), [(Counts.GIVEN, 60), (Counts.BILLED, 200), (Counts.UNKNOWN, 200)])
def test_it_uses_up_what_its_payer_counts(counts: Counts, used: int) -> None:
    people = People({WaitKind.PAYER_ANSWER: lambda seen: approved(seen, counts=counts)})
    course = at(WaitKind.SESSION_RESULT, people=people)
    by, result = people.answer(course.course, course.tasks[0], course.now) or (None, None)
    assert by is not None
    assert result is not None
    stopped = {"sites": TWELVE_SITES, "in_part": True, "why": "fainted", "patient_left": "walking"}

    course.tell(by, result.model_copy(update=stopped))

    assert course.course.sessions[0].coverage.counted_units == used


def test_completed_on_the_same_day_it_is_the_same_session_from_the_same_vial() -> None:
    course = in_part()
    before = course.course.sessions[0]
    course.pass_until(course.now + timedelta(hours=2))

    course.tell(DR_LEE, f.SessionCompleted(note="lay down for an hour"))

    [session] = course.course.sessions
    assert (session.number, session.id, session.given_at) == (1, before.id, before.given_at)
    assert (session.dose.units, session.dose.sites, session.in_part, session.is_trial) == (155, 31, False, True)
    assert [(vial.size_units, vial.given_units, vial.wasted_units) for vial in session.vials] == [(200, 155, 45)]
    assert session.completed_at == course.now
    assert dates_of_next(course.course, course.today).earliest_on == course.today + timedelta(days=84)


def test_completed_by_half_it_is_still_in_part() -> None:
    course = in_part()

    course.tell(DR_LEE, f.SessionCompleted(sites={"occipitalis": 6}))

    [session] = course.course.sessions
    assert (session.dose.units, session.in_part, session.is_trial) == (90, True, False)


def test_what_another_wrote_waits_for_the_injectors_signature_again() -> None:
    course = in_part()
    before = course.course.sessions[0]

    course.tell(AMY, f.SessionCompleted())

    assert (before.signed_by, course.course.sessions[0].signed_by) == ("dr.lee", None)
    assert course.task(WaitKind.SIGNATURE) is not None


def test_no_other_vial_is_opened_without_need() -> None:
    course = in_part()

    assert "why_another_vial" in refused(course, DR_LEE, f.SessionCompleted(vials=ANOTHER))

    course.tell(DR_LEE, f.SessionCompleted(vials=ANOTHER, why_another_vial="the first had been thrown away"))
    [session] = course.course.sessions
    assert [(vial.size_units, vial.given_units) for vial in session.vials] == [(200, 60), (100, 95)]
    assert session.wasted_units == 145
    assert session.coverage.counted_units == 300


def test_a_vial_that_holds_too_little_is_emptied_before_another() -> None:
    small = (VialOpened(size_units=100, lot="C7461", expires_on=date(2028, 6, 30)),)
    course = in_part(vials=small)

    assert "held 40" in refused(course, DR_LEE, f.SessionCompleted())

    course.tell(DR_LEE, f.SessionCompleted(vials=ANOTHER))
    [session] = course.course.sessions
    assert [(vial.given_units, vial.wasted_units) for vial in session.vials] == [(100, 0), (55, 45)]


def test_the_answer_says_what_it_counts_for_and_what_may_become_of_it() -> None:
    course = in_part()
    given = next(event for event in course.events if isinstance(event, e.SessionGiven))

    trial, rest = what_follows(given, course.course)

    assert trial == "60 of 155 units: no trial session"
    assert f"{course.today + timedelta(days=84):%d %b %Y}" in rest


@pytest.mark.parametrize(("sizes", "wasted"), [((200,), None), ((100, 100), None), ((200, 100), 145)])
def test_waste_of_a_whole_vial_is_said_and_forbids_nothing(sizes: tuple[int, ...], wasted: int | None) -> None:
    course = at(WaitKind.SESSION_RESULT)
    vials = tuple(VialOpened(size_units=size, lot=f"C{size}", expires_on=date(2028, 6, 30)) for size in sizes)

    course.tell(DR_LEE, f.SessionResult(vials=vials, injector="dr.lee"))

    given = next(event for event in course.events if isinstance(event, e.SessionGiven))
    opened = sum(sizes)
    said = f"{wasted} of {opened} opened units were wasted, as much as a vial of 100: look whether the vials are right"
    assert what_follows(given, course.course) == (() if wasted is None else (said,))


def test_on_another_day_it_is_a_session_of_its_own_84_days_later() -> None:
    course = in_part()
    earliest = course.today + timedelta(days=84)
    course.pass_until(course.now + ONE_DAY)

    said = refused(course, DR_LEE, f.SessionCompleted())

    assert "on its own day" in said
    assert f"from {day_in_words(earliest)} on" in said


def test_nothing_more_is_given_while_a_red_flag_is_open() -> None:
    course = in_part()
    course.tell(AMY, f.AdverseEventTold(red_flags=("allergy",), note="hives"))

    assert "red flag" in refused(course, DR_LEE, f.SessionCompleted())


def test_a_muscle_the_protocol_does_not_know_is_refused_by_name() -> None:
    assert "deltoid is no muscle" in refused(in_part(), DR_LEE, f.SessionCompleted(sites={"deltoid": 2}))


# The planned dose


def follows(course: PaperCourse) -> tuple[str, ...]:
    event = next(event for event in reversed(course.events) if isinstance(event, e.DosePlanned))
    return what_follows(event, course.course)


TO_195 = f.DosePlanned(reason="pain follows", extra_sites={"temporalis": 2, "occipitalis": 2, "trapezius": 4})


def granted(units: int, counts: Counts) -> People:
    return People({WaitKind.PAYER_ANSWER: lambda seen: approved(seen, units=units, counts=counts)})


def test_a_dose_that_the_authorization_does_not_hold_says_what_is_short_and_that_the_payer_is_asked() -> None:
    people = granted(310, Counts.GIVEN)
    course = at(WaitKind.SAFETY_CALL, people=people)

    course.tell(NINA, TO_195)

    assert course.course.planned_dose is not None
    assert (course.course.planned_dose.units, course.course.planned_dose.reason) == (195, "pain follows")
    vials, covered, asked = follows(course)
    assert vials == "195 units open 200: a vial of 200, 5 wasted"
    assert "155 units left and 195 are planned: 40 short" in covered
    assert asked.startswith("request 2 is open")
    assert course.course.requests[-1].purpose is Purpose.AMENDMENT, "with a session left, it is asked at once"


def test_a_dose_that_is_covered_says_so() -> None:
    course = at(WaitKind.SAFETY_CALL, people=granted(400, Counts.GIVEN))

    course.tell(NINA, TO_195)

    assert "covered on" in follows(course)[1]


def test_the_request_that_follows_asks_for_the_new_dose() -> None:
    people = granted(310, Counts.GIVEN)
    course = at(WaitKind.SAFETY_CALL, people=people)
    course.tell(NINA, TO_195)

    course.go_on(People(), until=WaitKind.SUBMIT_PACKET)

    request = course.course.open_request
    assert request is not None
    assert (request.planned_units, request.units_per_session) == (195, 200)


def test_the_dose_goes_back_to_the_protocols() -> None:
    course = at(WaitKind.SAFETY_CALL)
    course.tell(DR_KHAN, TO_195)

    course.tell(DR_KHAN, f.DosePlanned(reason="neck pain from it"))

    assert course.course.planned_dose is not None
    assert course.course.planned_dose.units == 155


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (f.DosePlanned(reason="more", extra_sites={"frontalis": 2}), "4"),
        (f.DosePlanned(reason="as before"), "planned already"),
        (
            f.DosePlanned(reason="more", extra_sites={"trapezius": 4}, dose=in_part().course.sessions[0].dose),
            "not both",
        ),
    ],
)
def test_what_the_protocol_does_not_allow_is_not_planned(fact: Any, why: str) -> None:
    course = at(WaitKind.SAFETY_CALL)

    assert why in refused(course, DR_LEE, fact)
