"""Where a course stands, as `show --json` tells it: what a player needs to go on, and whether a story ended well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from cli.story_file import End
from domain.record import Record
from domain.waits import WaitKind


class Standing(Record):
    """What of `show --json` a story looks at."""

    course_id: str
    today: date
    started_on: date
    phase: str
    outcome: str | None
    reason: str | None
    closed: bool
    waiting: str
    waits_for: tuple[str, ...]
    tasks: dict[str, str]  # kind of an open task -> its id
    next_injector: str | None
    last_injector: str | None
    sessions_on: tuple[date, ...]
    verdicts: tuple[str, ...]
    authorizations: int
    claims: tuple[str, ...]
    units: tuple[int, ...] = ()
    not_given: tuple[str, ...] = ()
    earlier_courses: int = 0

    @classmethod
    def of(cls, shown: dict[str, Any]) -> Standing:
        """Return what `show --json` has told."""
        ended, sessions = shown["outcome"] or {}, shown["sessions"]
        booked = (shown["next_session"] or {}).get("appointment") or {}
        return cls(
            course_id=shown["course_id"],
            today=shown["today"],
            started_on=shown["started_on"],
            phase=shown["phase"],
            outcome=ended.get("outcome"),
            reason=ended.get("reason"),
            closed=ended.get("closed_on") is not None,
            waiting=shown["waiting"],
            waits_for=tuple(sorted({wait["kind"] for wait in shown["waiting_for"]})),
            tasks={task["kind"]: task["task"] for task in reversed(shown["open_tasks"])},
            next_injector=booked.get("injector"),
            last_injector=sessions[-1]["injector"] if sessions else None,
            sessions_on=tuple(session["given_on"] for session in sessions),
            units=tuple(session["units"] for session in sessions),
            not_given=tuple(visit["reason"] for visit in shown["visits_not_given"]),
            verdicts=tuple(check["verdict"] for check in shown["response_checks"]),
            authorizations=len(shown["authorizations"]),
            claims=tuple(claim["state"] for claim in shown["claims"]),
            earlier_courses=len(shown["earlier_courses"]),
        )

    @property
    def yesterday(self) -> date:
        """Return the last day that is over."""
        return self.today - timedelta(days=1)

    @property
    def days_since_dose(self) -> int | None:
        """Return the days since the last session given."""
        return (self.today - self.sessions_on[-1]).days if self.sessions_on else None

    def task(self, kind: WaitKind) -> str | None:
        """Return the open task of this kind that is due first."""
        return self.tasks.get(kind)


def differences(end: End, now: Standing, besides: Mapping[str, Any]) -> list[str]:
    """Return where a course stands otherwise than its story says; none when it ended as told.

    `besides` holds what `show` does not tell: `messages` and `open_check`.
    """
    return [f"{what}: expected {_said(told)}, found {_said(is_)}" for what, told, is_ in _pairs(end, now, besides)]


def _pairs(end: End, now: Standing, besides: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield what differs: its name, what the story says, and what is."""
    is_ = {
        "phase": now.phase,
        "outcome": now.outcome,
        "reason": now.reason,
        "sessions": len(now.sessions_on),
        "units": now.units,
        "not_given": now.not_given,
        "verdicts": now.verdicts,
        "open_check": besides.get("open_check"),
        "authorizations": now.authorizations,
        "claims": now.claims,
        "closed": now.closed,
        "earlier_courses": now.earlier_courses,
    }
    for what, found in is_.items():
        told = getattr(end, what)
        if told is not None and told != found:
            yield what, told, found
    if not end.waits_for and now.waits_for:
        yield "waits_for", end.waits_for, now.waits_for
    if missing := sorted(set(end.waits_for) - set(now.waits_for)):
        yield "waits_for", missing, now.waits_for
    if unsent := sorted(set(end.messages) - set(besides.get("messages", ()))):
        yield "messages", unsent, sorted(besides.get("messages", ()))


def _said(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(str(one) for one in value) or "none"
    return str(value)
