"""What is stuck and why: from the read model, and for the courses at hand from Temporal. No patient's data is in it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.story.words import in_words
from domain.waits import KINDS, AtDue, WaitKind
from office.call import Call
from office.errors import CommandFailed
from office.in_time import in_time
from office.raw import decrypted
from office.words import times
from office.workers import KINDS_OF_WORK, workers
from readmodel import stuck
from readmodel.pool import Pool
from readmodel.stuck import StuckCause, StuckCourse, StuckWait
from readmodel.whereabouts import workflow_id_of

PATIENCE = timedelta(minutes=5)
"""So long a course may be behind its own time before it counts as stuck; the outbox, too."""
DESCRIBED_MAX, AT_ONCE = 24, 6
LOOKS_BACK = 40
SAYS_NOTHING_OF_PATIENTS = frozenset({"Unavailable", "Refused", "JournalConflict"})
"""Failures whose words are our own and quote no patient; of others only the type is shown."""

TASKS_FAIL = (
    "ExecutionStatus = 'Running' and TaskQueue = '{}' and "
    "TemporalReportedProblems in ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')"
)
"""What Temporal's server is asked for: it marks workflows whose tasks fail again and again."""

IN_WORDS = {"Course": "course", "Claim": "claim", "MessageDelivery": "delivery of messages"}

RETRY, DEADLINE, ASSIGN = "retry now", "change the deadline", "hand to a person"


@dataclass(frozen=True)
class Cause:
    """Why something does not go on, with how many there are. `can`: what can be done here."""

    key: str
    title: str
    error: str
    what_helps: str
    count: int
    oldest: datetime | None
    can: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One thing that does not go on. `task` names it for what is done to it; None: nothing can be done here."""

    cause: str
    course_id: str
    what: str
    since: datetime | None
    due: datetime | None = None
    owner: str | None = None
    task: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Stuck:
    """All that is stuck, by cause, and the rows at hand."""

    causes: tuple[Cause, ...]
    rows: tuple[Row, ...]
    workers: tuple[str, ...]

    def rows_of(self, key: str) -> list[Row]:
        """Return the rows of one cause."""
        return [row for row in self.rows if row.cause == key]


async def what_is_stuck(call: Call) -> Stuck:
    """Return what does not go on. Where Temporal does not answer, that is a cause of its own."""
    pool, now = await call.reach.pool(), datetime.now(UTC)
    of_temporal, at_work = await _from_temporal(call, pool, now)
    waits = await stuck.waits(pool, now=now)
    by_wait = await stuck.causes(pool, now=now)
    failed = {} if at_work is None else await _last_failures(call, by_wait, waits)
    causes = [
        *(cause for cause, _ in of_temporal),
        *(_of_waits(cause, failed.get(cause.subject, "")) for cause in by_wait),
        *await _of_messages(pool, now),
    ]
    rows = [row for _, rows in of_temporal for row in rows]
    return Stuck(causes=tuple(causes), rows=(*rows, *map(_row, waits)), workers=tuple(at_work or ()))


# Waits beyond their time


def _key(kind: WaitKind, subject: str) -> str:
    return f"outside:{subject}" if kind is WaitKind.OUTSIDE else f"overdue:{kind}"


def _of_waits(cause: StuckCause, failed: str) -> Cause:
    key, about = _key(cause.kind, cause.subject), KINDS[cause.kind]
    if cause.kind is WaitKind.OUTSIDE:
        return Cause(
            key=key,
            title=f"A system does not answer: {in_words(cause.subject)}",
            error=failed or "no answer for 10 minutes; the course tries again every 15 minutes by itself",
            what_helps="see that the system is there, then retry now; or hand it to a person",
            count=cause.waits,
            oldest=cause.oldest,
            can=(RETRY, ASSIGN),
        )
    moves = about.at_due is not AtDue.HAND_ON
    return Cause(
        key=key,
        title=f"Overdue: {about.title}",
        error=f"waits for {about.waits_for}; {about.next_step}",
        what_helps="hand it to a person" + (", or change the deadline with a reason" if moves else ""),
        count=cause.waits,
        oldest=cause.oldest,
        can=(DEADLINE, ASSIGN) if moves else (ASSIGN,),
    )


def _row(wait: StuckWait) -> Row:
    return Row(
        cause=_key(wait.kind, wait.subject),
        course_id=wait.course_id,
        what=f"{KINDS[wait.kind].title} ({in_words(wait.subject)})",
        since=wait.since,
        due=wait.due,
        owner=wait.owner,
        task=f"{wait.course_id}/{wait.wait_id}",
        detail=f"raised {times(wait.raised)}" if wait.raised else "",
    )


async def _last_failures(call: Call, causes: Sequence[StuckCause], waits: Sequence[StuckWait]) -> dict[str, str]:
    """Return for each system that does not answer how it last failed, as one of its courses was told."""
    subjects = [cause.subject for cause in causes if cause.kind is WaitKind.OUTSIDE][:AT_ONCE]
    found: dict[str, str] = {}
    for subject in subjects:
        first = next((wait for wait in waits if wait.kind is WaitKind.OUTSIDE and wait.subject == subject), None)
        if first is None:
            continue
        try:
            client = await call.reach.client()
            found[subject] = await last_failure(client, await _workflow_id(await call.reach.pool(), first.course_id))
        except (RPCError, CommandFailed):
            continue
    return {subject: said for subject, said in found.items() if said}


async def _workflow_id(pool: Pool, course_id: str) -> str:
    return await workflow_id_of(pool, course_id) or f"course/{course_id}"


async def _of_messages(pool: Pool, now: datetime) -> list[Cause]:
    late = await stuck.messages(pool, now=now, patience=PATIENCE)
    if not late:
        return []
    kinds = ", ".join(f"{in_words(one.kind)} {one.messages}" for one in late)
    return [
        Cause(
            key="messages",
            title="Messages do not go out",
            error=f"they are queued, their time has come, and the delivery does not take them: {kinds}",
            what_helps="see that a worker runs and that the mail server answers; they go out by themselves then",
            count=sum(one.messages for one in late),
            oldest=min(one.oldest for one in late),
        )
    ]


# Temporal


async def _from_temporal(
    call: Call, pool: Pool, now: datetime
) -> tuple[list[tuple[Cause, list[Row]]], list[str] | None]:
    """Return what Temporal says: why each of the courses that should have moved did not, and who is at work.

    None: it does not answer.
    """
    behind = await stuck.courses(pool, now=now, patience=PATIENCE, limit=DESCRIBED_MAX)
    unbilled = await stuck.bills(pool, now=now, patience=PATIENCE, limit=DESCRIBED_MAX)
    try:
        client = await call.reach.client()
        queue = call.reach.settings.task_queue
        async with in_time(client):
            asking = {kind: await workers(client, queue, kind) for kind in KINDS_OF_WORK}
            looked = await _described(client, [*behind, *unbilled])
            looked += await _failing(client, pool, queue, known={one.workflow_id for one in looked})
    except (RPCError, CommandFailed) as trouble:
        return [(_no_temporal(trouble, len(behind)), _unlooked(behind))], None
    found: list[tuple[Cause, list[Row]]] = [
        (_no_workers(kind), []) for kind, identities in asking.items() if not identities
    ]
    conflicts, rows = await _conflicts(pool)
    if conflicts:
        found.append((_of_conflicts(conflicts), rows))
    found += _grouped(looked)
    found += _unexplained(BEHIND, behind, looked)
    found += _unexplained(UNBILLED, unbilled, looked)
    return found, sorted(set(asking["workflow"]) | set(asking["activity"]))


def _no_temporal(trouble: Exception, courses: int) -> Cause:
    return Cause(
        key="temporal",
        title="Temporal does not answer",
        error=trouble.message if isinstance(trouble, CommandFailed) else type(trouble).__name__,
        what_helps="see that it runs; what fell due happens in its order when it is back",
        count=courses,
        oldest=None,
    )


def _unlooked(behind: Sequence[StuckCourse]) -> list[Row]:
    return [Row(cause="temporal", course_id=one.course_id, what=in_words(one.why), since=one.since) for one in behind]


def _no_workers(kind: str) -> Cause:
    return Cause(
        key=f"workers:{kind}",
        title=f"No worker asks for {kind} work",
        error="nobody has asked Temporal for work within two minutes: no course moves",
        what_helps="start a worker; what is due happens in its order then",
        count=0,
        oldest=None,
    )


async def _conflicts(pool: Pool) -> tuple[list[stuck.Conflict], list[Row]]:
    found = await stuck.conflicts(pool)
    rows = [
        Row(
            cause="conflict",
            course_id=one.course_id,
            what=f"event {one.number}: the journal has {in_words(one.had_kind or 'nothing')}, the course {in_words(one.got_kind or '?')}",
            since=one.seen_at,
            detail=f"tried {times(one.times)}",
        )
        for one in found
    ]
    return found, rows


def _of_conflicts(found: Sequence[stuck.Conflict]) -> Cause:
    return Cause(
        key="conflict",
        title="Journal and course contradict each other",
        error="an event was written twice with other content: one of the two databases was restored alone, or cloned",
        what_helps="an engineer repairs it by docs/operating.md, JournalConflict; what was repaired stays listed",
        count=len(found),
        oldest=min((one.seen_at for one in found), default=None),
    )


@dataclass(frozen=True)
class Looked:
    """Why one course does not move."""

    key: str
    title: str
    error: str
    what_helps: str
    row: Row | None
    workflow_id: str


async def _described(client: Client, behind: Sequence[StuckCourse]) -> list[Looked]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(course: StuckCourse) -> list[Looked]:
        async with places:
            return [found async for found in _look(client, course)]

    return [found for all_of_one in await asyncio.gather(*map(one, behind)) for found in all_of_one]


async def _look(client: Client, course: StuckCourse) -> Any:
    """Yield why a course does not move, as Temporal describes its run."""
    try:
        described = await client.get_workflow_handle(course.workflow_id).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        yield _looked(course, "gone", "Its workflow does not run", "Temporal keeps no run of it", REPAIR)
        return
    raw = described.raw_description
    if described.status is not WorkflowExecutionStatus.RUNNING:
        said = f"its last run is {in_words(described.status.name.lower() if described.status else 'unknown')}"
        yield _looked(course, "gone", "Its workflow does not run", said, REPAIR)
        return
    for activity in raw.pending_activities:
        if activity.attempt > 1:
            await decrypted(activity, client.data_converter.payload_codec)
            name, said = activity.activity_type.name, failure_in_words(activity.last_failure)
            yield _looked(
                course,
                f"activity:{name}",
                f"An activity fails: {in_words(name)}",
                said,
                "it is tried again by itself, without end; see that what it asks is there",
                detail=f"attempt {activity.attempt}",
            )
    task = raw.pending_workflow_task
    if task.attempt > 1:
        said = await last_failure(client, course.workflow_id)
        yield _looked(
            course,
            "workflow-task",
            "A workflow task fails",
            said or "its failure is not known",
            FIX,
            detail=f"attempt {task.attempt}",
        )


REPAIR = "an engineer starts it again from its journal: docs/operating.md, JournalConflict"
FIX = "a bug, or an incompatible release: deploy the right one; it is tried again by itself, and nothing is lost"


def _looked(course: StuckCourse, key: str, title: str, error: str, helps: str, *, detail: str = "") -> Looked:
    row = Row(cause=f"{key}:{error}", course_id=course.course_id, what=title, since=course.since, detail=detail)
    return Looked(
        key=f"{key}:{error}",
        title=title,
        error=error,
        what_helps=helps,
        row=row if course.course_id else None,
        workflow_id=course.workflow_id,
    )


async def _failing(client: Client, pool: Pool, queue: str, *, known: Collection[str]) -> list[Looked]:
    """Return the other workflows that the server marks because their tasks fail: courses, claims, the delivery."""
    marked = {}
    try:
        async for one in client.list_workflows(TASKS_FAIL.format(queue), limit=DESCRIBED_MAX):
            if one.id not in known:
                marked[one.id] = one
    except RPCError as error:
        if error.status is not RPCStatusCode.INVALID_ARGUMENT:  # a server before 1.30 marks none
            raise
    owners = await stuck.courses_of(pool, list(marked)) if marked else {}
    found = []
    for workflow_id, one in marked.items():
        said = await last_failure(client, workflow_id) or "its failure is not known"
        course = StuckCourse(
            course_id=owners.get(workflow_id, ""),
            workflow_id=workflow_id,
            why="failing",
            since=one.start_time,
            in_all=1,
        )
        title = f"A workflow task fails: {IN_WORDS.get(one.workflow_type, one.workflow_type)}"
        found.append(_looked(course, f"workflow-task:{one.workflow_type}", title, said, FIX))
    return found


def _grouped(looked: Sequence[Looked]) -> Iterator[tuple[Cause, list[Row]]]:
    """Yield the causes with their courses."""
    by_key: dict[str, list[Looked]] = {}
    for one in looked:
        by_key.setdefault(one.key, []).append(one)
    for key, same in by_key.items():
        rows = [one.row for one in same if one.row is not None]
        first = same[0]
        yield (
            Cause(
                key=key,
                title=first.title,
                error=first.error,
                what_helps=first.what_helps,
                count=len(same),
                oldest=min((row.since for row in rows if row.since is not None), default=None),
            ),
            rows,
        )


BEHIND = Cause(
    key="behind",
    title="Courses are behind their time",
    error="nothing fails, but they have not moved for five minutes: no worker, or one that is overloaded",
    what_helps="see that workers run and ask for work",
    count=0,
    oldest=None,
)
UNBILLED = Cause(
    key="unbilled",
    title="Bills are not filed",
    error="nothing fails, but billing has not had them for five minutes: no worker, or one that is overloaded",
    what_helps="see that workers run and ask for work",
    count=0,
    oldest=None,
)
WHY = {
    "overslept": "it should have looked again",
    "at_work": "it is at work and waits for nothing",
    "unbilled": "the claim or invoice of a session is on its way to billing",
}


def _unexplained(
    cause: Cause, found: Sequence[StuckCourse], looked: Sequence[Looked]
) -> Iterator[tuple[Cause, list[Row]]]:
    """Yield what is late without anything failing."""
    explained = {one.workflow_id for one in looked}
    others = [one for one in found if one.workflow_id not in explained and one.why != "conflict"]
    if others:
        rows = [Row(cause=cause.key, course_id=one.course_id, what=WHY[one.why], since=one.since) for one in others]
        more = found[0].in_all - len(found)
        yield replace(cause, count=len(rows) + more, oldest=others[0].since), rows


async def last_failure(client: Client, workflow_id: str) -> str:
    """Return how the latest run last failed, in words without a patient's data; empty where it did not lately."""
    answer = await client.workflow_service.get_workflow_execution_history_reverse(
        GetWorkflowExecutionHistoryReverseRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=workflow_id),
            maximum_page_size=LOOKS_BACK,
        )
    )
    for event in answer.history.events:
        if (failure := _failure_in(event)) is not None:
            await decrypted(event, client.data_converter.payload_codec)
            return failure_in_words(failure)
    return ""


def _failure_in(event: HistoryEvent) -> Failure | None:
    for name in ("activity_task_failed", "activity_task_timed_out", "workflow_task_failed"):
        if event.HasField(f"{name}_event_attributes"):  # type: ignore[arg-type] # protobuf's types want the names written out
            failure: Failure = getattr(event, f"{name}_event_attributes").failure
            return failure
    return None


def failure_in_words(failure: Failure) -> str:
    """Return a failure in words. The innermost cause says most; only words of ours are shown, else its type."""
    while failure.HasField("cause"):
        failure = failure.cause
    kind = failure.application_failure_info.type
    if kind in SAYS_NOTHING_OF_PATIENTS:
        return failure.message
    if failure.HasField("timeout_failure_info"):
        return "no answer in time"
    return f"it failed with {kind}" if kind else "it failed"
