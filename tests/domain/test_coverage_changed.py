"""Another coverage from a day on, told in time and told late (P9), and another place (P11)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain import plan
from domain.coverage import ApprovalAnswer, CoverageKind, CoveragePeriod, Decision, Purpose
from domain.denial import Denial, DenialCode, DenialStep
from domain.follows import what_follows
from domain.payer import DrugSource, PlaceOfService
from domain.planner import notices
from domain.record import Refusal
from domain.response import ResponseAnswer
from domain.waits import WaitKind
from domain.ways_on import open_denial
from tests.domain.builders import the_policy, with_value
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning, medicare, self_pay
from tests.kit.diaries import SEVERITY_ONLY
from tests.kit.moments import a_minor, after_session, at
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DR_LEE

ONE_DAY = timedelta(days=1)
OTHER = "washington-labor"


def another_payer(from_on: date, **changes: Any) -> f.CoverageChanged:
    plain: dict[str, Any] = {
        "from_on": from_on,
        "pays": CoverageKind.AUTHORIZATION,
        "payer_id": OTHER,
        "policy": the_policy(OTHER),
        "reason": "she told on the telephone",
    }
    return f.CoverageChanged(**{**plain, **changes})


# Told in time


def test_the_payer_who_follows_is_asked_at_once_for_the_continuation() -> None:
    course = after_session(1)

    course.tell(AMY, another_payer(course.today + 20 * ONE_DAY))

    asked = course.course.open_request
    assert asked is not None
    assert (asked.purpose, asked.payer_id, asked.for_session) == (Purpose.CONTINUATION, OTHER, 2)
    assert asked.policy_version == the_policy(OTHER).version


def test_the_old_authorization_ends_for_later_sessions_and_is_kept_for_earlier_ones() -> None:
    course = after_session(1)
    from_on = course.today + 20 * ONE_DAY

    course.tell(AMY, another_payer(from_on))

    (old,) = course.course.authorizations
    assert old.stopped_on == from_on
    assert course.course.sessions[0].coverage.authorization == old.request
    assert not isinstance(plan.coverage_of(course.course, from_on - ONE_DAY), Refusal)
    assert isinstance(plan.coverage_of(course.course, from_on), Refusal)


def test_each_session_is_billed_to_the_payer_of_its_day() -> None:
    course = after_session(1)
    course.tell(AMY, another_payer(course.today + 20 * ONE_DAY))

    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    answer = People().answer(course.course, course.tasks[0], course.now)
    assert answer is not None
    course.tell(*answer)

    assert [session.claim_payer for session in course.course.sessions] == ["northwind-commercial", OTHER]
    assert not course.course.sessions[0].claim_outdated


@pytest.mark.parametrize(("days", "lost"), [(0, True), (1, False)])
def test_a_session_that_is_cleared_when_its_coverage_is_lost_is_given_and_its_bill_waits(
    *, days: int, lost: bool
) -> None:
    course = at(WaitKind.SESSION_RESULT)

    course.tell(AMY, another_payer(course.today + days * ONE_DAY))

    said = what_follows(next(one for one in course.events if isinstance(one, e.CoverageChanged)), course.course)
    assert [one.partition(":")[0] for one in said[:1]] == [
        "session 1 is cleared, and nothing pays for it any more"
    ] * lost
    answer = People().answer(course.course, course.tasks[0], course.now)
    assert answer is not None
    course.tell(*answer)
    [session] = course.course.sessions
    assert (session.coverage.authorization is None) is lost
    assert (session.coverage.uncovered is not None) is lost
    assert session.claim_held == session.coverage.uncovered
    assert (course.task(WaitKind.CLAIM_HELD) is not None) is lost
    assert (session.claim_id is None) is lost


def test_an_authorization_withdrawn_from_the_day_of_a_cleared_session_on_leaves_it_uncovered() -> None:
    course = at(WaitKind.SESSION_RESULT)

    course.tell(AMY, f.AuthorizationWithdrawn(from_on=course.today, reason="the plan has ended"))

    assert course.course.clearance is not None
    assert course.course.clearance.coverage.uncovered is not None
    told = next(one for one in course.events if isinstance(one, e.AuthorizationWithdrawn))
    assert what_follows(told, course.course)[1:] == ("given all the same, its bill waits for billing",)


def test_a_session_before_the_change_is_still_the_first_payers_and_its_request_stays_open() -> None:
    course = at(WaitKind.PAYER_ANSWER)

    course.tell(AMY, another_payer(course.today + 60 * ONE_DAY))

    asked = course.course.open_request
    assert asked is not None
    assert asked.payer_id == "northwind-commercial"


def test_an_open_request_to_a_payer_who_will_not_pay_for_the_session_is_closed() -> None:
    course = at(WaitKind.PAYER_ANSWER)

    course.tell(AMY, another_payer(course.today))

    first, second = course.course.requests
    assert first.closed_on is not None
    assert (second.payer_id, second.is_open) == (OTHER, True)


DENIED = f.AuthorizationDecision(decision=Decision.DENIED, reason="upheld", denial_code=DenialCode.NOT_NECESSARY)


def asked_payers(course: PaperCourse) -> list[tuple[str | None, bool]]:
    """Return whom the course has asked, and whether an answer is waited for."""
    return [(one.payer_id, one.is_open) for one in course.course.requests]


@pytest.mark.parametrize("change_first", [True, False], ids=["told before the denial", "told after it"])
def test_a_denial_of_the_payer_who_still_pays_is_a_persons_choice_although_another_is_known_to_follow(
    *, change_first: bool
) -> None:
    course = at(WaitKind.PAYER_ANSWER)
    changes = another_payer(course.today + 120 * ONE_DAY)

    for told in (changes, DENIED) if change_first else (DENIED, changes):
        course.tell(BEN, told)

    assert asked_payers(course) == [("northwind-commercial", False)], "nobody is asked by itself after a denial"
    assert course.task(WaitKind.DENIAL) is not None
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    assert asked_payers(course)[1:] == [("northwind-commercial", True)]
    assert course.course.requests[-1].purpose is Purpose.APPEAL


def test_once_the_session_falls_to_the_payer_who_follows_the_denial_of_the_one_before_is_nobodys() -> None:
    course = at(WaitKind.PAYER_ANSWER)
    course.tell(BEN, DENIED)

    course.tell(BEN, another_payer(plan.planned_on(course.course, course.today)))

    assert course.task(WaitKind.DENIAL) is None
    assert asked_payers(course)[1:] == [(OTHER, True)]


@pytest.mark.parametrize(("from_day", "open_choice"), [(0, False), (1, True)])
def test_a_denial_is_open_to_the_last_day_of_the_payer_who_said_no(*, from_day: int, open_choice: bool) -> None:
    course = after_session(1).course
    assert course.appointment is not None
    on, coverage = plan.day_of_appointment(course), course.coverage
    denial = Denial(number=1, payer_id=coverage.payer_id, reason=DenialCode.OTHER, letter_on=TODAY)
    period = CoveragePeriod(until_on=on + (from_day - 1) * ONE_DAY, coverage=coverage, policy=course.policy)
    then = coverage.model_copy(update={"payer_id": OTHER})
    course = course.model_copy(update={"coverages_before": (period,), "coverage": then, "denials": (denial,)})

    assert (open_denial(course) is not None) is open_choice


def test_the_patient_pays_a_session_of_the_payer_who_said_no_and_signs_nothing_for_the_one_who_follows() -> None:
    course = at(WaitKind.PAYER_ANSWER)
    course.tell(BEN, DENIED)
    course.tell(BEN, another_payer(course.today + 120 * ONE_DAY))

    course.tell(AMY, pays_one_session(course))
    assert course.task(WaitKind.CONFIRM_SELF_PAY) is not None
    course.tell(BEN, f.SelfPayConfirmed(may_be_charged=True, reason="she signed before"))

    assert pays_for_next(course)
    assert course.course.coverage.self_pay is None
    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    assert course.course.clearance is not None
    assert course.course.clearance.coverage.kind is CoverageKind.SELF_PAY


@pytest.mark.parametrize(("days", "payer"), [(1, "Northwind Health"), (0, "Washington Labor")])
def test_the_rule_for_going_on_is_that_of_the_payer_of_the_next_session(*, days: int, payer: str) -> None:
    course = after_session(2, diary=SEVERITY_ONLY)
    course.tell(BEN, another_payer(plan.planned_on(course.course, course.today) + days * ONE_DAY))

    course.go_on(People(), until=WaitKind.RESPONSE_CHECK)

    evidence = course.course.evidence
    assert evidence is not None
    assert evidence.payer_reason.startswith(payer)
    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
    means = course.course.checks[-1].means
    assert means is None or means.startswith(payer)
    assert means is not None or days == 0


@pytest.mark.parametrize("confirmed", [True, False])
def test_who_pays_it_does_not_wait_for_the_answer_to_an_appeal_beside(*, confirmed: bool) -> None:
    course = at(WaitKind.PAYER_ANSWER)
    course.tell(BEN, DENIED)
    course.tell(BEN, another_payer(course.today + 120 * ONE_DAY))
    course.tell(AMY, pays_one_session(course))
    if confirmed:
        course.tell(BEN, f.SelfPayConfirmed(may_be_charged=True, reason="she signed before"))
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))

    assert course.course.awaits_first_coverage is not confirmed


def test_another_source_of_the_drug_that_is_sent_anew_for_is_not_that_of_the_payer_who_follows() -> None:
    course = at(WaitKind.PAYER_ANSWER)
    first_on = course.today + 120 * ONE_DAY
    course.tell(BEN, DENIED)
    course.tell(BEN, another_payer(first_on))

    step = f.DenialStepChosen(step=DenialStep.SEND_ANEW, drug_source=DrugSource.SPECIALTY_PHARMACY)
    course.tell(BEN, step)

    assert course.course.covered_on(first_on - ONE_DAY).coverage.drug_source is DrugSource.SPECIALTY_PHARMACY
    assert course.course.covered_on(first_on).coverage.drug_source is DrugSource.CLINIC_STOCK


PHARMACY, STOCK = DrugSource.SPECIALTY_PHARMACY, DrugSource.CLINIC_STOCK


@pytest.mark.parametrize("given", [0, 1], ids=["before session 1", "after it"])
def test_another_source_that_the_payer_grants_and_is_accepted_is_that_payers_and_the_other_follows_as_told(
    *, given: int
) -> None:
    course = at(WaitKind.PAYER_ANSWER) if not given else after_session(1)
    if given:
        course.tell(AMY, f.AuthorizationWithdrawn(from_on=course.today + ONE_DAY, reason="a new plan"))
        course.go_on(People(), until=WaitKind.PAYER_ANSWER)
    on = plan.planned_on(course.course, course.today)
    follows = on + 20 * ONE_DAY
    course.tell(BEN, another_payer(follows, drug_source=STOCK))
    task = course.task(WaitKind.PAYER_ANSWER)
    assert task is not None
    by, yes = People().answer(course.course, task, course.now) or (None, None)
    assert by is not None
    assert yes is not None
    course.tell(by, yes.model_copy(update={"drug_source": PHARMACY, "number": "A-pharmacy"}))

    course.tell(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.ACCEPT))

    now = course.course
    days = (on, follows - ONE_DAY, follows)
    payers = ["northwind-commercial", "northwind-commercial", OTHER]
    assert [now.covered_on(day).coverage.payer_id for day in days] == payers
    assert [now.covered_on(day).coverage.drug_source for day in days] == [PHARMACY, PHARMACY, STOCK]
    for session in now.sessions:
        assert now.covered_on(session.given_on).coverage.drug_source is STOCK
    assert not isinstance(plan.coverage_of(now, on), Refusal)


def test_what_the_payer_who_still_pays_grants_is_compared_with_its_own_terms() -> None:
    course = at(WaitKind.PAYER_ANSWER)
    course.tell(BEN, another_payer(course.today + 120 * ONE_DAY, drug_source=PHARMACY))
    task = course.task(WaitKind.PAYER_ANSWER)
    assert task is not None
    by, yes = People().answer(course.course, task, course.now) or (None, None)
    assert by is not None
    assert yes is not None

    course.tell(by, yes.model_copy(update={"drug_source": STOCK}))

    (granted,) = course.course.authorizations
    assert (granted.drug_source, granted.differs) == (None, ())


@pytest.mark.parametrize(("days", "moves"), [(98, True), (97, False)])
def test_a_time_under_the_payer_who_follows_keeps_that_payers_interval(*, days: int, moves: bool) -> None:
    course = after_session(1)
    given_on = course.course.sessions[0].given_on
    strict = with_value(the_policy(OTHER), "timing.interval_days_min", 98)
    course.tell(AMY, another_payer(given_on + 90 * ONE_DAY, policy=strict))
    assert course.course.appointment is not None
    starts_at = course.course.appointment.starts_at
    to = starts_at + (given_on + days * ONE_DAY - plan.day_of_appointment(course.course))

    refused = course.ask(AMY, f.Move(starts_at=to, reason="she asks"))

    assert (refused is None) is moves, "by the payer of the day that is asked for, not by that of the day booked"
    if refused is not None:
        assert "98 days after the dose" in refused.reason


def test_the_new_payers_criteria_are_looked_at() -> None:
    course = after_session(1)

    course.tell(AMY, another_payer(course.today + 20 * ONE_DAY))

    verdict = course.course.payer_verdict
    assert verdict is not None
    assert not verdict.met, "this payer wants three preventives"


# Told late


def test_told_late_a_session_under_the_wrong_payer_is_reckoned_anew_and_its_claim_held() -> None:
    course = after_session(1)
    given_on = course.course.sessions[0].given_on
    course.pass_until(course.now + 20 * ONE_DAY)

    course.tell(BEN, another_payer(given_on - 3 * ONE_DAY))

    (session,) = course.course.sessions
    assert (session.coverage.payer_id, session.coverage.authorization) == (OTHER, None)
    assert session.claim_outdated
    assert session.claim_held == "no authorization has been granted"
    assert course.task(WaitKind.CLAIM_HELD) is not None


def test_told_late_that_none_is_needed_the_claim_goes_anew_to_the_payer_of_the_day_by_itself() -> None:
    course = after_session(1)
    given_on = course.course.sessions[0].given_on
    said = {"pays": CoverageKind.NOT_NEEDED, "payer_id": "medicare-part-b", "policy": the_policy("medicare-part-b")}

    course.tell(BEN, another_payer(given_on - 9 * ONE_DAY, **said, said_by="portal 7", said_on=given_on - 10 * ONE_DAY))

    (session,) = course.course.sessions
    assert session.claim_payer == "medicare-part-b"
    assert session.claim_held is None
    assert len(session.replacements) >= 1, "the first claim is taken back or replaced, and named"


def test_told_late_for_a_day_after_the_session_the_session_stays_as_it_was() -> None:
    course = after_session(1)
    before = course.course.sessions

    course.tell(BEN, another_payer(course.course.sessions[0].given_on + ONE_DAY))

    assert course.course.sessions == before


def test_a_change_told_before_another_one_is_put_in_its_place() -> None:
    course = after_session(1)
    later = course.today + 40 * ONE_DAY
    course.tell(AMY, another_payer(later))

    course.tell(AMY, another_payer(course.today + 10 * ONE_DAY, drug_source=DrugSource.SPECIALTY_PHARMACY))

    assert len(course.course.coverages_before) == 1
    assert course.course.covered_on(later).coverage.drug_source is DrugSource.SPECIALTY_PHARMACY
    assert course.course.covered_on(course.today).coverage.payer_id == "northwind-commercial"


# Ways of payment


def test_a_patient_who_paid_herself_is_insured_from_a_day_on_and_the_payer_is_asked() -> None:
    course = after_session(1, beginning=a_beginning(coverage=self_pay(TODAY)))

    course.tell(AMY, another_payer(course.today + ONE_DAY))

    asked = course.course.open_request
    assert asked is not None
    assert asked.purpose is Purpose.CONTINUATION
    assert course.course.sessions[0].coverage.kind is CoverageKind.SELF_PAY


def test_an_insured_patient_pays_from_a_day_on_and_nobody_else_is_asked() -> None:
    course = after_session(1)
    agreed: dict[str, Any] = {"signed_on": course.today, "amount_cents": 150_000, "sessions": 2}

    course.tell(
        BEN, another_payer(course.today + ONE_DAY, pays=CoverageKind.SELF_PAY, payer_id=None, policy=None, **agreed)
    )

    assert course.course.open_request is None
    covered = plan.coverage_of(course.course, plan.planned_on(course.course, course.today))
    assert not isinstance(covered, Refusal)
    assert (covered.kind, covered.amount_cents) == (CoverageKind.SELF_PAY, 150_000)


def pays_herself(course: PaperCourse, **changes: Any) -> f.CoverageChanged:
    """Return that the patient pays from today on, by an agreement of today."""
    agreed: dict[str, Any] = {"signed_on": course.today, "amount_cents": 150_000, "sessions": 2}
    plain = {"pays": CoverageKind.SELF_PAY, "payer_id": None, "policy": None, **agreed}
    return another_payer(changes.pop("from_on", course.today + ONE_DAY), **{**plain, **changes})


def test_only_a_biller_lets_a_patient_pay_who_was_insured() -> None:
    course = after_session(1)

    refused = course.ask(AMY, pays_herself(course))

    assert refused is not None
    assert refused.reason.startswith("pays: a biller")
    course.tell(BEN, pays_herself(course))
    agreed = course.course.coverage.self_pay
    assert agreed is not None
    assert agreed.confirmed_by == BEN.user_id


def test_operations_renew_the_agreement_of_a_patient_who_pays_already() -> None:
    course = after_session(1, beginning=a_beginning(coverage=self_pay(TODAY)))

    course.tell(AMY, pays_herself(course))

    assert course.course.coverage.self_pay is not None


def test_an_agreement_to_pay_is_signed_before_it_is_told() -> None:
    course = after_session(1)

    refused = course.ask(BEN, pays_herself(course, signed_on=course.today + ONE_DAY))

    assert refused is not None
    assert refused.reason.startswith("signed_on:")
    course.tell(BEN, pays_herself(course, signed_on=course.today))


def test_for_a_minor_who_answers_for_him_agrees_to_pay_from_a_day_on() -> None:
    course = a_minor()

    refused = course.ask(BEN, pays_herself(course))

    assert refused is not None
    assert refused.reason.startswith("signed_by:")
    course.tell(BEN, pays_herself(course, signed_by="guardian"))
    agreed = course.course.coverage.self_pay
    assert agreed is not None
    assert agreed.signed_by == "guardian"


def pays_one_session(course: PaperCourse) -> f.SelfPayAgreed:
    return f.SelfPayAgreed(signed_on=course.today, amount_cents=150_000, sessions=1)


def pays_for_next(course: PaperCourse) -> bool:
    """Whether the patient's agreement pays for the next session on its planned day."""
    return not isinstance(plan.coverage_of(course.course, plan.planned_on(course.course, course.today)), Refusal)


def test_an_agreement_signed_at_the_check_out_is_for_the_next_session() -> None:
    course = after_session(1, beginning=a_beginning(coverage=self_pay(TODAY, sessions=1)))
    assert not pays_for_next(course)

    course.tell(AMY, pays_one_session(course))

    assert pays_for_next(course)
    course.go_on(People(), until=WaitKind.SESSION_RESULT)
    answer = People().answer(course.course, course.tasks[0], course.now)
    assert answer is not None
    course.tell(*answer)
    assert course.course.sessions[-1].coverage.kind is CoverageKind.SELF_PAY
    assert not pays_for_next(course), "used up by session 2"


def test_an_agreement_signed_on_the_day_before_the_session_is_used_up_by_it() -> None:
    course = at(WaitKind.CLEARANCE, beginning=a_beginning(coverage=self_pay(TODAY, sessions=1)))

    course.tell(AMY, pays_one_session(course))
    course.go_on(People(), until=WaitKind.SAFETY_CALL)

    assert len(course.course.sessions) == 1
    assert not pays_for_next(course)


def test_a_change_told_late_counts_the_sessions_given_since_its_first_day() -> None:
    course = after_session(1)

    course.tell(BEN, pays_herself(course, from_on=course.course.sessions[0].given_on, sessions=1))

    assert course.course.sessions[0].coverage.kind is CoverageKind.SELF_PAY
    assert not pays_for_next(course)


def test_what_a_way_of_payment_lacks_is_said() -> None:
    course = after_session(1)

    for pays, lacks in ((CoverageKind.SELF_PAY, "signed_on"), (CoverageKind.NOT_NEEDED, "said_by")):
        refused = course.ask(AMY, another_payer(course.today, pays=pays))
        assert refused is not None
        assert refused.reason.startswith(lacks)


def test_nobody_puts_a_whole_course_at_the_clinics_risk() -> None:
    course = after_session(1)

    refused = course.ask(AMY, another_payer(course.today, pays=CoverageKind.CLINICS_RISK))

    assert refused is not None
    assert "at-clinics-risk" in refused.reason


def test_the_place_is_part_of_coverage_in_the_hospital_medicare_must_agree() -> None:
    course = after_session(1, beginning=a_beginning(coverage=medicare(TODAY)))
    moved = another_payer(course.today, payer_id=None, policy=None, place_of_service=PlaceOfService.HOSPITAL_OUTPATIENT)

    course.tell(AMY, moved)

    asked = course.course.open_request
    assert asked is not None
    assert asked.payer_id == "medicare-part-b"
    assert course.course.coverage.place_of_service is PlaceOfService.HOSPITAL_OUTPATIENT
    given_on = course.course.sessions[0].given_on
    assert course.course.covered_on(given_on - ONE_DAY).coverage.place_of_service is PlaceOfService.OFFICE


# Said ahead (P3)


def test_the_planner_says_what_lapses_when_the_next_time_lies_after_the_end() -> None:
    course = after_session(1)
    booked = course.course.appointment
    assert booked is not None
    ends_on = plan.planned_on(course.course, course.today) - 5 * ONE_DAY

    course.tell(AMY, f.AuthorizationAmended(until_on=ends_on))

    (said,) = [one for one in notices(course.course, course.today) if "lapse" in one]
    assert "is 5 days after the end; 1 session and 200 units will lapse" in said
