"""Starting a course: everything is checked first, and nothing is half-started."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from uuid import uuid4

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowUpdateFailedError
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError as NoAnswer
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from adapters.files.policies import load_policies
from adapters.files.protocols import load_protocols
from adapters.files.reading import WrongFile
from cli.command import Call
from cli.errors import AlreadyThere, BadInput, CourseRefused, NotReachable, WrongField
from cli.finding import actor_of, clinic_of
from domain.clinic import Clinic
from domain.clinic_time import clinic_day
from domain.course import Begin, CourseInput
from domain.coverage import CoverageKind
from domain.events import CourseStarted
from domain.history import ClinicalHistory, CountSource, EarlierDose
from domain.intake import (
    Fault,
    Intake,
    coverage_from,
    diary_from,
    faults_of_intake,
    faults_of_parts,
    history_from,
    parse_intake,
)
from domain.payer import PayerPolicy
from domain.people import Actor, Role
from domain.protocol import TreatmentProtocol
from readmodel.diary import write_diary
from readmodel.lookups import CourseRow, courses
from readmodel.people import Guardian, OtherPatient, Patient, patient_by_number, save_patient, users
from readmodel.pool import Pool

PROJECT = Path(__file__).resolve().parent.parent
STARTED_WITHIN_SECONDS = 20.0
MAY_START = (Role.OPERATIONS, Role.CLINICIAN, Role.ADMIN)
COURSE_WORKFLOW = "Course"


class AlreadyOpen(Exception):
    """A course of this patient under this protocol is open, or ended and can be reopened."""

    def __init__(self, course: CourseRow | None) -> None:
        super().__init__("a course is already open")
        self.course = course

    def told(self) -> AlreadyThere:
        """Return the error that people get."""
        if self.course is None:
            return AlreadyThere("a course is just being started for this patient and protocol; `list` shows it soon")
        if self.course.ended_on is None:
            said = f"a course is already open for this patient and protocol: {self.course.course_id}"
        else:
            said = f"the course {self.course.course_id} ended on {self.course.ended_on}; reopen it"
        return AlreadyThere(said, course_id=self.course.course_id)


@dataclass(frozen=True)
class Front:
    """What is known when courses are started: rules, clinic, people, and by what they are started."""

    pool: Pool
    client: Client
    task_queue: str
    protocols: Mapping[str, TreatmentProtocol]
    policies: Mapping[str, PayerPolicy]
    clinic: Clinic
    clinicians: frozenset[str]
    by: Actor
    sample: bool

    def check(self, data: object) -> Intake | tuple[WrongField, ...]:
        """Return the intake, or every field that is wrong. One fault hides no other."""
        read, today = parse_intake(data), clinic_day(datetime.now(UTC), self.clinic.zone)
        named = data if isinstance(data, Mapping) else {}
        faults = self._unknown(named.get("protocol"), named.get("clinician"))
        protocol = self.protocols.get(read.protocol) if isinstance(read, Intake) else None
        if isinstance(read, Intake) and protocol is not None:
            policy = self.policies.get(read.coverage.payer_id or "")
            faults += _wrong(faults_of_intake(read, today=today, protocol=protocol, policy=policy))
        else:
            form = () if isinstance(read, Intake) else read
            faults += _wrong((*form, *faults_of_parts(data, today=today, policies=self.policies)))
        return tuple(faults) if faults or not isinstance(read, Intake) else read

    def _unknown(self, protocol: object, clinician: object) -> list[WrongField]:
        """Return the names that nobody has; what is no text is a fault of form, told elsewhere."""
        faults = []
        if isinstance(protocol, str) and protocol.strip() not in self.protocols:
            faults.append(_choice("protocol", "no such protocol", protocol, tuple(self.protocols)))
        if isinstance(clinician, str) and clinician.strip() not in self.clinicians:
            faults.append(_choice("clinician", "no clinician of the users", clinician, tuple(self.clinicians)))
        return faults

    async def prepare(self, intake: Intake) -> Begin:
        """Write the patient and return what the course begins with. Raises `AlreadyOpen`, `BadInput`."""
        now = datetime.now(UTC)
        known = await patient_by_number(self.pool, intake.patient.record_number)
        earlier = [] if known is None else await self.refuse_open(known.patient_id, intake.protocol)
        try:
            patient_id = await save_patient(
                self.pool, _patient(intake, known), by=self.by.user_id, at=now, members=_members(intake)
            )
        except OtherPatient as other:
            fault = WrongField(field="patient.record_number", problem=str(other), expected="this patient's own number")
            raise BadInput(str(fault), [fault]) from None
        if intake.diary:
            days = diary_from(intake)
            await write_diary(self.pool, patient_id, days, by=self.by.user_id, at=now, source="intake")
        return self._begin(intake, patient_id, earlier)

    def _begin(self, intake: Intake, patient_id: str, earlier: list[CourseRow]) -> Begin:
        pays = intake.coverage.kind is CoverageKind.SELF_PAY
        last = max(earlier, key=lambda row: (row.started_on, row.ended_on or row.started_on), default=None)
        started = CourseStarted(
            by=self.by.user_id,
            role=self.by.role,
            protocol=self.protocols[intake.protocol],
            policy=None if pays else self.policies[intake.coverage.payer_id or ""],
            clinic=self.clinic,
            history=with_doses_of(earlier, history_from(intake, today=clinic_day(datetime.now(UTC), self.clinic.zone))),
            coverage=coverage_from(intake),
            clinician=intake.clinician,
            sample=self.sample,
            earlier_course=None if last is None else last.course_id,
        )
        return Begin(course_id=uuid4().hex, patient_id=patient_id, started=started)

    async def refuse_open(self, patient_id: str, protocol_id: str) -> list[CourseRow]:
        """Return the patient's closed courses under a protocol. Raises `AlreadyOpen` where one is not closed."""
        earlier = await self._courses_of(patient_id, protocol_id)
        if (going_on := next((row for row in earlier if row.closed_on is None), None)) is not None:
            raise AlreadyOpen(going_on)
        return earlier

    async def _courses_of(self, patient_id: str, protocol_id: str) -> list[CourseRow]:
        return await courses(self.pool, now=datetime.now(UTC), patient_id=patient_id, protocol_id=protocol_id)

    async def start_and_settle(self, begin: Begin) -> None:
        """Start the course and return when its journal is written. Raises `AlreadyOpen`, `NotReachable`."""
        operation: WithStartWorkflowOperation[object, object] = WithStartWorkflowOperation(
            COURSE_WORKFLOW,
            CourseInput(begin=begin),
            id=workflow_id_of(begin),
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=begin.started.protocol.title,
        )
        try:
            async with asyncio.timeout(STARTED_WITHIN_SECONDS):
                await self.client.execute_update_with_start_workflow(
                    "settle", start_workflow_operation=operation, result_type=int, id=f"start-{begin.course_id}"
                )
        except WorkflowAlreadyStartedError:
            raise await self._already_open(begin) from None
        except (TimeoutError, NoAnswer):
            raise NotReachable(
                f"the course {begin.course_id} did not begin within {STARTED_WITHIN_SECONDS:.0f} s; is a worker "
                "running? It begins by itself when one is"
            ) from None
        except WorkflowUpdateFailedError as failed:
            raise CourseRefused(f"the course could not begin: {type(failed.cause).__name__}") from None
        except RPCError as error:
            if error.status is RPCStatusCode.ALREADY_EXISTS:
                raise await self._already_open(begin) from None
            raise NotReachable(f"Temporal did not start the course: {error.status.name}") from None

    async def start(self, begin: Begin) -> None:
        """Start the course; its journal follows. Raises `AlreadyOpen`, `NotReachable`."""
        try:
            await self.client.start_workflow(
                COURSE_WORKFLOW,
                CourseInput(begin=begin),
                id=workflow_id_of(begin),
                task_queue=self.task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                static_summary=begin.started.protocol.title,
            )
        except WorkflowAlreadyStartedError:
            raise await self._already_open(begin) from None
        except RPCError as error:
            raise NotReachable(f"Temporal did not start the course: {error.status.name}") from None

    async def _already_open(self, begin: Begin) -> AlreadyOpen:
        rows = await self._courses_of(begin.patient_id, begin.started.protocol.id)
        return AlreadyOpen(next((row for row in rows if row.closed_on is None), None))


def with_doses_of(earlier: list[CourseRow], history: ClinicalHistory) -> ClinicalHistory:
    """Return the history with the last dose of each earlier course: the interval counts from it, stated or not."""
    stated = {dose.given_on for dose in history.earlier_doses}
    last_ones = sorted({row.last_session_on for row in earlier if row.last_session_on is not None} - stated)
    known = (EarlierDose(given_on=day, source=CountSource.EARLIER_RECORD) for day in last_ones)
    return history.model_copy(update={"earlier_doses": (*history.earlier_doses, *known)})


def workflow_id_of(begin: Begin) -> str:
    """Return the id that keeps a patient from having two open courses under one protocol."""
    return f"patient-{begin.patient_id}:{begin.started.protocol.id}"


async def front_of(call: Call, *, sample: bool) -> Front:
    """Return what is needed to start courses, everything reached before anything is written."""
    by = await actor_of(call, *MAY_START)
    if sample and not call.reach.settings.fast_forward:
        raise BadInput("--sample: only on the embedded stack, and not while anything is sent outside")
    try:
        protocols, policies = load_protocols(PROJECT / "protocols"), load_policies(PROJECT / "payers")
    except WrongFile as problem:
        raise BadInput(str(problem)) from None
    pool = await call.reach.pool()
    clinicians = frozenset(user.user_id for user in await users(pool) if user.role is Role.CLINICIAN)
    return Front(
        pool=pool,
        client=await call.reach.client(),
        task_queue=call.reach.settings.task_queue,
        protocols=protocols,
        policies=policies,
        clinic=await clinic_of(call),
        clinicians=clinicians,
        by=by,
        sample=sample,
    )


def _wrong(faults: Iterable[Fault]) -> tuple[WrongField, ...]:
    return tuple(WrongField(field=one.field, problem=one.problem, expected=one.expected) for one in faults)


def _choice(field: str, problem: str, given: str, known: tuple[str, ...]) -> WrongField:
    close = get_close_matches(given, known, n=1)
    expected = f"{close[0]}, did you mean that?" if close else f"one of {', '.join(sorted(known)) or 'none yet'}"
    return WrongField(field=field, problem=problem, expected=expected)


def _patient(intake: Intake, known: Patient | None) -> Patient:
    """Return the patient's row. Who opted out before stays so: only the patient takes it back."""
    told, guardian = intake.patient, intake.patient.guardian
    return Patient(
        record_number=told.record_number,
        name=told.name,
        birth_date=told.birth_date,
        language=told.language,
        email=told.contact.email,
        phone=told.contact.phone,
        preferred_channel=told.contact.preferred,
        opted_out=told.opt_out or (known is not None and known.opted_out),
        guardian=None
        if guardian is None
        else Guardian(
            name=guardian.name,
            relationship=guardian.relationship,
            email=guardian.contact.email,
            phone=guardian.contact.phone,
            preferred_channel=guardian.contact.preferred,
        ),
    )


def _members(intake: Intake) -> dict[str, str]:
    coverage = intake.coverage
    return {coverage.payer_id: coverage.member_id} if coverage.payer_id and coverage.member_id else {}
