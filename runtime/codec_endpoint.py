"""Decrypts payloads for Temporal's Web UI and CLI, on this machine only, for who has the secret address."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from urllib.parse import urlsplit

import uvicorn
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payload, Payloads

from runtime.payloads import EncryptionCodec, KeyRing, UndecipherablePayloadError

LOOPBACK = "127.0.0.1"
BODY_BYTES_MAX = 16 * 1024 * 1024


def codec_app(ring: KeyRing, *, secret: str, web_ui_url: str) -> Starlette:
    """Return the app that answers POST /SECRET/decode and /SECRET/encode; anything else is 404.

    The Web UI can send no password of its own, so its address carries one. Only pages of the UI may read the
    answers (CORS), and only under a loopback name, so that no other site's name can be bent to us.
    """
    codec = EncryptionCodec(ring)
    port = urlsplit(web_ui_url).port
    return Starlette(
        routes=[
            Route("/{secret}/decode", _endpoint(codec.decode, secret), methods=["POST"]),
            Route("/{secret}/encode", _endpoint(codec.encode, secret), methods=["POST"]),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"]),
            Middleware(
                CORSMiddleware,
                allow_origins=[f"http://{LOOPBACK}:{port}", f"http://localhost:{port}"],
                allow_methods=["POST"],
                allow_headers=["content-type", "x-namespace", "authorization"],
            ),
        ],
    )


def _endpoint(
    turn: Callable[[Sequence[Payload]], Awaitable[list[Payload]]], secret: str
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if not hmac.compare_digest(request.path_params["secret"].encode(), secret.encode()):
            return Response(status_code=404)
        body = await _body(request)
        if body is None:
            return JSONResponse({"error": f"more than {BODY_BYTES_MAX} bytes"}, status_code=413)
        try:
            turned = await turn(Parse(body, Payloads()).payloads)
        except (ParseError, UnicodeDecodeError):
            return JSONResponse({"error": "expected Temporal's Payloads as JSON"}, status_code=400)
        except UndecipherablePayloadError as problem:
            return JSONResponse({"error": str(problem)}, status_code=422)
        return Response(MessageToJson(Payloads(payloads=turned)), media_type="application/json")

    return answer


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)


class _QuietServer(uvicorn.Server):
    """A server inside our own loop: Ctrl-C is the stack's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: Starlette, *, port: int) -> AsyncIterator[None]:
    """Serve on loopback for as long as the context is open. No access log: the path holds the secret."""
    server = _QuietServer(
        uvicorn.Config(app, host=LOOPBACK, port=port, access_log=False, log_config=None, lifespan="off")
    )
    task = asyncio.create_task(server.serve())
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        if task.done():
            await task
        yield
    finally:
        server.should_exit = True
        with contextlib.suppress(SystemExit):
            await task
