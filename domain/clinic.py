"""The clinic as a course knows it: its clock, its calendar and its habits."""

from __future__ import annotations

from datetime import date, time

from domain.record import Record


class OpeningHours(Record):
    """One weekday's hours in clinic-local time. Monday is 1."""

    weekday: int
    opens: time
    closes: time


class Closure(Record):
    """Days on which the clinic (neither named), an injector or a room is not there. Both days belong to it."""

    first_on: date
    last_on: date
    injector: str | None = None
    room: str | None = None
    reason: str

    @property
    def is_of_clinic(self) -> bool:
        """Whether the whole clinic is closed."""
        return self.injector is None and self.room is None

    def holds(self, on: date) -> bool:
        """Whether the day `on` belongs to it."""
        return self.first_on <= on <= self.last_on


class Clinic(Record):
    """What travels with a course. Injectors and rooms stay with scheduling."""

    id: str
    name: str
    phone: str
    zone: str  # IANA name
    opening_hours: tuple[OpeningHours, ...]
    holidays: tuple[date, ...] = ()
    closures: tuple[Closure, ...] = ()
    slot_minutes: int = 30
    preparation_days: int = 7
    clinician_days: int = 7
    stock_lead_working_days: int = 2
    pharmacy_lead_days: int = 21
    reminder_hours: tuple[int, ...] = (168, 72, 24)
    readiness_days: int = 7
    readiness_last_working_days: int = 3
    diary_prompt_every_days: int = 7
    diary_prompt_every_days_held: int = 28
    task_repeat_days: int = 7  # an overdue task is raised again after so many days
    invoice_due_days: int = 30  # a patient pays an invoice, and each instalment of it, within so many days
    second_clinician: bool = False  # going on beyond the last trial session needs a second clinician's agreement
    on_call: str | None = None  # user id: gets what is due within hours and nobody answers
