"""A payer's no: its coded reason, the steps that are left after it, which of them comes first, and their last days.

Nobody moves a last day: it is the letter's, else the policy's, and later only what the payer itself granted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

from domain.payer import PayerPolicy
from domain.record import Record


class DenialCode(StrEnum):
    """Why a payer said no, as a code."""

    MISSING_INFORMATION = "missing_information"
    STEP_THERAPY = "step_therapy"
    NOT_NECESSARY = "not_medically_necessary"
    SOURCE_OR_PLACE = "drug_source_or_place"
    OTHER = "other"


class DenialStep(StrEnum):
    """What may follow a denial."""

    SEND_ANEW = "send_anew"  # completed or changed, as a new request: a denied one takes no update
    PEER_TO_PEER = "peer_to_peer"  # our clinician talks with the payer's
    APPEAL = "appeal"
    WAIT = "wait"  # what is missing takes time
    SELF_PAY = "self_pay"  # by a signed agreement
    STOP = "stop"  # declined before session 1, discontinued after it


FIRST_STEPS: dict[DenialCode, tuple[DenialStep, ...]] = {
    DenialCode.MISSING_INFORMATION: (DenialStep.SEND_ANEW, DenialStep.APPEAL, DenialStep.PEER_TO_PEER),
    DenialCode.STEP_THERAPY: (DenialStep.WAIT, DenialStep.PEER_TO_PEER, DenialStep.APPEAL, DenialStep.SEND_ANEW),
    DenialCode.NOT_NECESSARY: (DenialStep.PEER_TO_PEER, DenialStep.APPEAL, DenialStep.SEND_ANEW),
    DenialCode.SOURCE_OR_PLACE: (DenialStep.SEND_ANEW, DenialStep.APPEAL, DenialStep.PEER_TO_PEER),
    DenialCode.OTHER: (DenialStep.PEER_TO_PEER, DenialStep.APPEAL, DenialStep.SEND_ANEW),
}
"""What is advised, best first; what is not named here comes after it. Advised only: a person chooses."""
assert FIRST_STEPS.keys() == set(DenialCode), "every reason says what comes first"

CONTESTED: tuple[DenialStep, ...] = (DenialStep.PEER_TO_PEER, DenialStep.APPEAL, DenialStep.SEND_ANEW)
"""An approval that differs from what is needed and is not accepted: accepting it was the other choice."""

ONCE: frozenset[DenialStep] = frozenset({DenialStep.PEER_TO_PEER, DenialStep.APPEAL})
"""Steps with a last day."""


class Denial(Record):
    """One denial, and what was chosen to follow it. Its number is that of the request that was denied."""

    number: int
    payer_id: str | None
    reason: DenialCode
    words: str | None = None
    letter_on: date  # day 0 of what may follow
    level: int = 0  # of the appeal that was denied; 0: it was none
    peer_to_peer_until: date | None = None  # None: not to be had
    appeal_until: date | None = None  # of the next level; None: there is none
    contested: bool = False  # an approval that is not accepted
    settled_on: date | None = None  # what was granted is accepted after all
    step: DenialStep | None = None  # None: a person has still to choose

    def last_day_of(self, step: DenialStep) -> date | None:
        """Return the last day of a step that has one."""
        return {
            DenialStep.PEER_TO_PEER: self.peer_to_peer_until,
            DenialStep.APPEAL: self.appeal_until,
        }.get(step)


class StepLeft(Record):
    """A step that can still be taken. `last_on` is its last day, which counts; None: it has none."""

    step: DenialStep
    last_on: date | None = None


def steps_left(denial: Denial, *, today: date) -> tuple[StepLeft, ...]:
    """Return what may still follow a denial, best first. Self-pay and the end are always left, last."""
    first = CONTESTED if denial.contested else FIRST_STEPS[denial.reason]
    others = [step for step in DenialStep if step not in first]
    return tuple(_left(denial, (*first, *others), today))


def _left(denial: Denial, steps: tuple[DenialStep, ...], today: date) -> Iterator[StepLeft]:
    for step in steps:
        last_on = denial.last_day_of(step)
        if step not in ONCE:
            yield StepLeft(step=step)
        elif last_on is not None and today <= last_on:
            yield StepLeft(step=step, last_on=last_on)


def next_last_day(denial: Denial, *, today: date) -> date | None:
    """Return the first last day that lies ahead, today included: on the day after it less is left to choose."""
    return min((left.last_on for left in steps_left(denial, today=today) if left.last_on is not None), default=None)


def last_days(policy: PayerPolicy | None, *, letter_on: date, level: int) -> tuple[date | None, date | None]:
    """Return the last day of a conversation between physicians and of the next level of appeal, None where there is none.

    `level` is that of the appeal denied, 0 for a request: the conversation comes before the first appeal. The day of
    the letter is day 0.

    Source: the policy's `denial`.
    """
    rules = None if policy is None else policy.denial
    if rules is None:
        return None, None
    talk_days = rules.peer_to_peer_days.value if level == 0 else None
    appeal_days = rules.appeals[level].within_days.value if level < len(rules.appeals) else None
    return _after(letter_on, talk_days), _after(letter_on, appeal_days)


def _after(letter_on: date, days: int | None) -> date | None:
    return None if days is None else letter_on + timedelta(days=days)


def answer_days_of_appeal(policy: PayerPolicy | None, *, level: int) -> int | None:
    """Return the payer's days to answer an appeal of this level, counted from 1; None: as for any request."""
    if policy is None or policy.denial is None or not 1 <= level <= len(policy.denial.appeals):
        return None
    return policy.denial.appeals[level - 1].answer_days.value
