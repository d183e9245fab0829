"""The response check: what it shows, what each answer leads to, and that it is answered once."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from domain import facts as f
from domain.people import Actor
from domain.response import ResponseAnswer
from domain.waits import WaitKind
from office.leads_to import answers_of
from tests.console.clinicians import a_course_at
from tests.console.kit import Person, signed_in
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.diaries import (
    NEVER_RESPONDS,
    RESPONDS_AT_ONCE,
    SEVERITY_ONLY,
    Diary,
    no_diary,
)
from tests.kit.moments import at
from tests.kit.people import DR_LEE
from tests.kit.world import World


async def a_check(world: World, diary: Diary = RESPONDS_AT_ONCE) -> CourseUnderTest:
    """Return a course whose response check is open."""
    return await a_course_at(world, WaitKind.RESPONSE_CHECK, diary=diary)


@pytest_asyncio.fixture(scope="module")
async def plain(world: World) -> CourseUnderTest:
    """Give an open check that no test of this file answers."""
    return await a_check(world)


def hidden(html: str) -> dict[str, str]:
    """Return what the form carries without being typed."""
    form = html[html.index('class="answer"') :]
    return {name: re.findall(f'name="{name}" value="([^"]*)"', form)[0] for name in ("request_id", "seen")}


async def opened(person: Person, course: CourseUnderTest) -> str:
    shown = await person.get(f"/courses/{course.course_id}/check")
    assert shown.status_code == httpx.codes.OK, shown.text
    return shown.text


# What it shows


async def test_it_shows_counts_before_percentages_and_both_verdicts_with_their_sources(
    console: str, plain: CourseUnderTest
) -> None:
    async with signed_in(console, "dr.lee") as lee:
        shown = await opened(lee, plain)

    assert shown.index("8 of 28 days") < shown.index("60% fewer")
    assert "at least 50% less frequency or severity of the migraine headaches: sources.md [0] [clinic]" in shown
    assert "Northwind Health 2026-2: shape of CareFirst" in shown
    assert "155 units in 31 sites" in shown


async def test_where_days_are_missing_both_bounds_stand_there(world: World, console: str) -> None:
    course = await a_check(world, no_diary)
    async with signed_in(console, "dr.lee") as lee:
        shown = await opened(lee, course)

    assert "0 to 28" in shown
    assert "28 missing" in shown
    assert "needs an attestation" in shown
    assert "between 50% more and 100% fewer" in shown
    assert len(re.findall(r'class="mark good">advised<', shown)) == 2, "ask again and one more need no reason"
    for line in ("Hours", "Severity, mean"):
        [cells] = re.findall(rf'<th scope="row">{line}</th>(.*?)</tr>', shown)
        assert "more" not in cells


async def test_scores_stand_in_the_column_of_their_day_and_those_of_session_1s_own_day_before_it(
    world: World, console: str
) -> None:
    course = await a_check(world)
    first, last = (session.given_on for session in (await course.course()).sessions)
    for on, value in ((first, 68), (last + timedelta(days=3), 55)):
        await course.tell(DR_LEE, f.ScoreRecorded(instrument="hit_6", value=value, on=on))
    await course.until(WaitKind.RESPONSE_CHECK)
    async with signed_in(console, "dr.lee") as lee:
        shown = await opened(lee, course)
    [line] = re.findall(r"<tr><th scope=\"row\">HIT-6</th>.*?</tr>", shown)

    assert re.findall(r">([^<>]+)</td>", line) == [
        "68",
        "55",
        f"on {last + timedelta(days=3):%d %b %Y}",
        *"---",
        "55",
        "-",
    ]


async def test_a_look_is_written_down(world: World, console: str, plain: CourseUnderTest) -> None:
    async with signed_in(console, "nina.np") as nina:
        await opened(nina, plain)

    assert await world.pool.fetchval(
        "select count(*) from look where course_id = $1 and user_id = 'nina.np' and what = 'check'",
        plain.course_id,
    )


async def test_who_may_not_answer_sees_it_and_cannot_send(console: str, plain: CourseUnderTest) -> None:
    async with signed_in(console, "amy.ops") as amy:
        shown = await opened(amy, plain)
        answer = await amy.post(f"/courses/{plain.course_id}/check", hidden(shown) | {"answer": "continue"})

    assert "<fieldset disabled>" in shown
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert (await plain.course()).checks == ()


async def test_an_unknown_course_is_not_there(console: str) -> None:
    async with signed_in(console, "dr.lee") as lee:
        for unknown in (f"c-{uuid4().hex}", "x", "%25"):
            assert (await lee.get(f"/courses/{unknown}/check")).status_code == httpx.codes.NOT_FOUND


# Answering


async def test_continue_goes_on_and_the_page_says_what_was_answered(world: World, console: str) -> None:
    course = await a_check(world)
    async with signed_in(console, "dr.lee") as lee:
        form = hidden(await opened(lee, course)) | {"answer": "continue"}
        after = await lee.post(f"/courses/{course.course_id}/check", form)
        again = await lee.post(f"/courses/{course.course_id}/check", form)

    checks = (await course.course()).checks
    assert [(check.answer, check.by, check.reason) for check in checks] == [("continue", "dr.lee", None)]
    assert "answered by Dr. Jordan Lee" in after.text
    assert again.status_code == httpx.codes.OK
    await course.check()


async def test_an_answer_that_is_not_advised_needs_its_reason_and_keeps_what_was_typed(
    world: World, console: str
) -> None:
    course = await a_check(world)
    async with signed_in(console, "dr.lee") as lee:
        form = hidden(await opened(lee, course)) | {"answer": "ask_again"}
        refused = await lee.post(f"/courses/{course.course_id}/check", form | {"ask_again_on": "today+3"})
        kept = hidden(refused.text)
        await lee.post(
            f"/courses/{course.course_id}/check",
            form | {"ask_again_on": "today+3", "reason": "a holiday <b>diary</b>"},
        )
        shown = await opened(lee, course)

    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "ask_again differs from the recommendation" in refused.text
    assert 'value="ask_again" required data-key="4" checked' in refused.text
    assert kept["request_id"] == form["request_id"], "sent again it is the same request"
    assert "a holiday &lt;b&gt;diary&lt;/b&gt;" in shown
    assert (await course.course()).checks[-1].answer is ResponseAnswer.ASK_AGAIN


async def test_what_stands_in_a_field_of_another_answer_counts_with_none(world: World, console: str) -> None:
    course = await a_check(world)
    async with signed_in(console, "dr.lee") as lee:
        form = hidden(await opened(lee, course)) | {
            "answer": "continue",
            "look_again_on": "today+30",
            "basis": "recall",
        }
        form |= {"ask_again_on": "today+3"}
        refused = await lee.post(f"/courses/{course.course_id}/check", form)
        assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY, "of continue, a basis counts"
        await lee.post(f"/courses/{course.course_id}/check", form | {"basis": ""})

    [check] = (await course.course()).checks
    assert (check.ask_again_on, check.look_again_on) == (None, None)


async def test_a_form_that_does_not_say_when_it_was_shown_is_not_taken(console: str, plain: CourseUnderTest) -> None:
    async with signed_in(console, "dr.lee") as lee:
        form = hidden(await opened(lee, plain)) | {"answer": "continue", "seen": "another"}
        refused = await lee.post(f"/courses/{plain.course_id}/check", form)

    assert "open the page anew" in refused.text
    assert (await plain.course()).checks == ()


async def test_two_who_answer_do_not_answer_twice(world: World, console: str) -> None:
    course = await a_check(world)
    async with signed_in(console, "dr.lee") as lee, signed_in(console, "nina.np") as nina:
        first, second = hidden(await opened(lee, course)), hidden(await opened(nina, course))
        await lee.post(f"/courses/{course.course_id}/check", first | {"answer": "continue"})
        late = await nina.post(f"/courses/{course.course_id}/check", second | {"answer": "pause"})

    assert "answered meanwhile" in late.text
    assert "answered by Dr. Jordan Lee" in late.text
    assert len((await course.course()).checks) == 1


async def test_the_next_dose_goes_with_the_answer(world: World, console: str) -> None:
    course = await a_check(world)
    planned = {"corrugator": 2, "procerus": 1, "frontalis": 4, "occipitalis": 8, "cervical_paraspinal": 4}
    sites = {f"sites.{name}": count for name, count in (planned | {"temporalis": 10, "trapezius": 10}).items()}
    async with signed_in(console, "dr.lee") as lee:
        form = hidden(await opened(lee, course)) | {"answer": "continue", "dose_reason": "follow the pain"}
        wrong = await lee.post(f"/courses/{course.course_id}/check", form | sites | {"sites.trapezius": "many"})
        await lee.post(f"/courses/{course.course_id}/check", form | sites)

    assert "expected a whole number of sites" in wrong.text
    dose = (await course.course()).planned_dose
    assert dose is not None
    assert (dose.units, dose.sites, dose.reason) == (195, 39, "follow the pain")


# What each answer leads to: pure


def follows(diary: Diary, answer: ResponseAnswer, **more: object) -> str:
    paper = at(WaitKind.RESPONSE_CHECK, diary=diary, **more)  # type: ignore[arg-type]  # what a course on paper takes
    one = next(one for one in answers_of(paper.course, paper.now) if one.answer is answer)
    return "; ".join((*one.follows, *one.warnings))


def test_continue_says_the_next_session_the_renewal_and_the_next_check() -> None:
    said = follows(RESPONDS_AT_ONCE, ResponseAnswer.CONTINUE)

    assert "session 3 on Tue 18 Aug 2026 10:00, tentative" in said
    assert "send the renewal by 24 Jul 2026" in said
    assert "next check after session 4" in said


def test_one_more_session_is_judged_after_it() -> None:
    assert "judged again after session 3" in follows(NEVER_RESPONDS, ResponseAnswer.ONE_MORE)


def test_discontinue_says_what_is_offered_instead() -> None:
    said = follows(NEVER_RESPONDS, ResponseAnswer.DISCONTINUE)

    assert "CGRP antibodies or CGRP tablets" in said
    assert "is cancelled" in said


def test_where_only_the_payer_disagrees_it_says_what_that_means_and_asks_no_reason() -> None:
    paper = at(WaitKind.RESPONSE_CHECK, diary=SEVERITY_ONLY)
    going_on = answers_of(paper.course, paper.now)[0]

    assert going_on.needs == ()
    assert "Northwind Health's rule is not met" in going_on.warnings[0]
    assert "a letter to the payer is asked for" in going_on.follows


@pytest.mark.parametrize("diary", [RESPONDS_AT_ONCE, NEVER_RESPONDS, SEVERITY_ONLY, no_diary])
def test_an_answer_that_is_offered_with_what_it_needs_is_never_refused(diary: Diary) -> None:
    said = {"reason": "I see it so", "basis": "recall", "agreed_by": "dr.khan"}
    for answer in ResponseAnswer:
        paper = at(WaitKind.RESPONSE_CHECK, diary=diary)
        one = next(one for one in answers_of(paper.course, paper.now) if one.answer is answer)
        fields = {name: said.get(name, one.on) for name in one.needs}

        refused = paper.ask(DR_LEE, f.Response(answer=answer, **fields))  # type: ignore[arg-type]  # by their names

        assert (refused is None) is (one.refused is None), f"{answer}: {refused} {one}"


def test_supposing_an_answer_changes_nothing() -> None:
    paper = at(WaitKind.RESPONSE_CHECK)
    before = paper.course

    answers_of(paper.course, paper.now)

    assert paper.course == before


def test_no_answer_is_offered_where_no_check_is_open() -> None:
    paper = at(WaitKind.GOALS)

    assert answers_of(paper.course, paper.now + timedelta(days=1)) == ()
    assert isinstance(DR_LEE, Actor)
