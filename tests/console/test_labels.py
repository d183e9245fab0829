"""What fields are called on pages, and what stands beside them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import BaseModel, Field

from console.forms import fields_of
from console.labels import failure_said, label_of, plain
from office.errors import BadInput, WrongField
from office.fields import Clock, read_fact
from office.names import brief_names, with_names
from tests.kit.examples import FACTS


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("coverage.payer_id", "Payer"),
        ("coverage.kind", "Who pays how"),
        ("patient.record_number", "Record number"),
        ("treatments[0].dose_mg", "Treatments 1: daily dose in mg"),
        ("diary[11]", "Diary 12"),
        ("counts.source", "Where the count is from"),
        ("earlier_doses[1].source", "Earlier doses 2: where it is known from"),
    ],
)
def test_a_path_is_called_by_its_label(path: str, label: str) -> None:
    assert label_of(path) == label


def test_a_refusal_about_a_field_begins_with_its_label() -> None:
    assert plain("submitted_on: expected a day from 01 Mar 2026") == "Submitted on: expected a day from 01 Mar 2026"
    assert plain("Nobody: is known") == "Nobody: is known"


def test_a_refusal_that_names_a_kind_of_fact_calls_its_form_by_what_stands_over_it() -> None:
    said = "only a denial is undone; tell `authorization-withdrawn`, or log each with `attempt`"

    assert plain(said) == "only a denial is undone; tell “Authorization withdrawn”, or log each with “Log a try”"


def test_people_are_called_by_their_names_where_their_ids_stand_and_nowhere_else() -> None:
    names = {"dr.lee": "Dr. Lee", "amy": "Amy A."}

    assert (
        with_names("only dr.lee, who injected. dr.lee.", ("dr.lee",), names) == "only Dr. Lee, who injected. Dr. Lee."
    )
    assert with_names("amy.ops, amy-b and amy", ("amy",), names) == "amy.ops, amy-b and Amy A."
    assert with_names("ghost has it now", ("ghost",), names) == "ghost has it now"


def test_where_there_is_little_room_people_are_called_by_their_family_names_unless_two_share_one() -> None:
    names = {"a": "Dr. Jordan Lee", "b": "Nina Novak, nurse practitioner", "c": "Ann Lee"}

    assert brief_names(("a", "b"), names) == {"a": "Lee", "b": "Novak"}
    assert brief_names(("a", "c", "x"), names) == {"a": "Dr. Jordan Lee", "c": "Ann Lee", "x": "x"}


def test_what_is_missing_is_said_by_the_label_alone() -> None:
    wrong = WrongField(field="drug_on_hand", problem="is missing", expected="yes or no")

    assert failure_said(BadInput("drug_on_hand: is missing", [wrong])) == "Drug on hand is missing"


def test_what_was_expected_stands_behind_the_label() -> None:
    wrong = WrongField(field="on", problem="expected a day", expected="")

    assert failure_said(BadInput("on: expected a day", [wrong])) == "On: expected a day"


class Note(BaseModel):
    """A text that has an end."""

    text: str = Field(max_length=200)


def test_a_text_that_is_too_long_is_told_so() -> None:
    clock = Clock(now=datetime(2026, 3, 2, tzinfo=UTC), zone="UTC")
    with pytest.raises(BadInput) as wrong:
        read_fact(Note, [("text", "x" * 201)], {}, clock)

    assert failure_said(wrong.value) == "Text is longer than 200 characters"


@pytest.mark.parametrize("kind", sorted(FACTS))
def test_beside_an_input_stands_nothing_that_only_the_command_line_needs(kind: str) -> None:
    for one in fields_of(type(FACTS[kind])):
        for never in ("`", "one of", "some text", "today+7", "a day like", "yes or no", "user id", "code of"):
            assert never not in one.expected, one.name
