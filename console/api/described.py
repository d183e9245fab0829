"""The OpenAPI document: what FastAPI knows, and what holds for all addresses alike."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from console.api.problems import MEDIA_TYPE, Problem

router = APIRouter(include_in_schema=False)
ABOUT = """Everything the pages do. Sign in with a token of an integration (`Authorization: Bearer ...`), or with the session of
a page and its CSRF token as `X-CSRF-Token`.

Lists come in pages: follow `next`. Writes take an `Idempotency-Key`: sent again with the same key and body they are answered
again and not done again, for seven days; a course never does them twice. What failed changed nothing and may be sent again
under its key. Tasks have an `ETag`, which covers what an answer rests on; with `If-Match` a write about one that has changed is answered 412
with what it is now.
Each answer says in `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` how much may still be asked in this minute.
What you may not know of is answered as what is not there. Every look at a course is recorded.
"""
PROBLEMS = {
    "400": "The body is not JSON",
    "401": "No valid token or session",
    "403": "A session without its CSRF token",
    "404": "Nothing here, or nothing that you may know of",
    "409": "The course refused, it is already there, or the same write is still at work",
    "412": "The task has changed since you read it; `current` says what it is now",
    "413": "The body is too large",
    "415": "The body is not application/json",
    "422": "Fields that cannot be taken, each named; or the key names another write",
    "429": "Asked too often; `Retry-After` says when again",
    "503": "Temporal, its worker or the database does not answer",
}


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """Return the OpenAPI document. Made once, beside other work: it takes seconds."""
    return Response(await asyncio.to_thread(_written, request.app), media_type="application/json")


@cache
def _written(app: FastAPI) -> str:
    return json.dumps(document_of(app))


def document_of(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an app."""
    made = get_openapi(
        title="Regimen", version="1", summary="Courses of treatment", description=ABOUT, routes=app.routes
    )
    schemas = made["components"]["schemas"]
    for gone in ("HTTPValidationError", "ValidationError"):
        schemas.pop(gone, None)
    schemas |= _parts(Problem)
    for schema in schemas.values():
        _name_its_kind(schema)
    made["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-regimen"},
    }
    made["security"] = [{"token": []}, {"session": []}]
    for path in made["paths"].values():
        for method, operation in path.items():
            operation["responses"] |= _problems(operation, is_write=method != "get")
    return made


def _parts(model: Any) -> dict[str, Any]:
    document = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**document.pop("$defs", {}), model.__name__: document}


def _name_its_kind(schema: dict[str, Any]) -> None:
    """Say that a fact must name its kind: among others it is read by that."""
    for name in ("kind", "of"):
        if "const" in schema.get("properties", {}).get(name, {}):
            schema["required"] = sorted({name, *schema.get("required", ())})


def _problems(operation: dict[str, Any], *, is_write: bool) -> dict[str, Any]:
    """Return the problems with which this address can answer."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    takes = {one["name"].casefold() for one in operation.get("parameters", ())}
    has_body = "requestBody" in operation
    only_where = {
        "400": has_body,
        "403": is_write,
        "409": "idempotency-key" in takes or "409:" in operation.get("description", ""),
        "412": "if-match" in takes,
        "413": is_write,
        "415": is_write,
    }
    return {
        status: {"description": said, "content": content}
        for status, said in PROBLEMS.items()
        if only_where.get(status, True)
    }
