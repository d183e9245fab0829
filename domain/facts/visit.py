"""The visit: its time, its readiness, its clearance and its result."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

from pydantic import Field

from domain.dose import Dose, VialOpened
from domain.record import Edge
from domain.session import NotGivenReason, Whose, WhyMissed


class DosePlanned(Edge):
    """A clinician plans the dose of the next session. Without `dose` or `extra_sites` it is the protocol's again."""

    kind: Literal["dose-planned"] = "dose-planned"
    reason: str = Field(min_length=1)
    extra_sites: dict[str, int] = Field(
        default={}, description="sites beyond the protocol's, muscle:sites, such as temporalis:2,trapezius:4"
    )
    dose: Dose | None = Field(default=None, description="the whole dose, instead of extra sites")


class Book(Edge):
    """Ask for an appointment at a time."""

    kind: Literal["book"] = "book"
    starts_at: datetime = Field(description="with offset, or local to the clinic")
    injector: str | None = None


class Move(Edge):
    """Ask for the appointment to be moved."""

    kind: Literal["move"] = "move"
    starts_at: datetime
    injector: str | None = None
    reason: str = Field(min_length=1)
    undo: bool = Field(
        default=False, description="yes: back to the time before the last move, within ten minutes of it"
    )


class EarlierWanted(Edge):
    """An earlier time is wanted for the session that is booked: scheduling is asked each working day's morning."""

    kind: Literal["earlier-wanted"] = "earlier-wanted"
    until_on: date | None = Field(
        default=None,
        description="last day that would do; default: the authorization's, else the day before the appointment",
    )
    wanted: bool = Field(default=True, description="no: it is not looked for any more")


class EarlierAnswered(Edge):
    """What the patient says to an earlier time that is free."""

    kind: Literal["earlier-answered"] = "earlier-answered"
    takes: bool = Field(description="yes: the session is moved; no: another day is looked for")
    note: str | None = None


class Cancel(Edge):
    """Ask for the appointment to be cancelled and a new one to be found later."""

    kind: Literal["cancel"] = "cancel"
    reason: str = Field(min_length=1)
    not_before: date | None = Field(
        default=None, description="where to look for a new time from; default: the day after"
    )
    whose: Whose | None = Field(default=None, description="whose wish it is, needed: the patient's visits are counted")


class ReadinessLook(Edge):
    """Whether the drug for the session is there."""

    kind: Literal["readiness"] = "readiness"
    drug_on_hand: bool


class NotReadyDecision(Edge):
    """Keep an appointment although something is missing. To move it instead, ask with `move`."""

    kind: Literal["not-ready"] = "not-ready"
    choice: Literal["keep"] = "keep"
    reason: str = Field(min_length=1)


class PreSessionCheck(Edge):
    """The questions asked on the day, and the clinician's yes or no."""

    kind: Literal["clearance"] = "clearance"
    clear: bool = Field(description="drug may be given now")
    positive: tuple[str, ...] = Field(default=(), description="items of the pre-session check that were positive")
    overrides: dict[str, str] = Field(default={}, description="positive item -> why the session is given all the same")
    note: str | None = None


class SessionResult(Edge):
    """What was given. Without `dose` or `sites` it is the planned dose."""

    kind: Literal["session-given"] = "session-given"
    vials: tuple[VialOpened, ...] = Field(
        min_length=1, description="opened vials: size:lot:expiry, e.g. 200:C7461:2027-06-30"
    )
    given_at: datetime | None = Field(default=None, description="default: now")
    given_on: date | None = Field(default=None, description="the day, where the time is not known; default: today")
    injector: str | None = Field(default=None, description="default: the appointment's injector")
    dose: Dose | None = None
    sites: dict[str, int] = Field(
        default={}, description="the sites injected, muscle:sites, such as corrugator:2,procerus:1; others had none"
    )
    in_part: bool = False
    why: str | None = Field(default=None, description="given in part: why it was stopped")
    patient_left: str | None = Field(default=None, description="given in part: how the patient left")
    harmless: bool = Field(default=False, description="given in part, and nothing happened to the patient")
    counts_as_trial: bool | None = Field(
        default=None, description="a clinician says that less than the protocol's minimum was a trial session"
    )
    reactions: tuple[str, ...] = ()


class SessionCompleted(Edge):
    """The rest of a session given in part was given on the same day. Of another day it is a session of its own."""

    kind: Literal["session-completed"] = "session-completed"
    session: int | None = Field(default=None, description="default: the last one")
    sites: dict[str, int] = Field(
        default={}, description="the sites injected now, muscle:sites; default: what the planned dose still lacks"
    )
    vials: tuple[VialOpened, ...] = Field(
        default=(), description="vials opened now: size:lot:expiry; default: the rest of the opened one"
    )
    why_another_vial: str | None = Field(
        default=None, description="why a vial was opened although the opened one held enough"
    )
    completed_at: datetime | None = Field(default=None, description="default: now")
    note: str | None = None


class MissedVisitsDecision(Edge):
    """A clinician decides how to go on after too many missed visits. To hold the course instead, ask with `hold`."""

    kind: Literal["missed-visits"] = "missed-visits"
    decision: Literal["go_on", "end"] = Field(description="go_on: another time is looked for")
    coded_reason: WhyMissed = Field(default="other", description="why the visits were missed")
    reason: str = Field(min_length=1)


class NotGiven(Edge):
    """The visit gave no drug."""

    kind: Literal["not-given"] = "not-given"
    reason: NotGivenReason
    note: str | None = None
    lost_vials: tuple[VialOpened, ...] = Field(
        default=(), description="vials opened and not given, size:lot:expiry: a loss of stock, never billed"
    )
    lost_because: str | None = Field(default=None, min_length=1, description="why they were opened and not given")


VisitFact: TypeAlias = (
    DosePlanned
    | Book
    | Move
    | EarlierWanted
    | EarlierAnswered
    | Cancel
    | ReadinessLook
    | NotReadyDecision
    | PreSessionCheck
    | SessionResult
    | SessionCompleted
    | NotGiven
    | MissedVisitsDecision
)
