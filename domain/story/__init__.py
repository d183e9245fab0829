"""What has happened to a course, in plain words: one sentence for every kind of event. For screens, never for rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from domain import events as e
from domain.story import (
    admission,
    authorizations,
    billing,
    claims,
    coverage,
    denial,
    response,
    safety,
    standing,
    tasks,
    telling,
    visit,
    whole_course,
)
from domain.story.named import named
from domain.story.words import Tell

SENTENCES: dict[type[e.CourseEvent], Tell] = {
    **admission.SENTENCES,
    **authorizations.SENTENCES,
    **billing.SENTENCES,
    **claims.SENTENCES,
    **coverage.SENTENCES,
    **denial.SENTENCES,
    **response.SENTENCES,
    **safety.SENTENCES,
    **standing.SENTENCES,
    **tasks.SENTENCES,
    **telling.SENTENCES,
    **visit.SENTENCES,
    **whole_course.SENTENCES,
}
assert SENTENCES.keys() == set(get_args(e.AnyEvent)), "every kind of event has its sentence"


NOBODYS: Mapping[str, str] = {}


def story_of(event: e.CourseEvent, *, zone: str, names: Mapping[str, str] = NOBODYS) -> str:
    """Return the sentence for one event, without who and when: those stand beside it. Times are the clinic's.

    `names` are those of users, rooms and payers by their ids; who has none is told by his id.
    """
    tell = SENTENCES.get(type(event))
    if tell is None:
        return f"{getattr(event, 'kind', 'something')}: told by a newer version of Regimen"
    return tell(named(event, names), zone)
