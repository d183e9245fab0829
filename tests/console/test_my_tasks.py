"""My tasks: whose they are, in which order, and what is prepared for each."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import httpx

from domain import facts as f
from domain.waits import Wait, WaitKind
from office.prepared import PREPARED, Prepared, elapsed, prepared
from readmodel.clinicians import OF_CLINICIANS
from tests.console.clinicians import a_course_at
from tests.console.kit import Quiet, signed_in
from tests.kit import moments
from tests.kit.diaries import no_diary
from tests.kit.moments import at
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, NINA


def ready(paper: PaperCourse, kind: WaitKind) -> Prepared:
    task = paper.task(kind)
    assert task is not None
    return prepared(paper.course, task, paper.now)


def test_a_response_check_says_its_verdict_in_one_line_and_what_is_advised() -> None:
    assert ready(at(WaitKind.RESPONSE_CHECK), WaitKind.RESPONSE_CHECK) == Prepared(
        said="20 of 28 days → 8 of 28 days: response; payer's rule met", advised="continue"
    )


def test_without_a_diary_it_says_both_bounds() -> None:
    said = ready(at(WaitKind.RESPONSE_CHECK, diary=no_diary), WaitKind.RESPONSE_CHECK)

    assert "0 to 28 of 28 days" in said.said
    assert said.advised == "ask again or one more"


def test_a_red_flag_says_how_long_ago_it_was_told() -> None:
    paper = moments.with_a_red_flag()
    paper.now += timedelta(hours=2, minutes=5)

    assert ready(paper, WaitKind.RED_FLAG).said.startswith("told 2 h 5 min ago: trouble")


def test_an_effect_says_which_red_flags_to_ask_for() -> None:
    said = ready(moments.with_ptosis(), WaitKind.EFFECT_REVIEW)

    assert "a drooping eyelid" in said.said
    assert said.advised == "ask for double vision, swallowing, general weakness"


def test_a_record_to_sign_says_what_was_given_and_who_wrote_it() -> None:
    said = ready(moments.unsigned(), WaitKind.SIGNATURE)

    assert "155 units in 31 sites, written by amy.ops" in said.said


def test_missed_visits_say_how_many_and_why() -> None:
    said = ready(moments.missed(3), WaitKind.MISSED_VISITS)

    assert said.said == "3 missed for session 1: 3 no show"


def test_every_task_of_a_clinician_is_prepared_or_says_its_context() -> None:
    paper = at(WaitKind.GOALS)
    for kind in OF_CLINICIANS:
        wait = Wait(
            id=f"{kind}:x",
            kind=kind,
            subject="x",
            since=paper.now,
            due=paper.now,
            look_at=paper.now,
            context={"why": "because"},
        )
        said = prepared(paper.course, wait, paper.now).said
        assert kind in PREPARED or said == "why: because"


def test_elapsed_time_is_told_as_people_say_it() -> None:
    now = at(WaitKind.GOALS).now

    assert [elapsed(now - gone, now) for gone in (timedelta(minutes=3), timedelta(hours=26), timedelta(days=3))] == [
        "3 min",
        "1 day",
        "3 days",
    ]


async def test_red_flags_come_first_and_another_clinicians_tasks_by_a_switch(quiet: Quiet) -> None:
    world, console = quiet.world, quiet.url
    goals = await a_course_at(world, WaitKind.GOALS)
    check = await a_course_at(world, WaitKind.RESPONSE_CHECK)
    await check.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), note="cannot <b>drink</b>"))
    await check.until(WaitKind.RED_FLAG)
    await goals.tell(NINA, f.Take(), task="goals:intake")
    async with signed_in(console, "dr.lee") as lee, signed_in(console, "nina.np") as nina:
        mine, hers, any_ones = await lee.get("/tasks"), await nina.get("/tasks"), await lee.get("/tasks?of=any")
        checks = await lee.get("/tasks?kind=response-check")
        with patch("console.pages.my_tasks.ROWS", 1):
            first = await lee.get("/tasks")

    assert "wait behind these" in first.text
    assert 'href="/worklist?role=clinician"' in first.text
    assert "wait behind these" not in mine.text
    assert mine.text.index(f"/courses/{check.course_id}/tasks/red-flag") < mine.text.index(
        f"/courses/{check.course_id}/check"
    )
    assert "cannot &lt;b&gt;drink&lt;/b&gt;" in mine.text
    assert goals.course_id not in mine.text, "who has taken it has it"
    assert goals.course_id in hers.text
    assert goals.course_id in any_ones.text
    assert "red-flag:adverse-event" not in checks.text
    assert f"/courses/{check.course_id}/check" in checks.text
    assert checks.status_code == httpx.codes.OK


async def test_who_is_no_clinician_finds_his_own_on_the_worklist(console: str) -> None:
    async with signed_in(console, "amy.ops") as amy:
        led = await amy.get("/tasks")
        clinicians = await amy.get("/tasks?of=any")

    assert led.url.path == "/worklist"
    assert "What waits for a clinician" in clinicians.text
