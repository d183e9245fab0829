"""The waiting list: scheduling is asked for an earlier time each working day's morning, and the patient for each it has."""

from __future__ import annotations

from datetime import datetime, timedelta

from activities.scheduling import FindSlots, SchedulingActivities
from domain.clinic_time import add_working_days
from domain.course import Course
from domain.events import EarlierGivenUp, EarlierLooked
from domain.session import EarlierWish, FreeTime
from domain.waiting_list import earlier_wish, is_too_late, lapses_on, next_look, offer_in_words, window_of
from domain.waits import WaitKind
from workflows.desk import Desk, Moot, SaidNo

ASK_WORKING_DAYS = 1


class WaitingList:
    """Looks for an earlier time as long as one is wanted. Whatever frees the appointment ends it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def look_for_earlier(self) -> None:
        """Look each working day's morning; have the patient asked about what is free, until it is taken or too late."""
        while (wish := earlier_wish(self._desk.course)) is not None:
            if wish.offer is not None:
                await self._be_answered(wish, wish.offer)
            elif is_too_late(self._desk.course, wish, self._desk.today):
                self._desk.happened(EarlierGivenUp(reason="no time by the last day was free"))
            else:
                await self._look(wish)

    async def _look(self, wish: EarlierWish) -> None:
        """Wait for the morning, unless nobody has looked yet; then ask scheduling for the first free time that would do."""
        look_at = next_look(self._desk.course, wish)
        subject = f"session-{self._desk.course.next_session}"
        if look_at is not None:
            if await self._desk.wait(WaitKind.EARLIER_DAY, subject, due=look_at, moot=_is_not(wish, look_at)):
                return
            if is_too_late(self._desk.course, wish, self._desk.today):
                return
        found = await self._free_time(wish)
        if _is_not(wish)(self._desk.course):
            return
        looked = wish.model_copy(update={"looked_on": self._desk.today})
        again = next_look(self._desk.course, looked)
        assert again is not None, "somebody has looked"
        self._desk.happened(EarlierLooked(offer=found, look_at=again))

    async def _free_time(self, wish: EarlierWish) -> FreeTime | None:
        course = self._desk.course
        first, last = window_of(course, wish, self._desk.today)
        wanted = FindSlots(
            not_before=first, not_after=last, minutes=course.clinic.slot_minutes, limit=1, not_on=wish.declined
        )
        try:
            slots = await self._desk.do(SchedulingActivities.find_slots, wanted, what="find-earlier-time")
        except SaidNo:
            return None
        return next((FreeTime(starts_at=slot.starts_at, injector=slot.injector) for slot in slots), None)

    async def _be_answered(self, wish: EarlierWish, offer: FreeTime) -> None:
        """Have the patient asked. What nobody has answered by the morning of its day is over."""
        course, over = self._desk.course, lapses_on(self._desk.course, offer)
        soon = self._desk.morning(add_working_days(self._desk.today, ASK_WORKING_DAYS, course.clinic))
        answered = await self._desk.wait(
            WaitKind.EARLIER_TIME,
            f"session-{course.next_session}-offer-{wish.offers}",
            due=min(max(soon, self._desk.now + timedelta(hours=1)), over),
            ends=over,
            moot=_is_not(wish),
            context={"offer": offer_in_words(course, offer)},
        )
        if not answered:
            self._desk.happened(EarlierLooked(look_at=over, lapsed=True))


def _is_not(wish: EarlierWish, look_at: datetime | None = None) -> Moot:
    """Return whether the wish is another by now, or none, or no time is looked for at the moment.

    `look_at`: or whether it is looked for at another time, as where the clinic will be closed on that day.
    """

    def another(course: Course) -> bool:
        return earlier_wish(course) != wish or (look_at is not None and next_look(course, wish) != look_at)

    return another
