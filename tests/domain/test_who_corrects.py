"""Which correction is heard at all: of an event there is, that says something, by its author or whose matter it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain import facts as f
from domain.people import Actor
from domain.record import Refusal
from domain.rights import CORRECTING, DAYS
from tests.kit.moments import after_session, correction
from tests.kit.people import ADA, AMY, BEN, DR_LEE, NINA

ONE_DAY = timedelta(days=1)
PAPER = after_session(1)
"""A course whose session 1 Dr. Lee has recorded today."""
DAY_BEFORE = PAPER.course.sessions[0].given_on - ONE_DAY

TABLE = """
session_given          clinician
session_completed      clinician
session_not_given      clinician operations
goals_set              clinician
adverse_event_recorded clinician
authorization_decided  billing
packet_submitted       billing
self_pay_agreed        billing
coverage_changed       billing
authorization_withdrawn billing
safety_watch_ended     clinician
dose_elsewhere_told    clinician
response_answered      clinician
wearing_off_recorded   clinician
medication_changed     clinician
score_recorded         clinician
course_started         clinician
"""


def asked(by: Actor, values: Any, *, days_later: int = 0, event: int | None = None) -> str | None:
    """Return why somebody's correction of session 1 is refused so many days after it was told, or None."""
    paper = after_session(1)
    told = correction(paper, values)
    paper.pass_until(paper.now + days_later * ONE_DAY)
    refused = paper.ask(by, told if event is None else told.model_copy(update={"event": event}))
    return refused.reason if isinstance(refused, Refusal) else None


def test_the_table_says_whose_matter_each_correction_is() -> None:
    rows = (line.split() for line in TABLE.strip().splitlines())

    known = {kind: set(roles) for kind, *roles in rows}
    assert {kind: {str(role) for role in CORRECTING[kind]} for kind in known} == known
    assert {"given_on", "given_at", "signed_on", "until_on"} <= DAYS
    assert not {"injector", "dose", "vials", "entered_in_error", "amount_cents", "sessions"} & DAYS


def test_only_an_event_that_there_is_can_be_corrected() -> None:
    values = f.SessionValues(injector="dr.khan")
    last = PAPER.course.number

    assert asked(DR_LEE, values, event=last) is None
    assert asked(DR_LEE, values, event=last + 1) == f"event: there is no event {last + 1}"


@pytest.mark.parametrize("values", [f.SessionValues(), f.SessionValues(entered_in_error=False)])
def test_a_correction_that_says_nothing_is_refused(values: Any) -> None:
    assert asked(DR_LEE, values) == "nothing is said that the record should say"


def test_a_forms_no_beside_what_is_said_changes_nothing_of_it() -> None:
    assert asked(AMY, f.SessionValues(given_on=DAY_BEFORE, entered_in_error=False), days_later=2) is None


@pytest.mark.parametrize(
    ("by", "values", "days_later", "heard"),
    [
        (DR_LEE, f.SessionValues(injector="dr.khan"), 0, True),
        (DR_LEE, f.SessionValues(injector="dr.khan"), 1, True),
        (NINA, f.SessionValues(injector="dr.khan"), 1, True),
        (AMY, f.SessionValues(injector="dr.khan"), 0, False),
        (AMY, f.SessionValues(given_on=DAY_BEFORE), 1, True),
        (AMY, f.SessionValues(given_on=DAY_BEFORE, injector="dr.khan"), 1, False),
        (AMY, f.SessionValues(entered_in_error=True), 1, False),
        (BEN, f.SessionValues(given_on=DAY_BEFORE), 1, False),
        (ADA, f.SessionValues(given_on=DAY_BEFORE), 1, False),
    ],
)
def test_days_are_corrected_by_operations_too_and_the_rest_by_whose_matter_it_is(
    by: Actor, values: Any, days_later: int, heard: bool
) -> None:
    refused = asked(by, values, days_later=days_later)

    assert (refused is None) is heard
    assert heard or "this correction is for" in (refused or "")


@pytest.mark.parametrize(("days_later", "heard"), [(0, True), (1, False)])
def test_its_author_corrects_it_within_the_day(days_later: int, heard: bool) -> None:
    paper = after_session(1)
    told = correction(paper, f.SessionValues(injector="dr.khan")).model_copy(update={"recorded_by": AMY.user_id})
    paper.pass_until(paper.now + days_later * ONE_DAY)

    other = paper.ask(BEN, told)
    assert isinstance(other, Refusal)
    assert "this correction is for" in other.reason, "he is not its author"
    assert (paper.ask(AMY, told) is None) is heard
