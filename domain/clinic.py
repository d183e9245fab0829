"""The clinic as a course knows it: its clock, its calendar and its habits."""

from __future__ import annotations

from datetime import date, time

from domain.record import Record


class OpeningHours(Record):
    """One weekday's hours in clinic-local time. Monday is 1."""

    weekday: int
    opens: time
    closes: time


class Clinic(Record):
    """What travels with a course. Injectors and rooms stay with scheduling."""

    id: str
    name: str
    phone: str
    zone: str  # IANA name
    opening_hours: tuple[OpeningHours, ...]
    holidays: tuple[date, ...] = ()
    slot_minutes: int = 30
    preparation_days: int = 7
    clinician_days: int = 7
    stock_lead_working_days: int = 2
    pharmacy_lead_days: int = 21
    reminder_hours: tuple[int, ...] = (168, 72, 24)
    readiness_days: int = 7
    readiness_last_working_days: int = 3
    diary_prompt_every_days: int = 7
    task_repeat_days: int = 7  # an overdue task is raised again after so many days
