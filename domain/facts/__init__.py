"""What someone asks of a course or tells it. Each becomes a course event or is refused.

One module a subject, each with the union of its kinds: a new kind of fact is written there and nowhere else.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from domain.facts.admission import *
from domain.facts.admission import AdmissionFact
from domain.facts.authorizations import *
from domain.facts.authorizations import AuthorizationsFact
from domain.facts.billing import *
from domain.facts.billing import BillingFact
from domain.facts.claims import *
from domain.facts.claims import ClaimsFact
from domain.facts.coverage import *
from domain.facts.coverage import CoverageFact
from domain.facts.denial import *
from domain.facts.denial import DenialFact
from domain.facts.response import *
from domain.facts.response import ResponseFact
from domain.facts.safety import *
from domain.facts.safety import SafetyFact
from domain.facts.standing import *
from domain.facts.standing import StandingFact
from domain.facts.tasks import *
from domain.facts.tasks import TasksFact
from domain.facts.telling import *
from domain.facts.telling import TellingFact
from domain.facts.visit import *
from domain.facts.visit import VisitFact
from domain.facts.whole_course import *
from domain.facts.whole_course import WholeCourseFact
from domain.people import Actor
from domain.record import Record

Fact = Annotated[
    AdmissionFact
    | AuthorizationsFact
    | BillingFact
    | ClaimsFact
    | CoverageFact
    | DenialFact
    | ResponseFact
    | SafetyFact
    | StandingFact
    | TasksFact
    | TellingFact
    | VisitFact
    | WholeCourseFact,
    Field(discriminator="kind"),
]
"""Everything that can be asked of a course or told to it."""


class Request(Record):
    """A fact on its way to a course. The same `request_id` takes effect once, however often it is sent."""

    request_id: str
    by: Actor
    fact: Fact
    task: str | None = None  # the wait that it answers; None: the course finds it
    course_id: str | None = None  # the course it is meant for: a later course of the same patient refuses it
    deviation: str | None = None  # why a clinician tells what has happened against a rule


class Receipt(Record):
    """The course's answer to a request: the number of the event that it became."""

    request_id: str
    number: int
