"""What has happened to a course, line by line: who, what, when, why, and the rule with its version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from domain import events as e
from domain.changes import after, born
from domain.course import Course
from domain.people import COURSE
from domain.record import Sourced
from domain.story import story_of
from domain.story.words import in_words, of_wait
from domain.waits import KINDS, WaitKind
from office.outcome import OF_WAITS

AnyEvent = e.AnyEvent | e.UnknownEvent

SUBJECTS = {
    "admission": "Intake, goals and consent",
    "coverage": "Requests and authorizations",
    "authorizations": "Changes of coverage",
    "denial": "After a denial",
    "visit": "Appointments and sessions",
    "response": "Diary and response",
    "safety": "Safety",
    "billing": "Records and bills",
    "claims": "Claims after filing",
    "telling": "Deviations and corrections",
    "standing": "Holds and endings",
    "tasks": "Waits and tasks",
    "whole_course": "The course as a whole",
    "other": "Of a newer version",
}
"""The subjects that events are about, as the modules of `domain.events` have them, in words."""

RULES: Mapping[str, tuple[str, ...]] = {
    "course_started": ("protocol.eligibility", "policy.initial"),
    "history_completed": ("protocol.eligibility", "policy.initial"),
    "eligibility_assessed": ("protocol.eligibility", "policy.initial"),
    "eligibility_settled": ("protocol.eligibility", "policy.initial"),
    "goals_set": ("protocol.dose",),
    "dose_elsewhere_told": ("protocol.timing",),
    "authorization_requested": ("policy.grant", "policy.renewal"),
    "packet_submitted": ("policy.timing",),
    "payer_chased": ("policy.timing",),
    "authorization_decided": ("policy.grant",),
    "next_step_chosen": ("policy.denial",),
    "request_lapsed": ("policy.denial",),
    "not_yet_found": ("policy.initial",),
    "trial_told": ("policy.initial",),
    "dose_planned": ("protocol.dose",),
    "appointment_booked": ("protocol.timing", "policy.timing"),
    "appointment_moved": ("protocol.timing", "policy.timing"),
    "session_cleared": ("protocol.safety",),
    "session_given": ("protocol.dose", "protocol.timing"),
    "session_completed": ("protocol.dose",),
    "session_not_given": ("protocol.visits",),
    "missed_visits_decided": ("protocol.visits",),
    "baseline_frozen": ("protocol.response",),
    "evidence_gathered": ("protocol.response", "policy.renewal"),
    "response_answered": ("protocol.response", "policy.renewal"),
    "diary_looked": ("protocol.response",),
    "adverse_event_recorded": ("protocol.safety",),
    "claim_opened": ("protocol.billing", "policy.billing"),
    "claim_denied": ("policy.claims",),
    "appeal_decided": ("policy.claims",),
    "hold_begun": ("protocol.hold",),
    "hold_ended": ("protocol.hold",),
    "gap_too_long": ("protocol.hold",),
    "course_ended": ("protocol.end",),
    "course_closed": ("protocol.end",),
}
"""By which part of the course's protocol and its payer's policy an event was decided."""

RULES_OF_WAITS: Mapping[WaitKind, tuple[str, ...]] = {
    WaitKind.ELIGIBILITY: ("protocol.eligibility",),
    WaitKind.PAYER_ANSWER: ("policy.timing",),
    WaitKind.CHASE_PAYER: ("policy.timing",),
    WaitKind.DENIAL: ("policy.denial",),
    WaitKind.CONTEST: ("policy.denial",),
    WaitKind.RENEWAL_DUE: ("policy.renewal", "policy.timing"),
    WaitKind.CHECK_OPENS: ("protocol.timing", "protocol.response"),
    WaitKind.RESPONSE_CHECK: ("protocol.timing", "protocol.response"),
    WaitKind.SAFETY_CALL_DAY: ("protocol.safety",),
    WaitKind.SAFETY_CALL: ("protocol.safety",),
    WaitKind.RED_FLAG: ("protocol.safety",),
    WaitKind.MISSED_VISITS: ("protocol.visits",),
    WaitKind.RESULT_MISSING: ("protocol.visits",),
    WaitKind.REOPENING: ("protocol.end",),
}


@dataclass(frozen=True)
class Step:
    """One event, and the course as it was before and after it."""

    event: AnyEvent
    before: Course | None
    course: Course


@dataclass(frozen=True)
class Rule:
    """One number of a rule book that an event was decided by."""

    name: str
    value: str
    mark: str
    source: str


@dataclass(frozen=True)
class RuleBook:
    """A part of a protocol or a policy, with its version and its numbers."""

    title: str
    version: str
    part: str
    rules: tuple[Rule, ...]

    @property
    def said(self) -> str:
        """Return the book in a few words."""
        return f"{self.title} {self.version}: {self.part}"


@dataclass(frozen=True)
class Line:
    """One line of the story."""

    number: int
    at: datetime | None
    on: date | None
    by: str
    who: str
    role: str
    kind: str
    subject: str
    said: str
    answers: str
    rules: tuple[str, ...]
    request_id: str | None


def steps_of(journal: Sequence[AnyEvent], *, course_id: str, patient_id: str) -> tuple[Step, ...]:
    """Return the course after each of its events, oldest first."""
    steps: list[Step] = []
    course: Course | None = None
    for event in journal:
        if course is None:
            assert isinstance(event, e.CourseStarted), "a journal begins with course_started"
            now = born(event, course_id=course_id, patient_id=patient_id)
        else:
            now = after(course, event)
        steps.append(Step(event=event, before=course, course=now))
        course = now
    return tuple(steps)


def line_of(step: Step, *, zone: str, names: Mapping[str, str]) -> Line:
    """Return one event as a line of the story."""
    event = step.event
    return Line(
        number=event.number,
        at=event.at,
        on=event.on,
        by=event.by,
        who="the course itself" if event.by == COURSE else names.get(event.by, event.by),
        role="" if event.role is None else str(event.role),
        kind=event.kind,
        subject=subject_of(event),
        said=story_of(event, zone=zone, names=names),
        answers="" if event.task is None else of_wait(event.task),
        rules=tuple(book.said for book in rules_behind(step)),
        request_id=event.request_id,
    )


def subject_of(event: AnyEvent) -> str:
    """Return the subject that an event is about."""
    module = type(event).__module__.rpartition(".")[2]
    return module if module in SUBJECTS else "other"


def is_asked_for(step: Step, *, kind: str, person: str, first_on: date | None, waits: bool) -> bool:
    """Whether an event is of a kind or subject, by a person, in the month that begins on a day. Empty: any."""
    event = step.event
    if kind and kind not in {event.kind, subject_of(event)}:
        return False
    if person and event.by != person:
        return False
    if first_on is not None and (event.on is None or event.on.replace(day=1) != first_on):
        return False
    return waits or bool(kind) or is_told(event)


def is_told(event: AnyEvent) -> bool:
    """Whether people read an event when they ask for the story; the others say what the course does by itself."""
    return event.kind not in OF_WAITS


def rules_behind(step: Step) -> Iterator[RuleBook]:
    """Yield the parts of the rule books, in the versions that the course then went by, that an event was decided by."""
    parts = RULES.get(step.event.kind, ())
    if isinstance(step.event, e.WaitOpened):
        parts = RULES_OF_WAITS.get(step.event.wait.kind, ())
    for part in parts:
        book, _, section = part.partition(".")
        whole = step.course.protocol if book == "protocol" else step.course.policy
        found = getattr(whole, section, None)
        if whole is None or not isinstance(found, BaseModel):
            continue
        title = "Protocol" if book == "protocol" else getattr(whole, "name", whole.id)
        yield RuleBook(title=title, version=whole.version, part=in_words(section), rules=tuple(rules_in(found)))


BOUNDS = {"_min": ", at least", "_max": ", at most"}


def called(name: str) -> str:
    """Return what a number of a rule book is called: `age_years_min` is age in years, at least."""
    bound = next((end for end in BOUNDS if name.endswith(end)), "")
    said = in_words(name.removesuffix(bound)).replace("age years", "age in years")
    return said + BOUNDS.get(bound, "")


def rules_in(part: BaseModel) -> Iterator[Rule]:
    """Yield every number with a source in a part of a rule book."""
    for name, value in part:
        if isinstance(value, Sourced):
            yield Rule(name=called(name), value=value_in_words(value.value), mark=value.mark, source=value.source)


CODE = re.compile(r"[a-z]+(_[a-z]+)+")
"""A coded value, such as hospital_outpatient."""


def value_in_words(value: Any) -> str:
    """Return a value of a rule book as people read it."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case dict():
            return "; ".join(f"{in_words(str(name))}: {value_in_words(one)}" for name, one in value.items())
        case tuple() | list():
            return ", ".join(value_in_words(one) for one in value) or "none"
        case BaseModel():
            return " ".join(f"{in_words(name)} {value_in_words(one)}" for name, one in value)
        case _:
            return in_words(str(value)) if CODE.fullmatch(str(value)) else str(value)


def title_of(kind: WaitKind) -> str:
    """Return what is to be done about a wait of this kind."""
    return KINDS[kind].title
