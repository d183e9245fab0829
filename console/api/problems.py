"""RFC 9457 problems: what the API answers when it does not do what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from domain.deviation import with_the_way
from office.errors import CommandFailed, WrongField
from office.sending import AGAIN_SAID

TITLES = {
    "bad_input": "Something sent cannot be taken",
    "already_there": "It is already there",
    "not_found": "There is nothing here",
    "refused": "The course refused",
    "not_reachable": "Not reachable just now",
    "not_signed_in": "Not signed in",
    "foreign_form": "The CSRF token is missing or wrong",
    "too_often": "Asked too often",
    "changed_since": "It has changed since you read it",
    "at_work": "The same write is still at work",
    "other_write": "The key was used for another write",
    "not_json": "Expected application/json",
    "malformed": "Not JSON",
    "too_large": "Too large",
    "method_not_allowed": "This method does nothing here",
    "failed": "It did not work",
}
SAME_KEY = "send it again under the same Idempotency-Key: it takes effect once"
MEDIA_TYPE = "application/problem+json"


class ChangedSince(CommandFailed):
    """What was to be changed is not what the sender has read. `current` is what it is now."""

    kind = "changed_since"

    def __init__(self, current: Mapping[str, Any], etag: str) -> None:
        super().__init__("read it again, and decide anew")
        self.current, self.etag = current, etag


class StillAtWork(CommandFailed):
    """The same write was sent before and has no answer yet."""

    kind = "at_work"


class OtherWrite(CommandFailed):
    """The key names a write that asked for something else."""

    kind = "other_write"


class Wrong(BaseModel):
    """One field that cannot be taken."""

    field: str = Field(description="where it is: names joined by dots, [n] in lists")
    problem: str
    expected: str


class Problem(BaseModel):
    """An RFC 9457 problem. `type` is stable, `detail` is for people."""

    type: str = Field(description="urn:regimen:problem:KIND", examples=["urn:regimen:problem:refused"])
    title: str
    status: int
    detail: str
    errors: list[Wrong] = Field(description="the fields that are wrong; empty where it is not about fields")
    current: dict[str, Any] | None = Field(default=None, description="with 412: what it is now")


def problem(
    status: int,
    kind: str,
    detail: str,
    *,
    fields: Iterable[WrongField] = (),
    headers: Mapping[str, str] | None = None,
    current: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """Return an RFC 9457 problem."""
    body: dict[str, Any] = {
        "type": f"urn:regimen:problem:{kind}",
        "title": TITLES.get(kind, HTTPStatus(status).phrase),
        "status": status,
        "detail": AGAIN_SAID.sub(SAME_KEY, with_the_way(detail, ": send `deviation` with the reason")),
        "errors": [{"field": one.field, "problem": one.problem, "expected": one.expected} for one in fields],
    }
    if current is not None:
        body["current"] = jsonable_encoder(current)
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))
