"""Starting a course: everything is checked first, and nothing is half-started."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError as NoAnswer
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from adapters.files.policies import load_policies
from adapters.files.protocols import load_protocols
from adapters.files.reading import WrongFile
from domain.changes import fold
from domain.clinic import Clinic
from domain.clinic_time import clinic_day
from domain.course import Begin, Course, CourseInput
from domain.coverage import Coverage, CoverageKind
from domain.earlier import with_earlier
from domain.events import CourseStarted, parse_event
from domain.form import Fault
from domain.history import ClinicalHistory
from domain.intake import (
    Intake,
    coverage_from,
    diary_from,
    history_from,
    parse_intake,
)
from domain.intake_faults import faults_of_intake
from domain.intake_parts import faults_of_parts
from domain.payer import PayerPolicy
from domain.people import Actor, Role
from domain.protocol import TreatmentProtocol
from office.call import Call
from office.errors import AlreadyThere, BadInput, CourseRefused, NotReachable, WrongField
from office.finding import actor_of, clinic_of
from readmodel.diary import write_diary
from readmodel.lookups import CourseRow, courses, events_of, set_ahead
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
    clinicians: Mapping[str, str]  # their names by their ids
    by: Actor
    sample: bool

    async def check(self, data: object) -> Intake | tuple[WrongField, ...]:
        """Return the intake, or every field that is wrong. One fault hides no other."""
        read = parse_intake(data)
        named = data if isinstance(data, Mapping) else {}
        today = await self.today_for(_record_number(named))
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

    async def prepare(self, intake: Intake, *, course_id: str | None = None) -> Begin:
        """Write the patient and return what the course begins with. Raises `AlreadyOpen`, `BadInput`.

        `course_id`: the id that a form gives the course, so that sent twice it starts one; without it a random one.
        """
        now, today = datetime.now(UTC), await self.today_for(intake.patient.record_number)
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
        told = with_earlier(history_from(intake, today=today), [await self.folded(row) for row in earlier])
        return Begin(
            course_id=course_id or uuid4().hex,
            patient_id=patient_id,
            started=self.beginning(
                coverage_from(intake), told, earlier, protocol=intake.protocol, clinician=intake.clinician
            ),
        )

    async def folded(self, row: CourseRow) -> Course:
        """Return a course as its journal makes it."""
        events = [parse_event(data) for data in await events_of(self.pool, row.course_id)]
        return fold(events, course_id=row.course_id, patient_id=row.patient_id)

    def beginning(
        self, coverage: Coverage, told: ClinicalHistory, earlier: list[CourseRow], *, protocol: str, clinician: str
    ) -> CourseStarted:
        """Return the event that a course begins with."""
        pays = coverage.kind is CoverageKind.SELF_PAY
        last = max(earlier, key=lambda row: (row.started_on, row.ended_on or row.started_on), default=None)
        return CourseStarted(
            by=self.by.user_id,
            role=self.by.role,
            protocol=self.protocols[protocol],
            policy=None if pays else self.policies[coverage.payer_id or ""],
            clinic=self.clinic,
            history=told,
            coverage=coverage,
            clinician=clinician,
            sample=self.sample,
            earlier_course=None if last is None else last.course_id,
        )

    async def refuse_open(self, patient_id: str, protocol_id: str) -> list[CourseRow]:
        """Return the patient's closed courses under a protocol. Raises `AlreadyOpen` where one is not closed."""
        earlier = await self._courses_of(patient_id, protocol_id)
        if (going_on := next((row for row in earlier if row.closed_on is None), None)) is not None:
            raise AlreadyOpen(going_on)
        return earlier

    async def _courses_of(self, patient_id: str, protocol_id: str) -> list[CourseRow]:
        return await courses(self.pool, now=datetime.now(UTC), patient_id=patient_id, protocol_id=protocol_id)

    async def today_for(self, record_number: str) -> date:
        """Return the clinic's day on which a course of this patient would begin."""
        known = await patient_by_number(self.pool, record_number) if self.sample and record_number else None
        ahead = timedelta(0) if known is None else await self._ahead_for(known.patient_id)
        return clinic_day(datetime.now(UTC) + ahead, self.clinic.zone)

    async def _ahead_for(self, patient_id: str) -> timedelta:
        """Return how far ahead of the real time a course of this patient begins: zero, but for a sample course.

        One that follows a course whose time was moved begins where that one stands, as a claim of it does.
        """
        if not self.sample:
            return timedelta(0)
        rows = await courses(self.pool, now=datetime.now(UTC), patient_id=patient_id)
        return max((row.ahead for row in rows if row.sample), default=timedelta(0))

    async def start_and_settle(self, begin: Begin) -> None:
        """Start the course and return when its journal is written. Raises `AlreadyOpen`, `NotReachable`."""
        ahead = await self._ahead_for(begin.patient_id)
        async with self._beginning(begin):
            if ahead:
                await self._start_ahead(begin, ahead)
            else:
                await self._start_with_settle(begin)
        if ahead:
            await set_ahead(self.pool, begin.course_id, ahead)

    async def _start_with_settle(self, begin: Begin) -> None:
        operation: WithStartWorkflowOperation[object, object] = WithStartWorkflowOperation(
            COURSE_WORKFLOW,
            CourseInput(begin=begin),
            id=workflow_id_of(begin),
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=begin.started.protocol.title,
        )
        try:
            await self.client.execute_update_with_start_workflow(
                "settle", start_workflow_operation=operation, result_type=int, id=f"start-{begin.course_id}"
            )
        except WorkflowAlreadyStartedError:
            with contextlib.suppress(WorkflowAlreadyStartedError):
                await operation.workflow_handle()  # it fails alike, and warns where nobody looks
            raise

    async def _start_ahead(self, begin: Begin, ahead: timedelta) -> None:
        """Start the course with its clock ahead. It cannot start with an update: its first task would see the real time."""
        from runtime.time_travel import starting_ahead  # noqa: PLC0415 - of the embedded stack alone

        handle = await self._start(begin, starting_ahead(self.client, ahead))
        await handle.execute_update("settle", result_type=int, id=f"start-{begin.course_id}")

    @asynccontextmanager
    async def _beginning(self, begin: Begin) -> AsyncIterator[None]:
        """Turn what goes wrong at a start into `AlreadyOpen`, `NotReachable` or `CourseRefused`."""
        try:
            async with asyncio.timeout(STARTED_WITHIN_SECONDS):
                yield
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
        if await self._ahead_for(begin.patient_id):
            await self.start_and_settle(begin)
            return
        async with self._beginning(begin):
            await self._start(begin, self.client)

    async def _start(self, begin: Begin, client: Client) -> WorkflowHandle[Any, Any]:
        return await client.start_workflow(
            COURSE_WORKFLOW,
            CourseInput(begin=begin),
            id=workflow_id_of(begin),
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=begin.started.protocol.title,
        )

    async def _already_open(self, begin: Begin) -> AlreadyOpen:
        """Return which course is open. One that begins in this very moment is waited for: it may be our own, sent twice."""
        if (there := await self._open_course(begin)) is None:
            beginning = self.client.get_workflow_handle(workflow_id_of(begin))
            with contextlib.suppress(TimeoutError, NoAnswer, WorkflowUpdateFailedError, RPCError):
                async with asyncio.timeout(STARTED_WITHIN_SECONDS):
                    await beginning.execute_update("settle", result_type=int)
            there = await self._open_course(begin)
        return AlreadyOpen(there)

    async def _open_course(self, begin: Begin) -> CourseRow | None:
        rows = await self._courses_of(begin.patient_id, begin.started.protocol.id)
        return next((row for row in rows if row.closed_on is None), None)


def workflow_id_of(begin: Begin) -> str:
    """Return the id that keeps a patient from having two open courses under one protocol."""
    return f"patient-{begin.patient_id}:{begin.started.protocol.id}"


@functools.cache
def _rules() -> tuple[Mapping[str, TreatmentProtocol], Mapping[str, PayerPolicy]]:
    """Return protocols and policies, read once: released files never change, and a verdict is asked for while typing."""
    return load_protocols(PROJECT / "protocols"), load_policies(PROJECT / "payers")


async def front_of(call: Call, *, sample: bool) -> Front:
    """Return what is needed to start courses, everything reached before anything is written."""
    by = await actor_of(call, *MAY_START)
    if sample and not call.reach.settings.fast_forward:
        raise BadInput("--sample: only on the embedded stack, and not while anything is sent outside")
    try:
        protocols, policies = _rules()
    except WrongFile as problem:
        raise BadInput(str(problem)) from None
    pool = await call.reach.pool()
    clinicians = {user.user_id: user.name for user in await users(pool) if user.role is Role.CLINICIAN}
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


def _record_number(named: Mapping[str, object]) -> str:
    """Return the record number of an intake that may be faulty; empty where there is none."""
    patient = named.get("patient")
    number = patient.get("record_number") if isinstance(patient, Mapping) else None
    return number.strip() if isinstance(number, str) else ""


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
