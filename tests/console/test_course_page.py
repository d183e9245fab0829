"""The course page: its sentence, what one can do there, what stands on it, and who has looked at it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import httpx
import pytest_asyncio

from domain import facts as f
from domain.sentences import waiting_sentence
from domain.waits import WaitKind
from readmodel.access import looks
from readmodel.lookups import set_ahead
from tests.console.kit import signed_in
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.people import AMY
from tests.kit.world import World

HOSTILE = '<img src=x onerror=alert(1)> </textarea><script>alert("x")</script> \u202e \U0001f600'


@pytest_asyncio.fixture(scope="session")
async def course(world: World) -> CourseUnderTest:
    """Give a course after its first session, with a hostile note."""
    course = await CourseUnderTest.start(world)
    await course.until(WaitKind.SAFETY_CALL)
    await course.tell(AMY, f.AdverseEventTold(note=HOSTILE))
    await set_ahead(world.pool, course.course_id, await course.now() - datetime.now(UTC))
    return course


async def test_the_sentence_on_top_is_that_of_the_record(console: str, course: CourseUnderTest) -> None:
    async with signed_in(console, "amy.ops") as amy:
        shown = await amy.get(f"/courses/{course.course_id}")

    assert waiting_sentence(await course.course()) in unescape(shown.text)


async def test_people_rooms_and_payers_are_called_by_their_names(console: str, course: CourseUnderTest) -> None:
    async with signed_in(console, "amy.ops") as amy:
        page = re.sub(r"<[^>]*>", "", unescape((await amy.get(f"/courses/{course.course_id}")).text))
        history = re.sub(r"<[^>]*>", "", unescape((await amy.get(f"/courses/{course.course_id}/history")).text))

    assert "Northwind Health" in page
    assert "Treatment room" in history
    for said in (page, history):
        assert not re.search(r"northwind-commercial pays|(with|by) dr\.lee|room-\d", said)


async def test_each_role_is_offered_what_it_can_do_and_nothing_else(console: str, course: CourseUnderTest) -> None:
    offers = {}
    for user in ("amy.ops", "dr.lee", "ben.billing", "ada.admin"):
        async with signed_in(console, user) as person:
            offers[user] = (await person.get(f"/courses/{course.course_id}")).text

    assert "Answer it" in offers["amy.ops"]
    assert "Answer it" not in offers["ben.billing"]
    assert "/tell/withdraw" in offers["ada.admin"]
    assert "/tell/withdraw" not in offers["ben.billing"]
    assert all("/tell/reopen" not in offer for offer in offers.values()), "it is open"
    assert "/correct/" in offers["dr.lee"]
    assert all("/tell" in offer for offer in offers.values())


async def test_what_people_wrote_is_text(console: str, course: CourseUnderTest) -> None:
    async with signed_in(console, "amy.ops") as amy:
        shown = await amy.get(f"/courses/{course.course_id}")

    assert HOSTILE in unescape(shown.text)
    assert "<img src=x" not in shown.text
    assert 'alert("x")</script>' not in shown.text


async def test_each_look_is_noted_and_names_no_patient(console: str, course: CourseUnderTest, world: World) -> None:
    async with signed_in(console, "nina.np") as nina:
        await nina.get(f"/courses/{course.course_id}")
        await nina.get(f"/courses/{course.course_id}/dossier")
        await nina.get(f"/courses/{course.course_id}/packet")
    noted = await looks(world.pool, course_id=course.course_id, user_id="nina.np")

    assert {one.what for one in noted} == {"course", "dossier", "packet"}


async def test_an_unknown_course_and_the_beginning_of_an_id_look_the_same(
    console: str, course: CourseUnderTest
) -> None:
    async with signed_in(console, "amy.ops") as amy:
        answers = [await amy.get(f"/courses/{one}") for one in ("nobody", course.course_id[:12], "x")]

    assert {answer.status_code for answer in answers} == {httpx.codes.NOT_FOUND}


async def test_packet_and_dossier_carry_their_one_style_and_allow_nothing_else(
    console: str, course: CourseUnderTest
) -> None:
    async with signed_in(console, "amy.ops") as amy:
        for path in ("packet", "dossier", "packet?request_number=1"):
            shown = await amy.get(f"/courses/{course.course_id}/{path}")
            policy = shown.headers["content-security-policy"]
            assert shown.status_code == httpx.codes.OK
            assert "default-src 'none'" in policy
            assert "unsafe-inline" not in policy
            assert "style-src 'sha256-" in policy
        missing = await amy.get(f"/courses/{course.course_id}/packet?request_number=99")

    assert missing.status_code == httpx.codes.NOT_FOUND
