"""The row that lists show of a course."""

from __future__ import annotations

from datetime import timedelta

from domain.clinic_time import clinic_day
from domain.session import AppointmentStatus
from domain.summary import summary_of
from domain.waits import WaitKind
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning, self_pay
from tests.kit.moments import after_session, at, missed, withdrawn
from tests.kit.paper import PaperCourse


def test_the_next_session_is_numbered_within_the_trial_until_a_response_is_found() -> None:
    before = summary_of(PaperCourse().course)
    responded = after_session(2)
    responded.go_on(People(), until=WaitKind.RESPONSE_CHECK)
    during = summary_of(responded.course)
    responded.go_on(People(), until=WaitKind.READINESS)
    after = summary_of(responded.course)

    assert (before.trial_session, before.trial_of) == (1, 3)
    assert (during.trial_session, during.trial_of) == (3, 3)
    assert (after.trial_session, after.trial_of, after.next_session) == (None, None, 3)


def test_what_an_authorization_has_left_is_shown_with_the_last_dose() -> None:
    waiting, given = summary_of(at(WaitKind.PAYER_ANSWER).course), after_session(1).course

    shown = summary_of(given)

    assert (waiting.authorization_sessions_left, waiting.last_dose_on) == (None, None)
    assert shown.last_dose_on == given.sessions[0].given_on
    assert shown.authorization_sessions_left == given.authorizations[0].sessions - 1
    assert shown.authorization_units_left is not None


def test_an_appointment_that_nothing_pays_for_is_outside_the_authorization() -> None:
    course = after_session(1).course
    assert course.appointment is not None
    inside = summary_of(course)
    end = clinic_day(course.appointment.starts_at, course.clinic.zone) - timedelta(days=1)
    short = tuple(one.model_copy(update={"until_on": end}) for one in course.authorizations)

    outside = summary_of(course.model_copy(update={"authorizations": short}))

    assert inside.appointment_status == AppointmentStatus.TENTATIVE
    assert (inside.outside_authorization, outside.outside_authorization) == (False, True)


def test_who_pays_herself_is_never_outside_an_authorization() -> None:
    course = after_session(1, beginning=a_beginning(coverage=self_pay(TODAY)))

    assert summary_of(course.course).outside_authorization is False


def test_missed_visits_are_shown_while_the_course_is_open() -> None:
    assert summary_of(missed(2).course).missed_visits == 2
    assert summary_of(withdrawn().course).missed_visits == 0
