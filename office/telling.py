"""What is looked at before a course is told something: what follows where it cannot be taken back, advice, and names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain import facts as f
from domain.changes import after
from domain.clinic_time import clinic_day
from domain.course import Course
from domain.coverage import Decision
from domain.decide import TOLD_AFTER_CLOSING, TOLD_AFTER_THE_END, decide
from domain.decide.telling import MAY_DEVIATE
from domain.denial import DenialStep
from domain.follows import what_follows
from domain.people import Actor, Role
from domain.record import Record, Refusal
from domain.response import ResponseAnswer
from domain.rights import may
from domain.story import NOBODYS, story_of
from domain.story.words import in_words, time_in_words
from domain.waits import KINDS, WaitKind
from office.call import Call
from office.errors import CourseRefused
from office.finding import user_named, wrong
from office.kinds import TOLD
from office.names import with_names
from office.payers import with_policy
from readmodel.lookups import CourseRow


def may_tell(actor: Actor) -> tuple[str, ...]:
    """Return the kinds of facts that somebody may tell a course, in the order of their names."""
    return tuple(kind for kind in TOLD if may(actor, kind) is None)


def offered(actor: Actor, course: Course) -> tuple[str, ...]:
    """Return the kinds of facts that somebody may tell this course where it stands now."""
    kinds = may_tell(actor)
    if course.closed_on is not None:
        return tuple(kind for kind in kinds if kind in TOLD_AFTER_CLOSING)
    if not course.is_open:
        return tuple(kind for kind in kinds if kind in TOLD_AFTER_THE_END)
    return tuple(kind for kind in kinds if kind not in {"reopen", *(() if course.is_held else ("resume",))})


def answers(actor: Actor, kind: WaitKind) -> tuple[str, ...]:
    """Return the kinds of facts by which somebody may answer a task of this kind."""
    return tuple(fact for fact in KINDS[kind].answered_by if may(actor, fact) is None)


def may_be_a_deviation(actor: Actor, kind: str) -> bool:
    """Whether somebody may tell this although it breaks a rule, with the reason."""
    return actor.role is Role.CLINICIAN and kind in MAY_DEVIATE


async def prepared(call: Call, row: CourseRow, fact: f.Fact, *, member: str | None = None) -> f.Fact:
    """Return a fact as the course takes it: an injector who is one, a payer with its policy. Raises `BadInput`."""
    if isinstance(fact, f.SessionResult) and fact.injector is not None:
        await see_licence(call, fact.injector)
    if isinstance(fact, f.CoverageChanged):
        return await with_policy(call, row, fact, member)
    return fact


async def see_licence(call: Call, user_id: str) -> None:
    """Refuse an injector who is none: nobody else could ever sign the record."""
    user = await user_named(call, user_id, field="injector")
    if not user.may_inject:
        raise wrong("injector", f"{user.name} is not licensed to inject")


def advice_of(fact: object, course: Course) -> str | None:
    """Return what the patient is told now because of a red flag."""
    return course.protocol.safety.red_flag_advice.value if getattr(fact, "red_flags", ()) else None


def cannot_be_taken_back(fact: object) -> bool:
    """Whether what is told cannot be taken back by telling something else."""
    match fact:
        case f.Withdrawal() | f.Cancel() | f.End() | f.Death():
            return True
        case f.MissedVisitsDecision(decision="end"):
            return True
        case f.AuthorizationDecision(decision=Decision.DENIED) | f.EligibilityDecision(decision="decline"):
            return True
        case f.Response(answer=ResponseAnswer.DISCONTINUE) | f.DenialStepChosen(step=DenialStep.STOP):
            return True
        case _:
            return False


def asks_before(fact: object, course: Course) -> str | None:
    """Return what follows, where that is said and asked for before it is told; None: nothing is asked."""
    if not cannot_be_taken_back(fact):
        return None
    if course.edition >= 2 and isinstance(fact, f.AuthorizationDecision):  # since then a denial ends nothing
        return None
    return follows(fact, course)


LOOKED_AT_FIRST = frozenset(
    {"hold", "resume", "reopen", "pregnancy", "coverage-changed", "authorization-withdrawn", "at-clinics-risk"}
)
"""Besides what cannot be taken back: screens show what follows from these before they are told."""


class Foreseen(Record):
    """What would be recorded, and what would follow."""

    said: str
    follows: tuple[str, ...]


def foreseen(course: Course, request: f.Request, now: datetime, *, names: Mapping[str, str] = NOBODYS) -> Foreseen:
    """Return what a request would make happen. Raises `CourseRefused` where the course would refuse it."""
    decided = decide(course, request, now=now)
    if isinstance(decided, Refusal):
        raise CourseRefused(with_names(decided.reason, decided.people, names))
    zone = course.clinic.zone
    stamp = {"number": course.number + 1, "at": now, "on": clinic_day(now, zone)}
    stamped = decided.model_copy(update=stamp)
    asked = asks_before(request.fact, course)
    said = what_follows(stamped, after(course, stamped))
    return Foreseen(said=story_of(stamped, zone=zone, names=names), follows=said if asked is None else (asked, *said))


def follows(fact: object, course: Course) -> str:
    """Return what will follow from an answer that cannot be taken back."""
    appointment = ""
    if course.appointment is not None:
        at = time_in_words(course.appointment.starts_at, course.clinic.zone)
        appointment = f"the appointment of {at} is given up, "
    if isinstance(fact, f.Cancel):
        return f"{appointment or 'there is no appointment: nothing is given up, '}its reminders are withdrawn and a new time is looked for."
    days = course.protocol.end.reopen_days.value
    if isinstance(fact, f.Death):
        return (
            f"the course ends as deceased, {appointment}every message still queued is withdrawn, no closing word is sent, "
            "tasks about the patient and the safety watch end; signature and claims go on. Typed for the wrong patient, "
            f"an admin takes it back with a clinician's agreement within {days} days."
        )
    outcome = "discontinued" if course.sessions else "declined"
    if isinstance(fact, f.Withdrawal):
        outcome = "withdrawn"
    if isinstance(fact, f.End):
        outcome = in_words(fact.outcome)
    return (
        f"the course ends as {outcome}, {appointment}queued reminders and diary prompts are withdrawn, the patient is "
        f"told; the safety watch goes on. For {days} days an admin can reopen it with a clinician's agreement."
    )
