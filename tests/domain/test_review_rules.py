"""Orders of requests that once led astray."""

from __future__ import annotations

from datetime import timedelta

from domain import events as e
from domain import facts as f
from domain import plan
from domain.changes import after
from domain.claims import claim_for
from domain.clinic_time import clinic_day
from domain.coverage import ApprovalAnswer, CoverageKind
from domain.messages import post_of
from domain.record import Refusal
from domain.session import NotGivenReason
from domain.waits import WaitKind
from tests.kit.answers import People, approved
from tests.kit.beginnings import TODAY, a_beginning, self_pay
from tests.kit.moments import at, with_an_appointment, withdrawn
from tests.kit.people import AMY, BEN, DR_LEE

ONE_DAY = timedelta(days=1)


def test_an_authorization_that_begins_later_is_waited_for_and_not_asked_for_again() -> None:
    begins_in = 20 * ONE_DAY
    later = People({WaitKind.PAYER_ANSWER: lambda seen: approved(seen, from_on=seen.today + begins_in)})

    course = at(WaitKind.PAYER_ANSWER, people=later)
    from_on = course.today + begins_in
    course.go_on(later, until=WaitKind.READINESS)

    assert [request.purpose for request in course.course.requests] == ["initial"]
    assert course.course.appointment is not None
    assert clinic_day(course.course.appointment.starts_at, course.course.clinic.zone) >= from_on


def test_an_authorization_that_begins_in_a_year_is_no_reason_to_wait_so_long() -> None:
    next_year = People(
        {
            WaitKind.PAYER_ANSWER: lambda seen: approved(
                seen, from_on=seen.today + 365 * ONE_DAY, until_on=seen.today + 700 * ONE_DAY
            )
        }
    )
    course = at(WaitKind.PAYER_ANSWER, people=next_year)
    task = course.tasks[0]
    answer = next_year.answer(course.course, task, course.now)
    assert answer is not None
    course.tell(*answer, task=task.id)

    assert plan.look_for_from(course.course, course.today) < course.today + 7 * ONE_DAY
    assert course.task(WaitKind.APPROVAL_DIFFERS) is not None, "a person sees that something is wrong"
    course.tell(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.ACCEPT))
    assert course.task(WaitKind.FALLS_SHORT) is not None, "and finds what is to be done"
    assert course.course.open_request is None, "the same is not asked again by itself"


def test_a_time_that_the_patient_gave_up_is_not_found_again() -> None:
    course = with_an_appointment()
    assert course.course.appointment is not None
    given_up = clinic_day(course.course.appointment.starts_at, course.course.clinic.zone)

    course.tell(AMY, f.NotGiven(reason=NotGivenReason.CANCELLED_BY_PATIENT))

    assert course.course.appointment is not None
    assert clinic_day(course.course.appointment.starts_at, course.course.clinic.zone) > given_up


def test_a_session_is_invoiced_as_agreed_for_its_day_also_when_a_later_agreement_comes_before_the_signature() -> None:
    course = at(WaitKind.SESSION_RESULT, beginning=a_beginning(coverage=self_pay(TODAY)))
    _, result = People().answer(course.course, course.tasks[0], course.now) or (None, None)
    course.tell(AMY, result)
    course.tell(BEN, f.SelfPayAgreed(signed_on=course.today, amount_cents=999_900, sessions=4))
    course.tell(DR_LEE, f.RecordSigned())

    session = course.course.sessions[0]
    assert session.coverage.kind is CoverageKind.SELF_PAY
    invoice = claim_for(
        session,
        course_id="c-1",
        coverage=course.course.coverage,
        policy=None,
        diagnosis=course.course.history.diagnosis,
        protocol=course.course.protocol,
    )

    assert not isinstance(invoice, Refusal)
    assert invoice.amount_cents == 180_000


def test_of_an_appointment_booked_while_the_course_ended_the_patient_is_not_told() -> None:
    booked = next(event for event in withdrawn().events if isinstance(event, e.AppointmentBooked))
    course = withdrawn()

    for event in (
        booked.model_copy(update={"request_id": None}),
        e.AppointmentCancelled(appointment=booked.appointment.number, reason="the course ended"),
    ):
        stamped = event.model_copy(update={"number": course.course.number + 1, "at": course.now, "on": course.today})
        course.course = after(course.course, stamped)
        assert post_of(stamped, course.course).messages == ()

    assert course.course.unsettled, "scheduling is told all the same"


def test_the_payers_own_deadline_is_not_moved() -> None:
    course = at(WaitKind.PAYER_ANSWER)

    refused = course.ask(AMY, f.MoveDeadline(due_on=course.today + 9 * ONE_DAY, reason="slow"), task=course.tasks[0].id)

    assert refused is not None
    assert "payer-chased" in refused.reason


def test_evidence_keeps_in_mind_by_which_event_diary_days_were_last_told() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    assert course.course.diary_told == 0

    course.tell(AMY, f.DiaryEntered(first_on=course.today - ONE_DAY, last_on=course.today, days=2))

    told = next(event for event in course.events if isinstance(event, e.DiaryEntered))
    assert course.course.diary_told == told.number
