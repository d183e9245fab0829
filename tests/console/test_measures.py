"""What reports count of one course, on paper: what is in, what is not, and whose it is."""

from __future__ import annotations

from datetime import timedelta

from domain import facts as f
from domain.coverage import ApprovalAnswer, CoverageKind
from domain.denial import DenialStep
from domain.diary import DiaryDay
from domain.response import Verdict
from domain.session import NotGivenReason
from domain.waits import WaitKind
from office.measures import Asked, Given, Measures, Missed, measures_of
from tests.domain.builders import the_policy
from tests.kit.answers import People
from tests.kit.diaries import RESPONDS_AT_ONCE, RESPONDS_ONLY_AFTER_SESSION_3, Diary, days_of
from tests.kit.moments import (
    after_session,
    at,
    correction,
    denied_with,
    held,
    injected_on_day,
    missed,
    with_an_approval_that_differs,
    withdrawn,
)
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DR_LEE

ONE_DAY = timedelta(days=1)


def measured(paper: PaperCourse, *, diary: Diary | None = None) -> Measures:
    days: tuple[DiaryDay, ...] = ()
    if diary is not None:
        given_on = tuple(one.given_on for one in paper.course.sessions)
        days = days_of(diary, given_on[0] - 60 * ONE_DAY, paper.today, given_on)
    return measures_of(paper.course, paper.events, now=paper.now, days=days)  # type: ignore[arg-type] # each is one of the union


def test_sessions_are_counted_with_their_day_and_units_from_the_start_of_the_course() -> None:
    paper = after_session(2)
    first, second = (one.given_on for one in paper.course.sessions)

    found = measured(paper)

    assert found.given == (Given(number=1, on=first, units=155), Given(number=2, on=second, units=155))
    assert found.days_to_first == (first - paper.course.started_on).days > 0
    assert measured(PaperCourse()).days_to_first is None


def test_every_visit_without_drug_is_counted_by_its_day_and_reason() -> None:
    paper = missed(2)

    found = measured(paper).missed

    assert len(found) == 2
    assert found[-1] == Missed(on=paper.course.visits_not_given[-1].on, reason=NotGivenReason.NO_SHOW)


def test_a_request_is_counted_once_it_is_with_the_payer() -> None:
    paper = at(WaitKind.SUBMIT_PACKET)
    assert measured(paper).requests == ()

    paper.tell(AMY, f.PacketSubmitted(reference="fax 12"))

    assert measured(paper).requests == (
        Asked(
            payer_id="northwind-commercial",
            purpose="initial",
            submitted_on=paper.today,
            decided_on=None,
            decision=None,
            code=None,
        ),
    )


def test_a_denial_counts_by_its_code_and_each_appeal_for_itself() -> None:
    paper = denied_with()
    paper.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    paper.tell(AMY, f.PacketSubmitted(reference="fax 13"))

    first, appeal = measured(paper).requests

    assert (first.decision, first.code, first.decided_on) == ("denied", "not_medically_necessary", paper.today)
    assert (appeal.purpose, appeal.decision, appeal.code) == ("appeal", None, None)


def test_an_approval_that_differs_is_counted_as_such_and_as_no_denial_when_it_is_contested() -> None:
    paper = with_an_approval_that_differs()
    paper.tell(BEN, f.ApprovalAnswered(answer=ApprovalAnswer.CONTEST, reason="too few units"))

    (asked,) = measured(paper).requests

    assert (asked.decision, asked.differs, asked.code) == ("approved", True, None)
    assert measured(at(WaitKind.READINESS)).requests[0].differs is False


def test_a_request_stays_its_own_payers_when_another_follows() -> None:
    paper = at(WaitKind.READINESS)
    paper.tell(
        BEN,
        f.CoverageChanged(
            from_on=paper.today + 200 * ONE_DAY,
            pays=CoverageKind.NOT_NEEDED,
            payer_id="medicare-part-b",
            policy=the_policy("medicare-part-b"),
            said_by="provider line",
            said_on=paper.today,
            reason="65 years old",
        ),
    )

    found = measured(paper)

    assert paper.course.coverage.payer_id == "medicare-part-b"
    assert [one.payer_id for one in found.requests] == ["northwind-commercial"]
    assert [one.payer_id for one in found.policies] == ["medicare-part-b", "northwind-commercial"]


def test_three_sessions_are_ahead_the_next_one_booked_and_none_of_a_course_that_stands_still() -> None:
    paper = after_session(1)
    appointment = paper.course.appointment
    assert appointment is not None

    found = measured(paper)

    assert [(one.session, one.booked, one.units) for one in found.ahead] == [
        (2, True, 155),
        (3, False, 155),
        (4, False, 155),
    ]
    assert found.good_until == found.ahead[0].on == appointment.starts_at.date()
    for still in (held(), withdrawn()):
        assert measured(still).ahead == ()
        assert measured(still).good_until is None


def test_a_deviation_and_a_correction_stand_with_who_and_why() -> None:
    paper = injected_on_day(30)
    assert measured(paper).irregular[0].reviewed_by is None
    paper.go_on(People(), until=WaitKind.SAFETY_CALL)
    paper.tell(DR_LEE, correction(paper, f.SessionValues(injector="dr.khan"), reason="typed wrong"))

    deviation, corrected = measured(paper).irregular

    told = paper.course.deviations[0]
    assert (deviation.what, deviation.number, deviation.session) == ("deviation", told.number, 2)
    assert (deviation.by, deviation.reason, deviation.on) == ("dr.lee", told.reason, paper.course.sessions[1].given_on)
    assert deviation.said.startswith("clearance: ")
    assert (corrected.what, corrected.number, corrected.on) == ("correction", paper.course.number - 1, paper.today)
    assert (corrected.by, corrected.reason) == ("dr.lee", "typed wrong")
    assert "dr.khan" in corrected.said


def test_a_session_is_judged_by_the_diary_when_the_next_is_given_and_by_a_check_once_it_is_answered() -> None:
    first = measured(after_session(1, diary=RESPONDS_AT_ONCE), diary=RESPONDS_AT_ONCE)
    second = measured(after_session(2, diary=RESPONDS_AT_ONCE), diary=RESPONDS_AT_ONCE)
    third = measured(after_session(3, diary=RESPONDS_AT_ONCE), diary=RESPONDS_AT_ONCE)

    assert first.responses == (), "its cycle is not over"
    assert [(one.session, one.verdict, one.by) for one in second.responses] == [(1, Verdict.RESPONSE, "diary")]
    assert [(one.session, one.verdict, one.by) for one in third.responses] == [
        (1, Verdict.RESPONSE, "diary"),
        (2, Verdict.RESPONSE, "check"),
    ]


def test_the_diary_of_a_cycle_judges_that_cycle_and_only_the_first_three_sessions_are_judged() -> None:
    diary = RESPONDS_ONLY_AFTER_SESSION_3

    found = measured(after_session(5, diary=diary), diary=diary).responses

    assert [(one.session, one.by) for one in found] == [(1, "diary"), (2, "check"), (3, "check")]
    assert found[0].verdict is not Verdict.RESPONSE
    assert found[2].verdict is Verdict.RESPONSE


def test_a_diary_without_days_leaves_a_cycle_undetermined() -> None:
    found = measured(after_session(2)).responses

    assert [(one.session, one.verdict) for one in found] == [(1, Verdict.UNDETERMINED)]
