"""What Temporal's own Web UI shows of a course, without showing a patient."""

from __future__ import annotations

from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from domain.clinic_time import clinic_day
from domain.course import Course
from domain.sentences import waiting_sentence
from domain.waits import KINDS

COURSE_ID = SearchAttributeKey.for_keyword("RegimenCourseId")
PROTOCOL = SearchAttributeKey.for_keyword("RegimenProtocol")
PAYER = SearchAttributeKey.for_keyword("RegimenPayer")
PHASE = SearchAttributeKey.for_keyword("RegimenPhase")
OUTCOME = SearchAttributeKey.for_keyword("RegimenOutcome")
WAITING_FOR = SearchAttributeKey.for_keyword_list("RegimenWaitingFor")
DUE_AT = SearchAttributeKey.for_datetime("RegimenDueAt")
SESSION = SearchAttributeKey.for_int("RegimenSession")


def show_signs(course: Course) -> None:
    """Bring search attributes and current details up to the record; what has not changed costs nothing."""
    workflow.set_current_details(details_of(course))
    now = workflow.info().typed_search_attributes
    updates = [sign for sign in signs_of(course) if now.get(sign.key) != sign.value]
    if updates:
        workflow.upsert_search_attributes(updates)


def signs_of(course: Course) -> list[SearchAttributeUpdate[Any]]:
    """Return the search attributes of a course. No name, contact, birth date or diagnosis."""
    due = min((wait.due for wait in course.waits), default=None)
    return [
        COURSE_ID.value_set(course.course_id),
        PROTOCOL.value_set(course.protocol.id),
        PHASE.value_set(course.phase),
        SESSION.value_set(course.next_session),
        WAITING_FOR.value_set(sorted({wait.kind.value for wait in course.waits})),
        PAYER.value_set(course.coverage.payer_id) if course.coverage.payer_id else PAYER.value_unset(),
        OUTCOME.value_set(course.ending.outcome) if course.ending else OUTCOME.value_unset(),
        DUE_AT.value_set(due) if due else DUE_AT.value_unset(),
    ]


def details_of(course: Course) -> str:
    """Return the page that the Web UI shows under current details, as Markdown."""
    zone = course.clinic.zone
    lines = [f"**{waiting_sentence(course)}**", "", "| waits for | what | since | until |", "|---|---|---|---|"]
    for wait in sorted(course.waits, key=lambda one: one.due):
        kind, since, due = KINDS[wait.kind], clinic_day(wait.since, zone), clinic_day(wait.due, zone)
        lines.append(f"| {kind.waits_for} | {kind.title} ({wait.subject}) | {since} | {due} |")
    given = ", ".join(f"{session.number}: {session.given_on}" for session in course.sessions) or "none yet"
    return "\n".join([*lines, "", f"Sessions given: {given}"])
