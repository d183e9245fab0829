"""What can become of an appointment: closed days, deferral, one that is kept unready, one that loses its coverage."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain.clinic import Clinic, Closure, OpeningHours
from domain.clinic_time import clinic_clock, clinic_day, day_in_words, is_working_day
from domain.course import Course, Wish
from domain.dose import VialOpened, dose_of_sites, planned_dose, plus, sites_of
from domain.follows import what_follows
from domain.messages import Message, post_of
from domain.payer import Counts
from domain.response import ResponseAnswer
from domain.session import AppointmentStatus, NotGivenReason, Whose
from domain.story import story_of
from domain.visits import closed_for
from domain.waits import WaitKind
from tests.domain.builders import a_clinic
from tests.kit.answers import People, approved
from tests.kit.beginnings import a_beginning
from tests.kit.moments import after_session, at, correction, with_an_appointment
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, DR_LEE, NINA

ONE_DAY = timedelta(days=1)
NO_DRUG = People({WaitKind.READINESS: lambda _: (AMY, f.ReadinessLook(drug_on_hand=False))})


def day_of(course: Course) -> date:
    assert course.appointment is not None
    return clinic_day(course.appointment.starts_at, course.clinic.zone)


def told(course: PaperCourse, kind: str) -> list[Message]:
    """Return the messages of this kind that the course's events asked for, in their order."""
    from tests.kit.invariants import messages_of

    return [message for _, message in messages_of(course.events, course.course) if message.kind == kind]


# Closed days


def closures(on: date) -> list[Clinic]:
    week = a_clinic().opening_hours
    without = tuple(hours for hours in week if hours.weekday != on.isoweekday())
    afternoon = OpeningHours(weekday=on.isoweekday(), opens=time(13), closes=time(17))
    return [
        a_clinic(holidays=(on,)),
        a_clinic(closures=(Closure(first_on=on - ONE_DAY, last_on=on, reason="stocktaking"),)),
        a_clinic(closures=(Closure(first_on=on, last_on=on, injector="dr.lee", reason="congress"),)),
        a_clinic(closures=(Closure(first_on=on, last_on=on, room="room-1", reason="painters"),)),
        a_clinic(opening_hours=without),
        a_clinic(opening_hours=(*without, afternoon)),
    ]


@pytest.mark.parametrize("which", range(6))
def test_an_appointment_on_a_day_that_is_closed_now_is_given_up_and_another_is_found(which: int) -> None:
    course = with_an_appointment()
    before = course.course.appointment
    assert before is not None
    on = day_of(course.course)

    course.tell(ADA, f.ClinicChanged(clinic=closures(on)[which]))

    given_up = next(event for event in course.events if isinstance(event, e.AppointmentCancelled))
    assert (given_up.appointment, given_up.whose) == (before.number, Whose.CLINIC)
    assert day_in_words(on) in given_up.reason
    assert course.course.appointment is not None
    assert day_of(course.course) > on
    assert closed_for(course.course, course.now) is None
    assert [message.key for message in told(course, "appointment_cancelled")] == [
        f"c-1/appointment_cancelled/{before.number}"
    ]
    assert len(told(course, "appointment_planned")) == 3


def test_it_is_the_clinics_and_is_not_counted_as_missed() -> None:
    course = with_an_appointment()

    course.tell(ADA, f.ClinicChanged(clinic=a_clinic(holidays=(day_of(course.course),))))

    assert [visit.reason for visit in course.course.visits_not_given] == [NotGivenReason.CANCELLED_BY_CLINIC]


@pytest.mark.parametrize(
    "clinic",
    [
        a_clinic(
            closures=(Closure(first_on=date(2026, 1, 1), last_on=date(2027, 1, 1), injector="dr.khan", reason="x"),)
        ),
        a_clinic(closures=(Closure(first_on=date(2026, 1, 1), last_on=date(2027, 1, 1), room="room-2", reason="x"),)),
        a_clinic(phone="+1 206 555 0177"),
    ],
)
def test_what_does_not_concern_it_leaves_it(clinic: Clinic) -> None:
    course = with_an_appointment()
    before = course.course.appointment

    course.tell(ADA, f.ClinicChanged(clinic=clinic))

    assert course.course.appointment == before


def test_what_is_being_moved_is_left_to_schedulings_answer_and_what_is_cleared_to_its_clinician() -> None:
    course = with_an_appointment()
    closed = course.course.model_copy(update={"clinic": a_clinic(holidays=(day_of(course.course),))})
    moving = closed.model_copy(update={"move_wish": Wish(starts_at=course.now)})
    old = closed.model_copy(update={"edition": 1})

    assert closed_for(closed, course.now) is not None
    assert closed_for(moving, course.now) is None
    assert closed_for(old, course.now) is None


def test_a_closure_of_the_clinic_makes_no_working_day_one_of_an_injector_does() -> None:
    on = date(2026, 3, 4)
    closed = Closure(first_on=on, last_on=on + ONE_DAY, reason="stocktaking")

    assert not is_working_day(on, a_clinic(closures=(closed,)))
    assert is_working_day(on, a_clinic(closures=(closed.model_copy(update={"injector": "dr.lee"}),)))


# Kept although something is missing


def kept() -> PaperCourse:
    course = at(WaitKind.NOT_READY, times=2, people=NO_DRUG)
    course.tell(AMY, f.NotReadyDecision(reason="the parcel comes tomorrow"))
    return course


def test_who_is_expected_is_reminded_though_the_appointment_is_not_confirmed() -> None:
    course = kept()

    assert course.course.appointment is not None
    assert course.course.appointment.status is AppointmentStatus.TENTATIVE
    reminders = told(course, "reminder")
    assert [message.key.rsplit("/", 1)[-1] for message in reminders] == ["72h", "24h"]
    assert told(course, "appointment_confirmed") == []


def test_confirmed_after_all_nobody_is_reminded_twice() -> None:
    course = kept()

    course.tell(AMY, f.ReadinessLook(drug_on_hand=True))

    assert course.course.appointment is not None
    assert course.course.appointment.status is AppointmentStatus.CONFIRMED
    assert len(told(course, "appointment_confirmed")) == 1
    keys = [message.key for message in told(course, "reminder")]
    assert len(keys) == len(set(keys)) == 2


def test_kept_after_it_was_confirmed_and_lost_its_coverage_nobody_is_reminded_twice() -> None:
    course = kept()
    course.tell(AMY, f.ReadinessLook(drug_on_hand=True))
    booked = course.course.appointment
    assert booked is not None
    lost = booked.model_copy(update={"status": AppointmentStatus.TENTATIVE, "unconfirmed_on": course.today})
    keep = next(event for event in course.events if isinstance(event, e.KeptUnready))

    assert post_of(keep, course.course.model_copy(update={"appointment": lost})).messages == ()


def test_in_courses_of_the_first_edition_only_confirmed_appointments_are_reminded_of() -> None:
    course = at(WaitKind.NOT_READY, times=2, people=NO_DRUG, beginning=a_beginning(edition=1))
    course.tell(AMY, f.NotReadyDecision(reason="the parcel comes tomorrow"))
    keep = next(event for event in course.events if isinstance(event, e.KeptUnready))

    assert post_of(keep, course.course).messages == ()

    course.tell(AMY, f.ReadinessLook(drug_on_hand=True))
    assert len(told(course, "reminder")) == 2


# Confirmed, and no longer covered


def test_a_confirmed_appointment_that_the_new_dose_leaves_uncovered_is_looked_at_anew() -> None:
    people = People({WaitKind.PAYER_ANSWER: lambda seen: approved(seen, units=200, sessions=1, counts=Counts.GIVEN)})
    course = at(WaitKind.PAYER_ANSWER, people=people)
    by, granted = people.answer(course.course, course.tasks[0], course.now) or (None, None)
    assert by is not None
    assert granted is not None
    course.tell(by, granted.model_copy(update={"units": 155}))
    course.tell(AMY, f.ReadinessLook(drug_on_hand=True))
    confirmed = course.course.appointment
    assert confirmed is not None
    assert confirmed.status is AppointmentStatus.CONFIRMED
    more = {"temporalis": 2, "occipitalis": 2, "trapezius": 4}

    course.tell(NINA, f.DosePlanned(reason="pain follows", extra_sites=more))
    course.go_on(People({WaitKind.SUBMIT_PACKET: lambda _: None}), until=WaitKind.NOT_READY)

    assert course.task(WaitKind.NOT_READY) is not None
    assert course.course.appointment == confirmed


@pytest.mark.parametrize(("larger", "pause"), [(True, False), (False, False), (True, True)])
def test_a_dose_planned_with_the_answer_to_the_check_says_at_once_what_it_means_for_vials_and_coverage(
    *, larger: bool, pause: bool
) -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    more = {"temporalis": 2, "occipitalis": 2, "trapezius": 4}
    sites = plus(sites_of(planned_dose(course.course.protocol)), more)
    dose = dose_of_sites(sites, protocol=course.course.protocol, reason="pain follows") if larger else None
    answer = f.Response(
        answer=ResponseAnswer.PAUSE if pause else ResponseAnswer.CONTINUE,
        reason="episodic" if pause else None,
        look_again_on=course.today + 90 * ONE_DAY if pause else None,
        dose=dose,
    )

    course.tell(DR_LEE, answer)

    said = follows(course, e.ResponseAnswered)
    assert ("195 units open 200" in said) is (larger and not pause)
    assert ("not covered on" in said) is (larger and not pause)


# Deferred


def follows(course: PaperCourse, kind: type[e.CourseEvent]) -> str:
    event = next(event for event in reversed(course.events) if isinstance(event, kind))
    return "\n".join(what_follows(event, course.course))


def test_a_deferral_past_the_protocols_latest_day_says_so() -> None:
    course = after_session(1)
    given_on = course.course.sessions[0].given_on

    course.tell(AMY, f.Cancel(reason="travels", whose=Whose.PATIENT, not_before=given_on + timedelta(days=105)))

    late = (day_of(course.course) - (given_on + timedelta(days=98))).days
    assert f"{late} days after the protocol's latest day" in follows(course, e.AppointmentCancelled)


def test_a_deferral_past_the_coverage_says_so_and_when_the_payer_is_asked() -> None:
    course = after_session(1)
    until_on = course.course.authorizations[0].until_on

    course.tell(AMY, f.Cancel(reason="travels", whose=Whose.PATIENT, not_before=until_on + ONE_DAY))

    said = follows(course, e.AppointmentCancelled)
    assert "is not covered on" in said
    assert "the payer is asked" in said or "is open" in said


def test_a_time_within_both_has_nothing_to_say() -> None:
    course = after_session(1)

    course.tell(AMY, f.Cancel(reason="a cold", whose=Whose.PATIENT))

    assert follows(course, e.AppointmentCancelled) == ""


def test_the_third_missed_visit_says_that_a_clinician_decides() -> None:
    course = with_an_appointment()
    for _ in range(3):
        course.tell(AMY, f.Cancel(reason="a cold", whose=Whose.PATIENT))

    assert "3 visits were missed: a clinician decides" in follows(course, e.AppointmentCancelled)


# A visit that does not take place while scheduling is asked for another time


def test_the_time_that_was_asked_for_is_asked_for_still() -> None:
    course = with_an_appointment()
    wish = Wish(starts_at=course.now + timedelta(days=120))
    moving: Any = course.course.model_copy(update={"move_wish": wish})
    course.course = moving

    course.tell(AMY, f.NotGiven(reason=NotGivenReason.CANCELLED_BY_PATIENT))

    assert course.course.visits_not_given[-1].reason is NotGivenReason.CANCELLED_BY_PATIENT
    assert course.course.appointment is not None
    assert clinic_clock(course.course.appointment.starts_at, course.course.clinic.zone).date() == clinic_day(
        wish.starts_at, course.course.clinic.zone
    )


# Vials that were opened and not given


A_VIAL = VialOpened(size_units=200, lot="C7461", expires_on=date(2031, 1, 31))


def test_a_vial_that_was_opened_and_not_given_is_kept_with_the_visit_and_billed_to_nobody() -> None:
    course = at(WaitKind.CLEARANCE)
    lost = f.NotGiven(reason=NotGivenReason.TURNED_AWAY, lost_vials=(A_VIAL,), lost_because="fever")
    course.tell(AMY, lost)
    [visit] = course.course.visits_not_given
    assert (visit.lost_vials, visit.lost_because) == ((A_VIAL,), "fever")
    assert course.course.sessions == ()
    assert not any(isinstance(event, e.ClaimOpened) for event in course.events)
    [told] = (event for event in course.events if isinstance(event, e.SessionNotGiven))
    assert "opened and lost: 200 units of lot C7461: fever" in story_of(told, zone="UTC")


@pytest.mark.parametrize(
    ("lost", "field"), [({"lost_vials": (A_VIAL,)}, "lost_because"), ({"lost_because": "fever"}, "lost_vials")]
)
def test_a_lost_vial_and_why_it_was_lost_are_told_together(lost: dict[str, Any], field: str) -> None:
    refused = at(WaitKind.CLEARANCE).ask(AMY, f.NotGiven(reason=NotGivenReason.TURNED_AWAY, **lost))
    assert refused is not None
    assert refused.reason.startswith(f"{field}: ")


def test_a_lost_vial_that_nobody_told_is_corrected_into_the_record_of_the_visit() -> None:
    course = at(WaitKind.CLEARANCE)
    course.tell(AMY, f.NotGiven(reason=NotGivenReason.TURNED_AWAY))
    [visit] = course.course.visits_not_given
    without_a_reason = correction(course, f.VisitValues(lost_vials=(A_VIAL,)), subject=visit.appointment)
    refused = course.ask(AMY, without_a_reason)
    assert refused is not None
    assert refused.reason.startswith("lost_because: ")
    values = f.VisitValues(lost_vials=(A_VIAL,), lost_because="fever")
    course.tell(AMY, correction(course, values, subject=visit.appointment))
    assert course.course.visits_not_given[0].lost_vials == (A_VIAL,)
