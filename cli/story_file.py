"""A story: a folder of `examples/` with a patient's intake and the steps that people follow. Read and checked here."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from domain.course import Phase
from domain.diary import HOURS_OF_A_DAY, PAIN_MAX, DiaryDay
from domain.events import Outcome
from domain.record import Edge, Record
from domain.response import Verdict
from domain.session import NotGivenReason
from domain.waits import KINDS, WaitKind

STORY_FILE, INTAKE_FILE = "story.toml", "intake.json"
BLOCK_DAYS = 28
"""Diaries are told in blocks of 28 days, as the clinic counts."""

BEFORE_COURSE = re.compile(r"(\d+) days before the course")
AFTER_SESSION = re.compile(r"session (\d+)(?: \+ (\d+) days)?")
TODAY = re.compile(r"\{today([+-]\d+)?\}")

Count = Annotated[int, Field(ge=0, le=BLOCK_DAYS)]
Fields = dict[str, str | list[str]]


class Group(StrEnum):
    """What a story is about. The demo plays and shows stories in this order."""

    PLAIN = "plain courses"
    COVERAGE = "coverage's turns"
    SESSION = "the session's turns"
    PATIENT = "the patient's turns"
    TELLING = "telling and correcting"
    CLAIMS = "claims"


class StoryError(Exception):
    """A story cannot be read. The text names the folder, the place and what was expected."""


class DiarySheet(Edge):
    """What the patient wrote, up to the day before staff enter it: so many days of every 28, evenly spread."""

    since: str = Field(alias="from", description="`28 days before the course`, `session 1` or `session 2 + 60 days`")
    headache_days: Count
    migraine_days: Count = 0
    pain: int | None = Field(None, ge=0, le=PAIN_MAX, description="worst pain on a headache day")
    hours: float | None = Field(None, ge=0, le=HOURS_OF_A_DAY, description="hours of a headache day")

    @model_validator(mode="after")
    def _can_be_written(self) -> Self:
        if not BEFORE_COURSE.fullmatch(self.since) and not AFTER_SESSION.fullmatch(self.since):
            raise ValueError("from: expected `28 days before the course`, `session 1` or `session 1 + 60 days`")
        if self.migraine_days > self.headache_days:
            raise ValueError("migraine_days: expected at most headache_days")
        return self


class Step(Edge):
    """One thing that somebody does. `days` or `until` lets time pass first."""

    days: int | None = Field(None, ge=1, le=1000, description="let so many days pass")
    until: WaitKind | None = Field(None, description="let time pass until a task of this kind is open")
    by: str | None = Field(None, description="who does it: a user, or `the injector`")
    answer: Fields | None = Field(None, description="answer that task")
    attempt: Fields | None = Field(None, description="a try to reach somebody about that task, or the patient")
    record: Fields | None = Field(None, description="tell the course a fact; `kind` names it")
    diary: DiarySheet | None = Field(None, description="enter what the patient wrote, from a CSV file")
    packet: str | None = Field(None, description="write the authorization request to a file of this name")
    cancel: Fields | None = Field(None, description="cancel the appointment")
    withdraw: Fields | None = Field(None, description="the patient no longer wants the course")
    hold: Fields | None = Field(None, description="let the course stand still until a review date")
    resume: Fields | None = Field(None, description="let the held course go on")
    end: Fields | None = Field(None, description="end the course with an outcome and a coded reason")
    reopen: Fields | None = Field(None, description="let the ended course go on")
    dossier: str | None = Field(None, description="write what another clinic needs to a file of this name")
    correct: Fields | None = Field(None, description="correct what was last told of a kind; `event` names it")
    start: str | None = Field(None, description="start another course of the patient, from an intake of this name")

    @property
    def actions(self) -> tuple[str, ...]:
        """Return the names of what is done; a step that only lets time pass has none."""
        given = self.model_dump(exclude={"days", "until", "by"})
        return tuple(name for name in given if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if len(self.actions) > 1:
            raise ValueError(f"expected one thing to do, not {' and '.join(self.actions)}")
        if not self.actions and self.days is None and self.until is None:
            raise ValueError("expected something to do, or days, or until")
        if self.actions and self.by is None:
            raise ValueError("by: who does it is missing")
        if self.answer is not None and self.until is None:
            raise ValueError("until: which task is meant is missing")
        if self.until is not None and KINDS[self.until].role is None:
            raise ValueError(f"until: {self.until} is nobody's task")
        if self.record is not None and "kind" not in self.record:
            raise ValueError("record: its kind is missing")
        return self


class End(Edge):
    """Where the course must stand when its story has been told. What is not named is not looked at."""

    phase: Phase
    outcome: Outcome | None = None
    reason: str | None = None
    sessions: int = Field(ge=0)
    verdicts: tuple[Verdict, ...] | None = Field(None, description="of the response checks answered")
    open_check: Verdict | None = Field(None, description="what the rule says in the response check that is open")
    units: tuple[int, ...] | None = Field(None, description="given in each session")
    not_given: tuple[NotGivenReason, ...] | None = Field(None, description="why each visit gave no drug")
    authorizations: int | None = None
    claims: tuple[str, ...] | None = Field(None, description="where each claim or invoice stands")
    messages: tuple[str, ...] = Field((), description="kinds of messages that the patient is sent")
    closed: bool = False
    earlier_courses: int | None = Field(None, description="of the patient here, that the course knows")
    waits_for: tuple[WaitKind, ...] = Field(description="all of these are waited for; none at all: nothing is")


class Script(Edge):
    """What story.toml holds."""

    title: str
    group: Group = Group.PLAIN
    tells: str
    steps: tuple[Step, ...] = Field(min_length=1)
    end: End


class Story(Record):
    """One folder of `examples/`."""

    name: str
    folder: Path
    title: str
    group: Group
    tells: str
    steps: tuple[Step, ...]
    end: End

    @property
    def intake(self) -> Path:
        """Return where the intake is."""
        return self.folder / INTAKE_FILE

    @property
    def later_intakes(self) -> tuple[Path, ...]:
        """Return where the intakes of the patient's later courses are."""
        return tuple(self.folder / step.start for step in self.steps if step.start is not None)


def read_story(folder: Path) -> Story:
    """Return the story in a folder. Raises `StoryError` with everything that is wrong with it."""
    path = folder / STORY_FILE
    try:
        script = Script.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as problem:
        raise StoryError(f"{path}: cannot be read: {problem.strerror}") from None
    except tomllib.TOMLDecodeError as problem:
        raise StoryError(f"{path}: {problem}") from None
    except ValidationError as error:
        faults = (f"{_place(one['loc'])}: {one['msg'].removeprefix('Value error, ')}" for one in error.errors())
        raise StoryError(f"{path}: " + "; ".join(faults)) from None
    if not (folder / INTAKE_FILE).is_file():
        raise StoryError(f"{folder}: expected the patient's {INTAKE_FILE} beside {STORY_FILE}")
    return Story(folder=folder, name=folder.name, **{name: getattr(script, name) for name in Script.model_fields})


def read_stories(folder: Path) -> tuple[Story, ...]:
    """Return all stories below a folder, by group and name."""
    found = sorted(path.parent for path in folder.glob(f"*/{STORY_FILE}"))
    if not found:
        raise StoryError(f"{folder}: expected folders with a {STORY_FILE} and an {INTAKE_FILE}")
    groups = list(Group)
    return tuple(sorted((read_story(one) for one in found), key=lambda one: (groups.index(one.group), one.name)))


def chosen(stories: Sequence[Story], *, only: str, group: str) -> tuple[Story, ...]:
    """Return the stories that somebody wants to see.

    `only` holds beginnings of their names, `group` what stands in the name of theirs; empty means all.
    """
    beginnings = tuple(only.lower().replace(",", " ").split())
    found = [one for one in stories if not beginnings or one.name.startswith(beginnings)]
    found = [one for one in found if group.lower() in one.group]
    if not found:
        names = ", ".join(story.name for story in stories)
        raise StoryError(f"no story begins with {only!r} in a group {group!r}; there are {names}; {', '.join(Group)}")
    return tuple(found)


def _place(location: tuple[int | str, ...]) -> str:
    """Return `step 3, by` for steps[2].by: people count from one."""
    if location[:1] == ("steps",) and len(location) > 1:
        rest = ".".join(str(part) for part in location[2:])
        return f"step {int(location[1]) + 1}" + (f", {rest}" if rest else "")
    return ".".join(str(part) for part in location)


def with_days(text: str, today: date) -> str:
    """Return `text` with {today}, {today+300} and {today-7} written out as days."""
    return TODAY.sub(lambda found: (today + timedelta(days=int(found[1] or 0))).isoformat(), text)


def first_day_of(sheet: DiarySheet, *, started_on: date, sessions_on: tuple[date, ...]) -> date:
    """Return the first day of a diary sheet; the sheet after a session begins on the day after it."""
    before = BEFORE_COURSE.fullmatch(sheet.since)
    if before is not None:
        return started_on - timedelta(days=int(before[1]))
    after = AFTER_SESSION.fullmatch(sheet.since)
    assert after is not None, "checked when it was read"
    number = int(after[1])
    if not 1 <= number <= len(sessions_on):
        raise StoryError(f"diary: session {number} has not been given yet")
    return sessions_on[number - 1] + timedelta(days=1 + int(after[2] or 0))


def days_of(sheet: DiarySheet, *, first_on: date, last_on: date) -> Iterator[DiaryDay]:
    """Yield one entry a day. Headache days lie evenly spread, so that any 28 days in a row hold as many."""
    for number in range((last_on - first_on).days + 1):
        headache = _falls(number, sheet.headache_days, BLOCK_DAYS)
        before = number * sheet.headache_days // BLOCK_DAYS
        yield DiaryDay(
            on=first_on + timedelta(days=number),
            headache=headache,
            migraine=headache and _falls(before, sheet.migraine_days, sheet.headache_days),
            hours=sheet.hours if headache else None,
            worst_pain=sheet.pain if headache else None,
        )


def _falls(number: int, share: int, whole: int) -> bool:
    """Whether the entry `number` is one of `share` in every `whole`."""
    return (number + 1) * share // whole > number * share // whole


def as_csv(days: Iterator[DiaryDay]) -> str:
    """Return diary days as staff get them: one line a day."""
    written = io.StringIO()
    names = ("on", "headache", "migraine", "hours", "worst_pain")
    writer = csv.DictWriter(written, names, lineterminator="\n")
    writer.writeheader()
    for day in days:
        values: dict[str, Any] = {name: getattr(day, name) for name in names}
        writer.writerow({name: _cell(value) for name, value in values.items()})
    return written.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value is None else str(value)
