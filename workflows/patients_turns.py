"""What the patient tells between two sessions: adverse events, and what a clinician then looks at."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from activities.diary import DiaryActivities, ReadDiary
from domain.besides import WearingOff
from domain.care import (
    asks_of,
    comes_of_age_on,
    effects_to_review,
    gaps_missing_min,
    needs_own_consent,
    review_working_days,
    sites_to_review,
    taper_to_ask,
    urgent_review_hours,
    wearing_off_to_answer,
    wearing_off_working_days,
)
from domain.checks import diary_days_to_look_at, diary_look_on, diary_look_subject, gaps_to_ask, letter_wanted
from domain.clinic_time import add_working_days
from domain.course import Course
from domain.eligibility import assess_for_payer, assess_for_protocol
from domain.events import CameOfAge, DiaryLooked, EligibilityAssessed
from domain.plan import earliest_from_last_dose, open_check, planned_on
from domain.response import ResponseCheck
from domain.session import AdverseEvent
from domain.waits import WaitKind
from workflows.desk import Desk

ONE_DAY = timedelta(days=1)
GAPS_WORKING_DAYS = 2


class PatientsTurns:
    """Side lines that begin with something the patient tells."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def run_beside(self, course: Course) -> None:
        """Start what the record of an open course asks for because of what the patient told."""
        for event in sites_to_review(course):
            self._desk.beside(f"sites {event.number}", partial(self.look_at_sites, event))
        if needs_own_consent(course, self._desk.today):
            self._desk.beside("own consent", self.consent)
        if diary_look_on(course) is not None:
            self._desk.beside("diary look", self.look_at_diary)
        if gaps_to_ask(course) is not None:
            self._desk.beside("diary gaps", self.ask_for_diary)
        for told in wearing_off_to_answer(course):
            self._desk.beside(f"wearing off {told.number}", partial(self.bridge, told))
        if (check := taper_to_ask(course)) is not None:
            self._desk.beside(f"taper {check.session}", partial(self.taper, check))
        if (check := letter_wanted(course)) is not None:
            self._desk.beside(f"letter {check.session}", partial(self.have_letter_written, check))

    async def look_at(self, event: AdverseEvent) -> None:
        """Have a clinician look at an adverse event, again and again until it is over. It holds nothing up."""
        while (seen := _still(event, effects_to_review(self._desk.course))) is not None:
            asks = ", ".join(asks_of(seen, self._desk.course.protocol))
            context = {"effect": seen.effect or "", "asks": asks, "serious": "yes" if seen.serious else "no"}
            await self._desk.wait(
                WaitKind.EFFECT_REVIEW,
                f"adverse-event-{seen.number}",
                due=self._review_due(seen),
                moot=lambda course: _still(event, effects_to_review(course)) is None,
                context=context,
            )

    def _review_due(self, event: AdverseEvent) -> datetime:
        if event.look_again_on is not None:
            return max(self._desk.morning(event.look_again_on), self._desk.now + ONE_DAY)
        course = self._desk.course
        if event.serious:
            return self._desk.now + timedelta(hours=urgent_review_hours(course.protocol))
        return self._in_working_days(review_working_days(course.protocol))

    async def look_at_sites(self, event: AdverseEvent) -> None:
        """Have a clinician look at the planned sites before the next session."""
        course = self._desk.course
        ready_on = planned_on(course, self._desk.today) - timedelta(days=course.clinic.readiness_days)

        def seen(course: Course) -> bool:
            return _still(event, sites_to_review(course)) is None

        due = max(self._desk.morning(ready_on), self._desk.now + ONE_DAY)
        await self._desk.wait(WaitKind.SITES_REVIEW, f"adverse-event-{event.number}", due=due, moot=seen)

    async def come_of_age(self) -> None:
        """On the 18th birthday the patient speaks for himself, and age is judged anew: coverage may be asked as on-label."""
        birthday = comes_of_age_on(self._desk.course)
        if birthday is None:
            return
        await self._desk.wait(WaitKind.COMES_OF_AGE, "birthday", due=self._desk.morning(birthday))
        if comes_of_age_on(self._desk.course) is None:
            return
        settled = self._desk.course.eligibility_settled_on is not None
        self._desk.happened(CameOfAge())
        if settled:
            course, today = self._desk.course, self._desk.today
            self._desk.happened(
                EligibilityAssessed(
                    protocol_verdict=assess_for_protocol(course.history, protocol=course.protocol, today=today),
                    payer_verdict=assess_for_payer(course.history, policy=course.policy, today=today),
                )
            )

    async def consent(self) -> None:
        """Have the patient consent himself before the next session, and say how he is reached."""
        course = self._desk.course
        due = self._desk.now + timedelta(days=course.clinic.clinician_days)

        def given(course: Course) -> bool:
            return not needs_own_consent(course, self._desk.today)

        context = {"ask": "own contact for messages; the payer may now be asked as on-label"}
        await self._desk.wait(WaitKind.OWN_CONSENT, "birthday", due=due, moot=given, context=context)

    async def look_at_diary(self) -> None:
        """Look, from half-way through the days that the check will count, whether the diary is kept."""
        course = self._desk.course
        look_on, session = diary_look_on(course), open_check(course)
        if look_on is None or session is None:
            return

        def over(course: Course) -> bool:
            return diary_look_on(course) != look_on  # also where a correction has moved it

        subject = diary_look_subject(course, session, look_on)
        await self._desk.wait(WaitKind.DIARY_LOOK, subject, due=self._desk.morning(look_on), moot=over)
        if over(self._desk.course):
            return
        first_on, last_on = diary_days_to_look_at(self._desk.course, session, self._desk.today)
        wanted = ReadDiary(patient_id=course.patient_id, first_on=first_on, last_on=last_on)
        read = await self._desk.do(DiaryActivities.read_diary, wanted, what="read-diary-for-gaps")
        if over(self._desk.course):
            return
        missing = (last_on - first_on).days + 1 - len({day.on for day in read.days})
        asks = missing >= gaps_missing_min(course.protocol)
        self._desk.happened(
            DiaryLooked(session=session.number, first_on=first_on, last_on=last_on, missing=missing, asks=asks)
        )

    async def ask_for_diary(self) -> None:
        """Have somebody call the patient for the missing days."""
        looked = gaps_to_ask(self._desk.course)
        if looked is None:
            return
        days = {"missing": str(looked.missing), "first_on": str(looked.first_on), "last_on": str(looked.last_on)}
        await self._desk.wait(
            WaitKind.DIARY_GAPS,
            f"session-{looked.session}",
            due=self._in_working_days(GAPS_WORKING_DAYS),
            moot=lambda course: gaps_to_ask(course) is None,
            context=days,
        )

    async def bridge(self, told: WearingOff) -> None:
        """Have a clinician decide what is done until the next session, which is never given earlier."""
        course = self._desk.course
        context = {"week": str(told.week), "next_session_not_before": str(earliest_from_last_dose(course))}
        await self._desk.wait(
            WaitKind.WEARING_OFF,
            f"session-{told.session}-{told.number}",
            due=self._in_working_days(wearing_off_working_days(course.protocol)),
            moot=lambda course: all(one.number != told.number for one in wearing_off_to_answer(course)),
            context=context,
        )

    async def taper(self, check: ResponseCheck) -> None:
        """Ask a clinician whether other preventives are tapered, now that the response is noted."""

        def asked(course: Course) -> bool:
            now = taper_to_ask(course)
            return now is None or now.session != check.session

        due = self._desk.now + timedelta(days=self._desk.course.clinic.clinician_days)
        await self._desk.wait(WaitKind.TAPER, f"session-{check.session}", due=due, moot=asked)

    async def have_letter_written(self, check: ResponseCheck) -> None:
        """Have a clinician write to the payer, whose rule for going on is not met."""

        def written(course: Course) -> bool:
            wanted = letter_wanted(course)
            return wanted is None or wanted.session != check.session

        due = self._desk.now + timedelta(days=self._desk.course.clinic.clinician_days)
        context = {"payer": self._desk.course.coverage.payer_id or "", "rule": check.evidence.payer_reason}
        await self._desk.wait(WaitKind.LETTER, f"session-{check.session}", due=due, moot=written, context=context)

    def _in_working_days(self, count: int) -> datetime:
        return self._desk.morning(add_working_days(self._desk.today, count, self._desk.course.clinic))


def _still(event: AdverseEvent, among: tuple[AdverseEvent, ...]) -> AdverseEvent | None:
    """Return the event as it is now, if it is still among these."""
    return next((one for one in among if one.number == event.number), None)
