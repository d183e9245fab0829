"""What who answers a task is shown, and what of it has changed since: an answer is given on that, and on nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter

from domain.changes import fold
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.events import AnyEvent, UnknownEvent
from domain.response import ResponseEvidence
from domain.story import NOBODYS
from domain.story.named import named
from domain.story.words import in_words, payment_in_words
from domain.waits import Wait, WaitKind
from office.about import About, about_task
from office.names import payer_names
from office.prepared import happened_in_words, prepared

ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


@dataclass(frozen=True)
class Seen:
    """What is shown of a task: lines that people read, and a mark of all that stands behind them."""

    lines: tuple[About, ...]
    mark: str


def seen_of(course: Course, wait: Wait, *, names: Mapping[str, str] = NOBODYS) -> Seen:
    """Return what who answers a task is shown, as of when it was opened: hours that pass change nothing in it."""
    lines, behind = tuple(_lines(course, wait, names)), _behind(course, wait)
    told = json.dumps([[one.name, one.said] for one in lines]).encode() + ANYTHING.dump_json(behind)
    return Seen(lines=lines, mark=hashlib.sha256(told).hexdigest()[:20])


def changed_since(
    journal: Iterable[AnyEvent | UnknownEvent],
    course: Course,
    wait: Wait,
    number: int,
    *,
    names: Mapping[str, str] = NOBODYS,
) -> tuple[str, ...]:
    """Return what has changed of what was shown of a task when the journal ended with this number; nothing: all stands."""
    early = [event for event in journal if event.number <= number]
    before = fold(early, course_id=course.course_id, patient_id=course.patient_id) if early else None
    then = None if before is None else before.wait(wait.id)
    if before is None or then is None or then.since != wait.since:
        return ("the task was opened anew",)
    was, now = seen_of(before, then, names=names), seen_of(course, wait, names=names)
    if was.mark == now.mark:
        return ()
    return tuple(_differences(was.lines, now.lines)) or ("what the answer rests on was told or corrected",)


def _differences(was: Sequence[About], now: Sequence[About]) -> Iterator[str]:
    """Yield name by name what is there now and what was there."""
    before, after = _by_name(was), _by_name(now)
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            yield f"{name}: {new or 'no more'}" + (f" (it was: {old})" if old else " (new)")


def _by_name(lines: Sequence[About]) -> dict[str, str]:
    ordered = sorted(lines, key=lambda one: one.name)
    return {name: "; ".join(one.said for one in same) for name, same in groupby(ordered, key=lambda one: one.name)}


def _lines(course: Course, wait: Wait, names: Mapping[str, str]) -> Iterator[About]:
    yield from about_task(course, wait, clinic_day(wait.since, course.clinic.zone), names=names)
    ready = prepared(course, wait, wait.since, names=names)
    told = [("Advised", ready.advised)]
    if wait.kind is WaitKind.RESPONSE_CHECK:
        told += [("Who pays", payment_in_words(named(course.coverage, payer_names()))), *_of_check(course)]
    else:
        told.append(("Known", ready.said))
    yield from (About(name=name, said=said) for name, said in told if said)


def _of_check(course: Course) -> Iterator[tuple[str, str]]:
    for granted in course.authorizations:
        yield granted.name.capitalize(), f"{granted.sessions} sessions, {granted.from_on} to {granted.until_on}"
    for event in course.adverse_events:
        if not event.entered_in_error:
            yield "Tolerability", happened_in_words(course, event)
    if course.evidence is not None:
        yield from _of_evidence(course.evidence)


def _of_evidence(evidence: ResponseEvidence) -> Iterator[tuple[str, str]]:
    for change in evidence.changes:
        measure = in_words(change.measure)
        yield f"{measure.capitalize()} before treatment", change.before_text
        yield measure.capitalize(), change.now_text
    yield "Days missing", str(evidence.missing_days)
    yield "The protocol's verdict", in_words(evidence.verdict)
    yield "The payer's rule", {True: "met", False: "not met", None: "open"}[evidence.payer_met]


def _behind(course: Course, wait: Wait) -> list[Any]:
    """Return what stands behind the lines: of a check each count in each block, whatever is shown of it."""
    if wait.kind is not WaitKind.RESPONSE_CHECK:
        return []
    evidence = None if course.evidence is None else course.evidence.model_dump(exclude={"gathered_on"})
    return [evidence, course.coverage, course.authorizations, course.adverse_events]
