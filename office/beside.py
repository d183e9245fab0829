"""What stands beside a task in a list: what its context says, in a few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date

from domain.story.words import day_in_words, in_words
from domain.waits import WaitKind

Context = Mapping[str, str]
Say = Callable[[Context], tuple[str, ...]]


def beside(kind: WaitKind, context: Context) -> str:
    """Return what is to be known about a task beyond its title, or nothing. Its patient and payer stand elsewhere."""
    told = {name: _day(value) for name, value in context.items() if value}
    return "; ".join(one for one in SAID.get(kind, _all)(told) if one)


def _day(value: str) -> str:
    """Return a value whose last word is a day as people write one; any other as it is."""
    before, _, last = value.rpartition(" ")
    with suppress(ValueError):
        return f"{before} {day_in_words(date.fromisoformat(last))}".strip()
    return value


def _all(told: Context) -> tuple[str, ...]:
    return tuple(f"{in_words(name)}: {value}" for name, value in told.items())


def _values(told: Context) -> tuple[str, ...]:
    return tuple(told.values())


def _after(words: str, value: str | None) -> str:
    return f"{words} {value}" if value else ""


def _request(told: Context) -> tuple[str, ...]:
    purpose, session = in_words(told.get("purpose", "")), _after("from session", told.get("for_session"))
    return (
        ", ".join(filter(None, (purpose, session))),
        told.get("reason", ""),
        _after("response", told.get("response")),
        _after("last day", told.get("last_day")),
        _after("transition period:", told.get("transition")),
    )


def _denial(told: Context) -> tuple[str, ...]:
    step = told.get("first_step", "")
    until = told.get(step, "")
    advised = f"advised: {in_words(step)}" + (f", {until}" if until.startswith("until") else "") if step else ""
    return in_words(told.get("reason", "")), advised


def _claim(told: Context) -> tuple[str, ...]:
    return (
        ": ".join(one for one in (told.get("what"), told.get("says")) if one),
        _after("advised:", in_words(told.get("first_step", ""))),
        _after("last day", told.get("last_day")),
        _after("file by", told.get("file_by")),
    )


def _effect(told: Context) -> tuple[str, ...]:
    asks = ", ".join(in_words(one) for one in told.get("asks", "").split(", ") if one)
    return "serious" if told.get("serious") == "yes" else "", in_words(told.get("effect", "")), _after("ask for", asks)


def _gaps(told: Context) -> tuple[str, ...]:
    number = told.get("missing", "")
    days = f"{number} day{'' if number == '1' else 's'} missing"
    return (f"{days}, {told.get('first_on', '')} to {told.get('last_on', '')}",)


def _wearing_off(told: Context) -> tuple[str, ...]:
    before = told.get("next_session_not_before")
    return _after("from week", told.get("week")), _after("next session not before", before)


def _missed(told: Context) -> tuple[str, ...]:
    return (", ".join(f"{count} {in_words(reason)}" for reason, count in told.items()),)


def _codes(told: Context) -> tuple[str, ...]:
    return tuple(in_words(value) for value in told.values())


SAID: Mapping[WaitKind, Say] = {
    **dict.fromkeys((WaitKind.SUBMIT_PACKET, WaitKind.PAYER_ANSWER, WaitKind.CHASE_PAYER, WaitKind.CONTEST), _request),
    **dict.fromkeys((WaitKind.CLAIM_DENIED, WaitKind.CLAIM_APPEAL), _claim),
    **dict.fromkeys((WaitKind.UNDELIVERED, WaitKind.TELL_ANEW, WaitKind.ELIGIBILITY), _codes),
    **dict.fromkeys((WaitKind.HOLD_ENDS, WaitKind.HOLD_REVIEW, WaitKind.HOLD_DECISION), _codes),
    **dict.fromkeys((WaitKind.TRIAL, WaitKind.NOT_READY, WaitKind.BOOKING, WaitKind.CLEARANCE), _values),
    WaitKind.APPROVAL_DIFFERS: _values,
    WaitKind.EARLIER_TIME: lambda told: (told.get("offer", ""),),
    WaitKind.LAPSES_IN_HOLD: _values,
    WaitKind.DENIAL: _denial,
    WaitKind.COVERAGE: lambda told: (_after("until the hold:", in_words(told.get("pays", ""))),),
    WaitKind.UNPAID_UNITS: lambda told: (f"{told.get('units', '')} units",),
    WaitKind.CLAIM_HELD: lambda told: (told.get("why", ""),),
    WaitKind.PAYMENT: lambda told: (_after("left:", told.get("left")),),
    WaitKind.LETTER: lambda told: (told.get("rule", ""),),
    WaitKind.DEVIATION: lambda told: (": ".join(told.values()),),
    WaitKind.OWN_CONSENT: lambda told: (_after("ask for", told.get("ask")),),
    WaitKind.EFFECT_REVIEW: _effect,
    WaitKind.DIARY_GAPS: _gaps,
    WaitKind.WEARING_OFF: _wearing_off,
    WaitKind.MISSED_VISITS: _missed,
}
"""How the context of a kind reads; that of a kind which is not here is told by its names."""
