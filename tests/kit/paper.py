"""A course on paper: `decide` and `after` without a server, the workflow's own steps played by the same rules.

It has the workflow's order but not its machinery, so what it shows it shows of the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from domain import anew, asking_payer, care, checks, lapsing, plan, requests, waiting_list, ways_on
from domain import events as e
from domain.billing import (
    bill_of,
    hold_of,
    may_go_out,
    outdated_on_its_way,
    void_of,
    waits_to_be_billed,
    waits_to_be_voided,
)
from domain.changes import after, born
from domain.claim_denials import DenialState
from domain.clinic_time import add_working_days, clinic_clock, clinic_day, instant_of, is_working_day
from domain.course import Course, reopening_ends
from domain.coverage import AuthorizationRequest
from domain.decide import decide
from domain.eligibility import EligibilityVerdict, assess_for_payer, assess_for_protocol
from domain.facts import Request
from domain.last_month import last_month_of, last_months_to_count
from domain.people import Actor
from domain.ready import is_settled, may_confirm
from domain.record import Refusal
from domain.response import gather_evidence
from domain.session import Appointment, AppointmentStatus, EarlierWish, FreeTime, Session, WatchEnd, Whose
from domain.visits import closed_for, must_decide, passed_on
from domain.waits import KINDS, AtDue, Wait, WaitKind, wait_id
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning
from tests.kit.diaries import RESPONDS_AT_ONCE, Diary, days_of

ONE_DAY = timedelta(days=1)
VISIT_AT = time(10)
Wanted = tuple[WaitKind, str, datetime]


RECKONED = frozenset(
    {
        WaitKind.CHECK_OPENS,
        WaitKind.RENEWAL_DUE,
        WaitKind.SAFETY_CALL_DAY,
        WaitKind.AUTHORIZATION_ENDS,
        WaitKind.DIARY_LOOK,
        WaitKind.EARLIER_DAY,
        WaitKind.TRIAL_DAY,
    }
)
"""Waits for a day that is reckoned from the record: a correction moves it."""


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

    def ask(
        self,
        by: Actor,
        fact: Any,
        *,
        task: str | None = None,
        request_id: str | None = None,
        deviation: str | None = None,
    ) -> Refusal | None:
        """Make a request; return why it was refused, or None."""
        self._requests += 1
        identity = request_id or f"r-{self._requests}"
        if self.course.receipt(identity) is not None:
            return None
        request = Request(request_id=identity, by=by, fact=fact, task=task, deviation=deviation)
        decided = decide(self.course, request, now=self.now)
        if isinstance(decided, Refusal):
            return decided
        self.happened(decided)
        self.settle()
        return None

    def tell(self, by: Actor, fact: Any, *, task: str | None = None, deviation: str | None = None) -> None:
        """Make a request that must not be refused."""
        refused = self.ask(by, fact, task=task, deviation=deviation)
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
            yield from self._of_age(course)
        if course.is_held:
            yield from self._authorizations_end(course)
        elif course.is_open:
            yield from self._admission(course)
            if (gap := anew.gap_too_long(course, self.today)) is not None:
                yield gap
            yield from self._authorizations_end(course)
            yield from self._coverage(course)
            yield from self._diary_looked(course)
            yield from self._check(course)
            yield from self._visit(course)
            yield from self._earlier(course)
            yield from self._last_months(course)
        yield from self._follow_up(course)
        if course.ending and not course.closed_on and self.now >= reopening_ends(course):
            busy = any(one.watch_ended is None or one.signed_by is None or one.claim_held for one in course.sessions)
            busy = busy or any(one.reviewed_by is None for one in course.deviations)
            looked_at = not course.red_flags and not care.effects_to_review(course) and not course.undelivered
            busy = busy or course.death_to_review or course.to_hand_over or bool(list(self._wanted_of_billing(course)))
            busy = busy or bool(course.to_tell_anew and not course.is_deceased)
            if not busy and (looked_at or course.is_deceased):
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

    def _authorizations_end(self, course: Course) -> Iterator[e.CourseEvent]:
        for granted in course.authorizations:
            if granted.expired_on is None and granted.stopped_on is None and self.today > granted.until_on:
                yield e.AuthorizationExpired(request=granted.request)
        asked = course.open_request
        if asked is not None and asked.submitted_on is None and asked.last_on and self.today > asked.last_on:
            yield e.RequestLapsed(request=asked.number)
        ended = {one.request for one in course.authorizations if one.expired_on is not None}
        if asked is not None and asked.amends in ended:
            yield e.RequestClosed(request=asked.number, reason="it ended before the payer changed it")

    def _coverage(self, course: Course) -> Iterator[e.CourseEvent]:
        if (old := asking_payer.superseded_request(course, self.today)) is not None:
            yield e.RequestClosed(request=old.number, reason=asking_payer.ANOTHER_PAYS)
        if (idle := asking_payer.needless_request(course, self.today)) is not None:
            yield e.RequestClosed(request=idle.number, reason=asking_payer.NOT_NEEDED)
        if course.goals and asking_payer.must_ask_payer(course, self.today):
            if (found := ways_on.not_yet(course, self.today)) is not None:
                yield e.NotYetFound(not_yet=found)
                return
            due_on = asking_payer.renewal_on(course, self.today)
            if due_on is None or self.today >= due_on or requests.asks_at_once(course, self.today):
                yield e.AuthorizationRequested(request=requests.next_request(course, self.today))

    def _of_age(self, course: Course) -> Iterator[e.CourseEvent]:
        birthday = care.comes_of_age_on(course)
        if birthday is not None and self.today >= birthday:
            yield e.CameOfAge()

    def _diary_looked(self, course: Course) -> Iterator[e.CourseEvent]:
        look_on, session = checks.diary_look_on(course), plan.open_check(course)
        if look_on is None or session is None or self.today < look_on:
            return
        first_on, last_on = checks.diary_days_to_look_at(course, session, self.today)
        missing = (last_on - first_on).days + 1 - len(self._days(first_on, last_on))
        asks = missing >= care.gaps_missing_min(course.protocol)
        yield e.DiaryLooked(session=session.number, first_on=first_on, last_on=last_on, missing=missing, asks=asks)

    def _check(self, course: Course) -> Iterator[e.CourseEvent]:
        session = plan.open_check(course)
        if session is None or (course.evidence is not None and not course.evidence_is_stale):
            return
        if course.evidence is None and self.today < self._check_opens_on(course):
            return
        days = self._days(min(course.doses_on) - timedelta(days=60), self.today)
        insured = ways_on.as_insured_next(course)
        yield e.EvidenceGathered(
            evidence=gather_evidence(
                session=session.number,
                sessions_given_on=tuple(one.given_on for one in course.sessions),
                numbers=tuple(one.number for one in course.sessions),
                days=days,
                baseline=checks.baseline_of_check(course, session, days),
                stated=course.history.counts,
                protocol=course.protocol,
                policy=insured.policy,
                checks=course.trial_checks,
                window_last_on=checks.window_last_on(course, session),
                today=self.today,
                earlier_sessions=insured.earlier_sessions,
                trial_session=course.trial_sessions,
                besides=course.besides,
                elsewhere_on=tuple(dose.given_on for dose in course.trial_elsewhere),
                went_on_elsewhere=course.went_on_elsewhere,
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
        if not course.goals or (course.awaits_first_coverage and course.appointment is None):
            return
        if must_decide(course):
            return
        closed = closed_for(course, self.now) or plan.too_early(course)
        if closed is not None and course.appointment is not None:
            day_after = clinic_day(course.appointment.starts_at, course.clinic.zone) + ONE_DAY
            yield e.AppointmentCancelled(
                appointment=course.appointment.number, reason=closed, not_before=day_after, whose=Whose.CLINIC
            )
        wish = course.move_wish or course.booking_wish
        if course.appointment is None or course.move_wish is not None:
            day = plan.look_for_from(course, self.today + ONE_DAY)
            starts_at = instant_of(day, VISIT_AT, course.clinic.zone)
            if wish is not None and self._is_open_at(wish.starts_at):
                starts_at = wish.starts_at
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
        elif may_confirm(course):
            yield e.AppointmentConfirmed(appointment=course.appointment.number)

    def _last_months(self, course: Course) -> Iterator[e.CourseEvent]:
        if course.appointment is None or course.clearance is not None or self.today < plan.day_of_appointment(course):
            return
        for session in last_months_to_count(course, self.today):
            days = self._days(session.given_on, self.today - ONE_DAY)
            yield e.LastMonthCounted(month=last_month_of(course, session, days, today=self.today))

    def _earlier(self, course: Course) -> Iterator[e.CourseEvent]:
        """Look for an earlier time: the first look finds none, each later one the first day that would do."""
        wish = waiting_list.earlier_wish(course)
        if wish is None:
            return
        if wish.offer is not None:
            over = waiting_list.lapses_on(course, wish.offer)
            if self.now >= over:
                yield e.EarlierLooked(look_at=over, lapsed=True)
            return
        if waiting_list.is_too_late(course, wish, self.today):
            yield e.EarlierGivenUp(reason="no time by the last day was free")
            return
        look_at = waiting_list.next_look(course, wish)
        if look_at is not None and self.now < look_at:
            return
        looked = wish.model_copy(update={"looked_on": self.today})
        again = waiting_list.next_look(course, looked)
        assert again is not None
        yield e.EarlierLooked(offer=None if look_at is None else self._free_time(course, wish), look_at=again)

    def _free_time(self, course: Course, wish: EarlierWish) -> FreeTime | None:
        first_on = waiting_list.first_day_wanted(course, self.today)
        days = (first_on + timedelta(days=n) for n in range((wish.until_on - first_on).days + 1))
        open_ones = (day for day in days if is_working_day(day, course.clinic) and day not in wish.declined)
        day = next(open_ones, None)
        return (
            None
            if day is None
            else FreeTime(starts_at=instant_of(day, VISIT_AT, course.clinic.zone), injector="dr.lee")
        )

    def _is_open_at(self, starts_at: datetime) -> bool:
        """Whether scheduling would book this time; where it would not, the paper course gets the first it would."""
        local = clinic_clock(starts_at, self.course.clinic.zone)
        hours = self.course.clinic.opening_hours
        opens = [one for one in hours if one.weekday == local.isoweekday() and one.opens <= local.time() < one.closes]
        return bool(opens) and is_working_day(local.date(), self.course.clinic)

    def _follow_up(self, course: Course) -> Iterator[e.CourseEvent]:
        for told in course.unsettled:
            yield e.AppointmentSettled(appointment_id=told.appointment_id)
        if course.baseline_session is not None and course.baseline_frozen_on is None:
            first_on = course.baseline_session.given_on
            days = self._days(first_on - timedelta(days=60), first_on - ONE_DAY)
            stated = course.history.counts if course.baseline_from == 1 else None
            yield e.BaselineFrozen(baseline=checks.baseline_for(course, days, before=first_on, stated=stated))
        for session in course.sessions:
            watch = session.given_on + timedelta(days=course.protocol.safety.watch_ends_days.value)
            if session.watch_ended is None and self.now >= plan.morning_of(course, watch):
                yield e.SafetyWatchEnded(session=session.number, how=WatchEnd.NOT_REACHED)
            yield from self._bill(course, session)
        for session in course.sessions_in_error:
            yield from self._void(course, session)
        for step in course.claim_steps:
            yield e.ClaimStepKept(step=step.key)

    def _void(self, course: Course, session: Session) -> Iterator[e.CourseEvent]:
        if not waits_to_be_voided(session):
            return
        claim = void_of(course, session)
        if isinstance(claim, Refusal):
            yield e.BillingImpossible(session=session.number, reason=claim.reason)
            return
        yield e.ClaimOpened(
            session=session.number, claim_id=claim.id, replaces=claim.replaces, frequency=claim.frequency
        )

    def _bill(self, course: Course, session: Session) -> Iterator[e.CourseEvent]:
        if may_go_out(course, session):
            yield e.ClaimReleased(session=session.number, note="what it waited for has come")
        if not waits_to_be_billed(course, session):
            return
        if (why := hold_of(course, session)) is not None:
            yield e.ClaimHeld(session=session.number, why=why)
            return
        claim = bill_of(course, session)
        if isinstance(claim, Refusal):
            yield e.BillingImpossible(session=session.number, reason=claim.reason)
            return
        yield e.ClaimOpened(
            session=session.number,
            claim_id=claim.id,
            replaces=claim.replaces,
            frequency=claim.frequency,
            payer_id=claim.payer_id,
            amount_cents=claim.amount_cents if claim.kind == "invoice" else None,
            outdated=outdated_on_its_way(course, session.number, claim),
        )

    # What it waits for

    def _see_to_waits(self) -> None:
        wanted = {
            wait_id(kind, subject): (kind, subject, due)
            for kind, subject, due in self._wanted(self.course)
            if self.course.goes_on(kind)
        }
        for wait in self.course.waits:
            moved = wait.kind in RECKONED and wait.id in wanted and wait.due != wanted[wait.id][2]
            if wait.id not in wanted or moved:
                self.happened(e.WaitClosed(wait=wait.id, why="moot"))
            elif self.now >= wait.look_at and KINDS[wait.kind].at_due is AtDue.RAISE:
                again = (
                    wanted[wait.id][2]
                    if wait.kind in {WaitKind.CONTEST, WaitKind.EARLIER_TIME}
                    else self.now + timedelta(days=7)
                )
                self.happened(e.WaitRaised(wait=wait.id, look_at=again))
        for identity, (kind, subject, due) in wanted.items():
            if self.course.wait(identity) is None:
                opened = Wait(id=identity, kind=kind, subject=subject, since=self.now, due=due, look_at=due)
                self.happened(e.WaitOpened(wait=opened))

    def _wanted(self, course: Course) -> Iterator[Wanted]:
        soon = self.now + ONE_DAY
        yield from self._wanted_after(course)
        if course.ending is not None:
            yield from self._wanted_at_the_end(course)
            return
        if (birthday := care.comes_of_age_on(course)) is not None:
            yield WaitKind.COMES_OF_AGE, "birthday", plan.morning_of(course, birthday)
        if course.is_held:
            yield from self._wanted_while_held(course)
            return
        yield from self._wanted_after_a_long_hold(course)
        if course.eligibility_settled_on is None:
            yield WaitKind.ELIGIBILITY, "intake", soon
            return
        if not course.goals:
            yield WaitKind.GOALS, "intake", soon
            return
        if (noticed_on := anew.gap_noticed_on(course)) is not None:
            yield WaitKind.GAP_TOO_LONG, f"session-{course.next_session}", plan.morning_of(course, noticed_on)
        yield from self._wanted_of_patient(course)
        yield from self._wanted_of_payer(course)
        yield from self._wanted_after_a_denial(course)
        yield from self._wanted_of_check(course)
        yield from self._wanted_of_visit(course)

    def _wanted_while_held(self, course: Course) -> Iterator[Wanted]:
        hold = course.hold
        assert hold is not None
        review = plan.morning_of(course, hold.review_on)
        kind = WaitKind.HOLD_DECISION if hold.for_a_clinician else WaitKind.HOLD_REVIEW
        subject = f"hold-{hold.number}"
        yield (WaitKind.HOLD_ENDS, subject, review) if self.now < review else (kind, subject, self.now + 2 * ONE_DAY)
        yield from self._wanted_of_payer(course)
        yield from self._wanted_after_a_denial(course)
        for lapse in lapsing.lapses_of(course):
            yield WaitKind.LAPSES_IN_HOLD, f"{subject}-request-{lapse.request}", self.now + 2 * ONE_DAY

    def _wanted_after_a_long_hold(self, course: Course) -> Iterator[Wanted]:
        if course.coverage.is_unsaid:
            yield WaitKind.COVERAGE, f"session-{course.next_session}", self.now + 2 * ONE_DAY

    def _wanted_of_patient(self, course: Course) -> Iterator[Wanted]:
        for event in care.sites_to_review(course):
            yield WaitKind.SITES_REVIEW, f"adverse-event-{event.number}", self.now + 2 * ONE_DAY
        if care.needs_own_consent(course, self.today):
            yield WaitKind.OWN_CONSENT, "birthday", self.now + 7 * ONE_DAY
        if (looked := checks.gaps_to_ask(course)) is not None:
            yield WaitKind.DIARY_GAPS, f"session-{looked.session}", self.now + 2 * ONE_DAY
        if (look_on := checks.diary_look_on(course)) is not None and (judged := plan.open_check(course)) is not None:
            yield (
                WaitKind.DIARY_LOOK,
                checks.diary_look_subject(course, judged, look_on),
                plan.morning_of(course, look_on),
            )
        for told in care.wearing_off_to_answer(course):
            yield WaitKind.WEARING_OFF, f"session-{told.session}-{told.number}", self.now + 3 * ONE_DAY
        if (check := care.taper_to_ask(course)) is not None:
            yield WaitKind.TAPER, f"session-{check.session}", self.now + 7 * ONE_DAY
        if (check := checks.letter_wanted(course)) is not None:
            yield WaitKind.LETTER, f"session-{check.session}", self.now + 7 * ONE_DAY

    def _wanted_after(self, course: Course) -> Iterator[Wanted]:
        if care.advice_unsaid(course):
            yield WaitKind.CALL_AT_ONCE, "red-flag-advice", self.now + care.CALL_WITHIN
        if care.others_undelivered(course):
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
        yield from self._wanted_numbers(course)
        yield from self._wanted_of_billing(course)
        yield from self._wanted_of_telling(course)
        for event in care.effects_to_review(course):
            yield WaitKind.EFFECT_REVIEW, f"adverse-event-{event.number}", self.now + 2 * ONE_DAY
        for flagged in course.red_flags:
            yield WaitKind.RED_FLAG, f"adverse-event-{flagged.number}", self.now + timedelta(hours=4)

    def _wanted_of_billing(self, course: Course) -> Iterator[Wanted]:
        for session in course.sessions:
            if session.claim_held is not None:
                yield WaitKind.CLAIM_HELD, f"session-{session.number}", self.now + 2 * ONE_DAY
        for denial in course.open_denials:
            kind = WaitKind.CLAIM_DENIED if denial.state is DenialState.OPEN else WaitKind.CLAIM_APPEAL
            yield kind, f"denial-{denial.number}", self.now + 3 * ONE_DAY
        for invoice in course.open_invoices if course.edition > 1 else ():
            yield WaitKind.PAYMENT, f"session-{invoice.number}", plan.morning_of(course, invoice.due_on)
        for number in course.to_bill_by_hand:
            yield WaitKind.BILLING, f"session-{number}", self.now + 2 * ONE_DAY

    def _wanted_of_telling(self, course: Course) -> Iterator[Wanted]:
        for deviation in course.deviations:
            if deviation.reviewed_by is None:
                yield WaitKind.DEVIATION, f"event-{deviation.number}", self.now + ONE_DAY
        if course.to_tell_anew:
            yield WaitKind.TELL_ANEW, "messages", self.now + ONE_DAY

    def _wanted_at_the_end(self, course: Course) -> Iterator[Wanted]:
        if course.death_to_review:
            yield WaitKind.DEATH_REVIEW, "end", self.now + 2 * ONE_DAY
        if course.to_hand_over:
            yield WaitKind.HAND_OVER, "end", self.now + 5 * ONE_DAY
        if course.closed_on is None and self.now < reopening_ends(course):
            yield WaitKind.REOPENING, "end", reopening_ends(course)

    def _wanted_numbers(self, course: Course) -> Iterator[Wanted]:
        for granted in course.authorizations:
            if asking_payer.waits_for_number(course, granted):
                yield WaitKind.AUTHORIZATION_NUMBER, f"request-{granted.request}", self.now + 3 * ONE_DAY

    def _wanted_of_authorizations(self, course: Course) -> Iterator[Wanted]:
        for granted in course.authorizations:
            if granted.waits_for_answer:
                yield WaitKind.APPROVAL_DIFFERS, f"request-{granted.request}", self.now + 2 * ONE_DAY
            if granted.expired_on is None and granted.stopped_on is None:
                yield (
                    WaitKind.AUTHORIZATION_ENDS,
                    f"request-{granted.request}",
                    plan.morning_of(course, granted.until_on + ONE_DAY),
                )

    def _wanted_of_payer(self, course: Course) -> Iterator[Wanted]:
        yield from self._wanted_of_authorizations(course)
        asked = course.open_request
        if asked is not None:
            yield from self._wanted_of_request(course, asked)
        elif not course.is_held:
            if asking_payer.falls_short(course, self.today) is not None:
                yield WaitKind.FALLS_SHORT, f"session-{course.next_session}", self.now + 2 * ONE_DAY
            due_on = asking_payer.renewal_on(course, self.today)
            if due_on is not None and asking_payer.must_ask_payer(course, self.today):
                yield WaitKind.RENEWAL_DUE, f"session-{course.next_session}", plan.morning_of(course, due_on)

    def _wanted_of_request(self, course: Course, asked: AuthorizationRequest) -> Iterator[Wanted]:
        subject = f"request-{asked.number}"
        if asked.answer_due_on is not None:
            due = plan.morning_of(course, asked.answer_due_on)
            yield WaitKind.PAYER_ANSWER, subject, due
            if self.now >= due:
                yield WaitKind.CHASE_PAYER, subject, self.now + ONE_DAY
        elif asked.last_on is not None:
            over = plan.morning_of(course, asked.last_on + ONE_DAY)  # then it lapses
            yield WaitKind.CONTEST, subject, min(self.now + 2 * ONE_DAY, over)
        elif not course.is_held:
            yield WaitKind.SUBMIT_PACKET, subject, self.now + 2 * ONE_DAY

    def _wanted_after_a_denial(self, course: Course) -> Iterator[Wanted]:
        denial, not_yet = ways_on.open_denial(course), course.not_yet
        if denial is not None:
            yield WaitKind.DENIAL, f"request-{denial.number}", self.now + 2 * ONE_DAY
        if course.is_held:
            return
        if not_yet is not None:
            subject, day = f"request-{len(course.requests) + 1}", plan.morning_of(course, not_yet.ask_on)
            yield (
                (WaitKind.TRIAL_DAY, subject, day)
                if self.now < day
                else (WaitKind.TRIAL, subject, self.now + 2 * ONE_DAY)
            )
        if ways_on.agreement_to_confirm(course):
            yield WaitKind.CONFIRM_SELF_PAY, "agreement", self.now + 2 * ONE_DAY

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

    def _wanted_earlier(self, course: Course, subject: str) -> Iterator[Wanted]:
        wish = waiting_list.earlier_wish(course)
        if wish is None:
            return
        if wish.offer is not None:
            over = waiting_list.lapses_on(course, wish.offer)
            yield WaitKind.EARLIER_TIME, f"{subject}-offer-{wish.offers}", min(self.now + ONE_DAY, over)
        elif (look_at := waiting_list.next_look(course, wish)) is not None:
            yield WaitKind.EARLIER_DAY, subject, look_at

    def _of_the_day(self, course: Course, subject: str, over: datetime) -> Wanted:
        if passed_on(course, self.today) is not None:
            return WaitKind.RESULT_MISSING, subject, self.now + ONE_DAY
        return WaitKind.SESSION_RESULT if course.clearance is not None else WaitKind.CLEARANCE, subject, over

    def _wanted_of_visit(self, course: Course) -> Iterator[Wanted]:
        appointment = course.appointment
        subject = f"session-{course.next_session}"
        if must_decide(course):
            yield WaitKind.MISSED_VISITS, subject, self.now + 2 * ONE_DAY
        if appointment is None:
            return
        if plan.unpaid_of_next(course):
            yield WaitKind.UNPAID_UNITS, f"session-{course.next_session}", self.now + 2 * ONE_DAY
        yield from self._wanted_earlier(course, f"session-{course.next_session}")
        subject = f"session-{course.next_session}"
        day = clinic_day(appointment.starts_at, course.clinic.zone)
        if self.today >= day:
            yield self._of_the_day(course, subject, appointment.ends_at)
            return
        yield WaitKind.SESSION_DAY, subject, plan.morning_of(course, day)
        if is_settled(course):
            return
        look = plan.morning_of(course, plan.readiness_on(course))
        last_look = plan.morning_of(course, add_working_days(plan.last_look_on(course), 0, course.clinic))
        look_due = plan.readiness_due(course, self.now)
        if course.readiness is None:
            yield (
                (WaitKind.READINESS_DAY, subject, look) if self.now < look else (WaitKind.READINESS, subject, look_due)
            )
        elif self.now < last_look:
            yield WaitKind.LAST_LOOK_DAY, subject, last_look
        else:
            yield WaitKind.NOT_READY, subject, plan.morning_of(course, day)
