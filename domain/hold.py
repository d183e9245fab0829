"""A hold: a stop with a reason, a review date and a list of what it stops."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from domain.record import Record


class HoldReason(StrEnum):
    """Why a course stands still."""

    PATIENTS_WISH = "patients_wish"
    TRAVEL = "travel"
    UNREACHABLE = "unreachable"
    MISSED_VISITS = "missed_visits"
    COVERAGE = "coverage"
    DRUG_SUPPLY = "drug_supply"
    CLINIC = "clinic"
    ILLNESS = "illness"
    ADVERSE_EVENT = "adverse_event"
    MEDICATION = "medication"
    PREGNANCY = "pregnancy"
    EPISODIC = "episodic"  # a responder who has become episodic: the response check was answered with `pause`


FOR_A_CLINICIAN = frozenset(
    {HoldReason.ILLNESS, HoldReason.ADVERSE_EVENT, HoldReason.MEDICATION, HoldReason.PREGNANCY, HoldReason.EPISODIC}
)
"""Holds that only a clinician reviews, prolongs, changes and lifts."""

WITHOUT_DIARY = frozenset({HoldReason.PATIENTS_WISH, HoldReason.TRAVEL, HoldReason.UNREACHABLE})
"""Holds during which the patient is not asked for the diary at all; in others now and then."""

REVIEW_WITHIN_DAYS = 366
"""A hold that nobody looks at for a year is none: it is forgotten."""

VISITS_AND_PAYER = ("booking", "clearance", "response check", "new authorization requests", "reminders")
"""What every hold stops. Safety watch, adverse events, claims and a payer's answer that is already asked for go on."""


class LapseAnswer(StrEnum):
    """What becomes of an authorization, or a request, that lies idle while the course is held."""

    KEEP = "keep"
    EXTEND = "extend"  # the payer is asked for a later last day
    WITHDRAW = "withdraw"  # no answer to the request is wanted any more
    GIVE_BACK = "give_back"  # the payer is told that the authorization is not needed


class HoldEnd(StrEnum):
    """How a hold ended."""

    RESUMED = "resumed"
    REPLACED = "replaced"  # by a hold with another reason


class Hold(Record):
    """One hold of a course. `number` counts them from 1."""

    number: int
    reason: HoldReason
    note: str | None = None
    since: date  # the day the course began to stand still, perhaps for another reason first
    review_on: date
    stops: tuple[str, ...]
    by: str
    freed: int | None = None  # the appointment that was given up
    expected_on: date | None = None  # of a pregnancy: the birth
    is_decided: bool = False  # somebody has said until when it stands; a pregnancy that is only told is decided on now
    dealt_with: tuple[int, ...] = ()  # requests, by number, of which somebody has said what becomes of them meanwhile
    ended_on: date | None = None
    ended: HoldEnd | None = None

    @property
    def for_a_clinician(self) -> bool:
        """Whether only a clinician decides what comes of it."""
        return self.reason in FOR_A_CLINICIAN

    @property
    def asks_for_diary(self) -> bool:
        """Whether the patient is still asked for the diary, now and then."""
        return self.reason not in WITHOUT_DIARY


def stopped_by(reason: HoldReason) -> tuple[str, ...]:
    """Return what a hold with this reason stops."""
    return (*VISITS_AND_PAYER, "diary prompts" if reason in WITHOUT_DIARY else "weekly diary prompts")
