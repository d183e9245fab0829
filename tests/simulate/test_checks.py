"""The checks of a story see what they are for: each rule that always holds, broken once by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain.changes import after, fold
from domain.claims import Frequency
from domain.clinic_time import clinic_day
from domain.correction import Changed
from domain.course import Course, EndingDue
from domain.coverage import ClinicsRisk, CoverageKind, SelfPayAgreement, SessionCoverage
from domain.denial import DenialStep
from domain.dose import Dose, MuscleDose, VialOpened
from domain.history import CountSource, EarlierDose
from domain.hold import HoldReason
from domain.messages import Message, Post
from domain.people import COURSE, Actor, Role
from domain.response import ResponseAnswer, Verdict
from domain.session import AdverseEvent, NotGivenReason, Unsettled
from domain.waits import KINDS, WaitKind
from tests.kit import invariants
from tests.kit.answers import People, Situation
from tests.kit.answers import given as as_usual
from tests.kit.beginnings import TODAY, a_beginning, medicare
from tests.kit.diaries import RESPONDS_ONLY_AFTER_SESSION_3, no_diary
from tests.kit.invariants import (
    check_change,
    check_idle,
    check_messages,
    check_requests_of_a_day,
    check_sentence,
    check_step,
    check_whole,
    messages_of,
)
from tests.kit.moments import (
    a_minor,
    after_session,
    at,
    correction,
    deceased,
    denied_with,
    held,
    in_part,
    missed,
    transferred,
    with_a_denied_claim,
    with_a_red_flag,
    with_ptosis,
    withdrawn,
)
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DR_LEE, NINA

ONE_DAY = timedelta(days=1)
TOO_MUCH = Dose(muscles=(MuscleDose(muscle="temporalis", sites=40, units=200),), reason="by mistake")
Broken = Callable[[Course], dict[str, Any]]
"""What is different in a course, so that a rule is broken."""


@dataclass(frozen=True)
class Step:
    """A course, and what happens to it next by the rules."""

    course: Course
    event: Any


def the_step(paper: PaperCourse, by: Actor, fact: Any, *, deviation: str | None = None) -> Step:
    """Return the step that this request makes; the checks find nothing against it."""
    before, number = paper.course, len(paper.events)
    paper.tell(by, fact, deviation=deviation)
    step = Step(before, paper.events[number])
    check_step(step.course, step.event)
    return step


def told_before(paper: PaperCourse, kind: type[Any], *, last: bool = True) -> Step:
    """Return the last step of this kind in a story, with the course before it."""
    numbers = [number for number, one in enumerate(paper.events) if isinstance(one, kind)]
    number = numbers[-1 if last else 0]
    before = fold(list(paper.events[:number]), course_id="c-1", patient_id="p-1")  # type: ignore[arg-type] # each is one of the union
    check_step(before, paper.events[number])
    return Step(before, paper.events[number])


def sees(said: str, course: Course, event: e.CourseEvent) -> None:
    with pytest.raises(AssertionError, match=re.escape(said)):
        check_step(course, event)


def elsewhere(on: date) -> EarlierDose:
    return EarlierDose(given_on=on, units=155, source=CountSource.EARLIER_RECORD)


def changed(course: Course, of: str, number: int = -1, **changes: Any) -> dict[str, Any]:
    """Return one of many things of a course, the last one, with changes."""
    many = list(getattr(course, of))
    many[number] = many[number].model_copy(update=changes)
    return {of: tuple(many)}


# 1, 2, 3 and 6: clearance


def day_of(course: Course) -> date:
    assert course.appointment is not None
    return clinic_day(course.appointment.starts_at, course.clinic.zone)


CLEARED: list[tuple[str, Broken]] = [
    ("1: eligibility is settled", lambda _: {"eligibility_settled_on": None}),
    ("1: goals are set", lambda _: {"goals": ()}),
    ("1: consent is signed", lambda _: {"consent_signed_on": None}),
    (
        "no session until lifted",
        lambda _: {"adverse_events": (AdverseEvent(number=1, told_on=TODAY, red_flags=("swallowing",), note="n"),)},
    ),
    (
        "after ptosis the sites are looked at",
        lambda _: {
            "adverse_events": (
                AdverseEvent(number=1, told_on=TODAY, red_flags=(), note="n", effect="ptosis", after_session=2),
            )
        },
    ),
    ("no session while a denied claim", lambda _: {"claim_denials": with_a_denied_claim().course.claim_denials}),
    ("1: the check after session 2 is answered", lambda _: {"checks": ()}),
    (
        "2: 84 days and the payer's interval",
        lambda c: {"history": c.history.model_copy(update={"earlier_doses": (elsewhere(day_of(c) - 83 * ONE_DAY),)})},
    ),
    ("3: the protocol's maximum", lambda _: {"planned_dose": TOO_MUCH}),
    ("1: coverage holds on that day", lambda c: changed(c, "authorizations", until_on=day_of(c) - ONE_DAY)),
    ("1: coverage holds on that day", lambda c: changed(c, "authorizations", from_on=day_of(c) + ONE_DAY)),
    ("1: not withdrawn", lambda c: changed(c, "authorizations", stopped_on=day_of(c))),
    ("3: a session is left", lambda c: changed(c, "authorizations", sessions=0)),
    (
        "3: what is left by what the payer counts",
        lambda c: changed(
            c,
            "authorizations",
            lines=tuple(one.model_copy(update={"quantity": 154}) for one in c.authorizations[-1].lines),
        ),
    ),
    (
        "1: by who pays on that day",
        lambda c: {"coverage": c.coverage.model_copy(update={"payer_id": "washington-labor"})},
    ),
    ("9: no gap and no double", lambda c: {"number": c.number - 1}),
]


@pytest.fixture(scope="module")
def cleared() -> Step:
    """Return the clearance of session 3: two sessions before it, and their check."""
    return the_step(at(WaitKind.CLEARANCE, times=3), DR_LEE, f.PreSessionCheck(clear=True))


@pytest.mark.parametrize(("said", "broken"), CLEARED)
def test_a_clearance_against_a_rule_is_seen(cleared: Step, said: str, broken: Broken) -> None:
    sees(said, cleared.course.model_copy(update=broken(cleared.course)), cleared.event)


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("10: only who may inject", {"by": NINA.user_id}),
        ("10: .* by operations", {"by": AMY.user_id, "role": Role.OPERATIONS}),
        ("10: .* is a person's", {"by": COURSE}),
        ("10: .* was asked by somebody", {"request_id": None}),
    ],
)
def test_who_clears_is_seen(cleared: Step, said: str, changes: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match=said):
        check_step(cleared.course, cleared.event.model_copy(update=changes))


def paid(cleared: Step, kind: CoverageKind, **agreed: Any) -> tuple[Course, e.CourseEvent]:
    """Return the clearance as one that the patient pays, or nobody, after such an agreement."""
    event = cleared.event.model_copy(
        update={"clearance": cleared.event.clearance.model_copy(update={"coverage": SessionCoverage(kind=kind)})}
    )
    plain: dict[str, Any] = {"signed_on": event.on, "amount_cents": 1, "sessions": 1, "confirmed_by": BEN.user_id}
    agreement = SelfPayAgreement(**(plain | agreed)) if agreed else None
    coverage = cleared.course.coverage.model_copy(update={"self_pay": agreement})
    return cleared.course.model_copy(update={"coverage": coverage}), event


def test_a_session_that_a_patient_pays_without_having_agreed_is_seen(cleared: Step) -> None:
    tomorrow = day_of(cleared.course) + ONE_DAY

    check_step(*paid(cleared, CoverageKind.SELF_PAY, sessions=1))
    sees("1: agreed in writing", *paid(cleared, CoverageKind.SELF_PAY))
    sees("1: signed before the session", *paid(cleared, CoverageKind.SELF_PAY, signed_on=tomorrow))
    sees("1: a biller says", *paid(cleared, CoverageKind.SELF_PAY, confirmed_by=None))
    sees("1: a biller says", *paid(cleared, CoverageKind.SELF_PAY, confirmed_by=AMY.user_id))
    sees("1: for this session", *paid(cleared, CoverageKind.SELF_PAY, sessions=0))
    sees("1: the clinic took the risk", *paid(cleared, CoverageKind.CLINICS_RISK))


def test_goals_from_before_a_gap_are_seen() -> None:
    step = the_step(at(WaitKind.CLEARANCE), DR_LEE, f.PreSessionCheck(clear=True))
    on = day_of(step.course)

    check_step(step.course.model_copy(update={"goals_set_on": on - 182 * ONE_DAY}), step.event)
    sees("long gap", step.course.model_copy(update={"goals_set_on": on - 183 * ONE_DAY}), step.event)


def test_who_did_not_consent_himself_is_seen() -> None:
    paper = a_minor()
    paper.go_on(People(), until=WaitKind.CLEARANCE)
    step = the_step(paper, DR_LEE, f.PreSessionCheck(clear=True))
    of_age = step.course.history.model_copy(update={"comes_of_age_on": day_of(step.course)})

    sees("1: who is of age on the day", step.course.model_copy(update={"history": of_age}), step.event)
    sees("1: who answers for a minor", step.course.model_copy(update={"consented_by": "patient"}), step.event)


def test_a_session_after_the_last_of_a_trial_without_response_is_seen() -> None:
    paper = at(WaitKind.CLEARANCE, times=4, diary=RESPONDS_ONLY_AFTER_SESSION_3)
    step = the_step(paper, DR_LEE, f.PreSessionCheck(clear=True))
    none = step.course.checks[-1].evidence.model_copy(update={"verdict": Verdict.NONE})
    one_more = changed(step.course, "checks", answer=ResponseAnswer.ONE_MORE, evidence=none, reason="once more")
    discontinued = changed(step.course, "checks", answer=ResponseAnswer.DISCONTINUE, reason="the patient wants it")

    sees("6: no further trial session", step.course.model_copy(update=one_more), step.event)
    sees("6: discontinued means ended", step.course.model_copy(update=discontinued), step.event)


def test_a_response_that_nobody_has_shown_or_attested_is_seen() -> None:
    paper = at(WaitKind.RESPONSE_CHECK)
    step = the_step(paper, DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
    undetermined = step.event.check.evidence.model_copy(update={"verdict": Verdict.UNDETERMINED})
    silent = step.event.model_copy(update={"check": step.event.check.model_copy(update={"evidence": undetermined})})

    sees("nobody goes on in silence", step.course, silent)


# 2 and 3: what was given


@pytest.fixture(scope="module")
def given() -> Step:
    paper = at(WaitKind.SESSION_RESULT, times=2)
    wait = paper.task(WaitKind.SESSION_RESULT)
    assert wait is not None
    return the_step(paper, *as_usual(Situation(paper.course, wait, paper.now)))


def of_session(step: Step, **changes: Any) -> Any:
    return step.event.model_copy(update={"session": step.event.session.model_copy(update=changes)})


def test_drug_that_does_not_add_up_is_seen(given: Step) -> None:
    (vial,) = given.event.session.vials

    sees(
        "3: given + wasted = opened",
        given.course,
        of_session(given, vials=(vial.model_copy(update={"wasted_units": vial.wasted_units + 1}),)),
    )
    more = vial.model_copy(update={"given_units": vial.given_units + 1, "wasted_units": vial.wasted_units - 1})
    sees("3: all drug came from the vials", given.course, of_session(given, vials=(more,)))
    late = vial.model_copy(update={"expires_on": given.event.session.given_on - ONE_DAY})
    sees("no expired drug", given.course, of_session(given, vials=(late,)))


def test_a_session_against_a_rule_that_nobody_names_is_seen(given: Step) -> None:
    course, session = given.course, given.event.session
    two = course.history.model_copy(update={"earlier_doses": (elsewhere(session.given_on - 83 * ONE_DAY),)})
    whole = session.vials[0].model_copy(update={"size_units": 200, "given_units": 200, "wasted_units": 0})
    uncovered = SessionCoverage(kind=CoverageKind.AUTHORIZATION)

    sees("2: 84 days, or a deviation", course.model_copy(update={"history": two}), given.event)
    sees("3: the protocol's maximum", course, of_session(given, dose=TOO_MUCH, vials=(whole,)))
    sees("1: covered, or a deviation", course, of_session(given, coverage=uncovered))
    sees("only after clearance", course.model_copy(update={"clearance": None}), given.event)
    sees("numbers are given once", course, of_session(given, number=3))
    sees("what lies ahead", course, of_session(given, given_at=session.given_at + ONE_DAY))
    told = given.event.model_copy(update={"role": Role.OPERATIONS})
    sees(
        "10: a clinician says",
        course,
        told.model_copy(update={"session": of_session(given, trial_said_by="amy.ops").session}),
    )
    ended = after_session(1)
    ended.tell(AMY, f.Withdrawal(reason="moves away"))
    sees("an ended course has no session", course.model_copy(update={"ending": ended.course.ending}), given.event)


def test_a_deviation_that_no_clinician_recorded_is_seen() -> None:
    paper = after_session(1)
    paper.pass_until(paper.now + 30 * ONE_DAY)
    vials = (VialOpened(size_units=200, lot="C1", expires_on=paper.today),)
    step = the_step(paper, DR_LEE, f.SessionResult(vials=vials, injector="dr.lee"), deviation="it has happened")
    unnamed = step.event.deviation.model_copy(update={"broken": ()})

    sees("a deviation is recorded by a clinician", step.course, step.event.model_copy(update={"role": Role.OPERATIONS}))
    sees("a deviation names a rule", step.course, step.event.model_copy(update={"deviation": unnamed}))
    sees("4: its bill waits", step.course, of_session(step, claim_held=None))


def test_a_session_completed_otherwise_than_it_began_is_seen() -> None:
    step = the_step(in_part(), DR_LEE, f.SessionCompleted())
    session = step.event.session

    sees("on its own day", step.course, of_session(step, completed_at=session.completed_at + ONE_DAY))
    sees("the same session", step.course, of_session(step, given_at=session.given_at + timedelta(hours=1)))


# 2 and 5 of appointments


def test_a_time_that_is_too_early_is_seen() -> None:
    step = told_before(after_session(1), e.AppointmentBooked)
    appointment = step.event.appointment
    first = step.course.sessions[-1].given_on
    early = appointment.starts_at - (day_of_event(step) - (first + 83 * ONE_DAY))

    sees(
        "2: also what is booked",
        step.course,
        step.event.model_copy(update={"appointment": appointment.model_copy(update={"starts_at": early})}),
    )


def day_of_event(step: Step) -> date:
    return clinic_day(step.event.appointment.starts_at, step.course.clinic.zone)


def test_a_time_found_after_too_many_missed_visits_is_seen() -> None:
    paper = missed(3)
    booked = told_before(after_session(1), e.AppointmentBooked).event
    stamp = {"number": paper.course.number + 1, "at": paper.now, "on": paper.today}

    sees("a clinician decides after so many", paper.course, booked.model_copy(update=stamp))
    clinics = missed(3, reason=NotGivenReason.CANCELLED_BY_CLINIC)
    assert clinics.course.appointment is not None, "those do not count"


def test_a_held_or_ended_course_with_an_appointment_is_seen() -> None:
    paper, appointment = held(), after_session(1).course.appointment
    kept = paper.course.model_copy(update={"appointment": appointment})
    hold = kept.holds[-1]
    event = told_before(paper, e.HoldBegun).event

    def breaks(said: str, course: Course, event: e.CourseEvent = event) -> None:
        with pytest.raises(AssertionError, match=re.escape(said)):
            check_change(course, event, course)

    check_change(paper.course, event, paper.course)
    breaks("5: a held course", kept)
    breaks(
        "8: a hold has a review date",
        paper.course.model_copy(update=changed(paper.course, "holds", review_on=hold.since - ONE_DAY)),
    )
    breaks("a hold says what it stops", paper.course.model_copy(update=changed(paper.course, "holds", stops=())))
    breaks("a hold stops", paper.course, told_before(after_session(1), e.AuthorizationRequested).event)
    ended = withdrawn()
    with pytest.raises(AssertionError, match="5: an ended course"):
        check_whole(ended.events, ended.course.model_copy(update={"appointment": appointment}))


def test_a_clinical_hold_that_another_ends_is_seen() -> None:
    paper = after_session(1)
    paper.tell(DR_LEE, f.HoldAsked(until=paper.today + 30 * ONE_DAY, reason=HoldReason.ILLNESS))
    before = paper.course
    step = the_step(paper, DR_LEE, f.Resume(reason="well again", patient_informed=True))

    with pytest.raises(AssertionError, match="10: a clinical hold"):
        check_change(before, step.event.model_copy(update={"role": Role.OPERATIONS}), after(before, step.event))


# 4, of claims


def test_a_claim_that_should_not_go_out_is_seen() -> None:
    step = told_before(after_session(1), e.ClaimOpened)
    course, event = step.course, step.event
    billed = after(course, event)
    again = event.model_copy(update={"number": event.number + 1})
    other = changed(course, "sessions", coverage=course.sessions[-1].coverage.model_copy(update={"payer_id": "x"}))

    sees(
        "4: only after the record is signed",
        course.model_copy(update=changed(course, "sessions", signed_by=None)),
        event,
    )
    sees(
        "a held claim does not go out", course.model_copy(update=changed(course, "sessions", claim_held="wait")), event
    )
    sees("4: by who pays on its day", course.model_copy(update=other), event)
    sees("4: one original claim", billed, again)
    sees("4: a correction names the claim", billed, again.model_copy(update={"replaces": "another", "claim_id": "new"}))
    named = again.model_copy(update={"replaces": event.claim_id})
    sees("4: under an id of its own", billed, named)
    sees("4: nothing is replaced without a reason", billed, named.model_copy(update={"claim_id": "new"}))


def test_a_story_with_a_claim_too_many_is_seen() -> None:
    paper = after_session(1)
    opened = next(one for one in paper.events if isinstance(one, e.ClaimOpened))
    asked = next(one for one in paper.events if one.request_id)

    check_whole(paper.events, paper.course)
    for said, more in [
        ("4: one original claim per session", opened),
        ("a request takes effect once", asked),
        ("4: none for what was not given", opened.model_copy(update={"session": 9})),
        ("4: what is replaced was there", opened.model_copy(update={"session": 9, "replaces": "x"})),
    ]:
        with pytest.raises(AssertionError, match=re.escape(said)):
            check_whole([*paper.events, more], paper.course)


def test_an_answer_to_a_denied_claim_that_nobody_may_give_is_seen() -> None:
    paper = with_a_denied_claim()
    step = the_step(paper, BEN, f.DenialAnswered(action="appeal", note="sent", next_session="agreed"))
    last_day = step.course.claim_denials[0].appeal_by

    assert last_day is not None
    sees("the payer's last day", step.course, step.event.model_copy(update={"sent_on": last_day + ONE_DAY}))
    sees("only what is left to the patient", step.course, step.event.model_copy(update={"action": "bill_patient"}))


# 8 and 10: others' deadlines, and what the payer is asked


def test_a_payers_last_day_that_moves_is_seen() -> None:
    paper = denied_with()
    paper.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    request = paper.course.open_request
    assert request is not None
    assert request.last_on is not None
    step = the_step(paper, AMY, f.PacketSubmitted(reference="fax 12"))
    late = step.event.model_copy(update={"submitted_on": request.last_on + ONE_DAY})

    sees("8: nothing is sent after", step.course, late)


def test_a_denial_that_ends_the_course_or_is_stopped_by_another_is_seen() -> None:
    paper = denied_with()
    step = the_step(paper, DR_LEE, f.DenialStepChosen(step=DenialStep.STOP, note="nothing more is to be had"))

    sees("10: to stop is a clinician's", step.course, step.event.model_copy(update={"role": Role.BILLING}))
    sees("10: to stop is a clinician's", step.course, step.event.model_copy(update={"step": DenialStep.APPEAL}))


def test_an_approval_that_covers_what_the_patient_has_paid_is_seen() -> None:
    paper = after_session(1)
    paid_by_her = changed(paper.course, "sessions", coverage=SessionCoverage(kind=CoverageKind.SELF_PAY))
    step = told_before(paper, e.AuthorizationDecided)
    stamp = {"number": paper.course.number + 1, "at": paper.now, "on": paper.today}

    sees("P12", paper.course.model_copy(update=paid_by_her), step.event.model_copy(update=stamp))


def test_a_renewal_sent_as_undetermined_without_a_reason_is_seen() -> None:
    paper = at(WaitKind.SUBMIT_PACKET, times=2, diary=no_diary)
    paper.go_on(People(), until=WaitKind.RESPONSE_CHECK)
    course = paper.course
    if course.open_request is None:
        renewal = told_before(paper, e.AuthorizationRequested).event
        course = course.model_copy(update={"requests": (*course.requests[:-1], renewal.request)})
    request = course.requests[-1]
    assert course.evidence is not None
    course = course.model_copy(
        update=changed(course, "requests", purpose="renewal", for_session=course.evidence.session + 1)
        | {"evidence": course.evidence.model_copy(update={"verdict": Verdict.UNDETERMINED})}
    )
    sent = e.PacketSubmitted(
        number=course.number + 1,
        at=paper.now,
        on=paper.today,
        by=AMY.user_id,
        role=AMY.role,
        request_id="r-sent",
        request=request.number,
        submitted_on=paper.today,
        answer_due_on=paper.today,
        reference=None,
        reason="the payer wants it",
    )

    check_step(course, sent)
    sees("a renewal is not sent", course, sent.model_copy(update={"reason": None}))


def test_a_payer_asked_again_and_again_on_one_day_is_seen() -> None:
    course = at(WaitKind.PAYER_ANSWER).course
    (asked,) = course.requests

    check_requests_of_a_day(course.model_copy(update={"requests": (asked,) * 5}))
    followed = asked.model_copy(update={"of_request": 1})
    check_requests_of_a_day(course.model_copy(update={"requests": (*(asked,) * 5, followed)}))
    with pytest.raises(AssertionError, match="6 on one day"):
        check_requests_of_a_day(course.model_copy(update={"requests": (asked,) * 6}))


def test_an_insured_patient_made_to_pay_without_a_biller_is_seen() -> None:
    paper = after_session(1)
    pays = f.CoverageChanged(
        from_on=paper.today + 60 * ONE_DAY,
        pays=CoverageKind.SELF_PAY,
        signed_on=paper.today,
        amount_cents=180_000,
        sessions=2,
        reason="the plan ends",
    )
    step = the_step(paper, BEN, pays)

    sees("10: a biller says", step.course, step.event.model_copy(update={"role": Role.OPERATIONS, "by": AMY.user_id}))


# 8 and 12: what a course waits for


def idle_breaks(said: str, paper: PaperCourse, **changes: Any) -> None:
    check_idle(paper.course, paper.now)
    with pytest.raises(AssertionError, match=re.escape(said)):
        check_idle(paper.course.model_copy(update=changes), paper.now)


def held_while_a_payer_is_asked() -> PaperCourse:
    paper = at(WaitKind.PAYER_ANSWER)
    paper.tell(AMY, f.HoldAsked(until=paper.today + 30 * ONE_DAY, reason=HoldReason.TRAVEL))
    return paper


def without(paper: PaperCourse, *kinds: WaitKind) -> dict[str, Any]:
    return {"waits": tuple(wait for wait in paper.course.waits if wait.kind not in kinds)}


@pytest.mark.parametrize(
    ("said", "moment", "kinds"),
    [
        ("12: the watch of session 1 runs", lambda: after_session(1), {WaitKind.SAFETY_CALL_DAY}),
        ("a red flag waits for a clinician", with_a_red_flag, {WaitKind.RED_FLAG}),
        ("ptosis waits for a clinician", with_ptosis, {WaitKind.EFFECT_REVIEW}),
        ("8: a hold waits for its review", held_while_a_payer_is_asked, {WaitKind.HOLD_ENDS}),
        ("a held claim waits for billing", in_part, {WaitKind.CLAIM_HELD}),
        ("a denied claim waits for somebody", with_a_denied_claim, {WaitKind.CLAIM_DENIED}),
        (
            "8: no line of its own waits",
            lambda: at(WaitKind.READINESS),
            {WaitKind.READINESS, WaitKind.SESSION_DAY, WaitKind.UNPAID_UNITS},
        ),
    ],
)
def test_a_wait_that_is_not_there_is_seen(said: str, moment: Callable[[], PaperCourse], kinds: set[WaitKind]) -> None:
    paper = moment()

    idle_breaks(said, paper, **without(paper, *kinds))


def test_a_course_that_waits_for_nothing_or_for_what_is_over_is_seen() -> None:
    paper = at(WaitKind.PAYER_ANSWER)
    over = tuple(wait.model_copy(update={"look_at": paper.now}) for wait in paper.course.waits)

    idle_breaks("8: a course waits", paper, waits=())
    idle_breaks("8: none is past its moment", paper, waits=over)


def test_a_record_that_nobody_signs_or_bills_is_seen() -> None:
    paper = after_session(1)

    idle_breaks("the record waits for its signature", paper, **changed(paper.course, "sessions", signed_by=None))
    idle_breaks("4: a signed session is billed", paper, **changed(paper.course, "sessions", claim_id=None))
    idle_breaks("4: a signed session is billed", paper, **changed(paper.course, "sessions", claim_outdated=True))


def test_a_watch_that_did_not_end_and_a_task_left_at_the_close_are_seen() -> None:
    paper = withdrawn()
    paper.go_on(People())
    assert paper.course.closed_on is not None
    left = at(WaitKind.PAYER_ANSWER).course.waits

    check_whole(paper.events, paper.course)
    for said, changes in [
        ("12: the watch ran to its end", changed(paper.course, "sessions", watch_ended=None)),
        ("closed: nothing is left", {"waits": left}),
    ]:
        with pytest.raises(AssertionError, match=re.escape(said)):
            check_whole(paper.events, paper.course.model_copy(update=changes))


# 7: after a death, messages and sentences


def test_a_task_that_concerns_the_dead_is_seen() -> None:
    paper = deceased()
    opened = told_before(after_session(1), e.WaitOpened).event
    watched = paper.course.model_copy(update=changed(paper.course, "sessions", watch_ended=None))

    with pytest.raises(AssertionError, match="12: the watch ends with death"):
        check_change(watched, opened, watched)
    with pytest.raises(AssertionError, match="7: "):
        check_change(paper.course, opened, paper.course)


def test_a_message_that_goes_out_twice_is_seen() -> None:
    paper = after_session(1)
    found = messages_of(paper.events, paper.course)
    welcome = next(one for one in found if one[1].kind == "welcome")

    check_messages(found)
    with pytest.raises(AssertionError, match="7: "):
        check_messages([*found, welcome])


def test_a_sentence_with_a_day_as_machines_write_it_is_seen() -> None:
    check_sentence("since 02 Mar 2026")
    with pytest.raises(AssertionError, match="a day as machines write it"):
        check_sentence("since 2026-03-02")


def test_an_end_that_only_people_say_is_seen_where_the_course_says_it() -> None:
    step = told_before(transferred(), e.CourseEnded)

    sees("10: ", step.course, step.event.model_copy(update={"role": None, "by": COURSE}))


# 13, of corrections


def corrected(values: Any, *, subject: int = 1) -> Step:
    paper = after_session(1)
    return the_step(paper, DR_LEE, correction(paper, values, subject=subject))


def test_a_correction_that_does_not_say_what_it_corrects_is_seen() -> None:
    step = corrected(f.SessionValues(injector="dr.khan"))
    same = Changed(field="injector", before="dr.lee", after="dr.lee")

    sees("13: a correction names the event", step.course, step.event.model_copy(update={"corrects": step.event.number}))
    sees("13: with its reason", step.course, step.event.model_copy(update={"reason": ""}))
    sees("13: both values stay", step.course, step.event.model_copy(update={"changes": ()}))
    with pytest.raises(AssertionError):
        check_step(step.course, step.event.model_copy(update={"changes": (same,)}))
    (session,) = step.event.sessions
    billed = session.model_copy(update={"claim_outdated": False})
    sees("4: what was billed is billed anew", step.course, step.event.model_copy(update={"sessions": (billed,)}))
    signed = session.model_copy(update={"signed_by": "dr.khan"})
    sees("a corrected record is signed again", step.course, step.event.model_copy(update={"sessions": (signed,)}))


def test_a_session_taken_back_whose_claim_stands_is_seen() -> None:
    step = corrected(f.SessionValues(entered_in_error=True))
    (session,) = step.event.sessions
    stands = session.model_copy(update={"claim_outdated": False})

    sees("4: its claim is taken back", step.course, step.event.model_copy(update={"sessions": (stands,)}))


def test_an_appointment_that_a_correction_makes_too_early_is_seen() -> None:
    paper = after_session(1)
    paper.pass_until(paper.now + 10 * ONE_DAY)
    later = paper.course.sessions[0].given_on + 5 * ONE_DAY
    step = the_step(paper, DR_LEE, correction(paper, f.SessionValues(given_on=later)))

    sees("2: no appointment stays", step.course, step.event.model_copy(update={"gives_up": None}))


# What is less usual


def test_a_wait_that_opens_twice_or_leads_nowhere_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    step = told_before(after_session(1), e.WaitOpened)
    kind = step.event.wait.kind

    sees(
        "a wait opens once",
        after(step.course, step.event),
        step.event.model_copy(update={"number": step.event.number + 1}),
    )
    monkeypatch.setitem(KINDS, kind, KINDS[kind].model_copy(update={"next_step": ""}))
    sees("8: with a next step", step.course, step.event)


def test_an_event_of_another_day_than_its_moment_is_seen(cleared: Step) -> None:
    with pytest.raises(AssertionError):
        check_step(cleared.course, cleared.event.model_copy(update={"on": cleared.event.on + ONE_DAY}))


def test_a_last_day_of_the_payer_that_is_moved_or_told_without_its_reference_is_seen() -> None:
    paper = denied_with()
    paper.tell(BEN, f.DenialStepChosen(step=DenialStep.APPEAL))
    course, request = paper.course, paper.course.requests[-1]
    assert request.last_on is not None
    stamp: dict[str, Any] = {
        "number": course.number + 1,
        "at": paper.now,
        "on": paper.today,
        "by": BEN.user_id,
        "role": BEN.role,
    }
    moved = corrected(f.SessionValues(injector="dr.khan")).event.model_copy(
        update=stamp
        | {
            "sessions": (),
            "subject": request.number,
            "request": request.model_copy(update={"last_on": request.last_on + ONE_DAY}),
        }
    )
    granted = e.MoreTimeGranted(
        **stamp, request_id="r-x", denial=1, step=DenialStep.APPEAL, last_on=request.last_on + ONE_DAY, reference=""
    )

    sees("8: the payer's last days stand", course, moved)
    sees("8: granted by the payer", course, granted)


def test_a_denial_that_ends_the_course_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    step = told_before(denied_with(), e.AuthorizationDecided)
    due = EndingDue(outcome=e.Outcome.DECLINED, reason="authorization_denied")
    monkeypatch.setattr(
        invariants, "after", lambda course, event: after(course, event).model_copy(update={"ending_due": due})
    )

    sees("a denial ends nothing", step.course, step.event)


def test_a_message_to_the_dead_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    course, event = deceased().course, told_before(after_session(1), e.SessionGiven).event
    message = Message(key="c-1/aftercare/1", kind="aftercare", send_at=event.at)
    monkeypatch.setattr(invariants, "post_of", lambda *_: Post(messages=(message,)))

    with pytest.raises(AssertionError, match="7: nothing is sent after death"):
        check_change(course, event, course)


def test_a_held_claim_that_another_than_a_biller_lets_out_is_seen() -> None:
    step = the_step(in_part(), BEN, f.ClaimReleased(session=1, modifier="52", note="reduced service"))

    sees("10: ", step.course, step.event.model_copy(update={"role": Role.OPERATIONS}))


def test_a_clearance_of_an_ended_course_is_seen(cleared: Step) -> None:
    with pytest.raises(AssertionError):
        check_step(cleared.course.model_copy(update={"ending": withdrawn().course.ending}), cleared.event)


def test_going_on_against_the_advice_without_a_reason_is_seen() -> None:
    paper = at(WaitKind.CLEARANCE, times=4, diary=RESPONDS_ONLY_AFTER_SESSION_3)
    step = the_step(paper, DR_LEE, f.PreSessionCheck(clear=True))
    check = step.course.checks[-1]
    other = check.evidence.model_copy(update={"verdict": Verdict.NONE, "recommendations": ()})
    over = changed(step.course, "checks", answer=ResponseAnswer.CONTINUE, evidence=other, reason="disabling")

    check_step(step.course.model_copy(update=over), step.event)
    silent = changed(step.course, "checks", answer=ResponseAnswer.CONTINUE, evidence=other, reason=None)
    sees("6: overridden with a reason", step.course.model_copy(update=silent), step.event)


def test_a_first_session_here_after_two_elsewhere_without_a_check_is_seen() -> None:
    step = the_step(at(WaitKind.CLEARANCE), DR_LEE, f.PreSessionCheck(clear=True))
    before = [elsewhere(step.event.on - days * ONE_DAY) for days in (170, 85)]
    history = step.course.history.model_copy(update={"earlier_doses": tuple(before)})

    sees("1: two sessions elsewhere", step.course.model_copy(update={"history": history}), step.event)


def test_a_risk_without_a_reason_and_an_exemption_without_a_name_are_seen(cleared: Step) -> None:
    course, event = paid(cleared, CoverageKind.CLINICS_RISK)
    risk = ClinicsRisk(session=course.next_session, by=BEN.user_id, on=day_of(course), reason="")
    unsaid = the_step(
        at(WaitKind.CLEARANCE, beginning=a_beginning(coverage=medicare(TODAY))), DR_LEE, f.PreSessionCheck(clear=True)
    )
    nobody = unsaid.course.coverage.model_copy(update={"not_needed": None})

    sees("10: with a reason", course.model_copy(update={"clinics_risks": (risk,)}), event)
    sees("1: somebody said", unsaid.course.model_copy(update={"coverage": nobody}), unsaid.event)


def test_an_agreement_of_later_or_of_a_minor_is_seen() -> None:
    paper = after_session(1)
    pays = f.CoverageChanged(
        from_on=paper.today + 60 * ONE_DAY,
        pays=CoverageKind.SELF_PAY,
        signed_on=paper.today,
        amount_cents=180_000,
        sessions=2,
        reason="the plan ends",
    )
    step = the_step(paper, BEN, pays)
    agreement = step.event.coverage.self_pay
    later = agreement.model_copy(update={"signed_on": paper.today + ONE_DAY})
    minor = step.course.history.model_copy(update={"comes_of_age_on": paper.today + ONE_DAY})

    sees(
        "1: signed",
        step.course,
        step.event.model_copy(update={"coverage": step.event.coverage.model_copy(update={"self_pay": later})}),
    )
    sees("1: for a minor", step.course.model_copy(update={"history": minor}), step.event)


def test_a_session_given_on_the_clearance_of_another_is_seen(given: Step) -> None:
    clearance = given.course.clearance
    assert clearance is not None
    for changes in ({"appointment": 9}, {"cleared_on": clearance.cleared_on - ONE_DAY}):
        course = given.course.model_copy(update={"clearance": clearance.model_copy(update=changes)})
        with pytest.raises(AssertionError):
            check_step(course, given.event)


def test_a_session_that_loses_drug_as_it_is_completed_is_seen() -> None:
    step = the_step(in_part(), DR_LEE, f.SessionCompleted())
    (before,), (vial,) = step.course.sessions, step.event.session.vials
    less = vial.model_copy(update={"size_units": 100, "given_units": 100, "wasted_units": 0})

    for wrong in (
        of_session(step, dose=before.dose, vials=before.vials),
        of_session(step, vials=(less,)),
    ):
        with pytest.raises(AssertionError):
            check_step(step.course, wrong)
    whole = step.course.model_copy(update=changed(step.course, "sessions", in_part=False))
    with pytest.raises(AssertionError):
        check_step(whole, step.event)


def test_a_day_corrected_too_close_to_another_dose_without_a_deviation_is_seen() -> None:
    paper = after_session(2)
    first = paper.course.sessions[0].given_on
    values = f.SessionValues(given_on=first + 80 * ONE_DAY)
    step = the_step(paper, DR_LEE, correction(paper, values, subject=2), deviation="the calendar was wrong")

    sees("2: or a deviation", step.course, step.event.model_copy(update={"deviation": None}))


def test_a_deviation_without_its_reason_is_seen() -> None:
    paper = after_session(1)
    paper.pass_until(paper.now + 30 * ONE_DAY)
    vials = (VialOpened(size_units=200, lot="C1", expires_on=paper.today),)
    step = the_step(paper, DR_LEE, f.SessionResult(vials=vials, injector="dr.lee"), deviation="it has happened")
    silent = step.event.deviation.model_copy(update={"reason": ""})

    sees("with its reason", step.course, step.event.model_copy(update={"deviation": silent}))


def test_a_session_in_error_that_is_billed_anew_is_seen() -> None:
    paper = after_session(1)
    paper.tell(DR_LEE, correction(paper, f.SessionValues(entered_in_error=True)))
    step = told_before(paper, e.ClaimOpened)

    sees("4: what never was", step.course, step.event.model_copy(update={"frequency": Frequency.REPLACEMENT}))


def test_an_appeal_of_no_day_is_seen() -> None:
    paper = with_a_denied_claim()
    step = the_step(paper, BEN, f.DenialAnswered(action="appeal", note="sent", next_session="agreed"))

    with pytest.raises(AssertionError):
        check_step(step.course, step.event.model_copy(update={"sent_on": None}))


def test_a_closed_course_of_which_scheduling_does_not_know_all_is_seen() -> None:
    paper = withdrawn()
    paper.go_on(People())
    unsettled = Unsettled(appointment_id="c-1/appointment-1", to="cancelled")

    with pytest.raises(AssertionError, match="closed: scheduling knows all"):
        check_whole(paper.events, paper.course.model_copy(update={"unsettled": (unsettled,)}))
