"""Moments in a course's life, on paper: a course just before something is to be told or asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from domain import facts as f
from domain.coverage import CoverageKind, Per
from domain.denial_reasons import Questions
from domain.events import BookingRefused, WaitOpened
from domain.history import ClinicalHistory
from domain.hold import HoldReason
from domain.payer import Counts
from domain.people import Actor
from domain.session import NotGivenReason
from domain.told import subject_of, watch_of
from domain.waits import Wait, WaitKind
from tests.domain.builders import a_history, a_treatment, counts, the_policy
from tests.kit import answers
from tests.kit.answers import Answer, People, Situation, approved
from tests.kit.beginnings import TODAY, a_beginning, self_pay
from tests.kit.examples import VIALS
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DELIVERY, DR_LEE

TWELVE_SITES = {"corrugator": 2, "procerus": 1, "frontalis": 4, "temporalis": 5}
"""60 units."""


def at(kind: WaitKind, *, times: int = 1, people: People | None = None, **paper: Any) -> PaperCourse:
    """Return a course at its first (second ...) open task of this kind, everybody else having answered as usual."""
    people, course = people or People(), PaperCourse(**paper)
    course.go_on(people, until=kind)
    for _ in range(times - 1):
        task = course.task(kind)
        assert task is not None
        answer = people.answer(course.course, task, course.now)
        assert answer is not None
        course.tell(*answer, task=task.id)
        course.go_on(people, until=kind)
    return course


def after_session(number: int, **paper: Any) -> PaperCourse:
    """Return a course in the hour after session `number` was recorded."""
    course = at(WaitKind.SESSION_RESULT, times=number, **paper)
    task = course.task(WaitKind.SESSION_RESULT)
    assert task is not None
    answer = People().answer(course.course, task, course.now)
    assert answer is not None
    course.tell(*answer)
    return course


def not_eligible(headache_days: int = 12) -> PaperCourse:
    """Return a course that waits for a clinician, because there are too few headache days."""
    few = counts(headache_days=headache_days, migraine_days=9, stated_on=TODAY - timedelta(days=1))
    return PaperCourse(a_beginning(history=a_history(taken_on=TODAY, counts=few)))


def with_an_appointment() -> PaperCourse:
    """Return a course whose second session is booked and lies ahead."""
    return after_session(1)


def with_a_red_flag() -> PaperCourse:
    course = after_session(1)
    course.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), note="since yesterday"))
    return course


BIRTHDAY = TODAY + timedelta(days=120)
"""The day on which the minors of tests come of age: between sessions 1 and 2, or after 2."""


def a_minor() -> PaperCourse:
    """Return a course of a patient of 17 years, with whose age a clinician goes on."""
    history = a_history(taken_on=TODAY, age_years=17, comes_of_age_on=BIRTHDAY)
    course = PaperCourse(a_beginning(history=history))
    course.tell(DR_LEE, f.EligibilityDecision(decision="go_on", reason="disabling", patient_informed=True))
    return course


def came_of_age() -> PaperCourse:
    """Return a course on the morning of its patient's 18th birthday."""
    course = a_minor()
    course.go_on(People(), until=WaitKind.OWN_CONSENT)
    return course


def with_ptosis() -> PaperCourse:
    """Return a course whose patient tells, five days after session 1, of a drooping eyelid."""
    course = after_session(1)
    course.pass_until(course.now + timedelta(days=5))
    course.tell(AMY, f.AdverseEventTold(effect="ptosis", onset_on=course.today, note="the left eyelid hangs"))
    return course


def wearing_off() -> PaperCourse:
    """Return a course whose patient tells in week 10 that the effect wears off."""
    course = after_session(1)
    course.pass_until(course.now + timedelta(days=66))
    course.tell(AMY, f.WearingOffTold(week=10))
    return course


def with_an_approval_that_differs() -> PaperCourse:
    """Return a course whose payer has granted too few units."""
    few: dict[WaitKind, Answer] = {WaitKind.PAYER_ANSWER: lambda seen: approved(seen, units=310, counts=Counts.BILLED)}
    return at(WaitKind.APPROVAL_DIFFERS, people=People(few))


def with_unpaid_units() -> PaperCourse:
    """Return a course whose first session is booked, and 45 of its opened units may stay unpaid."""
    each: dict[WaitKind, Answer] = {WaitKind.PAYER_ANSWER: lambda seen: approved(seen, units=155, per=Per.SESSION)}
    return at(WaitKind.UNPAID_UNITS, people=People(each))


def unsigned() -> PaperCourse:
    """Return a course whose session 1 was recorded by operations; the injector has not signed."""
    course = at(WaitKind.SESSION_RESULT)
    _, result = People().answer(course.course, course.tasks[0], course.now) or (None, None)
    course.tell(AMY, result)
    return course


def in_part(**changes: Any) -> PaperCourse:
    """Return a course whose session 1 was stopped after 12 sites: she fainted."""
    course = at(WaitKind.SESSION_RESULT)
    by, result = People().answer(course.course, course.tasks[0], course.now) or (None, None)
    assert by is not None
    assert result is not None
    stopped = {"sites": TWELVE_SITES, "in_part": True, "why": "fainted", "patient_left": "walking, with her husband"}
    course.tell(by, result.model_copy(update=stopped | changes))
    return course


def missed(times: int, *, reason: NotGivenReason = NotGivenReason.NO_SHOW, **paper: Any) -> PaperCourse:
    """Return a course whose first visit was not kept so many times."""
    course = PaperCourse(**paper)
    for _ in range(times):
        course.go_on(People(), until=WaitKind.CLEARANCE)
        assert course.course.appointment is not None
        course.pass_until(course.course.appointment.ends_at)
        course.tell(AMY, f.NotGiven(reason=reason))
    return course


def denied_with(*, people: People | None = None, **letter: Any) -> PaperCourse:
    """Return a course whose payer has just denied the first request; `letter` is what the letter says."""
    course = at(WaitKind.PAYER_ANSWER, people=people)
    by, fact = answers.denied(Situation(course.course, course.tasks[0], course.now), **letter)
    course.tell(by, fact)
    return course


def one_preventive() -> ClinicalHistory:
    """Return a history with one of the two preventives that the payer wants."""
    return a_history(taken_on=TODAY, counts=counts(stated_on=TODAY - timedelta(days=1)), treatments=(a_treatment(),))


def not_yet(history: ClinicalHistory | None = None, **changes: Any) -> PaperCourse:
    """Return a course whose payer is not asked yet: goals are set, and what it misses takes time."""
    course = PaperCourse(a_beginning(history=history or one_preventive(), **changes))
    answer = People().answer(course.course, course.tasks[0], course.now)
    assert answer is not None
    course.tell(*answer)
    return course


def agreed(*, by: Actor = AMY, sessions: int = 1) -> PaperCourse:
    """Return a course denied for good reasons whose patient has signed to pay; a biller has still to confirm."""
    course = denied_with()
    course.tell(by, f.SelfPayAgreed(signed_on=course.today, amount_cents=180_000, sessions=sessions))
    return course


def undelivered() -> PaperCourse:
    """Return a course whose first message did not reach the patient."""
    course = PaperCourse()
    course.tell(DELIVERY, f.MessageUndelivered(key="c-1/welcome/1", message="welcome", status="failed"))
    return course


def paying_herself() -> PaperCourse:
    return PaperCourse(a_beginning(coverage=self_pay(TODAY)))


def correction(
    course: PaperCourse, values: Any, *, subject: int | None = 1, reason: str = "typed wrong"
) -> f.Correction:
    """Return a correction of what was last told of this kind about this subject."""
    kinds = {values.of, "session_completed"} if values.of == "session_given" else {values.of}
    told = [
        event
        for event in course.events
        if getattr(event, "kind", "") in kinds and (subject is None or subject_of(event) in {subject, None})
    ]
    event = told[-1]
    assert event.on is not None
    return f.Correction(
        event=event.number,
        subject=subject_of(event),
        watch_of=watch_of(event),
        recorded_by=event.by,
        recorded_on=event.on,
        values=values,
        reason=reason,
    )


def entered_in_error() -> PaperCourse:
    """Return a course whose session 1 was typed on the wrong patient and undone."""
    course = after_session(1)
    course.tell(DR_LEE, correction(course, f.SessionValues(entered_in_error=True)))
    return course


def injected_on_day(day: int, **paper: Any) -> PaperCourse:
    """Return a course whose session 2 was injected so many days after session 1, uncleared, told as a deviation."""
    course = after_session(1, **paper)
    course.pass_until(course.now + timedelta(days=day))
    course.tell(DR_LEE, f.SessionResult(vials=VIALS), deviation="she was in the building with an attack")
    return course


def billing_refused() -> PaperCourse:
    """Return a course whose first session a person must bill."""
    course = after_session(1)
    course.tell(DELIVERY, f.BillingRefused(session=1, reason="no such payer"))
    return course


def claim_told(what: Literal["denied", "reopened", "taken_back", "paid"] = "denied", **changes: Any) -> f.ClaimTold:
    """Return what the claim of session 1 tells its course."""
    plain: dict[str, Any] = {"on": TODAY, "reason_codes": ("CO-50",), "questions": (Questions.NECESSITY,)}
    return f.ClaimTold(session=1, claim_id="c-1/session-1/claim", what=what, **(plain | changes))


def with_a_denied_claim(**told: Any) -> PaperCourse:
    """Return a course whose first claim was denied as not medically necessary."""
    course = after_session(1)
    course.tell(DELIVERY, claim_told(**({"on": course.today} | told)))
    return course


def with_an_appeal(**told: Any) -> PaperCourse:
    course = with_a_denied_claim(**told)
    course.tell(BEN, f.DenialAnswered(action="appeal", note="the record is sent", next_session="agreed by telephone"))
    return course


def with_a_held_claim() -> PaperCourse:
    """Return a course whose session 1 was given in part: a coder decides the modifier."""
    return in_part()


def withdrawn(**paper: Any) -> PaperCourse:
    course = after_session(1, **paper)
    course.tell(AMY, f.Withdrawal(reason="moves away"))
    return course


def deceased() -> PaperCourse:
    """Return a course whose patient died in the hour after session 1."""
    course = after_session(1)
    course.tell(AMY, f.Death(note="her sister called"))
    return course


def transferred() -> PaperCourse:
    """Return a course whose patient moved away after session 1."""
    course = after_session(1)
    course.tell(AMY, f.End(outcome="transferred", reason="moved_away"))
    return course


def held() -> PaperCourse:
    """Return a course that stands still after session 1, because the patient travels."""
    course = after_session(1)
    course.tell(AMY, f.HoldAsked(until=course.today + timedelta(days=30), reason=HoldReason.TRAVEL))
    return course


def pregnant(*, days: int = 210) -> PaperCourse:
    """Return a course with one session left of its authorization, which a clinician holds for a pregnancy."""
    course = after_session(1)
    course.tell(AMY, f.Pregnancy(expected_on=course.today + timedelta(days=days)))
    course.tell(DR_LEE, f.HoldAsked(until=course.today + timedelta(days=days), note="the birth"))
    return course


def another_payer_asked() -> PaperCourse:
    """Return a course whose second payer has been sent the continuation, with the transition period it is asked for."""
    course = after_session(1)
    told = f.CoverageChanged(
        from_on=course.today + timedelta(days=20),
        pays=CoverageKind.AUTHORIZATION,
        payer_id="washington-labor",
        policy=the_policy("washington-labor"),
        reason="she told on the telephone",
    )
    course.tell(AMY, told)
    course.tell(AMY, f.PacketSubmitted(reference="fax 20"))
    return course


def booked_late(*, offered: bool = False) -> PaperCourse:
    """Return a course whose session 2 is booked four weeks after its first day; with an earlier time `offered`."""
    course = after_session(1)
    assert course.course.appointment is not None
    course.tell(AMY, f.Move(starts_at=course.course.appointment.starts_at + timedelta(days=28), reason="no free time"))
    if offered:
        course.tell(AMY, f.EarlierWanted())
        course.pass_until(course.now + timedelta(days=4))
    return course


def invoiced(*, sessions: int = 4) -> PaperCourse:
    """Return a course whose patient has an invoice over 1,800 dollars for session 1."""
    return after_session(1, beginning=a_beginning(coverage=self_pay(TODAY, sessions=sessions)))


def booking_refused() -> PaperCourse:
    """Return a course whose next time a person must find."""
    course = at(WaitKind.CLEARANCE)
    course.tell(DR_LEE, f.PreSessionCheck(clear=False, note="a cold"))
    paper = course.course.model_copy(update={"appointment": None, "waits": ()})
    course.course = paper
    course.happened(BookingRefused(reason="no free time in the next 60 days"))
    since = course.now
    wait = Wait(
        id="booking:session-1", kind=WaitKind.BOOKING, subject="session-1", since=since, due=since, look_at=since
    )
    course.happened(WaitOpened(wait=wait))
    return course


def outside_does_not_answer() -> PaperCourse:
    course = after_session(1)
    now = course.now
    wait = Wait(id="outside:book", kind=WaitKind.OUTSIDE, subject="book", since=now, due=now, look_at=now)
    course.happened(WaitOpened(wait=wait))
    return course
