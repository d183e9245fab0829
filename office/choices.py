"""What may stand in a field of a fact told of one course: the protocol's codes, the course's own numbers, people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.course import Course
from domain.endings import END_REASONS, MAY_END
from domain.history import DRUG_CLASSES
from domain.lapsing import lapses_of
from domain.people import Role, User
from domain.story.words import day_in_words, in_words
from domain.ways_on import steps_for
from office.names import payer_names


@dataclass(frozen=True)
class Choice:
    """One value of a field, and what it means in words."""

    value: str
    said: str


Choices = tuple[Choice, ...]
Look = Callable[[Course, Sequence[User]], Choices]


def _coded(codes: Mapping[str, str]) -> Choices:
    return tuple(Choice(code, words) for code, words in codes.items())


def _of_words(words: Sequence[str]) -> Choices:
    return tuple(Choice(one, in_words(one)) for one in words)


def _effects(course: Course, _: Sequence[User]) -> Choices:
    effects = course.protocol.safety.effects
    return () if effects is None else _coded({code: one.words for code, one in effects.value.items()})


def _bridges(course: Course, _: Sequence[User]) -> Choices:
    bridges = course.protocol.response.bridges
    return () if bridges is None else _coded(bridges.value)


def _scores(course: Course, _: Sequence[User]) -> Choices:
    scores = course.protocol.response.scores
    if scores is None:
        return ()
    return _coded({code: f"{one.title}, {one.least} to {one.most}" for code, one in scores.value.items()})


def _sessions(course: Course, _: Sequence[User]) -> Choices:
    return tuple(
        Choice(str(one.number), f"session {one.number}, {day_in_words(one.given_on)}") for one in course.sessions
    )


def _events(course: Course, _: Sequence[User]) -> Choices:
    return tuple(
        Choice(str(one.number), f"{one.number}: {in_words(one.effect) if one.effect else one.note[:60]}")
        for one in course.adverse_events
        if not one.entered_in_error
    )


def _requests(course: Course, _: Sequence[User]) -> Choices:
    return tuple(
        Choice(str(one.number), f"request {one.number}, {in_words(one.purpose)} for session {one.for_session}")
        for one in course.requests
    )


def _denials(course: Course, _: Sequence[User]) -> Choices:
    return tuple(
        Choice(str(one.number), f"denial {one.number} of session {one.session}") for one in course.claim_denials
    )


def _deviations(course: Course, _: Sequence[User]) -> Choices:
    return tuple(Choice(str(one.number), f"{one.number}: {one.rules}") for one in course.deviations)


def _injectors(_: Course, users: Sequence[User]) -> Choices:
    return tuple(Choice(user.user_id, user.name) for user in users if user.may_inject)


def _clinicians(_: Course, users: Sequence[User]) -> Choices:
    return tuple(Choice(user.user_id, user.name) for user in users if user.role is Role.CLINICIAN)


def _people(_: Course, users: Sequence[User]) -> Choices:
    return tuple(Choice(user.user_id, f"{user.name}, {user.role}") for user in users)


CHOICES: Mapping[str, Look] = {
    "adverse_event": _events,
    "agreed_by": _clinicians,
    "asked": lambda course, _: _coded(course.protocol.safety.red_flags.value),
    "bridge": _bridges,
    "denial": _denials,
    "deviation": _deviations,
    "drug_class": lambda _, __: _of_words(DRUG_CLASSES),
    "effect": _effects,
    "injector": _injectors,
    "instrument": _scores,
    "letter_by": _clinicians,
    "overrides": lambda course, _: _coded(course.protocol.safety.pre_session_check.value),
    "payer_id": lambda _, __: _coded(payer_names()),
    "positive": lambda course, _: _coded(course.protocol.safety.pre_session_check.value),
    "red_flags": lambda course, _: _coded(course.protocol.safety.red_flags.value),
    "request": _requests,
    "session": _sessions,
    "sites": lambda course, _: _muscles(course),
    "extra_sites": lambda course, _: _muscles(course),
    "to": _people,
}
"""By the name of the field, whichever fact it belongs to."""


def _muscles(course: Course) -> Choices:
    return tuple(
        Choice(one.name, f"{in_words(one.name)}, {one.sites} sites planned")
        for one in course.protocol.dose.muscles.value
    )


def choices_of_field(kind: str, name: str, course: Course, users: Sequence[User], *, role: Role) -> Choices:
    """Return what may be chosen for a field of a fact about this course; none: it is typed."""
    if kind == "end" and name == "reason":
        return tuple(
            Choice(code, f"{in_words(outcome)}: {words}")
            for outcome, reasons in END_REASONS.items()
            if role in MAY_END[outcome]
            for code, words in reasons.items()
        )
    if kind == "at-clinics-risk" and name == "session":
        return ()  # the next one, which is not given yet
    look = CHOICES.get(name)
    return () if look is None else look(course, users)


def offered_of_field(kind: str, name: str, course: Course, *, role: Role) -> frozenset[str] | None:
    """Return which values of a closed set somebody in this role may say of this course; None: any of them."""
    look = OFFERED.get((kind, name))
    return None if look is None else frozenset(str(one) for one in look(course, role))


def _outcomes(_: Course, role: Role) -> Iterable[str]:
    return (outcome for outcome, roles in MAY_END.items() if role in roles)


def _lapse_answers(course: Course, _: Role) -> Iterable[str]:
    return (answer for lapse in lapses_of(course) for answer in lapse.answers)


OFFERED: Mapping[tuple[str, str], Callable[[Course, Role], Iterable[str]]] = {
    ("denial-step", "step"): lambda course, role: steps_for(role, course),
    ("end", "outcome"): _outcomes,
    ("lapse-answered", "answer"): _lapse_answers,
}
"""By the kind of a fact and its field: what else is not this person's to say, or not to be said now."""
