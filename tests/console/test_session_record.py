"""The record of a session: preset to the planned dose, only differences typed; cleared, given, in part, not given, signed."""

from __future__ import annotations

import re
from datetime import date, timedelta

import httpx
import pytest_asyncio

from domain import facts as f
from domain.dose import VialOpened, planned_dose, sites_of
from domain.session import NotGivenReason
from domain.waits import WaitKind
from office.session_record import reckon
from tests.console.clinicians import a_course_at
from tests.console.kit import Person, signed_in
from tests.kit.answers import vials
from tests.kit.course_under_test import CourseUnderTest
from tests.kit.moments import at
from tests.kit.people import AMY, NAMES
from tests.kit.world import World

PLANNED = {"corrugator": 2, "procerus": 1, "frontalis": 4, "temporalis": 8, "occipitalis": 6} | {
    "cervical_paraspinal": 4,
    "trapezius": 6,
}
SITES = {f"sites.{name}": str(count) for name, count in PLANNED.items()}
VIAL = {"size.0": "200", "lot.0": "C7461", "expires.0": "2040-06-30", "size.1": "100", "lot.1": "", "expires.1": ""}
AS_PLANNED = SITES | VIAL


@pytest_asyncio.fixture(scope="module")
async def due(world: World) -> CourseUnderTest:
    """Give a cleared session of which no test of this file records the result."""
    return await a_course_at(world, WaitKind.SESSION_RESULT)


def request_id(html: str, form: str) -> str:
    found = re.search('name="request_id" value="([^"]*)"', html[html.index(form) :])
    assert found, form
    return found[1]


async def shown(person: Person, course: CourseUnderTest) -> str:
    answer = await person.get(f"/courses/{course.course_id}/session")
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.text


async def sent(person: Person, course: CourseUnderTest, form: str, data: dict[str, str]) -> httpx.Response:
    html = await shown(person, course)
    identity = request_id(html, f"/session/{form}")
    return await person.post(f"/courses/{course.course_id}/session/{form}", data | {"request_id": identity})


# Reckoned by the domain's rules


def test_given_and_wasted_make_up_what_was_opened() -> None:
    course = at(WaitKind.SESSION_RESULT).course
    vial = VialOpened(size_units=200, lot="C1", expires_on=date(2040, 1, 1))
    whole = reckon(course, sites_of(planned_dose(course.protocol)), (vial,), on=date(2026, 4, 1))
    fewer = reckon(course, PLANNED | {"trapezius": 0}, (vial,), on=date(2026, 4, 1))

    assert (whole.dose.units, whole.opened, whole.wasted, whole.faults) == (155, 200, 45, ())
    assert (fewer.dose.units, fewer.opened, fewer.wasted) == (125, 200, 75)


def test_until_a_vial_is_named_it_says_which_to_open() -> None:
    course = at(WaitKind.SESSION_RESULT).course
    most = reckon(course, PLANNED | {"temporalis": 10, "occipitalis": 8, "trapezius": 10}, (), on=date(2026, 4, 1))

    assert (most.dose.units, most.advised, most.wasted, most.faults) == (195, (200,), 5, ())


def test_more_than_any_dose_opens_no_more_vials_than_the_most_and_is_named() -> None:
    course = at(WaitKind.SESSION_RESULT).course
    all_too_many = reckon(course, {"procerus": 9_999_999}, (), on=date(2026, 4, 1))

    assert all_too_many.advised == (200,)
    assert any("more than the protocol's maximum" in fault for fault in all_too_many.faults)


def test_what_is_wrong_with_it_is_said_at_once() -> None:
    course = at(WaitKind.SESSION_RESULT).course
    small = VialOpened(size_units=100, lot="C1", expires_on=date(2026, 1, 1))
    said = "; ".join(reckon(course, PLANNED | {"procerus": 2}, (small,), on=date(2026, 4, 1)).faults)

    assert "2 sites in procerus" in said
    assert "100 units were given from the vials, 160 into the muscles" in said
    assert "lot C1 expired on 01 Jan 2026" in said


# On the screen


def noted(shown: httpx.Response) -> dict[str, str]:
    """Return what stands in the notes of the page's forms."""
    return dict(re.findall(r'id="([a-z]+-note)" name="note" value="([^"]*)"', shown.text))


async def test_it_is_preset_to_31_sites_and_155_units(console: str, due: CourseUnderTest) -> None:
    async with signed_in(console, "dr.lee") as lee:
        html = await shown(lee, due)

    assert html.count('class="site given"') == 31
    assert "155 units in 31 sites" in html
    assert "wasted <b>45</b>" in html


async def test_typing_reckons_and_records_nothing(console: str, due: CourseUnderTest) -> None:
    path = f"/courses/{due.course_id}/session/reckon"
    async with signed_in(console, "amy.ops") as amy:
        fewer = await amy.post(path, AS_PLANNED | {"sites.trapezius": "0"})
        odd = [await amy.post(path, AS_PLANNED | {"sites.trapezius": one}) for one in ("x", "\u00b2", "9" * 5000)]

    assert "125 units in 25 sites" in fewer.text
    assert "125 given + 75 wasted = 200" in fewer.text
    assert fewer.text.count('class="site left-out"') == 6
    assert {one.status_code for one in odd} == {httpx.codes.OK}
    assert all("155 units in 31 sites" in one.text for one in odd)
    assert (await due.course()).sessions == ()


async def test_what_cannot_be_taken_is_named_and_what_was_typed_stays(console: str, due: CourseUnderTest) -> None:
    odd = AS_PLANNED | {"lot.0": "<b>L</b>", "expires.0": "soon", "why": "x" * 3000}
    async with signed_in(console, "dr.lee") as lee:
        wrong = await sent(lee, due, "given", odd)
        none = await sent(lee, due, "given", SITES)
        other = await sent(lee, due, "given", AS_PLANNED | {"sites.procerus": "0"})
        part = await sent(lee, due, "given", AS_PLANNED | {"in_part": "yes"})
        expired = await sent(lee, due, "given", AS_PLANNED | {"expires.0": "2020-01-31"})

    assert wrong.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "expires on cannot be read" in wrong.text
    assert 'value="&lt;b&gt;L&lt;/b&gt;"' in wrong.text
    assert "name the lot and expiry" in none.text
    assert "needs a reason" in other.text
    assert 'name="sites.procerus" type="number" min="0" max="1" value="0"' in other.text
    assert "expected why it was given in part" in part.text
    assert "expired on 31 Jan 2020" in expired.text
    assert "as a deviation, below" in expired.text
    assert (await due.course()).sessions == ()


async def test_billing_is_shown_it_and_cannot_record(console: str, due: CourseUnderTest) -> None:
    async with signed_in(console, "ben.billing") as ben:
        html = await shown(ben, due)
        answer = await ben.post(f"/courses/{due.course_id}/session/given", AS_PLANNED)

    assert html.count("<fieldset disabled>") == 2
    assert answer.status_code == httpx.codes.NOT_FOUND


async def test_a_session_is_cleared_given_with_differences_and_signed_by_who_injected(
    world: World, console: str
) -> None:
    course = await a_course_at(world, WaitKind.CLEARANCE)
    injector = (await course.course()).appointment
    assert injector is not None
    async with signed_in(console, injector.injector) as lee:
        bare = await sent(lee, course, "clearance", {"clear": "yes", "positive": "infection", "note": "dry skin"})
        seen = {"clear": "yes", "positive": "infection", "why.infection": "far from the sites"}
        await sent(lee, course, "clearance", seen)
        differs = AS_PLANNED | {"sites.procerus": "0", "why": "a scar", "reactions": "neck pain", "reaction": "pale"}
        identity = request_id(await shown(lee, course), "/session/given")
        once = await lee.post(f"/courses/{course.course_id}/session/given", differs | {"request_id": identity})
        twice = await lee.post(f"/courses/{course.course_id}/session/given", differs | {"request_id": identity})

    now = await course.check()
    [session] = now.sessions
    assert "Say why the session is given all the same" in bare.text
    assert noted(bare) == {"clear-note": "dry skin", "not-note": ""}
    assert (session.dose.units, session.dose.sites, session.dose.reason) == (150, 30, "a scar")
    assert sites_of(session.dose).get("procerus", 0) == 0
    assert session.reactions == ("neck pain", "pale")
    assert (session.vials[0].given_units, session.vials[0].wasted_units) == (150, 50)
    assert session.signed_by == injector.injector
    assert "150 units in 30 sites" in once.text
    assert once.text.replace(identity, "") == twice.text.replace(identity, "") or twice.status_code == httpx.codes.OK


async def test_a_record_of_operations_waits_for_the_injector_and_nobody_else_signs(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.SESSION_RESULT)
    booked = (await course.course()).appointment
    assert booked is not None
    other = next(user for user in ("dr.lee", "dr.khan") if user != booked.injector)
    async with signed_in(console, "amy.ops") as amy:
        await sent(amy, course, "given", AS_PLANNED)
        waits = await shown(amy, course)
    async with signed_in(console, other) as somebody:
        hers = await somebody.get("/tasks?kind=signature")
        refused = await somebody.post(
            f"/courses/{course.course_id}/session/sign", {"session": "1", "request_id": "somebody-else"}
        )
    async with signed_in(console, booked.injector) as injector:
        his = await injector.get("/tasks?kind=signature")
        await sent(injector, course, "sign", {"session": "1"})

    [session] = (await course.course()).sessions
    assert "who injected" in waits
    assert f"/courses/{course.course_id}/session" in his.text
    assert course.course_id not in hers.text
    assert f"only {NAMES[booked.injector]}, who injected, signs this record" in refused.text
    assert (session.recorded_by, session.signed_by) == ("amy.ops", booked.injector)


async def test_a_visit_that_gave_no_drug_says_why(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.CLEARANCE)
    async with signed_in(console, "amy.ops") as amy:
        nothing = await sent(amy, course, "not-given", {"reason": "", "note": "the taxi did not come"})
        await sent(amy, course, "not-given", {"reason": "cancelled_by_clinic", "note": "no drug"})

    [visit] = (await course.course()).visits_not_given
    assert "reason" in nothing.text
    assert noted(nothing) == {"clear-note": "", "not-note": "the taxi did not come"}
    assert nothing.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert (visit.reason, visit.note) == (NotGivenReason.CANCELLED_BY_CLINIC, "no drug")


async def test_a_vial_that_was_opened_and_not_given_is_a_loss_with_its_lot_and_reason(
    world: World, console: str
) -> None:
    course = await a_course_at(world, WaitKind.CLEARANCE)
    expires_on = (await course.now()).date() + timedelta(days=300)
    lost = {"lost_size.": "200", "lost_lot.": "C7461", "lost_expires.": expires_on.isoformat()}
    async with signed_in(console, "amy.ops") as amy:
        without_a_day = await sent(amy, course, "not-given", {"reason": "turned_away"} | lost | {"lost_expires.": ""})
        without_a_reason = await sent(amy, course, "not-given", {"reason": "turned_away"} | lost)
        await sent(amy, course, "not-given", {"reason": "turned_away", "lost_because": "fever"} | lost)
        journal = await amy.get(f"/courses/{course.course_id}")

    [visit] = (await course.course()).visits_not_given
    assert "expires on" in without_a_day.text
    assert "why the vials were opened" in without_a_reason.text
    assert 'value="C7461"' in without_a_reason.text, "what was typed is lost"
    assert visit.lost_vials == (VialOpened(size_units=200, lot="C7461", expires_on=expires_on),)
    assert "opened and lost: 200 units of lot C7461: fever" in journal.text


async def test_a_session_given_in_part_is_completed_on_the_same_day(world: World, console: str) -> None:
    course = await a_course_at(world, WaitKind.SESSION_RESULT)
    today = (await course.now()).date() + timedelta(days=1)
    part = f.SessionResult(
        vials=vials(155, today), sites={"frontalis": 4}, in_part=True, why="fainted", patient_left="walking"
    )
    await course.tell(AMY, part)
    async with signed_in(console, "amy.ops") as amy:
        html = await shown(amy, course)
        await sent(amy, course, "completed", {"note": "well again"})

    [session] = (await course.course()).sessions
    assert "in part" in html
    assert html.count('class="site left-out"') == 27
    assert (session.dose.units, session.in_part) == (155, False)
