"""Who pays: the payer is asked before session 1 and again in time for each session that nothing covers yet."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from domain.asking_payer import falls_short, must_ask_payer, renewal_on
from domain.checks import response_for_request
from domain.clinic_time import add_working_days
from domain.course import Course
from domain.coverage import Authorization, AuthorizationRequest
from domain.events import AuthorizationExpired, AuthorizationRequested, NotYetFound, RequestClosed, RequestLapsed
from domain.lapsing import Lapse, lapses_of
from domain.plan import TURNS, unpaid_of_next
from domain.requests import asks_at_once, next_request
from domain.waits import WaitKind
from domain.ways_on import not_yet
from workflows.desk import Desk, Moot

ONE_DAY = timedelta(days=1)
SUBMIT_WORKING_DAYS = 2
CHASE_WORKING_DAYS = 1
NUMBER_WORKING_DAYS = 3


class Coverage:
    """Authorizations: asked for, answered by people, and ended by our own timer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def secure_first(self) -> None:
        """Have the first session paid for before it is booked. Later ones are booked ahead of it, tentatively.

        The payer is asked beside, so that a patient who pays meanwhile does not wait for its answer.
        """
        if self._desk.course.edition < 2:
            while self._asks_for_the_first():
                await self.secure_next()
        elif self._desk.course.awaits_first_coverage:
            await self._desk.until(_is_paid_for)

    def _asks_for_the_first(self) -> bool:
        course = self._desk.course
        return course.is_open and course.needs_authorization and not course.authorizations and not course.sessions

    async def secure_next(self) -> None:
        """Ask the payer in time for the next session, unless an authorization holds for it."""
        course = self._desk.course
        if course.open_request is None:
            if not must_ask_payer(course, self._desk.today):
                return
            if (found := not_yet(course, self._desk.today)) is not None:
                self._desk.happened(NotYetFound(not_yet=found))
                return
            await self._until_renewal_is_due()
            if not must_ask_payer(self._desk.course, self._desk.today):
                return
            self._desk.not_while_held()
            request = next_request(self._desk.course, self._desk.today)
            self._desk.happened(AuthorizationRequested(request=request))
        asked = self._desk.course.open_request
        if asked is not None:
            await self._be_answered(asked)

    async def _until_renewal_is_due(self) -> None:
        """Wait for the day that the renewal falls due. It may change, and something may happen that cannot wait."""
        while not asks_at_once(self._desk.course, self._desk.today):
            course = self._desk.course
            due_on = renewal_on(course, self._desk.today)
            if due_on is None:
                return
            due, changed = self._desk.morning(due_on), self._is_due_otherwise(due_on)
            if not await self._desk.wait(WaitKind.RENEWAL_DUE, f"session-{course.next_session}", due=due, moot=changed):
                return
            if not must_ask_payer(self._desk.course, self._desk.today):
                return

    def _is_due_otherwise(self, due_on: date) -> Moot:
        """Return whether the payer is to be asked at once, or on another day, by what has happened meanwhile."""

        def changed(course: Course) -> bool:
            if asks_at_once(course, self._desk.today):
                return True
            return course.edition >= TURNS and renewal_on(course, self._desk.today) != due_on

        return changed

    async def _be_answered(self, request: AuthorizationRequest) -> None:
        """Have the packet submitted, chase the payer on its own clock, and take its decision."""
        subject = f"request-{request.number}"

        def answered(course: Course) -> bool:
            asked = course.request(request.number)
            return asked is None or not asked.is_open

        while (asked := self._desk.course.request(request.number)) is not None and asked.is_open:
            if asked.submitted_on is None or asked.answer_due_on is None:
                await self._be_submitted(asked, subject)
                continue
            due = self._desk.morning(asked.answer_due_on)
            if not await self._desk.wait(
                WaitKind.PAYER_ANSWER, subject, due=due, moot=answered, context=self._about(asked)
            ):
                chase_by = self._in_working_days(CHASE_WORKING_DAYS)
                await self._desk.wait(
                    WaitKind.CHASE_PAYER, subject, due=chase_by, moot=answered, context=self._about(asked)
                )

    async def _be_submitted(self, asked: AuthorizationRequest, subject: str) -> None:
        """Have the request sent. One that stands under the payer's last day and is not sent by then lapses."""
        due = self._in_working_days(SUBMIT_WORKING_DAYS)
        if asked.last_on is None:
            closed: Moot = lambda course: not _is_open(course, asked.number)  # noqa: E731 - it reads as the condition it is
            await self._desk.wait(WaitKind.SUBMIT_PACKET, subject, due=due, moot=closed, context=self._about(asked))
            return
        over = self._desk.morning(asked.last_on + ONE_DAY)
        due = min(due, self._desk.morning(asked.last_on))

        def another_day(course: Course) -> bool:
            now = course.request(asked.number)
            return now is None or now.last_on != asked.last_on or now.closed_on is not None

        sent = await self._desk.wait(
            WaitKind.CONTEST, subject, due=due, ends=over, moot=another_day, context=self._about(asked)
        )
        now = self._desk.course.request(asked.number)
        if not sent and now is not None and now.is_open and now.last_on == asked.last_on:
            self._desk.happened(RequestLapsed(request=asked.number))

    def _in_working_days(self, count: int) -> datetime:
        return self._desk.morning(add_working_days(self._desk.today, count, self._desk.course.clinic))

    def _about(self, request: AuthorizationRequest) -> dict[str, str]:
        payer = request.payer_id or self._desk.course.coverage.payer_id or ""
        about = {"payer": payer, "purpose": str(request.purpose), "for_session": str(request.for_session)}
        response = response_for_request(self._desk.course, request)
        last_day = None if request.last_on is None else str(request.last_on)
        asked = request.transition
        until = None if asked is None else f"{asked.sessions} planned before, until {asked.until_on}"
        more = {"response": response, "reason": request.reason, "last_day": last_day, "transition": until}
        return about | {name: said for name, said in more.items() if said is not None}

    async def expire(self, authorization: Authorization) -> None:
        """Let an authorization end on the morning after its last day. Nobody else tells us."""
        morning_after = self._desk.morning(authorization.until_on + ONE_DAY)
        subject, changed = f"request-{authorization.request}", _has_changed(authorization)
        if await self._desk.wait(WaitKind.AUTHORIZATION_ENDS, subject, due=morning_after, moot=changed):
            return
        self._desk.happened(AuthorizationExpired(request=authorization.request))
        asked = self._desk.course.open_request
        if asked is not None and asked.amends == authorization.request:
            reason = "the authorization ended before the payer changed it"
            self._desk.happened(RequestClosed(request=asked.number, reason=reason))

    async def answer_what_differs(self, authorization: Authorization) -> None:
        """Have somebody accept or contest an approval that differs from what is needed."""

        def answered(course: Course) -> bool:
            now = _now(course, authorization)
            return now is None or not now.waits_for_answer

        context = {"differs": "; ".join(authorization.differs)}
        due = self._in_working_days(SUBMIT_WORKING_DAYS)
        subject = f"request-{authorization.request}"
        await self._desk.wait(WaitKind.APPROVAL_DIFFERS, subject, due=due, moot=answered, context=context)

    async def get_number(self, authorization: Authorization) -> None:
        """Have the number of an authorization asked for that was granted by telephone. The claim waits for it."""

        def known(course: Course) -> bool:
            now = _now(course, authorization)
            return now is None or bool(now.number)

        due = self._in_working_days(NUMBER_WORKING_DAYS)
        subject = f"request-{authorization.request}"
        await self._desk.wait(WaitKind.AUTHORIZATION_NUMBER, subject, due=due, moot=known)

    async def deal_with_lapse(self, lapse: Lapse) -> None:
        """Have somebody say, as a pregnancy begins, what becomes of what would lapse while the course is held."""
        dealt_with: Moot = lambda course: all(one.request != lapse.request for one in lapses_of(course))  # noqa: E731 - it reads as the condition it is
        course, due = self._desk.course, self._in_working_days(SUBMIT_WORKING_DAYS)
        subject, context = f"hold-{len(course.holds)}-request-{lapse.request}", {"lapses": lapse.said}
        await self._desk.wait(WaitKind.LAPSES_IN_HOLD, subject, due=due, moot=dealt_with, context=context)

    async def be_said_anew(self) -> None:
        """After a long hold, have somebody say who pays where no payer is asked: none is needed, or she signs to pay."""
        course, said = self._desk.course, lambda course: not course.coverage.is_unsaid
        due, context = self._in_working_days(SUBMIT_WORKING_DAYS), {"pays": str(course.coverage.kind)}
        await self._desk.wait(WaitKind.COVERAGE, f"session-{course.next_session}", due=due, moot=said, context=context)

    async def have_shortfall_settled(self) -> None:
        """Have a person move the session, ask again or settle who pays, where the payer agreed and yet covers it not."""
        while (why := falls_short(self._desk.course, self._desk.today)) is not None:
            settled: Moot = lambda course: falls_short(course, self._desk.today) is None  # noqa: E731 - it reads as the condition it is
            due = self._in_working_days(SUBMIT_WORKING_DAYS)
            subject = f"session-{self._desk.course.next_session}"
            await self._desk.wait(WaitKind.FALLS_SHORT, subject, due=due, moot=settled, context={"why": why})

    async def settle_unpaid(self) -> None:
        """Have billing accept that units of the booked session may stay unpaid, or the payer amend its authorization."""
        course = self._desk.course
        settled: Moot = lambda course: not unpaid_of_next(course)  # noqa: E731 - it reads as the condition it is
        context = {"units": str(unpaid_of_next(course))}
        due = self._in_working_days(SUBMIT_WORKING_DAYS)
        await self._desk.wait(
            WaitKind.UNPAID_UNITS, f"session-{course.next_session}", due=due, moot=settled, context=context
        )


def _now(course: Course, authorization: Authorization) -> Authorization | None:
    """Return the authorization as it stands now."""
    return next((one for one in course.authorizations if one.request == authorization.request), None)


def _has_changed(authorization: Authorization) -> Moot:
    """Return whether the authorization ends on another day by now."""

    def changed(course: Course) -> bool:
        now = _now(course, authorization)
        ended = now is None or now.stopped_on is not None or now.expired_on is not None
        return ended or now is None or now.until_on != authorization.until_on

    return changed


def _is_open(course: Course, number: int) -> bool:
    asked = course.request(number)
    return asked is not None and asked.is_open


def _is_paid_for(course: Course) -> bool:
    return not course.awaits_first_coverage


def asks_beside(course: Course) -> bool:
    """Whether the payer is asked beside the main line: in edition 1 only for sessions after the first authorization."""
    return bool(course.goals and course.edition >= 2) or bool(course.authorizations or course.sessions)
