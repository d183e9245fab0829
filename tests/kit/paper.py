"""A course on paper: `decide` and `after` without a server, the workflow's own steps played by the same rules.

It has the workflow's order but not its machinery, so what it shows it shows of the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from domain import events as e
from domain import plan
from domain.claims import claim_for
from domain.clinic_time import add_working_days, clinic_day, instant_of
from domain.course import Course, after, born, reopening_ends
from domain.decide import decide
from domain.diary import baseline_before
from domain.eligibility import EligibilityVerdict, assess_for_payer, assess_for_protocol
from domain.facts import Request
from domain.people import Actor
from domain.record import Refusal
from domain.response import gather_evidence
from domain.session import Appointment, AppointmentStatus, WatchEnd
from domain.waits import KINDS, AtDue, Wait, WaitKind, wait_id
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning
from tests.kit.diaries import RESPONDS_AT_ONCE, Diary, days_of

ONE_DAY = timedelta(days=1)
VISIT_AT = time(10)
Wanted = tuple[WaitKind, str, datetime]


class PaperCourse:
    """A course whose time passes when told, and whose people answer when told."""

    def __init__(
        self, beginning: e.CourseStarted | None = None, *, diary: Diary = RESPONDS_AT_ONCE, today: date = TODAY
    ) -> None:
        beginning = beginning or a_beginning(today)
        self.now = instant_of(today, VISIT_AT, beginning.clinic.zone)
        stamped = beginning.model_copy(update={"number": 1, "at": self.now, "on": today})
        self.events: list[e.CourseEvent] = [stamped]
        self.course = born(stamped, course_id="c-1", patient_id="p-1")
        self._diary = diary
        self._requests = 0
        self.settle()

    @property
    def today(self) -> date:
        return clinic_day(self.now, self.course.clinic.zone)

    def happened(self, event: e.CourseEvent) -> None:
        stamped = event.model_copy(update={"number": self.course.number + 1, "at": self.now, "on": self.today})
        self.course = after(self.course, stamped)
        self.events.append(stamped)

    def ask(self, by: Actor, fact: Any, *, task: str | None = None, request_id: str | None = None) -> Refusal | None:
        """Make a request; return why it was refused, or None."""
        self._requests += 1
        identity = request_id or f"r-{self._requests}"
        if self.course.receipt(identity) is not None:
            return None
        decided = decide(self.course, Request(request_id=identity, by=by, fact=fact, task=task), now=self.now)
        if isinstance(decided, Refusal):
            return decided
        self.happened(decided)
        self.settle()
        return None

    def tell(self, by: Actor, fact: Any, *, task: str | None = None) -> None:
        """Make a request that must not be refused."""
        refused = self.ask(by, fact, task=task)
        assert refused is None, refused

    @property
    def tasks(self) -> tuple[Wait, ...]:
        return tuple(wait for wait in self.course.waits if wait.is_task)

    def task(self, kind: WaitKind) -> Wait | None:
        return next((wait for wait in self.tasks if wait.kind is kind), None)

    def pass_until(self, moment: datetime) -> None:
        """Let time pass; what falls due on the way happens in its order."""
        while (following := self._next_moment()) is not None and following <= moment:
            self.now = max(self.now, following)
            self.settle()
        self.now = max(self.now, moment)

    def _next_moment(self) -> datetime | None:
        return min((wait.look_at for wait in self.course.waits if wait.look_at > self.now), default=None)

    def go_on(self, people: People, *, until: WaitKind | None = None, steps: int = 400) -> None:
        """Have people answer and time pass until a task of this kind is open, or the course is closed."""
        for _ in range(steps):
            if self.course.closed_on is not None or (until is not None and self.task(until) is not None):
                return
            if not self._somebody_answers(people):
                moment = self._next_moment()
                assert moment is not None, f"8: it waits for nothing: {self.course.waits}"
                self.pass_until(moment)
        raise AssertionError(f"it never came to {until}: {[wait.id for wait in self.course.waits]}")

    def _somebody_answers(self, people: People) -> bool:
        for wait in self.tasks:
            answer = people.answer(self.course, wait, self.now)
            if answer is not None and self.ask(*answer, task=wait.id) is None:
                return True
        return False

    # What the course does by itself

    def settle(self) -> None:
        """Let the course do all it does by itself until it only waits."""
        for _ in range(100):
            number = self.course.number
            for step in self._steps(self.course):
                self.happened(step)
                break
            else:
                self._see_to_waits()
            if self.course.number == number:
                return
        raise AssertionError("it never settles")

    def _steps(self, course: Course) -> Iterator[e.CourseEvent]:
        if (due := course.ending_due) is not None and course.is_open:
            yield e.CourseEnded(outcome=due.outcome, reason=due.reason, note=due.note)
        if course.is_open:
            yield from self._admission(course)
            yield from self._coverage(course)
            yield from self._check(course)
            yield from self._visit(course)
        yield from self._follow_up(course)
        if course.ending and not course.closed_on and self.now >= reopening_ends(course):
            busy = any(session.watch_ended is None or session.signed_by is None for session in course.sessions)
            if not busy and not course.red_flags and not course.to_bill_by_hand and not course.undelivered:
                yield e.CourseClosed()

    def _admission(self, course: Course) -> Iterator[e.CourseEvent]:
        if course.eligibility_settled_on is not None:
            return
        if course.protocol_verdict is None:
            today = self.today
            yield e.EligibilityAssessed(
                protocol_verdict=assess_for_protocol(course.history, protocol=course.protocol, today=today),
                payer_verdict=assess_for_payer(course.history, policy=course.policy, today=today),
            )
        elif course.protocol_verdict.verdict is EligibilityVerdict.ELIGIBLE:
            yield e.EligibilitySettled()

    def _coverage(self, course: Course) -> Iterator[e.CourseEvent]:
        for granted in course.authorizations:
            if granted.expired_on is None and self.today > granted.until_on:
                yield e.AuthorizationExpired(request=granted.request)
        if course.goals and plan.must_ask_payer(course, self.today):
            due_on = plan.renewal_on(course)
            if due_on is None or self.today >= due_on:
                yield e.AuthorizationRequested(request=plan.next_request(course, self.today))

    def _check(self, course: Course) -> Iterator[e.CourseEvent]:
        session = plan.open_check(course)
        if session is None or (course.evidence is not None and not course.evidence_is_stale):
            return
        if self.today < self._check_opens_on(course):
            return
        yield e.EvidenceGathered(
            evidence=gather_evidence(
                session=session.number,
                sessions_given_on=tuple(one.given_on for one in course.sessions),
                days=self._days(course.sessions[0].given_on - ONE_DAY, self.today),
                baseline=course.baseline,
                stated=course.history.counts,
                protocol=course.protocol,
                policy=course.policy,
                checks=course.checks,
                window_last_on=plan.times_of_check(course, session).window_last_on,
                today=self.today,
                trial_session=sum(one.is_trial for one in course.sessions),
            )
        )

    def _check_opens_on(self, course: Course) -> date:
        session = plan.open_check(course)
        assert session is not None
        before = course.check_after(session.number)
        return (before.ask_again_on if before else None) or plan.times_of_check(course, session).opens_on

    def _days(self, first_on: date, last_on: date) -> tuple[Any, ...]:
        return days_of(self._diary, first_on, last_on, tuple(one.given_on for one in self.course.sessions))

    def _visit(self, course: Course) -> Iterator[e.CourseEvent]:
        if not course.goals or (course.needs_authorization and not course.authorizations):
            return
        wish = course.move_wish or course.booking_wish
        if course.appointment is None or course.move_wish is not None:
            day = plan.look_for_from(course, self.today + ONE_DAY)
            starts_at = wish.starts_at if wish else instant_of(day, VISIT_AT, course.clinic.zone)
            number = course.appointments_made + 1
            booked = Appointment(
                number=number,
                id=f"c-1/appointment-{number}",
                for_session=course.next_session,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=30),
                injector="dr.lee",
                room="room-1",
                status=AppointmentStatus.TENTATIVE,
            )
            if course.appointment is None:
                yield e.AppointmentBooked(appointment=booked)
            else:
                yield e.AppointmentMoved(from_appointment=course.appointment.number, appointment=booked, reason="asked")
        elif plan.may_confirm(course):
            yield e.AppointmentConfirmed(appointment=course.appointment.number)

    def _follow_up(self, course: Course) -> Iterator[e.CourseEvent]:
        for told in course.unsettled:
            yield e.AppointmentSettled(appointment_id=told.appointment_id)
        if course.sessions and course.baseline_frozen_on is None:
            first_on = course.sessions[0].given_on
            days = self._days(first_on - timedelta(days=60), first_on - ONE_DAY)
            stated = course.history.counts
            yield e.BaselineFrozen(
                baseline=baseline_before(days, session_1_on=first_on, stated=stated, protocol=course.protocol)
            )
        for session in course.sessions:
            watch = session.given_on + timedelta(days=course.protocol.safety.watch_ends_days.value)
            if session.watch_ended is None and self.now >= plan.morning_of(course, watch):
                yield e.SafetyWatchEnded(session=session.number, how=WatchEnd.NOT_REACHED)
            impossible = session.number in course.billing_impossible
            if session.signed_by and not session.claim_id and not impossible:
                claim = claim_for(
                    session,
                    course_id=course.course_id,
                    coverage=course.coverage,
                    policy=course.policy,
                    diagnosis=course.history.diagnosis,
                    protocol=course.protocol,
                )
                if isinstance(claim, Refusal):
                    yield e.BillingImpossible(session=session.number, reason=claim.reason)
                else:
                    yield e.ClaimOpened(session=session.number, claim_id=claim.id)

    # What it waits for

    def _see_to_waits(self) -> None:
        wanted = {wait_id(kind, subject): (kind, subject, due) for kind, subject, due in self._wanted(self.course)}
        for wait in self.course.waits:
            if wait.id not in wanted:
                self.happened(e.WaitClosed(wait=wait.id, why="moot"))
            elif self.now >= wait.look_at and KINDS[wait.kind].at_due is AtDue.RAISE:
                self.happened(e.WaitRaised(wait=wait.id, look_at=self.now + timedelta(days=7)))
        for identity, (kind, subject, due) in wanted.items():
            if self.course.wait(identity) is None:
                opened = Wait(id=identity, kind=kind, subject=subject, since=self.now, due=due, look_at=due)
                self.happened(e.WaitOpened(wait=opened))

    def _wanted(self, course: Course) -> Iterator[Wanted]:
        soon = self.now + ONE_DAY
        yield from self._wanted_after(course)
        if course.ending is not None:
            if course.closed_on is None and self.now < reopening_ends(course):
                yield WaitKind.REOPENING, "end", reopening_ends(course)
            return
        if course.eligibility_settled_on is None:
            yield WaitKind.ELIGIBILITY, "intake", soon
            return
        if not course.goals:
            yield WaitKind.GOALS, "intake", soon
            return
        yield from self._wanted_of_payer(course)
        yield from self._wanted_of_check(course)
        yield from self._wanted_of_visit(course)

    def _wanted_after(self, course: Course) -> Iterator[Wanted]:
        if course.undelivered:
            yield WaitKind.UNDELIVERED, "messages", self.now + ONE_DAY
        for session in course.sessions:
            subject = f"session-{session.number}"
            if session.signed_by is None:
                yield WaitKind.SIGNATURE, subject, self.now + ONE_DAY
            if session.watch_ended is None:
                call = plan.morning_of(
                    course, session.given_on + timedelta(days=course.protocol.safety.call_from_days.value)
                )
                over = plan.morning_of(
                    course, session.given_on + timedelta(days=course.protocol.safety.watch_ends_days.value)
                )
                yield (
                    (WaitKind.SAFETY_CALL_DAY, subject, call)
                    if self.now < call
                    else (WaitKind.SAFETY_CALL, subject, over)
                )
        for number in course.to_bill_by_hand:
            yield WaitKind.BILLING, f"session-{number}", self.now + 2 * ONE_DAY
        for flagged in course.red_flags:
            yield WaitKind.RED_FLAG, f"adverse-event-{flagged.number}", self.now + timedelta(hours=4)

    def _wanted_of_payer(self, course: Course) -> Iterator[Wanted]:
        for granted in course.authorizations:
            if granted.expired_on is None:
                yield (
                    WaitKind.AUTHORIZATION_ENDS,
                    f"request-{granted.request}",
                    plan.morning_of(course, granted.until_on + ONE_DAY),
                )
        asked = course.open_request
        if asked is None:
            due_on = plan.renewal_on(course)
            if due_on is not None and plan.must_ask_payer(course, self.today):
                yield WaitKind.RENEWAL_DUE, f"session-{course.next_session}", plan.morning_of(course, due_on)
        elif asked.answer_due_on is None:
            yield WaitKind.SUBMIT_PACKET, f"request-{asked.number}", self.now + 2 * ONE_DAY
        else:
            due = plan.morning_of(course, asked.answer_due_on)
            yield WaitKind.PAYER_ANSWER, f"request-{asked.number}", due
            if self.now >= due:
                yield WaitKind.CHASE_PAYER, f"request-{asked.number}", self.now + ONE_DAY

    def _wanted_of_check(self, course: Course) -> Iterator[Wanted]:
        session = plan.open_check(course)
        if session is None:
            return
        if course.evidence is None:
            yield (
                WaitKind.CHECK_OPENS,
                f"session-{session.number}",
                plan.morning_of(course, self._check_opens_on(course)),
            )
        else:
            due = plan.morning_of(course, plan.times_of_check(course, session).due_on)
            yield WaitKind.RESPONSE_CHECK, f"session-{session.number}", max(due, self.now + ONE_DAY)

    def _wanted_of_visit(self, course: Course) -> Iterator[Wanted]:
        appointment = course.appointment
        if appointment is None:
            return
        subject = f"session-{course.next_session}"
        day = clinic_day(appointment.starts_at, course.clinic.zone)
        if self.today >= day:
            kind = WaitKind.SESSION_RESULT if course.clearance is not None else WaitKind.CLEARANCE
            yield kind, subject, appointment.ends_at
            return
        yield WaitKind.SESSION_DAY, subject, plan.morning_of(course, day)
        if appointment.status is AppointmentStatus.CONFIRMED or course.kept_unready == appointment.number:
            return
        look = plan.morning_of(course, plan.readiness_on(course))
        last_look = plan.morning_of(course, add_working_days(plan.last_look_on(course), 0, course.clinic))
        if course.readiness is None:
            yield (
                (WaitKind.READINESS_DAY, subject, look) if self.now < look else (WaitKind.READINESS, subject, last_look)
            )
        elif self.now < last_look:
            yield WaitKind.LAST_LOOK_DAY, subject, last_look
        else:
            yield WaitKind.NOT_READY, subject, plan.morning_of(course, day)
