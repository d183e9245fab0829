"""Authorizations that change: what differs, extensions, amendments, withdrawals, numbers that come later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain import asking_payer, plan
from domain import events as e
from domain import facts as f
from domain.coverage import ApprovalAnswer, Decision, Per, Purpose, left
from domain.denial import DenialStep
from domain.payer import Counts, DrugSource, PlaceOfService
from domain.record import Refusal
from domain.session import AppointmentStatus
from domain.waits import WaitKind
from tests.domain.builders import DRUG
from tests.kit.answers import Answer, People, approved
from tests.kit.beginnings import TODAY
from tests.kit.moments import after_session, at, with_an_approval_that_differs, with_unpaid_units
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, NINA

ONE_DAY = timedelta(days=1)


def payer_grants(**changes: Any) -> People:
    """Return people among whom the payer grants what it usually does, but for `changes`."""
    answer: Answer = lambda seen: approved(seen, **changes)  # noqa: E731 - it reads as the table it belongs to
    return People({WaitKind.PAYER_ANSWER: answer})


def granted(**changes: Any) -> PaperCourse:
    """Return a course in the moment after the payer's first answer."""
    people = payer_grants(**changes)
    course = at(WaitKind.PAYER_ANSWER, people=people)
    answer = people.answer(course.course, course.tasks[0], course.now)
    assert answer is not None
    course.tell(*answer)
    return course


# An approval that is not what is needed


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sessions": 1, "units": 200}, "sessions: 2 were asked for, 1 granted"),
        ({"units": 310}, "units: 310 are granted, 2 sessions need 400 as billed: 90 short"),
        ({"units": 300, "counts": Counts.GIVEN}, "units: 300 are granted, 2 sessions need 310 as given: 10 short"),
        ({"units": 150, "per": Per.SESSION}, "units: 150 are granted, a session needs 200 as billed: 50 short"),
        ({"until_on": TODAY + 60 * ONE_DAY}, "window: it ends on 01 May 2026, and session 2 cannot be before"),
        ({"drug_source": DrugSource.SPECIALTY_PHARMACY}, "drug source: specialty pharmacy only"),
        ({"place_of_service": PlaceOfService.HOSPITAL_OUTPATIENT}, "place of service: hospital outpatient only"),
        ({"conditions": "only with a diary"}, "conditions: only with a diary"),
    ],
)
def test_an_approval_that_differs_from_what_is_needed_says_how_and_is_somebodys_task(
    changes: dict[str, Any], said: str
) -> None:
    course = granted(**changes)

    differs = course.course.authorizations[0].differs
    assert len(differs) == 1
    assert differs[0].startswith(said)
    assert course.task(WaitKind.APPROVAL_DIFFERS) is not None


@pytest.mark.parametrize(
    "changes", [{}, {"units": 310, "counts": Counts.GIVEN}, {"units": 310, "counts": Counts.UNKNOWN}, {"units": None}]
)
def test_an_approval_that_suffices_is_nobodys_task(changes: dict[str, Any]) -> None:
    course = granted(**changes)

    assert course.course.authorizations[0].differs == ()
    assert course.task(WaitKind.APPROVAL_DIFFERS) is None


def test_another_drug_source_covers_nothing_until_it_is_accepted_and_is_then_planned_for() -> None:
    course = granted(drug_source=DrugSource.SPECIALTY_PHARMACY)
    day = plan.planned_on(course.course, course.today)
    refused = plan.coverage_of(course.course, day)
    assert isinstance(refused, Refusal)
    assert "specialty pharmacy only" in refused.reason

    course.tell(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.ACCEPT))

    assert not isinstance(plan.coverage_of(course.course, day), Refusal)
    assert course.course.coverage.drug_source is DrugSource.SPECIALTY_PHARMACY
    assert len(course.course.requests) == 1, "nothing is asked anew"


def test_what_is_accepted_later_is_planned_for_later_sessions_only() -> None:
    course = after_session(1)
    people = payer_grants(place_of_service=PlaceOfService.HOSPITAL_OUTPATIENT)
    course.tell(AMY, f.AuthorizationWithdrawn(from_on=course.today + ONE_DAY, reason="the plan has ended"))
    course.go_on(people, until=WaitKind.APPROVAL_DIFFERS)

    course.tell(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.ACCEPT))

    given_on = course.course.sessions[0].given_on
    assert course.course.coverage.place_of_service is PlaceOfService.HOSPITAL_OUTPATIENT
    assert course.course.covered_on(given_on).coverage.place_of_service is PlaceOfService.OFFICE


def contested() -> PaperCourse:
    """Return a course whose approval of too few units is contested."""
    course = with_an_approval_that_differs()
    course.tell(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.CONTEST, reason="two vials of 200 are opened"))
    return course


def appealed() -> PaperCourse:
    """Return a course whose approval of too few units is appealed against; the appeal has been sent."""
    course = contested()
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    course.tell(AMY, f.PacketSubmitted())
    return course


def test_a_contest_needs_its_reason_and_leads_to_the_steps_after_a_denial() -> None:
    course = with_an_approval_that_differs()
    refused = course.ask(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.CONTEST))
    assert refused is not None
    assert refused.reason.startswith("reason:")

    course.tell(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.CONTEST, reason="two vials of 200 are opened"))

    assert course.course.denials[-1].contested
    assert course.task(WaitKind.DENIAL) is not None
    assert course.task(WaitKind.APPROVAL_DIFFERS) is None
    assert course.course.is_open


def test_a_contest_that_is_won_changes_the_same_authorization() -> None:
    course = appealed()
    asked = course.course.open_request
    assert asked is not None
    assert (asked.purpose, asked.amends) == (Purpose.APPEAL, 1)

    course.tell(AMY, f.AuthorizationDecision(decision=Decision.APPROVED, units=400))

    (authorization,) = course.course.authorizations
    assert left(authorization, (), drug_code=DRUG).units == 400
    assert authorization.differs == ()
    assert course.course.open_request is None
    assert course.task(WaitKind.DENIAL) is None


def test_a_contest_that_is_lost_leaves_both_to_appeal_again_and_to_accept_after_all() -> None:
    course = appealed()
    course.tell(AMY, f.AuthorizationDecision(decision=Decision.DENIED, reason="the policy's limit"))
    assert course.course.is_open, "what was granted stands"
    assert course.task(WaitKind.DENIAL) is not None
    assert course.task(WaitKind.APPROVAL_DIFFERS) is not None

    course.tell(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.ACCEPT))

    assert course.task(WaitKind.DENIAL) is None
    assert course.course.authorizations[0].answer is ApprovalAnswer.ACCEPT


# The number comes later


def test_granted_by_telephone_a_session_may_be_given_and_its_claim_waits_for_the_number() -> None:
    people = payer_grants(number=None, number_follows=True)
    people.instead[WaitKind.AUTHORIZATION_NUMBER] = lambda _: None
    course = after_session(1, people=people)
    (session,) = course.course.sessions
    assert (session.coverage.authorization, session.coverage.authorization_number) == (1, None)
    assert session.claim_id is None
    assert course.course.billing_impossible == (), "it waits, and nobody need bill it by hand"
    assert course.task(WaitKind.AUTHORIZATION_NUMBER) is not None

    course.tell(AMY, f.AuthorizationAmended(number="A-77"))

    (session,) = course.course.sessions
    assert session.coverage.authorization_number == "A-77"
    assert session.claim_id is not None
    assert course.task(WaitKind.AUTHORIZATION_NUMBER) is None


def test_the_number_is_told_after_the_end_too() -> None:
    people = payer_grants(number=None, number_follows=True)
    people.instead[WaitKind.AUTHORIZATION_NUMBER] = lambda _: None
    course = after_session(1, people=people)
    course.tell(AMY, f.Withdrawal(reason="moves away"))

    course.tell(BEN, f.AuthorizationAmended(number="A-77"))

    assert course.course.sessions[0].claim_id is not None


# Withdrawn


def _status(course: PaperCourse) -> AppointmentStatus | None:
    return None if course.course.appointment is None else course.course.appointment.status


def test_a_withdrawn_authorization_covers_no_later_session_and_a_new_request_starts() -> None:
    course = after_session(1)
    course.go_on(People(), until=WaitKind.CLEARANCE)
    assert _status(course) is AppointmentStatus.CONFIRMED

    course.tell(AMY, f.AuthorizationWithdrawn(from_on=course.today, reason="the plan has ended"))

    assert isinstance(plan.coverage_of(course.course, course.today), Refusal)
    assert _status(course) is AppointmentStatus.TENTATIVE
    assert course.course.open_request is not None
    assert course.course.sessions[0].coverage.authorization == 1, "what was given before keeps its coverage"


def test_withdrawn_for_a_day_that_is_over_the_session_given_then_is_paid_anew_and_its_claim_outdated() -> None:
    course = after_session(1)
    course.pass_until(course.now + 3 * ONE_DAY)

    course.tell(AMY, f.AuthorizationWithdrawn(from_on=TODAY, reason="never valid"))

    (session,) = course.course.sessions
    assert session.coverage.authorization is None
    assert session.coverage.uncovered is not None
    assert session.claim_outdated


# Extension before renewal (P3)


def slipped() -> PaperCourse:
    """Return a course with one session left whose next one is planned after the authorization's end."""
    course = after_session(1, people=payer_grants())
    course.tell(AMY, f.AuthorizationAmended(until_on=course.today + 100 * ONE_DAY))
    assert course.course.appointment is not None
    later = course.course.appointment.starts_at + 21 * ONE_DAY
    course.tell(AMY, f.Move(starts_at=later, reason="no free time before"))
    return course


def test_a_session_that_slips_past_the_end_asks_for_an_extension_the_same_day_with_the_reason() -> None:
    course = slipped()

    asked = course.course.open_request
    assert asked is not None
    assert (asked.purpose, asked.amends, asked.opened_on) == (Purpose.EXTENSION, 1, course.today)
    assert asked.reason is not None
    assert "days after the end; 1 session and 200 units will lapse" in asked.reason
    assert asked.until_on is not None
    assert asked.until_on >= plan.planned_on(course.course, course.today)


def test_an_extension_granted_moves_the_end_of_the_same_authorization() -> None:
    course = slipped()
    course.tell(AMY, f.PacketSubmitted())

    course.tell(AMY, f.AuthorizationDecision(decision=Decision.APPROVED, until_on=course.today + 150 * ONE_DAY))

    (authorization,) = course.course.authorizations
    assert authorization.until_on == course.today + 150 * ONE_DAY
    assert not asking_payer.must_ask_payer(course.course, course.today)
    ends = course.course.waits_of(WaitKind.AUTHORIZATION_ENDS)
    assert [wait.due.date() for wait in ends] == [authorization.until_on + ONE_DAY]


def test_an_extension_refused_makes_way_for_a_renewal_and_does_not_end_the_course() -> None:
    course = slipped()
    course.tell(AMY, f.PacketSubmitted())

    course.tell(AMY, f.AuthorizationDecision(decision=Decision.DENIED, reason="no extensions"))

    assert course.course.is_open
    course.go_on(People({WaitKind.SUBMIT_PACKET: lambda _: None}), until=WaitKind.SUBMIT_PACKET)
    assert [request.purpose for request in course.course.requests][-1] is Purpose.RENEWAL


def test_an_extension_that_is_not_answered_before_the_end_is_too_late() -> None:
    course = slipped()
    course.tell(AMY, f.PacketSubmitted())

    course.pass_until(course.now + 102 * ONE_DAY)

    closed = course.course.requests[1]
    assert closed.closed_on is not None
    assert course.course.requests[-1].purpose is Purpose.RENEWAL


def test_a_late_yes_to_an_extension_revives_the_authorization() -> None:
    course = slipped()
    course.pass_until(course.now + 102 * ONE_DAY)
    assert course.course.authorizations[0].expired_on is not None

    course.tell(AMY, f.AuthorizationAmended(request=1, until_on=course.today + 60 * ONE_DAY, reason="by telephone"))

    assert course.course.authorizations[0].expired_on is None


# Units (COURSE 2, every row)


@pytest.mark.parametrize(
    ("units", "counts", "per", "planned", "then"),
    [
        (310, Counts.GIVEN, Per.ALL, 155, {}),
        (310, Counts.GIVEN, Per.ALL, 195, {"short": 40}),
        (310, Counts.BILLED, Per.ALL, 155, {"short": 45}),
        (310, Counts.BILLED, Per.ALL, 195, {"short": 85}),
        (400, Counts.GIVEN, Per.ALL, 155, {}),
        (400, Counts.BILLED, Per.ALL, 195, {}),
        (155, Counts.UNKNOWN, Per.SESSION, 155, {"unpaid": 45}),
        (155, Counts.UNKNOWN, Per.SESSION, 195, {"short": 40}),
    ],
)
def test_session_2_by_what_was_granted_and_what_the_payer_counts(
    units: int, counts: Counts, per: Per, planned: int, then: dict[str, int]
) -> None:
    unpaid, short = then.get("unpaid", 0), then.get("short")
    people = payer_grants(units=units, counts=counts, per=per)
    course = after_session(1, people=people)
    if planned != 155:
        extra = {"temporalis": 2, "occipitalis": 2, "trapezius": 4}
        course.tell(NINA, f.DosePlanned(reason="the pain follows", extra_sites=extra))
    on = plan.planned_on(course.course, course.today)

    covered = plan.coverage_of(course.course, on)

    if short is not None:
        assert isinstance(covered, Refusal)
        assert f": {short} short" in covered.reason
        asked = course.course.open_request
        assert asked is not None
        assert asked.purpose is Purpose.AMENDMENT, "an amendment is asked at once"
        return
    assert not isinstance(covered, Refusal)
    assert covered.unpaid_units == unpaid
    assert (course.task(WaitKind.UNPAID_UNITS) is not None) is bool(unpaid), "when it is booked, not on the day"


def test_units_that_may_stay_unpaid_are_accepted_with_a_reason_for_this_session_and_so_many_units() -> None:
    course = with_unpaid_units()

    course.tell(BEN, f.UnpaidUnitsAccepted(reason="written off"))

    assert course.task(WaitKind.UNPAID_UNITS) is None
    (accepted,) = course.course.unpaid_accepted
    assert (accepted.session, accepted.units) == (1, 45)
    course.go_on(People({WaitKind.UNPAID_UNITS: lambda _: None}), until=WaitKind.UNPAID_UNITS)
    assert course.course.next_session == 2, "each session asks anew"


def test_units_that_may_stay_unpaid_are_settled_by_an_amendment() -> None:
    course = with_unpaid_units()

    course.tell(BEN, f.AuthorizationAmended(units=200, reason="by telephone"))

    assert course.task(WaitKind.UNPAID_UNITS) is None
    assert plan.unpaid_of_next(course.course) == 0


def test_events_of_authorizations_are_read_back_as_they_were_written() -> None:
    course = slipped()

    for event in course.events:
        assert e.parse_event(event.model_dump(mode="json")) == event
