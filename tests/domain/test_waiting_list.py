"""The waiting list (P3): an earlier time is wanted, looked for each working day's morning, and the patient is asked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain.asking_payer import NOT_NEEDED
from domain.clinic_time import clinic_day, is_working_day
from domain.coverage import Purpose
from domain.hold import HoldReason
from domain.plan import day_of_appointment, earliest_from_last_dose, morning_of
from domain.planner import notices
from domain.record import Refusal
from domain.sentences import waiting_sentence
from domain.session import EarlierWish, FreeTime, Whose
from domain.story import story_of
from domain.waiting_list import first_day_wanted, next_look, offer_in_words, saves_by, window_of
from domain.waits import KINDS, WaitKind
from office.about import about_task
from office.beside import beside
from tests.domain.builders import a_clinic, the_policy, with_value
from tests.domain.test_coverage_changed import another_payer
from tests.kit.invariants import check_story
from tests.kit.moments import booked_late
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, DR_LEE

ONE_DAY = timedelta(days=1)


def booked_on(course: PaperCourse) -> date:
    return day_of_appointment(course.course)


def wanted(course: PaperCourse, **fields: Any) -> PaperCourse:
    course.tell(AMY, f.EarlierWanted.model_validate(fields))
    return course


def wish(course: PaperCourse) -> EarlierWish:
    assert course.course.earlier is not None
    return course.course.earlier


def offer_of(course: PaperCourse) -> FreeTime:
    offer = wish(course).offer
    assert offer is not None
    return offer


def looks(course: PaperCourse) -> list[e.EarlierLooked]:
    return [one for one in course.events if isinstance(one, e.EarlierLooked)]


def test_it_is_looked_for_at_once_and_then_each_working_day_s_morning_in_one_line_of_the_journal() -> None:
    course = wanted(booked_late())
    [first] = looks(course)

    assert first.on == course.today
    day = course.course.waits_of(WaitKind.EARLIER_DAY)
    assert [one.due for one in day] == [first.look_at]
    assert is_working_day(clinic_day(first.look_at, course.course.clinic.zone), course.course.clinic)
    assert not day[0].is_task
    friday = course.today + (5 - course.today.isoweekday()) * ONE_DAY
    after_friday = next_look(course.course, wish(course).model_copy(update={"looked_on": friday}))
    assert after_friday == morning_of(course.course, friday + 3 * ONE_DAY)


def test_a_day_on_which_the_clinic_will_be_closed_is_no_day_to_look() -> None:
    course = wanted(booked_late())
    [before] = course.course.waits_of(WaitKind.EARLIER_DAY)
    closed_on = clinic_day(before.due, course.course.clinic.zone)

    course.tell(ADA, f.ClinicChanged(clinic=a_clinic(holidays=(closed_on,))))

    [after] = course.course.waits_of(WaitKind.EARLIER_DAY)
    assert after.due == next_look(course.course, wish(course))
    assert after.due > before.due
    course.pass_until(after.due)
    assert looks(course)[-1].on == clinic_day(after.due, course.course.clinic.zone)


def test_what_is_free_is_a_task_that_names_both_times() -> None:
    course = booked_late(offered=True)
    offer = offer_of(course)

    assert course.task(WaitKind.EARLIER_TIME) is not None
    assert earliest_from_last_dose(course.course) <= clinic_day(offer.starts_at, course.course.clinic.zone)
    said = offer_in_words(course.course, offer)
    assert said == f"{booked_on(course).day} {booked_on(course):%b} could become {offer.starts_at.day} May 10:00"
    assert beside(WaitKind.EARLIER_TIME, {"offer": said}) == said
    task = course.task(WaitKind.EARLIER_TIME)
    assert task is not None
    assert [one.name for one in about_task(course.course, task, course.today)] == ["Session", "Appointment"]
    assert not waiting_sentence(course.course).endswith("is looked for")
    assert not course.course.waits_of(WaitKind.EARLIER_DAY)
    assert KINDS[WaitKind.EARLIER_TIME].to_patient


def test_a_yes_moves_the_session_and_nothing_is_looked_for_any_more() -> None:
    course = booked_late(offered=True)
    offer = offer_of(course)

    course.tell(AMY, f.EarlierAnswered(takes=True, note="glad"))

    assert course.course.appointment is not None
    assert course.course.appointment.starts_at == offer.starts_at
    assert course.course.earlier is None
    assert not {WaitKind.EARLIER_DAY, WaitKind.EARLIER_TIME} & {wait.kind for wait in course.course.waits}
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_a_no_keeps_the_appointment_and_looks_for_another_day() -> None:
    course = booked_late(offered=True)
    before = course.course.appointment
    day = clinic_day(offer_of(course).starts_at, course.course.clinic.zone)

    course.tell(AMY, f.EarlierAnswered(takes=False))

    assert course.course.appointment == before
    assert wish(course).declined == (day,)
    course.pass_until(course.now + 4 * ONE_DAY)
    assert clinic_day(offer_of(course).starts_at, course.course.clinic.zone) > day
    assert wish(course).offers == 2


def test_scheduling_s_no_to_the_move_keeps_looking() -> None:
    course = booked_late(offered=True)
    answered = e.EarlierAnswered(offer=offer_of(course), day=booked_on(course), takes=True, reason="x")
    course.happened(answered)
    assert course.course.move_wish is not None

    course.happened(e.MoveRefused(reason="somebody was faster"))

    assert wish(course).offer is None
    course.settle()
    assert wish(course).looked_on == course.today


def test_an_offer_that_nobody_answers_lapses_on_the_morning_of_its_day_and_another_is_looked_for() -> None:
    course = booked_late(offered=True)
    offer = offer_of(course)

    course.pass_until(morning_of(course.course, clinic_day(offer.starts_at, course.course.clinic.zone)))

    assert looks(course)[-2].lapsed
    assert offer_of(course).starts_at > offer.starts_at


@pytest.mark.parametrize(
    ("end", "by"),
    [
        (lambda _: f.Cancel(reason="on holiday", whose=Whose.PATIENT), AMY),
        (lambda course: f.HoldAsked(until=course.today + 60 * ONE_DAY, reason=HoldReason.TRAVEL), AMY),
        (lambda _: f.Withdrawal(reason="moves away"), AMY),
        (lambda _: f.End(outcome="discontinued", reason="clinicians_decision"), DR_LEE),
        (lambda _: f.EarlierWanted(wanted=False), AMY),
    ],
)
@pytest.mark.parametrize("offered", [False, True])
def test_it_ends_with_the_appointment_a_hold_an_end_or_when_it_is_wanted_no_more(
    end: Any, by: Any, *, offered: bool
) -> None:
    course = booked_late(offered=True) if offered else wanted(booked_late())

    course.tell(by, end(course))

    assert course.course.earlier is None
    assert not {WaitKind.EARLIER_DAY, WaitKind.EARLIER_TIME} & {wait.kind for wait in course.course.waits}
    assert waiting_sentence(course.course).find("earlier time") == -1


def test_it_ends_on_the_last_day_that_would_do() -> None:
    course = booked_late()
    until_on = earliest_from_last_dose(course.course) + ONE_DAY
    wanted(course, until_on=until_on)
    declined = wish(course).model_copy(update={"declined": (until_on, until_on - ONE_DAY)})
    course.course = course.course.model_copy(update={"earlier": declined})

    course.pass_until(morning_of(course.course, until_on - ONE_DAY))
    assert wish(course) == declined.model_copy(update={"looked_on": wish(course).looked_on})
    course.pass_until(morning_of(course.course, until_on))

    assert course.course.earlier is None
    assert isinstance(
        [one for one in course.events if getattr(one, "kind", "").startswith("earlier")][-1], e.EarlierGivenUp
    )
    assert course.course.appointment is not None


def test_moved_by_hand_it_ends_only_where_the_new_time_is_early_enough() -> None:
    course = booked_late()
    until_on = earliest_from_last_dose(course.course) + 2 * ONE_DAY
    wanted(course, until_on=until_on)
    assert course.course.appointment is not None
    at = course.course.appointment.starts_at

    course.tell(AMY, f.Move(starts_at=at - 7 * ONE_DAY, reason="a little earlier"))
    assert wish(course).until_on == until_on
    course.tell(AMY, f.Move(starts_at=at - 28 * ONE_DAY, reason="much earlier"))

    assert course.course.earlier is None


def test_the_last_day_is_the_authorization_s_where_the_time_lies_after_its_end_else_the_day_before() -> None:
    course = booked_late()
    assert saves_by(course.course) is None
    wanted(course)
    assert wish(course).until_on == booked_on(course) - ONE_DAY
    ends_on = booked_on(course) - 5 * ONE_DAY
    course.tell(AMY, f.AuthorizationAmended(until_on=ends_on))
    assert saves_by(course.course) == ends_on

    wanted(course)

    assert wish(course).until_on == ends_on


def test_an_extension_that_nobody_has_sent_is_not_needed_once_an_earlier_time_is_taken() -> None:
    course = booked_late()
    until_on = booked_on(course) - 10 * ONE_DAY
    course.tell(AMY, f.AuthorizationAmended(until_on=until_on))
    [asked] = [one for one in course.course.requests if one.purpose is Purpose.EXTENSION]
    assert course.course.appointment is not None
    late = course.course.appointment.starts_at
    wanted(course)
    course.pass_until(course.now + 4 * ONE_DAY)

    course.tell(AMY, f.EarlierAnswered(takes=True))

    assert course.course.requests[-1].number == asked.number
    assert course.course.requests[-1].closed_because == NOT_NEEDED
    assert course.task(WaitKind.SUBMIT_PACKET) is None
    course.tell(AMY, f.Move(starts_at=late, reason="she cannot after all"))
    again = course.course.open_request
    assert again is not None
    assert again.purpose is Purpose.EXTENSION, "it may be asked for again"


def test_an_extension_that_was_sent_is_waited_for_all_the_same() -> None:
    course = booked_late()
    course.tell(AMY, f.AuthorizationAmended(until_on=booked_on(course) - 10 * ONE_DAY))
    course.tell(AMY, f.PacketSubmitted(reference="fax 7"))
    wanted(course)
    course.pass_until(course.now + 4 * ONE_DAY)

    course.tell(AMY, f.EarlierAnswered(takes=True))

    assert course.course.open_request is not None


def test_the_last_day_lies_between_the_first_day_of_the_session_and_the_appointment() -> None:
    course = booked_late()
    first_on = first_day_wanted(course.course, course.today)
    assert first_on == earliest_from_last_dose(course.course)

    for day in (first_on - ONE_DAY, booked_on(course)):
        refused = course.ask(AMY, f.EarlierWanted(until_on=day))
        assert isinstance(refused, Refusal)
        assert refused.reason.startswith("until_on: expected a day from")
    wanted(course, until_on=first_on)
    first, last = window_of(course.course, wish(course), course.today)
    zone = course.course.clinic.zone
    assert (clinic_day(first, zone), clinic_day(last, zone)) == (first_on, first_on)


def test_a_yes_to_a_day_that_will_not_do_any_more_is_refused() -> None:
    course = booked_late(offered=True)
    policy = with_value(the_policy("washington-labor"), "timing.interval_days_min", 100)
    course.tell(AMY, another_payer(course.today + ONE_DAY, policy=policy))
    assert wish(course).offer is not None

    refused = course.ask(AMY, f.EarlierAnswered(takes=True))

    assert isinstance(refused, Refusal)
    assert "takes: the first day that will do" in refused.reason
    course.tell(AMY, f.EarlierAnswered(takes=False))


def test_a_course_of_the_first_edition_looks_for_none() -> None:
    course = booked_late()
    course.course = course.course.model_copy(update={"edition": 1})

    assert isinstance(course.ask(AMY, f.EarlierWanted()), Refusal)


def test_the_sentence_and_the_notices_say_that_it_is_looked_for() -> None:
    course = wanted(booked_late())
    until = wish(course).until_on

    assert waiting_sentence(course.course).endswith(f". An earlier time by {until:%d %b %Y} is looked for")
    assert any("an earlier time by" in said and "last on" in said for said in notices(course.course, course.today))


def test_every_turn_of_it_is_told_in_a_sentence() -> None:
    course = booked_late(offered=True)
    course.tell(AMY, f.EarlierAnswered(takes=False))
    course.tell(AMY, f.EarlierWanted(wanted=False))
    zone = course.course.clinic.zone

    said = [story_of(one, zone=zone) for one in course.events if getattr(one, "kind", "").startswith("earlier")]

    assert said[0].startswith("An earlier time by")
    assert said[1] == "No earlier time is free; it is looked for again"
    assert said[2].startswith("An earlier time is free: ")
    assert said[3].startswith("The patient does not take ")
    assert said[-1] == "No earlier time is looked for any more: it is not wanted any more"
