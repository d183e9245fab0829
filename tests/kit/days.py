"""Days for courses in the shared world: away from the crowd of those that begin now, and while the clinic is open."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from domain.clinic import Clinic
from domain.clinic_time import instant_of, next_working_day

AHEAD_YEARS = 3
"""Behind every holiday of the sample clinic and every course that begins now, before those of reports and simulations."""
_weeks = count()


def a_monday_of_its_own(clinic: Clinic) -> datetime:
    """Return noon of a Monday years ahead on which no other course begins.

    All courses that begin now share the next clinic days: which of their hours are free, and with whom, depends on the
    weekday and on how many courses there are.
    """
    begins = date(datetime.now(UTC).year + AHEAD_YEARS, 1, 4) + timedelta(weeks=next(_weeks))
    return instant_of(begins - timedelta(days=begins.weekday()), time(12), clinic.zone)


def at_ten(on: date, clinic: Clinic) -> datetime:
    """Return ten o'clock on the first day from `on` on which the clinic opens, whatever its clocks did meanwhile."""
    return instant_of(next_working_day(on, clinic), time(10), clinic.zone)
