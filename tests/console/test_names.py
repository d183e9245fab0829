"""People are called by their names in everything that is read: refusals, what followed, what a task is about."""

from __future__ import annotations

import httpx

from domain import facts as f
from domain.correction import Changed
from domain.events import RecordCorrected
from domain.story import story_of
from domain.waits import WaitKind
from office.prepared import prepared
from tests.console.clinicians import a_course_at
from tests.console.kit import signed_in
from tests.console.programs import a_program
from tests.console.test_answering import form_of, problem_of
from tests.kit.examples import VIALS
from tests.kit.moments import at
from tests.kit.people import AMY, NAMES
from tests.kit.world import World


async def test_who_has_taken_a_task_is_named_on_the_page_and_by_the_api(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.SUBMIT_PACKET)
    wait = (await course.course()).waits_of(WaitKind.SUBMIT_PACKET)[0]
    path = f"/courses/{course.course_id}/tasks/{wait.id}"
    async with signed_in(console, "amy.ops") as amy, a_program(console, "otto.ops") as otto:
        form = form_of(await amy.get(path))
        took = await otto.post(f"{path}/take")
        refused = await amy.post(path, {"request_id": form["request_id"], "kind": "take"})
        by_program = await otto.post(f"{path}/assign", {"to": "amy.ops"})

    assert [one["said"].split(" has")[0] for one in took.json()["happened"]] == ["Otto Okafor"]
    assert refused.status_code == httpx.codes.CONFLICT
    assert "Otto Okafor has taken it already" in problem_of(refused)
    assert "otto.ops" not in problem_of(refused)
    assert [one["said"].split(" has")[0] for one in by_program.json()["happened"]] == ["Amy Alvarez"]


async def test_what_a_task_is_about_names_who_injects(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.CLEARANCE)
    record = await course.course()
    assert record.appointment is not None
    injector = record.appointment.injector
    path = f"/courses/{course.course_id}/tasks/{record.waits_of(WaitKind.CLEARANCE)[0].id}"
    async with signed_in(console, injector) as doctor:
        about = (await doctor.get(path)).text

    assert f"with {NAMES[injector]}, confirmed" in about


def test_what_is_prepared_for_a_signature_names_who_wrote_the_record() -> None:
    paper = at(WaitKind.SESSION_RESULT)
    task = paper.task(WaitKind.SESSION_RESULT)
    assert task is not None
    paper.tell(AMY, f.SessionResult(vials=VIALS, injector="dr.lee"), task=task.id)
    [signature] = paper.course.waits_of(WaitKind.SIGNATURE)

    assert prepared(paper.course, signature, paper.now, names=NAMES).said.endswith("written by Amy Alvarez")


async def test_the_role_of_who_asks_is_said_without_an_id(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.SUBMIT_PACKET)
    async with a_program(console, "ben.billing") as ben:
        refused = await ben.post(f"/courses/{course.course_id}/facts", {"fact": {"kind": "record-signed"}})

    assert "your role is billing" in str(refused.json())
    assert "ben.billing" not in str(refused.json())


def test_a_correction_of_who_injected_names_both() -> None:
    event = RecordCorrected.model_construct(
        corrects=7,
        of="session_given",
        reason="typed wrongly",
        entered_in_error=False,
        deviation=None,
        changes=(
            Changed(field="injector", before="dr.lee", after="dr.khan"),
            Changed(field="note", before="dr.lee", after="-"),
        ),
    )

    said = story_of(event, zone="UTC", names=NAMES)

    assert "injector: Dr. Jordan Lee -> Dr. Samira Khan; note: dr.lee -> -" in said
