"""Who may override what: COURSE's table, row by row. Each row is asked of a real course by every role.

`yes` in a cell: this role gets it done. Everybody else is refused, and the last column of the table is `nobody` where
all are. That asking without a reason is refused, where a reason is needed, stands beside each row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from domain import facts as f
from domain.clinic_time import clinic_day
from domain.decide import decide
from domain.denial import DenialStep
from domain.dose import Dose, MuscleDose, VialOpened
from domain.events import WaitOpened
from domain.facts import Request
from domain.hold import HoldReason
from domain.people import Actor, Role
from domain.record import Refusal
from domain.response import ResponseAnswer
from domain.rights import CARE, RIGHTS
from domain.waits import KINDS, AtDue, Wait, WaitKind, wait_id
from office.direct import MAY_TELL
from tests.domain.builders import a_clinic
from tests.kit import moments
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, DR_KHAN, DR_LEE, NINA, ONE_OF_EACH_ROLE

ONE_DAY = timedelta(days=1)
STAFF: dict[Role, Actor] = {role: actor for role, actor in ONE_OF_EACH_ROLE.items() if role is not Role.SYSTEM}
NOBODY: frozenset[Role] = frozenset()
CLINICIAN = frozenset({Role.CLINICIAN})
EVERYBODY = frozenset(STAFF)


@dataclass(frozen=True)
class Row:
    """One matter: the course it comes up in, what is asked to override it, and who may.

    `without` is the same without its reason (or whatever must be given with it): refused to all. `task` is the task it
    answers, `deviation` why it is told against a rule.
    """

    matter: str
    course: Callable[[], PaperCourse]
    asked: Callable[[PaperCourse], Any]
    who: frozenset[Role]
    without: Callable[[PaperCourse], Any] | None = None
    task: WaitKind | None = None
    deviation: str | None = None

    def ask(self, by: Actor, *, reasoned: bool = True) -> Refusal | None:
        """Ask it of a fresh course and return why it was refused, or None."""
        course = self.course()
        asked = self.asked if reasoned else self.without
        assert asked is not None
        task = None if self.task is None else course.course.waits_of(self.task)[0].id
        return course.ask(by, asked(course), task=task, deviation=self.deviation if reasoned else None)


def before_clearance(**changes: Any) -> PaperCourse:
    """Return a course on the day of session 1, with something changed that clearance looks at."""
    course = moments.at(WaitKind.CLEARANCE)
    course.course = course.course.model_copy(update=changes)
    return course


def after_the_last_trial(*, second_clinician: bool = False) -> PaperCourse:
    """Return a course whose third session has brought no response."""
    beginning = a_beginning(clinic=a_clinic(second_clinician=second_clinician))
    one_more = People(
        {
            WaitKind.RESPONSE_CHECK: lambda seen: (
                None if len(seen.course.sessions) == 3 else (DR_LEE, f.Response(answer=ResponseAnswer.ONE_MORE))
            )
        }
    )
    course = PaperCourse(beginning, diary=NEVER_RESPONDS)
    for _ in range(2):
        course.go_on(one_more, until=WaitKind.RESPONSE_CHECK)
        if len(course.course.sessions) == 3:
            return course
        course.tell(DR_LEE, f.Response(answer=ResponseAnswer.ONE_MORE))
    return course


def goes_on(**changes: Any) -> Callable[[PaperCourse], f.Response]:
    return lambda _: f.Response(answer=ResponseAnswer.CONTINUE, **changes)


def with_a_denial(step: DenialStep) -> PaperCourse:
    """Return a course whose first request was denied, and what was chosen then."""
    course = moments.denied_with()
    course.tell(AMY, f.DenialStepChosen(step=step))
    return course


def held_for(reason: HoldReason) -> PaperCourse:
    course = moments.after_session(1)
    course.tell(DR_LEE, f.HoldAsked(until=course.today + 30 * ONE_DAY, reason=reason))
    return course


def on_day_82() -> PaperCourse:
    course = moments.after_session(1)
    course.pass_until(course.now + 82 * ONE_DAY)
    return course


def flagged_on_the_day() -> PaperCourse:
    course = moments.at(WaitKind.CLEARANCE, times=2)
    course.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), note="since yesterday"))
    return course


def early(course: PaperCourse) -> Any:
    """Return a move to the day before the 84 days are over."""
    given_on = course.course.sessions[-1].given_on
    return f.Move(starts_at=course.now.replace(hour=18) + (given_on + 83 * ONE_DAY - course.today), reason="in a hurry")


def expired(course: PaperCourse) -> Any:
    return f.SessionResult(
        vials=(VialOpened(size_units=200, lot="C1", expires_on=course.today - ONE_DAY),), injector="dr.lee"
    )


def the_next_day(course: PaperCourse) -> PaperCourse:
    """Return the course on the next day: what was recorded today is not its author's to correct any more."""
    course.pass_until(course.now + ONE_DAY)
    return course


def uncovered(course: PaperCourse) -> PaperCourse:
    """Return the course on the day of its next session, with nothing that pays for it."""
    course.go_on(People(), until=WaitKind.CLEARANCE)
    course.course = course.course.model_copy(update={"authorizations": ()})
    return course


def gone_on_against_the_verdict() -> PaperCourse:
    course = moments.not_eligible()
    course.tell(DR_LEE, f.EligibilityDecision(decision="go_on", reason="disabling", patient_informed=True))
    return uncovered(course)


def gone_on_beyond_the_trial() -> PaperCourse:
    course = after_the_last_trial()
    course.tell(DR_LEE, goes_on(reason="fewer severe days")(course))
    return uncovered(course)


CLEAR = f.PreSessionCheck(clear=True)
TOO_MUCH = Dose(muscles=(MuscleDose(muscle="temporalis", sites=40, units=200),), reason="follow the pain")

TABLE = (
    Row(
        "the protocol's verdict: too few headache days",
        moments.not_eligible,
        lambda _: f.EligibilityDecision(decision="go_on", reason="disabling", patient_informed=True),
        CLINICIAN,
        without=lambda _: f.EligibilityDecision(decision="go_on", patient_informed=True),
    ),
    Row(
        "the protocol's verdict, when the patient was not told",
        moments.not_eligible,
        lambda _: f.EligibilityDecision(decision="go_on", reason="disabling"),
        NOBODY,
    ),
    Row("goals are missing", lambda: before_clearance(goals=()), lambda _: CLEAR, NOBODY),
    Row("consent is missing", lambda: before_clearance(consent_signed_on=None), lambda _: CLEAR, NOBODY),
    Row("84 days, when a time is asked for", lambda: moments.after_session(1), early, NOBODY),
    Row(
        "84 days, when it is told that it has happened",
        on_day_82,
        lambda course: f.SessionResult(
            vials=(VialOpened(size_units=200, lot="C1", expires_on=course.today + 90 * ONE_DAY),), injector="dr.lee"
        ),
        CLINICIAN,
        deviation="the nurse misread the calendar",
        without=lambda course: f.SessionResult(
            vials=(VialOpened(size_units=200, lot="C1", expires_on=course.today + 90 * ONE_DAY),), injector="dr.lee"
        ),
    ),
    Row(
        "the cap of a session's dose, when it is planned",
        lambda: moments.after_session(1),
        lambda _: f.DosePlanned(dose=TOO_MUCH, reason="follow the pain"),
        NOBODY,
    ),
    Row(
        "the cap of a session's dose, on the day",
        lambda: before_clearance(planned_dose=TOO_MUCH),
        lambda _: CLEAR,
        NOBODY,
    ),
    Row("an expired lot", lambda: moments.at(WaitKind.SESSION_RESULT), expired, NOBODY),
    Row(
        "an expired lot, when it is told that it has happened",
        lambda: moments.at(WaitKind.SESSION_RESULT),
        expired,
        CLINICIAN,
        deviation="seen too late",
        without=expired,
    ),
    Row("no coverage on the day", lambda: before_clearance(authorizations=()), lambda _: CLEAR, NOBODY),
    Row(
        "no coverage on the day, at the clinic's risk",
        lambda: before_clearance(authorizations=()),
        lambda _: f.AtClinicsRisk(reason="the payer's letter is on its way"),
        frozenset({Role.BILLING, Role.ADMIN}),
    ),
    Row(
        "no coverage on the day, the patient pays by a written agreement",
        moments.denied_with,
        lambda course: f.SelfPayAgreed(signed_on=course.today, amount_cents=180_000, sessions=1),
        frozenset({Role.OPERATIONS, Role.BILLING}),
        without=lambda course: f.SelfPayAgreed(signed_on=course.today + ONE_DAY, amount_cents=180_000, sessions=1),
    ),
    Row("the protocol's verdict, with no way of payment settled", gone_on_against_the_verdict, lambda _: CLEAR, NOBODY),
    Row(
        "beyond the last trial session, without coverage of its own", gone_on_beyond_the_trial, lambda _: CLEAR, NOBODY
    ),
    Row(
        "correcting what is clinical, on a later day",
        lambda: the_next_day(moments.after_session(1)),
        lambda course: moments.correction(course, f.SessionValues(reactions=("sore neck",))),
        CLINICIAN,
    ),
    Row(
        "correcting coverage, on a later day",
        lambda: the_next_day(moments.after_session(1)),
        lambda course: moments.correction(course, f.AuthorizationValues(number="A-77")),
        frozenset({Role.BILLING}),
    ),
    Row(
        "correcting a day of coverage, on a later day",
        lambda: the_next_day(moments.after_session(1)),
        lambda course: moments.correction(
            course, f.AuthorizationValues(until_on=course.course.authorizations[0].until_on + ONE_DAY)
        ),
        frozenset({Role.BILLING, Role.OPERATIONS}),
    ),
    Row(
        "a payer's criteria that are not met: asking all the same",
        moments.not_yet,
        lambda _: f.AskPayer(reason="her work is at stake", letter_by="dr.lee"),
        frozenset({Role.OPERATIONS, Role.BILLING}),
    ),
    Row(
        "a payer's last day, when the payer itself gave more time",
        lambda: with_a_denial(DenialStep.APPEAL),
        lambda course: f.MoreTimeGranted(
            step=DenialStep.APPEAL, last_on=course.today + 300 * ONE_DAY, reference="call 7"
        ),
        frozenset({Role.OPERATIONS, Role.BILLING}),
    ),
    Row(
        "a positive item of the pre-session check",
        lambda: moments.at(WaitKind.CLEARANCE),
        lambda _: f.PreSessionCheck(clear=True, positive=("infection",), overrides={"infection": "not at the sites"}),
        CLINICIAN,
        task=WaitKind.CLEARANCE,
    ),
    Row("a red flag, on the day", flagged_on_the_day, lambda _: CLEAR, NOBODY),
    Row(
        "a red flag, lifted",
        moments.with_a_red_flag,
        lambda _: f.RedFlagReview(lift=True, note="a cold"),
        CLINICIAN,
    ),
    Row(
        "an answer against the protocol's recommendation",
        lambda: moments.at(WaitKind.RESPONSE_CHECK),
        lambda _: f.Response(answer=ResponseAnswer.DISCONTINUE, reason="side effects"),
        CLINICIAN,
        without=lambda _: f.Response(answer=ResponseAnswer.DISCONTINUE),
    ),
    Row(
        "beyond the last trial session",
        after_the_last_trial,
        goes_on(reason="fewer severe days"),
        CLINICIAN,
        without=goes_on(),
    ),
    Row(
        "beyond the last trial session, where the clinic asks for a second clinician",
        lambda: after_the_last_trial(second_clinician=True),
        goes_on(reason="fewer severe days", agreed_by="dr.khan"),
        CLINICIAN,
        without=goes_on(reason="fewer severe days"),
    ),
    Row(
        "reopening an ended course",
        moments.withdrawn,
        lambda _: f.Reopen(reason="stays after all", agreed_by="dr.lee"),
        frozenset({Role.ADMIN}),
    ),
    Row(
        "a hold",
        lambda: moments.after_session(1),
        lambda course: f.HoldAsked(until=course.today + 30 * ONE_DAY, reason=HoldReason.PATIENTS_WISH),
        EVERYBODY,
    ),
    Row(
        "resuming after a hold that the patient wished",
        lambda: held_for(HoldReason.TRAVEL),
        lambda _: f.Resume(reason="back again", patient_informed=True),
        EVERYBODY,
    ),
    Row(
        "resuming after a hold for safety",
        lambda: held_for(HoldReason.ADVERSE_EVENT),
        lambda _: f.Resume(reason="all is well again", patient_informed=True),
        CLINICIAN,
    ),
)


def cells() -> list[Any]:
    return [
        pytest.param(row, role, id=f"{row.matter}: {role}{'' if role in row.who else ' not'}")
        for row in TABLE
        for role in STAFF
    ]


@pytest.mark.parametrize(("row", "role"), cells())
def test_a_matter_is_overridden_by_whom_the_table_says_and_by_nobody_else(row: Row, role: Role) -> None:
    refused = row.ask(STAFF[role])

    assert (refused is None) is (role in row.who), refused


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.matter) for row in TABLE if row.without is not None and row.who]
)
def test_nobody_overrides_without_the_reason_that_the_matter_asks_for(row: Row) -> None:
    assert all(isinstance(row.ask(actor, reasoned=False), Refusal) for actor in STAFF.values())


def test_a_second_clinician_is_another_than_the_first() -> None:
    course = after_the_last_trial(second_clinician=True)

    refused = course.ask(DR_LEE, goes_on(reason="fewer severe days", agreed_by="dr.lee")(course))
    agreed = course.ask(DR_LEE, goes_on(reason="fewer severe days", agreed_by="dr.khan")(course))

    assert isinstance(refused, Refusal)
    assert "second clinician" in refused.reason
    assert agreed is None
    assert course.course.checks[-1].agreed_by == "dr.khan"
    assert course.course.checks[-1].beyond_trial


def test_where_the_check_goes_on_as_advised_no_second_clinician_is_asked_for() -> None:
    course = moments.at(WaitKind.RESPONSE_CHECK, beginning=a_beginning(clinic=a_clinic(second_clinician=True)))

    assert course.ask(NINA, f.Response(answer=ResponseAnswer.CONTINUE)) is None


def test_a_payers_rule_that_is_not_met_stays_so_when_operations_ask_all_the_same_with_a_clinicians_letter() -> None:
    course = moments.not_yet()
    unmet = course.course.payer_verdict
    assert unmet is not None

    course.tell(AMY, f.AskPayer(reason="an exception: her work is at stake", letter_by="dr.lee"))

    assert not unmet.met
    assert course.course.payer_verdict == unmet
    assert course.course.open_request is not None
    assert course.task(WaitKind.SUBMIT_PACKET) is not None


# Deadlines


OF_OURS = [kind for kind, told in KINDS.items() if told.role is not None and told.at_due is AtDue.RAISE]


class Desk:
    """A course with one open task of a kind. What is decided happens, and nothing else."""

    def __init__(self, kind: WaitKind) -> None:
        self.paper = moments.after_session(1)
        due = self.paper.now + ONE_DAY
        self.task = wait_id(kind, "x-1")
        wait = Wait(id=self.task, kind=kind, subject="x-1", since=self.paper.now, due=due, look_at=due)
        self.paper.happened(WaitOpened(wait=wait))

    def ask(self, by: Actor, fact: Any) -> Refusal | None:
        """Return why it was refused, or None."""
        decided = decide(
            self.paper.course, Request(request_id="r", by=by, fact=fact, task=self.task), now=self.paper.now
        )
        if isinstance(decided, Refusal):
            return decided
        self.paper.happened(decided)
        return None

    def move(self, by: Actor) -> Refusal | None:
        return self.ask(by, f.MoveDeadline(due_on=self.paper.today + 9 * ONE_DAY, reason="she is on holiday"))

    @property
    def wait(self) -> Wait:
        found = self.paper.course.wait(self.task)
        assert found is not None
        return found

    @property
    def owner(self) -> str:
        return self.wait.owner or ""


@pytest.mark.parametrize("kind", OF_OURS)
def test_a_deadline_of_ours_is_moved_by_the_role_that_owns_the_task_with_a_reason(kind: WaitKind) -> None:
    moved_by = {role for role, actor in STAFF.items() if Desk(kind).move(actor) is None}

    assert moved_by == {KINDS[kind].role, Role.ADMIN}
    with pytest.raises(ValueError, match="reason"):
        f.MoveDeadline(due_on=TODAY, reason="")


@pytest.mark.parametrize("late_by", [-ONE_DAY, 3 * ONE_DAY], ids=["not due yet", "overdue"])
def test_a_moved_deadline_goes_back_to_the_very_time_before_also_where_that_is_over(late_by: timedelta) -> None:
    desk = Desk(WaitKind.SUBMIT_PACKET)
    desk.paper.now = desk.wait.due + late_by
    before = desk.wait
    on = clinic_day(before.due, desk.paper.course.clinic.zone)
    back = f.MoveDeadline(due_on=on, reason="moved by mistake", undo=True)
    unmoved = desk.ask(AMY, back)
    desk.move(AMY)
    other = desk.ask(AMY, back.model_copy(update={"due_on": on + ONE_DAY}))
    moved, refused = desk.wait, desk.ask(AMY, back)

    assert moved.due > before.due
    assert refused is None
    assert desk.wait == before
    for said, no in (("nothing has moved", unmoved), ("before the last move it was due on", other)):
        assert no is not None
        assert said in no.reason
    assert desk.ask(AMY, back) == unmoved


@pytest.mark.parametrize("kind", [kind for kind, told in KINDS.items() if told.at_due is AtDue.HAND_ON])
def test_a_deadline_of_others_is_moved_by_nobody(kind: WaitKind) -> None:
    assert all(isinstance(Desk(kind).move(actor), Refusal) for actor in STAFF.values())


@pytest.mark.parametrize("kind", [kind for kind, told in KINDS.items() if told.role is None])
def test_a_date_that_comes_by_itself_is_moved_by_nobody(kind: WaitKind) -> None:
    assert all(isinstance(Desk(kind).move(actor), Refusal) for actor in STAFF.values())


# Working on tasks


@pytest.mark.parametrize("kind", OF_OURS)
def test_every_kind_of_task_is_taken_tried_and_given_back_by_its_role_and_handed_on_by_an_admin(
    kind: WaitKind,
) -> None:
    desk, role = Desk(kind), KINDS[kind].role
    assert role is not None
    actor, colleague = STAFF[role], Actor(user_id="somebody", role=role, may_inject=True)

    assert desk.ask(actor, f.Take()) is None
    assert desk.owner == actor.user_id
    assert isinstance(desk.ask(colleague, f.Take()), Refusal), "it is taken"
    assert isinstance(desk.ask(colleague, f.Release()), Refusal), "only who has it gives it back"
    assert desk.ask(actor, f.AttemptMade(result="no answer", again_on=date(2027, 3, 1))) is None
    assert [attempt.result for attempt in desk.wait.attempts] == ["no answer"]
    assert desk.ask(actor, f.Release()) is None
    assert desk.owner == ""
    assert desk.ask(ADA, f.Assign(to="somebody")) is None
    assert desk.owner == "somebody"


@pytest.mark.parametrize("kind", OF_OURS)
def test_no_other_role_takes_assigns_or_tries_a_task(kind: WaitKind) -> None:
    for role, actor in STAFF.items():
        if role not in {KINDS[kind].role, Role.ADMIN}:
            for fact in (f.Take(), f.Assign(to="somebody"), f.AttemptMade(result="no answer")):
                assert isinstance(Desk(kind).ask(actor, fact), Refusal), (role, fact)


def test_a_clinician_without_a_licence_neither_takes_nor_clears_what_touches_the_injection() -> None:
    course = moments.at(WaitKind.CLEARANCE)
    task = course.course.waits_of(WaitKind.CLEARANCE)[0].id

    assert isinstance(course.ask(NINA, f.Take(), task=task), Refusal)
    assert isinstance(course.ask(NINA, CLEAR, task=task), Refusal)
    assert course.ask(DR_KHAN, f.Take(), task=task) is None


# Whom a fact names, and what is the patient's alone


def test_nobody_but_a_clinician_names_himself_as_the_clinician_who_agreed() -> None:
    # That another's name is a clinician's the course cannot know, it knows no users: the list of users is looked up
    # where a fact comes in (office/sending.py, `CLINICIANS_NAMED`; tests/cli/test_sending.py).
    reopened = moments.withdrawn().ask(ADA, f.Reopen(reason="stays after all", agreed_by=ADA.user_id))
    asked = moments.not_yet().ask(AMY, f.AskPayer(reason="her work is at stake", letter_by=AMY.user_id))

    assert isinstance(reopened, Refusal)
    assert "agreed_by: expected a clinician" in reopened.reason
    assert isinstance(asked, Refusal)
    assert "letter_by: expected a clinician" in asked.reason


def test_no_request_to_a_course_lifts_a_patients_opt_out() -> None:
    # Messages are the patient's record, not the course's: who talks with her writes down what she says.
    assert not any("opt" in kind.split("-") for kind in RIGHTS)
    assert MAY_TELL["opt-out"] == CARE | {Role.ADMIN}
