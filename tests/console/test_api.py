"""The API as programs use it: what is told takes effect once, and what cannot be done is a problem that names why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from console.app import BODY_MAX
from tests.cli.front_door import an_intake
from tests.console.kit import a_console, signed_in
from tests.console.programs import Program, a_program
from tests.kit.world import World

PROBLEM = "application/problem+json"
A_DAY_AGO = datetime.now(UTC).date() - timedelta(days=1)  # it has come at the clinic, wherever that is


@pytest_asyncio.fixture(scope="module")
async def amy(console: str) -> AsyncIterator[Program]:
    async with a_program(console, "amy.ops") as program:
        yield program


@pytest_asyncio.fixture(scope="module")
async def otto(console: str) -> AsyncIterator[Program]:
    async with a_program(console, "otto.ops") as program:
        yield program


@pytest_asyncio.fixture(scope="module")
async def lee(console: str) -> AsyncIterator[Program]:
    async with a_program(console, "dr.lee") as program:
        yield program


@pytest_asyncio.fixture(scope="module")
async def course_id(amy: Program, lee: Program) -> str:
    """Give a course whose goals are set, so that it waits for an authorization request to be sent."""
    course_id = await amy.a_course()
    goals = {"fact": {"kind": "goals", "goals": ["half the days"], "consent_signed_on": str(A_DAY_AGO)}}
    set_now = await lee.post(f"/courses/{course_id}/facts", goals)
    assert set_now.status_code == httpx.codes.OK, set_now.text
    return course_id


async def test_a_course_is_started_once_however_often_it_is_sent(amy: Program) -> None:
    key, intake = uuid4().hex, an_intake()
    first = await amy.post("/courses", intake, Idempotency_Key=key)
    again = await amy.post("/courses", intake, Idempotency_Key=key)
    other = await amy.post("/courses", an_intake(), Idempotency_Key=key)
    without = await amy.post("/courses", intake)

    assert first.status_code == httpx.codes.CREATED
    assert first.headers["location"] == f"/api/v1/courses/{first.json()['course_id']}"
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert other.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert other.json()["type"] == "urn:regimen:problem:other_write"
    assert without.status_code == httpx.codes.CONFLICT
    assert without.json()["errors"][0]["problem"] == first.json()["course_id"]


async def test_an_intake_that_cannot_be_taken_names_every_field_and_repeats_nothing(amy: Program) -> None:
    intake = an_intake()
    intake["patient"]["birth_date"] = "Jane Doe"
    intake["clinician"] = "dr.nobody"
    form = await amy.post("/courses", intake)
    intake["patient"]["birth_date"] = "1980-01-31"
    rules = await amy.post("/courses", intake)

    assert form.status_code == rules.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert form.headers["content-type"] == PROBLEM
    assert [one["field"] for one in form.json()["errors"]] == ["patient.birth_date"]
    assert [one["field"] for one in rules.json()["errors"]] == ["clinician"]
    assert "Jane Doe" not in form.text


async def test_where_a_course_stands_is_said_from_all_sides_and_each_look_is_recorded(
    amy: Program, course_id: str, world: World
) -> None:
    view = (await amy.get(f"/courses/{course_id}")).json()
    journal = (await amy.get(f"/courses/{course_id}/journal")).json()["items"]
    waits = (await amy.get(f"/courses/{course_id}/waits")).json()["items"]
    plan = (await amy.get(f"/courses/{course_id}/plan")).json()["items"]
    evidence = (await amy.get(f"/courses/{course_id}/evidence")).json()
    claims = (await amy.get(f"/courses/{course_id}/claims")).json()
    looks = await world.pool.fetchval(
        "select count(*) from look where course_id = $1 and user_id = 'amy.ops' and what = 'api'", course_id
    )

    assert view["course_id"] == course_id
    assert view["waiting"].startswith("Waits for")
    assert journal[0]["kind"] == "course_started"
    assert "submit-packet" in {wait["kind"] for wait in waits}
    assert any("session" in one["said"] for one in plan)
    assert evidence["evidence"] is None
    assert evidence["before_treatment"]["window"]["days"] == 28
    assert claims == {"items": [], "next": None}
    assert looks >= 6


async def test_a_fact_takes_effect_once_by_its_key(lee: Program, course_id: str) -> None:
    fact = {"fact": {"kind": "contact-attempt", "result": "no answer"}}
    key = uuid4().hex
    first, again = [await lee.post(f"/courses/{course_id}/facts", fact, Idempotency_Key=key) for _ in range(2)]

    assert first.status_code == httpx.codes.OK, first.text
    assert again.json() == first.json()
    assert first.json()["request_id"] == f"api:dr.lee:{key}"


async def test_the_same_key_of_two_senders_names_two_writes(amy: Program, lee: Program, course_id: str) -> None:
    fact, key = {"fact": {"kind": "contact-attempt", "result": "no answer"}}, uuid4().hex
    told = [await one.post(f"/courses/{course_id}/facts", fact, Idempotency_Key=key) for one in (amy, lee)]

    assert told[0].json()["event"] != told[1].json()["event"]


async def test_a_write_that_is_still_at_work_is_not_done_a_second_time(
    amy: Program, course_id: str, world: World
) -> None:
    fact, key = {"fact": {"kind": "contact-attempt", "result": "no answer"}}, uuid4().hex
    await amy.post(f"/courses/{course_id}/facts", fact, Idempotency_Key=key)
    await world.pool.execute("update api_answer set status = null, body = null where idempotency_key = $1", key)
    while_at_work = await amy.post(f"/courses/{course_id}/facts", fact, Idempotency_Key=key)
    await world.pool.execute("update api_answer set at = at - interval '2 minutes' where idempotency_key = $1", key)
    left = await amy.post(f"/courses/{course_id}/facts", fact, Idempotency_Key=key)
    events = await world.pool.fetchval("select count(*) from course_event where request_id = $1", f"api:amy.ops:{key}")

    assert while_at_work.status_code == httpx.codes.CONFLICT
    assert while_at_work.json()["type"] == "urn:regimen:problem:at_work"
    assert left.status_code == httpx.codes.OK
    assert events == 1


async def test_what_the_course_refuses_is_a_problem_with_its_reason_and_may_be_sent_again(
    amy: Program, course_id: str
) -> None:
    goals = {"fact": {"kind": "goals", "goals": ["half the days"], "consent_signed_on": str(A_DAY_AGO)}}
    key = uuid4().hex
    refused = [await amy.post(f"/courses/{course_id}/facts", goals, Idempotency_Key=key) for _ in range(2)]

    assert [one.status_code for one in refused] == [409, 409]
    assert refused[1].json()["type"] == "urn:regimen:problem:refused"
    assert "`goals` is for clinician" in refused[1].json()["detail"]


async def test_a_fact_that_cannot_be_read_names_its_fields(amy: Program, course_id: str) -> None:
    path = f"/courses/{course_id}/facts"
    wrong = await amy.post(path, {"fact": {"kind": "goals", "consent_signed_on": "soon", "other": 1}})
    unknown = await amy.post(path, {"fact": {"kind": "nothing-of-the-kind"}})
    far = await amy.post(path, {"fact": {"kind": "hold", "reason": "x", "until_on": "9999-12-31"}})

    assert {one["field"] for one in wrong.json()["errors"]} == {"fact.goals", "fact.consent_signed_on", "fact.other"}
    assert unknown.json()["errors"][0]["field"] == "fact.kind"
    assert far.status_code == httpx.codes.UNPROCESSABLE_ENTITY


async def test_two_take_a_task_and_the_second_hears_who_was_faster(amy: Program, otto: Program, course_id: str) -> None:
    path = f"/courses/{course_id}/tasks"
    task = next(one for one in (await amy.get(path)).json()["items"] if one["kind"] == "submit-packet")
    address = f"{path}/{task['wait_id']}"
    read = await otto.get(address)
    taken = await amy.post(f"{address}/take", If_Match=task["etag"])
    stale = await otto.post(f"{address}/take", If_Match=read.headers["etag"])
    without = await otto.post(f"{address}/take")
    given = await amy.post(f"{address}/assign", {"to": "otto.ops"}, If_Match=taken.headers["etag"])
    mine = (await otto.get("/tasks", owner="otto.ops", course=course_id)).json()["items"]

    assert read.headers["etag"] == task["etag"]
    assert taken.status_code == given.status_code == httpx.codes.OK
    assert stale.status_code == httpx.codes.PRECONDITION_FAILED
    assert stale.json()["current"]["owner"] == "amy.ops"
    assert stale.headers["etag"] == taken.headers["etag"]
    assert without.status_code == httpx.codes.CONFLICT
    assert "Amy Alvarez has taken it already" in without.json()["detail"]
    assert task["wait_id"] in {one["wait_id"] for one in mine}


async def test_a_task_is_given_only_to_who_may_do_it(amy: Program, course_id: str) -> None:
    path = f"/courses/{course_id}/tasks"
    task = next(one for one in (await amy.get(path)).json()["items"] if one["kind"] == "submit-packet")
    wrong = await amy.post(f"{path}/{task['wait_id']}/assign", {"to": "dr.lee"})
    nobody = await amy.post(f"{path}/{task['wait_id']}/assign", {"to": "nobody"})

    assert wrong.json()["errors"][0]["field"] == nobody.json()["errors"][0]["field"] == "to"


async def test_tries_deadlines_and_answers_of_a_task(amy: Program, lee: Program) -> None:
    course_id = await amy.a_course()
    path = f"/courses/{course_id}/tasks"
    goals = next(one for one in (await lee.get(path)).json()["items"] if one["kind"] == "goals")
    address, later = f"{path}/{goals['wait_id']}", str(A_DAY_AGO + timedelta(days=9))
    tried = await lee.post(f"{address}/attempts", {"result": "no answer", "how": "call"})
    moved = await lee.post(f"{address}/deadline", {"due_on": later, "reason": "away"})
    other = await lee.post(f"{address}/answer", {"fact": {"kind": "contact-attempt", "result": "x"}})
    fact = {"kind": "goals", "goals": ["half the days"], "consent_signed_on": str(A_DAY_AGO)}
    done = await lee.post(f"{address}/answer", {"fact": fact})
    gone = await lee.get(address)

    assert [one.status_code for one in (tried, moved, other, done, gone)] == [200, 200, 422, 200, 404]
    assert other.json()["errors"][0]["expected"] == "one of goals"
    assert "goals_set" in {one["kind"] for one in done.json()["happened"]}


async def test_what_is_told_to_the_clinics_own_records_goes_the_same_way(
    amy: Program, course_id: str, world: World
) -> None:
    contact = {"fact": {"kind": "contact-changed", "phone": "+1 555 010 0199"}}
    told = await amy.post(f"/courses/{course_id}/facts", contact)
    phone = await world.pool.fetchval(
        "select phone from patient join course using (patient_id) where course_id = $1", course_id
    )

    assert told.status_code == httpx.codes.OK, told.text
    assert told.json()["event"] is None
    assert phone == "+1 555 010 0199"


async def test_lists_go_on_where_the_page_before_ended(amy: Program) -> None:
    for _ in range(3):
        await amy.a_course()
    whole = {one["task"] for one in (await amy.get("/tasks", limit=200)).json()["items"]}
    seen: list[str] = []
    page = await amy.get("/tasks", limit=2)
    while True:
        seen += [one["task"] for one in page.json()["items"]]
        following = page.json()["next"]
        if following is None:
            break
        assert page.headers["link"] == f'<{following}>; rel="next"'
        page = await amy.http.get(following)

    assert len(seen) == len(set(seen))
    assert set(seen) >= whole
    assert len(seen) > 5


@pytest.mark.parametrize("path", ["/courses", "/tasks", "/appointments", "/messages", "/claims"])
async def test_a_cursor_that_is_not_ours_is_named_as_wrong(amy: Program, path: str) -> None:
    for cursor in ("x", "bm90IGpzb24=", "WzEsMiwzLDQsNV0=", "WyIyMDI2LTAxLTAxIiwgIlx1MDAwMCJd", "bnVsbA=="):
        answer = await amy.get(path, cursor=cursor)
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        assert answer.json()["errors"][0]["field"] == "cursor"


async def test_lists_are_filtered(amy: Program, course_id: str) -> None:
    opened = await amy.all_of("/courses", open=True, waiting_for="submit-packet", limit=200)
    ended = await amy.all_of("/courses", open=False, limit=200)
    of_course = (await amy.get("/tasks", kind="submit-packet", course=course_id)).json()["items"]
    clinicians = (await amy.get("/tasks", role="clinician", limit=200)).json()["items"]

    assert course_id in {one["course_id"] for one in opened}
    assert course_id not in {one["course_id"] for one in ended}
    assert [one["kind"] for one in of_course] == ["submit-packet"]
    assert {one["role"] for one in clinicians} == {"clinician"}


async def test_what_is_not_there_and_what_nobody_may_know_of_are_the_same_bytes(amy: Program, course_id: str) -> None:
    paths = ("/tokens", "/nothing", "/courses/0123456789", f"/courses/{course_id[:8]}", "/courses/%00", "/schemas/none")
    answers = [await amy.get(path) for path in paths]
    answers.append(await amy.post("/courses/0123456789/facts", {"fact": {"kind": "pregnancy"}}))
    answers.append(await amy.get(f"/courses/{course_id}/tasks/nothing"))

    assert {(one.status_code, one.content) for one in answers} == {(404, answers[0].content)}
    assert answers[0].headers["content-type"] == PROBLEM


async def test_every_way_of_asking_wrongly_is_a_problem(amy: Program, course_id: str) -> None:
    path = f"/api/v1/courses/{course_id}/facts"
    json = {"content-type": "application/json"}
    asked = {
        400: amy.http.post(path, content=b"{", headers=json),
        405: amy.http.put(path, json={}),
        413: amy.http.post(path, content=b" " * (BODY_MAX + 1), headers=json),
        415: amy.http.post(path, content=b"kind=goals", headers={"content-type": "text/plain"}),
        422: amy.http.get("/api/v1/tasks?limit=0"),
    }
    for status, asking in asked.items():
        answer = await asking
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json()["status"] == status


async def test_a_token_is_worth_what_its_user_may_do_and_nothing_when_revoked(console: str) -> None:
    async with a_program(console, "ben.billing") as ben, signed_in(console, "ada.admin") as ada:
        me = (await ben.get("/me")).json()
        tokens = (await ada.get("/api/v1/tokens")).json()["items"]
        names = [one["name"] for one in tokens if one["user_id"] == "ben.billing"]
        started = await ben.post("/courses", an_intake())
        csrf = {"x-csrf-token": await ada.csrf()}
        for name in names:
            await ada.http.delete(f"/api/v1/tokens/{name}", headers=csrf)
        after = await ben.get("/me")

    assert (me["user_id"], me["role"]) == ("ben.billing", "billing")
    assert started.status_code == httpx.codes.NOT_FOUND
    assert after.status_code == httpx.codes.UNAUTHORIZED
    assert after.headers["www-authenticate"].startswith("Bearer")


async def test_a_page_may_use_the_api_with_its_csrf_token_only(console: str) -> None:
    async with signed_in(console, "ada.admin") as ada:
        body = {"name": "of a page", "user_id": "amy.ops"}
        without = await ada.http.post("/api/v1/tokens", json=body)
        read = await ada.get("/api/v1/me")

    assert without.status_code == httpx.codes.FORBIDDEN
    assert without.headers["content-type"] == PROBLEM
    assert read.json()["user_id"] == "ada.admin"


async def test_how_much_may_still_be_asked_stands_in_every_answer_and_too_much_is_refused(world: World) -> None:
    async with a_console(world, api_requests_per_minute=3) as url, httpx.AsyncClient(base_url=url) as http:
        answers = [await http.get("/api/v1/me") for _ in range(7)]

    assert answers[0].headers["ratelimit-limit"] == "3"
    assert int(answers[0].headers["ratelimit-remaining"]) <= 2
    assert answers[-1].status_code == httpx.codes.TOO_MANY_REQUESTS
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].headers["content-type"] == PROBLEM


async def test_tokens_cannot_be_guessed_without_end(world: World) -> None:
    async with a_console(world, failures_per_minute=3) as url, httpx.AsyncClient(base_url=url) as http:
        answers = [
            await http.get("/api/v1/me", headers={"authorization": f"Bearer guess-{number}"}) for number in range(7)
        ]

    assert answers[0].status_code == httpx.codes.UNAUTHORIZED
    assert answers[-1].status_code == httpx.codes.TOO_MANY_REQUESTS


async def test_rules_people_and_schemas_can_be_read(amy: Program) -> None:
    users = (await amy.get("/users")).json()["items"]
    protocols = (await amy.get("/protocols")).json()["items"]
    newest = protocols[0]["versions"][-1]
    protocol = (await amy.get(f"/protocols/{protocols[0]['id']}/{newest}")).json()
    payers = (await amy.get("/payers")).json()["items"]
    policy = (await amy.get(f"/payers/{payers[0]['id']}/{payers[0]['versions'][-1]}")).json()
    schemas = {one["kind"]: one for one in (await amy.get("/schemas")).json()["items"]}
    goals = (await amy.get("/schemas/goals")).json()

    assert "amy.ops" in {one["user_id"] for one in users}
    assert protocol["version"] == newest
    assert policy["id"] == payers[0]["id"]
    assert schemas["goals"]["roles"] == ["clinician"]
    assert "claim-status" in schemas
    assert "consent_signed_on" in goals["properties"]


async def test_appointments_of_a_day_and_of_a_range(amy: Program) -> None:
    today = await amy.get("/appointments")
    a_range = await amy.get("/appointments", first="2026-01-01", last="2026-12-31")
    both = await amy.get("/appointments", on="2026-01-01", first="2026-01-01", last="2026-01-02")
    half = await amy.get("/appointments", first="2026-01-01")

    assert today.status_code == a_range.status_code == httpx.codes.OK
    assert both.json()["errors"][0]["field"] == "on"
    assert half.json()["errors"][0]["field"] == "last"
