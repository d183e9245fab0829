"""After a payer's no a person chooses what follows; after its not yet, what is missing is waited for."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from domain.clinic_time import add_working_days
from domain.course import Course
from domain.denial import Denial, next_last_day, steps_left
from domain.eligibility import NotYet
from domain.waits import WaitKind
from domain.ways_on import agreement_to_confirm, open_denial
from workflows.desk import Desk, Moot

ONE_DAY = timedelta(days=1)
DECIDE_WORKING_DAYS = 2
ASK_WORKING_DAYS = 2
AT_LEAST = timedelta(hours=1)
"""How long a person has on the last day itself."""


class AfterDenial:
    """What follows a payer's no or not yet, and who pays meanwhile."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def be_chosen(self) -> None:
        """Have a person choose what follows. When a last day passes, less is left: the task opens anew."""
        while (denial := open_denial(self._desk.course)) is not None:
            last_on = next_last_day(denial, today=self._desk.today)
            soon = add_working_days(self._desk.today, DECIDE_WORKING_DAYS, self._desk.course.clinic)
            await self._desk.wait(
                WaitKind.DENIAL,
                f"request-{denial.number}",
                due=max(self._desk.morning(min(soon, last_on or soon)), self._desk.now + AT_LEAST),
                ends=None if last_on is None else self._desk.morning(last_on + ONE_DAY),
                moot=_another_denial(denial),
                context=self._choice(denial, last_on),
            )

    def _choice(self, denial: Denial, last_on: date | None) -> dict[str, str]:
        """Return what the task shows: the reason, what is advised, and what is left until when."""
        left = steps_left(denial, today=self._desk.today)
        told = {"reason": denial.reason, "letter": denial.words or "", "first_step": left[0].step}
        days = {str(one.step): f"until {one.last_on}" if one.last_on else "any day" for one in left}
        return {**told, **days} if last_on is None else {**told, **days, "last_day": str(last_on)}

    async def wait_for_what_is_missing(self) -> None:
        """Wait for the day, then have somebody ask how it goes, until the payer can be asked."""
        while (not_yet := self._desk.course.not_yet) is not None:
            moot, subject = _another_day(not_yet), f"request-{len(self._desk.course.requests) + 1}"
            due = self._desk.morning(not_yet.ask_on)
            if await self._desk.wait(WaitKind.TRIAL_DAY, subject, due=due, moot=moot):
                continue
            context = {str(number): said for number, said in enumerate(not_yet.missing, 1)}
            await self._desk.wait(
                WaitKind.TRIAL, subject, due=self._in_working_days(ASK_WORKING_DAYS), moot=moot, context=context
            )

    async def have_self_pay_confirmed(self) -> None:
        """Have a biller say whether the insured patient who agreed to pay may be charged."""
        while agreement_to_confirm(self._desk.course):
            due = self._in_working_days(DECIDE_WORKING_DAYS)
            await self._desk.wait(WaitKind.CONFIRM_SELF_PAY, "agreement", due=due, moot=_nothing_to_confirm)

    def _in_working_days(self, count: int) -> datetime:
        return self._desk.morning(add_working_days(self._desk.today, count, self._desk.course.clinic))


def _another_denial(denial: Denial) -> Moot:
    return lambda course: open_denial(course) != denial


def _another_day(not_yet: NotYet) -> Moot:
    return lambda course: course.not_yet != not_yet


def _nothing_to_confirm(course: Course) -> bool:
    return not agreement_to_confirm(course)
