"""When a session can be: opening hours, holidays, closures, injectors' hours, rooms, and what is taken. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from activities.scheduling import Slot
from domain.clinic import Closure, OpeningHours
from domain.clinic_time import clinic_day, instant_of
from domain.record import Record


class Injector(Record):
    """Who may give sessions. Without hours of his own he works whenever the clinic is open."""

    user_id: str
    hours: tuple[OpeningHours, ...]


class Taken(Record):
    """A time that an injector spends in a room."""

    injector: str
    room: str
    starts_at: datetime
    ends_at: datetime


class Calendar(Record):
    """The clinic's calendar, with what is taken in the window that it was read for."""

    zone: str
    slot_minutes: int
    opening_hours: tuple[OpeningHours, ...]
    injectors: tuple[Injector, ...]
    rooms: tuple[str, ...]
    holidays: dict[date, str]
    closures: tuple[Closure, ...]
    taken: tuple[Taken, ...]

    def free_slots(
        self, *, not_before: datetime, not_after: datetime, minutes: int, injector: str | None
    ) -> Iterator[Slot]:
        """Yield the slots that start between the two moments, earliest first; of two injectors the less busy one first."""
        length = timedelta(minutes=minutes)
        day = clinic_day(not_before, self.zone)
        while day <= clinic_day(not_after, self.zone):
            if self._clinic_is_closed(day) is None:
                for starts_at in self._starts(day):
                    if not_before <= starts_at <= not_after:
                        yield from self._at(starts_at, starts_at + length, injector)
            day += timedelta(days=1)

    def slot_at(self, starts_at: datetime, *, minutes: int, injector: str | None) -> Slot | str:
        """Return the slot that starts exactly then, or why there is none."""
        ends_at = starts_at + timedelta(minutes=minutes)
        for slot in self._at(starts_at, ends_at, injector):
            return slot
        return self._why_not(starts_at, ends_at, injector)

    def _starts(self, day: date) -> Iterator[datetime]:
        """Yield the starts that the slot length allows on a day."""
        for hours in sorted(
            (hours for hours in self.opening_hours if _is_on(hours, day)), key=lambda hours: hours.opens
        ):
            starts_at, closes_at = (instant_of(day, at, self.zone) for at in (hours.opens, hours.closes))
            while starts_at < closes_at:
                yield starts_at
                starts_at += timedelta(minutes=self.slot_minutes)

    def _at(self, starts_at: datetime, ends_at: datetime, injector: str | None) -> Iterator[Slot]:
        day = clinic_day(starts_at, self.zone)
        if self._clinic_cannot(day, starts_at, ends_at) is not None:
            return
        candidates = [one for one in self.injectors if injector in (None, one.user_id)]
        for one in sorted(candidates, key=lambda one: (self._sessions_on(day, one.user_id), one.user_id)):
            room = self._free_room(day, starts_at, ends_at)
            if room is not None and self._injector_cannot(one, day, starts_at, ends_at) is None:
                yield Slot(starts_at=starts_at, ends_at=ends_at, injector=one.user_id, room=room)

    def _why_not(self, starts_at: datetime, ends_at: datetime, injector: str | None) -> str:
        day = clinic_day(starts_at, self.zone)
        if (reason := self._clinic_cannot(day, starts_at, ends_at)) is not None:
            return reason
        if injector is not None:
            one = next((one for one in self.injectors if one.user_id == injector), None)
            if one is None:
                return f"{injector} is no injector of this clinic"
            if (reason := self._injector_cannot(one, day, starts_at, ends_at)) is not None:
                return reason
        elif all(self._injector_cannot(one, day, starts_at, ends_at) for one in self.injectors):
            return "no injector is free then"
        return "no room is free then"

    def _clinic_cannot(self, day: date, starts_at: datetime, ends_at: datetime) -> str | None:
        if (reason := self._clinic_is_closed(day)) is not None:
            return reason
        hours = [hours for hours in self.opening_hours if _is_on(hours, day)]
        if not any(self._lies_in(hours, day, starts_at, ends_at) for hours in hours):
            return f"outside the clinic's hours: {_words(hours)} on {day}"
        return None

    def _clinic_is_closed(self, day: date) -> str | None:
        if (holiday := self.holidays.get(day)) is not None:
            return f"the clinic is closed on {day}: {holiday}"
        for closure in self.closures:
            if closure.is_of_clinic and closure.holds(day):
                return f"the clinic is closed on {day}: {closure.reason}"
        if not any(_is_on(hours, day) for hours in self.opening_hours):
            return f"the clinic is closed on {day}: it does not open on {day:%A}s"
        return None

    def _injector_cannot(self, one: Injector, day: date, starts_at: datetime, ends_at: datetime) -> str | None:
        if any(closure.injector == one.user_id and closure.holds(day) for closure in self.closures):
            return f"{one.user_id} is away on {day}"
        hours = [hours for hours in one.hours if _is_on(hours, day)]
        if one.hours and not any(self._lies_in(hours, day, starts_at, ends_at) for hours in hours):
            return f"{one.user_id} does not work then: {_words(hours)} on {day}"
        if any(taken.injector == one.user_id for taken in self._taken(starts_at, ends_at)):
            return f"{one.user_id} has another appointment then"
        return None

    def _free_room(self, day: date, starts_at: datetime, ends_at: datetime) -> str | None:
        full = {taken.room for taken in self._taken(starts_at, ends_at)}
        full |= {closure.room for closure in self.closures if closure.room is not None and closure.holds(day)}
        return next((room for room in self.rooms if room not in full), None)

    def _taken(self, starts_at: datetime, ends_at: datetime) -> Iterator[Taken]:
        return (taken for taken in self.taken if taken.starts_at < ends_at and starts_at < taken.ends_at)

    def _sessions_on(self, day: date, injector: str) -> int:
        mine = (taken for taken in self.taken if taken.injector == injector)
        return sum(1 for taken in mine if clinic_day(taken.starts_at, self.zone) == day)

    def _lies_in(self, hours: OpeningHours, day: date, starts_at: datetime, ends_at: datetime) -> bool:
        opens_at, closes_at = (instant_of(day, at, self.zone) for at in (hours.opens, hours.closes))
        return opens_at <= starts_at and ends_at <= closes_at


def _is_on(hours: OpeningHours, day: date) -> bool:
    return hours.weekday == day.isoweekday()


def _words(hours: list[OpeningHours]) -> str:
    return " and ".join(f"{_clock(one.opens)} to {_clock(one.closes)}" for one in hours) or "not at all"


def _clock(at: time) -> str:
    return at.strftime("%H:%M")
