"""Words that all sentences share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain.clinic_time import day_in_words as day_in_words  # noqa: PLC0414 - sentences take it from here
from domain.clinic_time import time_in_words as time_in_words  # noqa: PLC0414 - sentences take it from here
from domain.coverage import Coverage, CoverageKind, Transition
from domain.deviation import Deviation
from domain.dose import Dose
from domain.waits import KINDS, WaitKind

Tell = Callable[[Any, str], str]


def in_words(code: str) -> str:
    """Return a coded value as words: `patients_wish` is patients wish."""
    return code.replace("_", " ").replace("-", " ")


def payment_in_words(coverage: Coverage) -> str:
    """Return who pays, in a few words."""
    match coverage.kind:
        case CoverageKind.SELF_PAY:
            return "the patient pays"
        case CoverageKind.NOT_NEEDED:
            return f"{coverage.payer_id} pays, no authorization needed"
        case CoverageKind.AUTHORIZATION:
            return f"{coverage.payer_id} pays, with its authorization"
        case CoverageKind.CLINICS_RISK:
            return "nobody pays: at the clinic's risk"


def transition_in_words(asked: Transition) -> str:
    """Return a transition period as it is asked for."""
    sessions = f"{asked.sessions} session{'s' if asked.sessions > 1 else ''}"
    return f"a transition period to {day_in_words(asked.until_on)}, {sessions}"


def dose_in_words(dose: Dose) -> str:
    """Return units and sites."""
    return f"{dose.units} units in {dose.sites} sites"


def dollars(cents: int) -> str:
    """Return an amount as people write it."""
    return f"${cents / 100:,.2f}"


def because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def of_wait(identity: str) -> str:
    """Return the title of a wait by its id, with what it is about."""
    kind, _, subject = identity.partition(":")
    title = KINDS[WaitKind(kind)].title if kind in set(WaitKind) else kind
    return f"{title} ({in_words(subject)})"


def against_rules(deviation: Deviation | None) -> str:
    """Return what is added to the sentence of an event that broke rules."""
    if deviation is None:
        return ""
    broken = "; ".join(f"{one.rule}: {one.why}" for one in deviation.broken)
    return f"; DEVIATION ({broken}), because: {deviation.reason}"


def covered_after_all_in_words(sessions: tuple[int, ...]) -> str:
    """Return that a payer covers sessions that somebody else has paid, to be put after what was told."""
    late = ", ".join(str(one) for one in sessions)
    return f"; a biller looks at session {late}, which it covers and somebody else has paid" if late else ""
