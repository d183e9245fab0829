"""Who has the secret address can read payloads through Temporal's own tools; nobody else can."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from google.protobuf.json_format import MessageToJson, Parse
from temporalio.api.common.v1 import Payload, Payloads

from runtime.codec_endpoint import codec_app, serving
from runtime.embedded import EmbeddedStack
from runtime.embedded.ports import any_free_port
from runtime.embedded.temporal_server import find_temporal
from runtime.payloads import KEY_ID, EncryptionCodec, KeyRing, data_converter
from runtime.temporal import connect

SECRET = "not-to-be-guessed"


@dataclass
class Answer:
    status: int
    body: str
    headers: dict[str, str]


@dataclass
class Endpoint:
    port: int
    ring: KeyRing

    async def post(self, path: str, body: str, **headers: str) -> Answer:
        return await asyncio.to_thread(self._post, path, body, headers)

    def _post(self, path: str, body: str, headers: dict[str, str]) -> Answer:
        request = Request(f"http://127.0.0.1:{self.port}{path}", data=body.encode(), headers=headers, method="POST")
        try:
            with urlopen(request, timeout=60) as response:  # noqa: S310 - ours
                return Answer(response.status, response.read().decode(), dict(response.headers))
        except HTTPError as refused:
            with refused:
                return Answer(refused.code, refused.read().decode(), dict(refused.headers))


@pytest.fixture
async def endpoint(embedded: EmbeddedStack) -> AsyncIterator[Endpoint]:
    ring, port = embedded.settings().payload_keys, any_free_port()
    async with serving(codec_app(ring, secret=SECRET, web_ui_url="http://127.0.0.1:8233"), port=port):
        yield Endpoint(port, ring)


async def encrypted(ring: KeyRing) -> str:
    return MessageToJson(Payloads(payloads=await data_converter(ring).encode(["Ada Lovelace"])))


async def test_temporals_own_command_line_shows_the_clear_text_through_it(
    embedded: EmbeddedStack, endpoint: Endpoint
) -> None:
    client, course_id = await connect(embedded.settings()), f"course-{uuid4()}"
    await client.start_workflow("Nobody", "Ada Lovelace", id=course_id, task_queue="nobody")
    address = embedded.settings().temporal_address
    show = [find_temporal(), "workflow", "show", f"--workflow-id={course_id}", f"--address={address}", "--output=json"]

    async def shown(*more: str) -> str:
        run = await asyncio.create_subprocess_exec(*show, *more, stdout=asyncio.subprocess.PIPE)
        output, _ = await run.communicate()
        return output.decode()

    # The JSON output shows a payload's bytes in base64.
    clear_text = base64.b64encode(b'"Ada Lovelace"').decode()
    assert clear_text not in await shown()
    assert clear_text in await shown(f"--codec-endpoint=http://127.0.0.1:{endpoint.port}/{SECRET}")


async def test_a_wrong_secret_finds_nothing_there(endpoint: Endpoint) -> None:
    body = await encrypted(endpoint.ring)

    for path in ("/wrong/decode", "/decode", "/", f"/{SECRET}", f"/{SECRET}/keys"):
        assert (await endpoint.post(path, body)).status == 404


async def test_the_web_ui_may_read_the_answer_and_no_other_page(endpoint: Endpoint) -> None:
    body = await encrypted(endpoint.ring)

    ours = await endpoint.post(f"/{SECRET}/decode", body, Origin="http://localhost:8233")
    other = await endpoint.post(f"/{SECRET}/decode", body, Origin="http://evil.example")

    assert ours.headers["access-control-allow-origin"] == "http://localhost:8233"
    assert "access-control-allow-origin" not in other.headers


async def test_another_sites_name_that_was_bent_to_us_is_refused(endpoint: Endpoint) -> None:
    answer = await endpoint.post(f"/{SECRET}/decode", "{}", Host="evil.example")

    assert answer.status == 400


async def test_a_payload_under_an_unknown_key_says_which_key(endpoint: Endpoint) -> None:
    answer = await endpoint.post(f"/{SECRET}/decode", await encrypted(KeyRing.generate("lost")))

    assert answer.status == 422
    assert "the key 'lost'" in answer.body


@pytest.mark.parametrize("body", ["", "nonsense", '{"payloads": 1}', '{"names": []}', "\x00"])
async def test_what_is_no_payload_is_refused(endpoint: Endpoint, body: str) -> None:
    assert (await endpoint.post(f"/{SECRET}/decode", body)).status == 400


async def test_what_the_web_ui_sends_is_encrypted_with_the_current_key(endpoint: Endpoint) -> None:
    clear = Payload(metadata={"encoding": b"json/plain"}, data=b'"an answer"')

    answer = await endpoint.post(f"/{SECRET}/encode", MessageToJson(Payloads(payloads=[clear])))

    [sealed] = Parse(answer.body, Payloads()).payloads
    assert sealed.metadata[KEY_ID].decode() == endpoint.ring.current_id
    assert await EncryptionCodec(endpoint.ring).decode([sealed]) == [clear]
