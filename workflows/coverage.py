"""Who pays: the payer is asked before session 1 and again in time for each session that nothing covers yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.clinic_time import add_working_days
from domain.course import Course
from domain.coverage import Authorization, AuthorizationRequest
from domain.events import AuthorizationExpired, AuthorizationRequested
from domain.plan import must_ask_payer, next_request, renewal_on
from domain.waits import WaitKind
from workflows.desk import Desk

ONE_DAY = timedelta(days=1)
SUBMIT_WORKING_DAYS = 2
CHASE_WORKING_DAYS = 1


class Coverage:
    """Authorizations: asked for, answered by people, and ended by our own timer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def secure_first(self) -> None:
        """Have the payer's yes before the first session is booked. Later ones are booked ahead of it, tentatively."""
        while self._asks_for_the_first():
            await self.secure_next()

    def _asks_for_the_first(self) -> bool:
        course = self._desk.course
        return course.is_open and course.needs_authorization and not course.authorizations and not course.sessions

    async def secure_next(self) -> None:
        """Ask the payer in time for the next session, unless an authorization holds for it."""
        course = self._desk.course
        if course.open_request is None:
            if not must_ask_payer(course, self._desk.today):
                return
            await self._until_renewal_is_due()
            if not must_ask_payer(self._desk.course, self._desk.today):
                return
            request = next_request(self._desk.course, self._desk.today)
            self._desk.happened(AuthorizationRequested(request=request))
        asked = self._desk.course.open_request
        if asked is not None:
            await self._be_answered(asked)

    async def _until_renewal_is_due(self) -> None:
        due_on = renewal_on(self._desk.course)
        if due_on is not None:
            number = self._desk.course.next_session
            await self._desk.wait(WaitKind.RENEWAL_DUE, f"session-{number}", due=self._desk.morning(due_on))

    async def _be_answered(self, request: AuthorizationRequest) -> None:
        """Have the packet submitted, chase the payer on its own clock, and take its decision."""
        subject = f"request-{request.number}"

        def answered(course: Course) -> bool:
            asked = course.request(request.number)
            return asked is None or not asked.is_open

        while (asked := self._desk.course.request(request.number)) is not None and asked.is_open:
            if asked.submitted_on is None or asked.answer_due_on is None:
                due = self._in_working_days(SUBMIT_WORKING_DAYS)
                await self._desk.wait(WaitKind.SUBMIT_PACKET, subject, due=due, context=self._about(asked))
                continue
            due = self._desk.morning(asked.answer_due_on)
            if not await self._desk.wait(
                WaitKind.PAYER_ANSWER, subject, due=due, moot=answered, context=self._about(asked)
            ):
                chase_by = self._in_working_days(CHASE_WORKING_DAYS)
                await self._desk.wait(
                    WaitKind.CHASE_PAYER, subject, due=chase_by, moot=answered, context=self._about(asked)
                )

    def _in_working_days(self, count: int) -> datetime:
        return self._desk.morning(add_working_days(self._desk.today, count, self._desk.course.clinic))

    def _about(self, request: AuthorizationRequest) -> dict[str, str]:
        payer = self._desk.course.coverage.payer_id or ""
        return {"payer": payer, "purpose": request.purpose, "for_session": str(request.for_session)}

    async def expire(self, authorization: Authorization) -> None:
        """Let an authorization end on the morning after its last day. Nobody else tells us."""
        morning_after = self._desk.morning(authorization.until_on + ONE_DAY)
        subject = f"request-{authorization.request}"
        await self._desk.wait(WaitKind.AUTHORIZATION_ENDS, subject, due=morning_after)
        self._desk.happened(AuthorizationExpired(request=authorization.request))
