"""Before treatment: eligibility is settled, then goals and consent."""

from __future__ import annotations

from datetime import timedelta

from domain.clinic_time import add_working_days
from domain.course import Course
from domain.eligibility import EligibilityVerdict, assess_for_payer, assess_for_protocol
from domain.events import EligibilityAssessed, EligibilitySettled
from domain.waits import WaitKind
from workflows.desk import Desk


class Admission:
    """From intake to the day on which the payer may be asked."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def settle_eligibility(self) -> None:
        """Assess by protocol and payer. Where the protocol says no plain yes, a clinician decides."""
        while (course := self._desk.course).eligibility_settled_on is None:
            verdict = course.protocol_verdict
            if verdict is None:
                self._assess()
            elif verdict.verdict is EligibilityVerdict.ELIGIBLE:
                self._desk.happened(EligibilitySettled())
            else:
                soon = add_working_days(self._desk.today, 2, course.clinic)
                due = self._desk.morning(max(verdict.until or soon, soon))
                context = {"verdict": str(verdict.verdict)}
                await self._desk.wait(WaitKind.ELIGIBILITY, "intake", due=due, moot=_is_anew, context=context)

    def _assess(self) -> None:
        course, today = self._desk.course, self._desk.today
        self._desk.happened(
            EligibilityAssessed(
                protocol_verdict=assess_for_protocol(course.history, protocol=course.protocol, today=today),
                payer_verdict=assess_for_payer(course.history, policy=course.policy, today=today),
            )
        )

    async def agree_on_goals(self) -> None:
        """Have a clinician set realistic goals with the patient, and record consent."""
        while not self._desk.course.goals:
            due = self._desk.now + timedelta(days=self._desk.course.clinic.clinician_days)
            anew_from = self._desk.course.baseline_from
            subject = f"session-{anew_from}" if anew_from > 1 else "intake"  # anew, after a long hold or gap
            await self._desk.wait(WaitKind.GOALS, subject, due=due)


def _is_anew(course: Course) -> bool:
    """Return whether there is no verdict any more: something has changed that it was given on."""
    return course.protocol_verdict is None
