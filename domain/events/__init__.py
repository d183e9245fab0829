"""What has happened to a course. The journal holds these; the course is their fold (`domain.changes.after`).

One module a subject, each with the union of its kinds: a new kind of event is written there and nowhere else.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import Field, TypeAdapter

from domain.events.admission import *
from domain.events.admission import AdmissionEvent
from domain.events.authorizations import *
from domain.events.authorizations import AuthorizationsEvent
from domain.events.billing import *
from domain.events.billing import BillingEvent
from domain.events.claims import *
from domain.events.claims import ClaimsEvent
from domain.events.common import *
from domain.events.common import CourseEvent
from domain.events.coverage import *
from domain.events.coverage import CoverageEvent
from domain.events.denial import *
from domain.events.denial import DenialEvent
from domain.events.response import *
from domain.events.response import ResponseEvent
from domain.events.safety import *
from domain.events.safety import SafetyEvent
from domain.events.standing import *
from domain.events.standing import StandingEvent
from domain.events.tasks import *
from domain.events.tasks import TasksEvent
from domain.events.telling import *
from domain.events.telling import TellingEvent
from domain.events.visit import *
from domain.events.visit import VisitEvent
from domain.events.whole_course import *
from domain.events.whole_course import WholeCourseEvent

AnyEvent: TypeAlias = (
    AdmissionEvent
    | AuthorizationsEvent
    | BillingEvent
    | ClaimsEvent
    | CoverageEvent
    | DenialEvent
    | ResponseEvent
    | SafetyEvent
    | StandingEvent
    | TasksEvent
    | TellingEvent
    | VisitEvent
    | WholeCourseEvent
)


class UnknownEvent(CourseEvent):
    """An event of a newer version, kept as it is."""

    kind: str


_KNOWN: TypeAdapter[AnyEvent] = TypeAdapter(Annotated[AnyEvent, Field(discriminator="kind")])
_KINDS = {cls.model_fields["kind"].default for cls in AnyEvent.__args__}


def parse_event(data: dict[str, Any]) -> AnyEvent | UnknownEvent:
    """Return the event that a journal row holds; of a kind not known here, as it is."""
    if data.get("kind") in _KINDS:
        return _KNOWN.validate_python(data)
    return UnknownEvent.model_validate(data)
