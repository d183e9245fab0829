"""The stories of `examples/` can be played: their intakes are valid, and their steps name what exists."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest

from adapters.files.policies import load_policies
from adapters.files.protocols import load_protocols
from cli.standing import Standing, differences
from cli.stories import THE_INJECTOR
from cli.story_file import (
    DiarySheet,
    End,
    Fields,
    Group,
    Step,
    Story,
    StoryError,
    as_csv,
    chosen,
    days_of,
    first_day_of,
    read_stories,
    read_story,
    with_days,
)
from cli.story_steps import Doing, command_of, said_of
from domain.clinic_file import UsersFile
from domain.course import Phase
from domain.diary import count_window
from domain.intake import Intake, parse_intake
from domain.intake_faults import faults_of_intake
from domain.waits import WaitKind
from office.direct import DIRECT_FIELDS
from office.kinds import FACTS, kind_that_answers
from office.payers import MEMBER
from runtime.settings import PROJECT

EXAMPLES = PROJECT / "examples"
STORIES = read_stories(EXAMPLES)
USERS = UsersFile.model_validate(tomllib.loads((EXAMPLES / "users.toml").read_text()))
TODAY = date(2026, 3, 2)

every_story = pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])


def intake_of(story: Story) -> Intake:
    return intake_in(story.intake)


def intake_in(path: Path) -> Intake:
    read = parse_intake(json.loads(with_days(path.read_text(), TODAY)))
    assert isinstance(read, Intake), read
    return read


def steps_of(story: Story) -> list[Step]:
    return [step for step in story.steps if step.actions]


@every_story
def test_the_intake_of_a_story_has_no_fault(story: Story) -> None:
    for intake in map(intake_in, (story.intake, *story.later_intakes)):
        protocol = load_protocols(PROJECT / "protocols")[intake.protocol]
        policy = load_policies(PROJECT / "payers").get(intake.coverage.payer_id or "")

        assert faults_of_intake(intake, today=TODAY, protocol=protocol, policy=policy) == ()


@every_story
def test_another_course_of_a_story_is_the_same_patients(story: Story) -> None:
    patient = intake_of(story).patient

    assert [intake_in(path).patient for path in story.later_intakes] == [patient for _ in story.later_intakes]


def test_every_story_has_a_patient_of_its_own() -> None:
    numbers = {intake_of(story).patient.record_number for story in STORIES}
    names = {intake_of(story).patient.name for story in STORIES}

    assert len(numbers) == len(names) == len(STORIES)


@every_story
def test_only_users_of_the_example_clinic_act_in_a_story(story: Story) -> None:
    known = {user.user_id for user in USERS.all()} | {THE_INJECTOR}

    assert {step.by for step in steps_of(story)} <= known
    assert intake_of(story).clinician in known


@every_story
def test_an_answer_has_only_fields_that_its_task_takes(story: Story) -> None:
    for step in steps_of(story):
        if step.answer is not None:
            assert step.until is not None
            assert (
                step.answer.keys() - {"deviation"}
                <= FACTS[kind_that_answers(step.until, step.answer)].model_fields.keys()
            )


@every_story
def test_what_is_recorded_is_a_kind_of_fact_with_fields_of_its_own(story: Story) -> None:
    kinds = {**FACTS, **DIRECT_FIELDS}
    for step in steps_of(story):
        if step.record is not None:
            kind = str(step.record["kind"])
            of_the_patient = {MEMBER} if kind == "coverage-changed" else set()  # kept with the patient, never told on
            assert step.record.keys() - {"deviation"} <= kinds[kind].model_fields.keys() | of_the_patient


@every_story
def test_every_step_can_be_said_in_words(story: Story) -> None:
    assert all(said_of(step) for step in story.steps)


def test_the_folders_of_examples_are_told_in_their_readme() -> None:
    told = (EXAMPLES / "README.md").read_text()

    assert [story.name for story in STORIES if f"`{story.name}`" not in told] == []


@every_story
def test_every_story_says_which_group_it_belongs_to(story: Story) -> None:
    assert "group" in tomllib.loads((story.folder / "story.toml").read_text()), (
        "plain courses are no place for the rest"
    )


def test_stories_come_in_the_order_of_their_groups() -> None:
    groups = list(dict.fromkeys(story.group for story in STORIES))

    assert groups == [group for group in Group if group in groups]


def test_some_stories_are_chosen_by_the_beginnings_of_their_names_or_by_their_group() -> None:
    def names(only: str = "", group: str = "") -> list[str]:
        return [story.name for story in chosen(STORIES, only=only, group=group)]

    assert names("P01, self") == ["p01-plain-responder", "self-pay"]
    assert set(names(group="claims")) == {story.name for story in STORIES if story.group is Group.CLAIMS}
    assert names() == [story.name for story in STORIES]
    with pytest.raises(StoryError, match="p01-plain-responder"):
        names("p99")


# Reading a story


def test_a_wrong_story_is_refused_with_the_step_and_what_was_expected(tmp_path: Path) -> None:
    (tmp_path / "story.toml").write_text(
        'title = "x"\ntells = "x"\n'
        'steps = [{ until = "goals", answer = { goals = "x" } }, { until = "reopening" }, { days = 0 }]\n'
        '[end]\nphase = "preparing"\nsessions = 0\nwaits_for = []\n'
    )

    with pytest.raises(StoryError) as refused:
        read_story(tmp_path)

    said = str(refused.value)
    assert "step 1: by: who does it is missing" in said
    assert "step 2: until: reopening is nobody's task" in said
    assert "step 3, days: " in said


def test_a_story_without_an_intake_is_refused(tmp_path: Path) -> None:
    (tmp_path / "story.toml").write_text((STORIES[0].folder / "story.toml").read_text())

    with pytest.raises(StoryError, match=r"intake\.json"):
        read_story(tmp_path)


# Diary sheets


def a_sheet(since: str = "session 1", headache_days: int = 9, migraine_days: int = 5) -> DiarySheet:
    written = {"from": since, "headache_days": headache_days, "migraine_days": migraine_days, "pain": 6, "hours": 4}
    return DiarySheet.model_validate(written)


@pytest.mark.parametrize("shift", range(0, 56, 5))
def test_any_28_days_of_a_sheet_hold_as_many_headache_and_migraine_days_as_it_says(shift: int) -> None:
    days = list(days_of(a_sheet(), first_on=date(2026, 3, 2), last_on=date(2026, 6, 30)))
    first_on = days[shift].on

    counts = count_window(days[shift : shift + 28], first_on=first_on, last_on=days[shift + 27].on)

    assert (counts.recorded_days, counts.headache_days, counts.migraine_days) == (28, 9, 5)


@pytest.mark.parametrize(
    ("since", "first_on"),
    [
        ("28 days before the course", date(2026, 2, 2)),
        ("session 1", date(2026, 3, 11)),
        ("session 2 + 60 days", date(2026, 8, 1)),
    ],
)
def test_a_sheet_begins_where_it_says(since: str, first_on: date) -> None:
    sessions_on = (date(2026, 3, 10), date(2026, 6, 1))

    assert first_day_of(a_sheet(since), started_on=TODAY, sessions_on=sessions_on) == first_on


def test_a_sheet_after_a_session_that_was_not_given_is_refused() -> None:
    with pytest.raises(StoryError, match="session 3 has not been given"):
        first_day_of(a_sheet("session 3"), started_on=TODAY, sessions_on=(date(2026, 3, 10),))


def test_a_sheet_is_a_csv_that_staff_can_enter() -> None:
    sheet = a_sheet(headache_days=28, migraine_days=28)

    written = as_csv(days_of(sheet, first_on=TODAY, last_on=TODAY))

    assert written == "on,headache,migraine,hours,worst_pain\n2026-03-02,yes,yes,4,6\n"


# Playing


def test_an_answer_becomes_the_command_that_a_person_would_type() -> None:
    fields: Fields = {"goals": ["fewer days", "less pain"], "consent_signed_on": "today"}
    step = Step(until=WaitKind.GOALS, by="dr.lee", answer=fields)
    doing = Doing(step, course_id="c1", by="dr.lee", task="c1/goals:intake", today=TODAY, folder=Path("out"))

    command = ["answer", "c1/goals:intake", "goals=fewer days", "goals=less pain", "consent_signed_on=today"]
    assert command_of(doing) == [*command, "--settle", "--yes", "--by", "dr.lee"]


def test_days_inside_a_text_are_written_out() -> None:
    step = Step(until=WaitKind.SESSION_RESULT, by="dr.lee", answer={"vials": "200:C1:{today+300}"})
    doing = Doing(step, course_id="c1", by="dr.lee", task="c1/session-result:1", today=TODAY, folder=Path("out"))

    assert "vials=200:C1:2026-12-27" in command_of(doing)


def a_standing(**changes: object) -> Standing:
    plain = {
        "course_id": "c1",
        "today": TODAY,
        "started_on": TODAY,
        "phase": "preparing",
        "outcome": None,
        "reason": None,
        "closed": False,
        "waiting": "",
        "waits_for": ("session-day",),
        "tasks": {},
        "next_injector": None,
        "last_injector": None,
        "sessions_on": (TODAY,),
        "verdicts": (),
        "authorizations": 1,
        "claims": ("filed",),
    }
    return Standing.model_validate(plain | changes)


def test_a_course_that_stands_as_its_story_says_has_no_differences() -> None:
    end = End(phase=Phase.PREPARING, sessions=1, waits_for=(WaitKind.SESSION_DAY,))

    assert differences(end, a_standing(), {}) == []


def test_a_course_that_stands_otherwise_is_told_with_what_was_expected_and_found() -> None:
    end = End(phase=Phase.PREPARING, sessions=2, claims=("paid",), waits_for=(), messages=("alternatives",))

    assert differences(end, a_standing(), {"messages": {"closing"}}) == [
        "sessions: expected 2, found 1",
        "claims: expected paid, found filed",
        "waits_for: expected none, found session-day",
        "messages: expected alternatives, found closing",
    ]
