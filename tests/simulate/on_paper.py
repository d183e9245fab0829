"""Random courses on paper: the rules alone, without servers. Thousands take minutes."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from domain.clinic_time import clinic_day
from domain.planner import notices
from domain.record import Refusal
from domain.sentences import waiting_sentence
from domain.story import story_of
from domain.summary import summary_of
from tests.kit.beginnings import TODAY
from tests.kit.chance import a_patient_at_random, somebody_asks, somebody_ends_it, time_passes
from tests.kit.invariants import check_idle, check_sentence, check_story
from tests.kit.paper import PaperCourse
from tests.simulate.met import Met

STEPS = 150
MAY_END = 0.3
"""How often somebody may ask what ends the course, if chance has it."""
LATE, ENDS = 0.6, 0.15
"""From here on somebody now and then ends the course on purpose: half of all courses end, in every way there is."""


def play_on_paper(seed: int, *, steps: int = STEPS, met: Met | None = None) -> PaperCourse:
    """Play one course and check it at every step; a failure says which seed to play again."""
    try:
        return _play(Random(seed), steps, met or Met())
    except BaseException as failure:
        failure.add_note(f"seed {seed}")
        raise


def _play(chance: Random, steps: int, met: Met) -> PaperCourse:
    today = TODAY + timedelta(days=chance.randrange(365))
    beginning, diary = a_patient_at_random(chance, today)
    course = PaperCourse(beginning, diary=diary, today=today)
    for step in range(steps):
        if course.course.closed_on is not None:
            break
        _one_step(course, chance, met, late=step > steps * LATE)
        check_idle(course.course, course.now)
        assert summary_of(course.course).number == course.course.number, "lists can show it at any moment"
        for said in (waiting_sentence(course.course), *notices(course.course, clinic_day(course.now, "UTC"))):
            check_sentence(said)
    for event in course.events:
        check_sentence(story_of(event, zone=course.course.clinic.zone))
    check_story(course.events, course_id="c-1", patient_id="p-1")
    met.saw(course.course, course.events)
    return course


def _one_step(paper: PaperCourse, chance: Random, met: Met, *, late: bool) -> None:
    until = time_passes(chance, paper.course, paper.now)
    if until is not None:
        paper.pass_until(until)
        return
    asking = somebody_asks(chance, paper.course, paper.now, may_end=chance.random() < MAY_END)
    if late and chance.random() < ENDS:
        asking = somebody_ends_it(chance, paper.course, paper.now) or asking
    before, request = paper.course, f"r-{chance.getrandbits(64):x}"
    refused = paper.ask(asking.by, asking.fact, task=asking.task, request_id=request, deviation=asking.deviation)
    met.asked(asking.fact.kind, taken=not isinstance(refused, Refusal))
    if isinstance(refused, Refusal):
        check_sentence(refused.reason)
    if refused is not None:
        assert paper.course == before, "a refusal changes nothing"
    elif chance.random() < 0.1:
        now = paper.course
        paper.ask(asking.by, asking.fact, task=asking.task, request_id=request)
        assert paper.course == now, "a doubled request changes nothing"
