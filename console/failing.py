"""What people and programs are told when something cannot be done: a page, a part of one, or an RFC 9457 problem."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from activities.outside import Unavailable
from console.access import signing
from console.access.guard import API, NOTHING, ForeignForm, NotSignedIn, signed_in
from console.access.limits import TooOften
from console.api.problems import ChangedSince, OtherWrite, StillAtWork, problem
from console.imports import MEGABYTE
from console.labels import failure_said
from console.page import page
from console.protecting import protected
from console.world import world_of
from office.errors import (
    AlreadyThere,
    BadInput,
    CommandFailed,
    CourseRefused,
    NotFound,
    NotReachable,
    WrongField,
)
from office.fields import expected_in_words

STATUS: dict[type[CommandFailed], int] = {
    BadInput: 422,
    AlreadyThere: 409,
    NotFound: 404,
    CourseRefused: 409,
    NotReachable: 503,
    ChangedSince: 412,
    StillAtWork: 409,
    OtherWrite: 422,
}
PAGE_TITLES: dict[type[CommandFailed], str] = {
    BadInput: "Something typed cannot be taken",
    NotFound: "There is nothing here",
    CourseRefused: "The course refused; nothing changed",
    AlreadyThere: "It is already there",
    NotReachable: "Regimen is not reachable just now; nothing is lost",
}
HTTP_KINDS = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "not_json",
}
AGAIN_SECONDS = "5"


def answer_failures(app: FastAPI) -> None:
    """Let the app answer each way of failing."""
    app.add_exception_handler(NotSignedIn, _to_sign_in)
    app.add_exception_handler(ForeignForm, _foreign)
    app.add_exception_handler(TooOften, _too_often)
    app.add_exception_handler(CommandFailed, _failed)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _our_fault)


def is_api(request: Request) -> bool:
    """Whether a program asks, so that it is answered in JSON."""
    return request.url.path.startswith(API)


async def _to_sign_in(request: Request, _: Exception) -> Response:
    if is_api(request):
        said = "no valid token or session was sent"
        return problem(401, "not_signed_in", said, headers={"WWW-Authenticate": 'Bearer realm="regimen"'})
    if request.headers.get("hx-request"):
        return page(request, "expired.html", status=401)
    if request.method != "GET":
        return page(request, "expired_page.html", status=401)
    return RedirectResponse(f"/sign-in?then={signing.safe_path(request)}", status_code=303)


async def _foreign(request: Request, _: Exception) -> Response:
    if is_api(request):
        return problem(403, "foreign_form", "with a session, send its CSRF token as X-CSRF-Token; nothing was done")
    said = "Nothing was done. It was opened by somebody else, or comes from another site. Open the page anew."
    part = "problem_part.html" if request.headers.get("hx-request") else "problem.html"
    return page(request, part, status=403, title="This form is not valid any more", said=said, fields=())


async def _too_often(request: Request, raised: Exception) -> Response:
    assert isinstance(raised, TooOften)
    wait = {"Retry-After": str(raised.again_in)}
    if is_api(request):
        return problem(429, "too_often", f"ask again in {raised.again_in} s", headers=wait)
    said = f"Wait {raised.again_in} seconds, then try again."
    answer = page(request, "problem.html", status=429, title="That was too often", said=said, fields=())
    answer.headers.update(wait)
    return answer


async def _failed(request: Request, failed: Exception) -> Response:
    assert isinstance(failed, CommandFailed)
    status = next((STATUS[kind] for kind in type(failed).__mro__ if kind in STATUS), 500)
    if is_api(request):
        headers = {"Retry-After": AGAIN_SECONDS} if isinstance(failed, NotReachable | StillAtWork) else {}
        current = None
        if isinstance(failed, ChangedSince):
            headers, current = {"ETag": failed.etag}, failed.current
        return problem(status, failed.kind, failed.message, fields=failed.fields, headers=headers, current=current)
    part = "problem_part.html" if request.headers.get("hx-request") else "problem.html"
    title = PAGE_TITLES.get(type(failed), "It did not work")
    return page(request, part, status=status, title=title, said=failure_said(failed), fields=failed.fields)


async def _unavailable(request: Request, outage: Exception) -> Response:
    return await _failed(request, NotReachable(str(outage)))


async def _not_valid(request: Request, raised: Exception) -> Response:
    assert isinstance(raised, RequestValidationError)
    faults = raised.errors()
    if any(one["type"] == "json_invalid" for one in faults):
        return await _http(request, HTTPException(400, "the body is not JSON"))
    return await _failed(request, BadInput("some fields cannot be taken; nothing was done", map(_wrong, faults)))


def _wrong(fault: Any) -> WrongField:
    """Return a fault in plain words. Never what was sent: it may be about a patient."""
    kind, where = fault["type"], fault["loc"]
    field = _field(where)
    if kind == "missing":
        return WrongField(field=field, problem="is missing", expected="a value")
    if kind == "extra_forbidden":
        return WrongField(field=field, problem="no such field", expected="one that is known")
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        expected = f"one of {fault['ctx']['expected_tags']}" if "expected_tags" in fault["ctx"] else "one that is known"
        name = str(fault["ctx"]["discriminator"]).strip("'")
        return WrongField(field=f"{field}.{name}".lstrip("."), problem="no such kind", expected=expected)
    return WrongField(field=field, problem="cannot be read", expected=expected_in_words(fault))


def _field(where: tuple[int | str, ...]) -> str:
    """Return where a field is. The name of a kind, which pydantic puts after the field that holds it, is left out."""
    parts = list(where[1:] if where and where[0] in {"body", "query", "path", "header", "cookie"} else where)
    kept = [one for place, one in enumerate(parts) if not (place and parts[place - 1] in {"fact", "values"})]
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in kept).lstrip(".")


async def _http(request: Request, raised: Exception) -> Response:
    assert isinstance(raised, HTTPException)
    if raised.status_code == 404:
        return await _nothing_there(request)
    detail = raised.detail or HTTPStatus(raised.status_code).phrase
    if is_api(request):
        kind = HTTP_KINDS.get(raised.status_code, "failed")
        return problem(raised.status_code, kind, detail, headers=raised.headers)
    answer = page(
        request, "problem.html", status=raised.status_code, title="It did not work", said=f"{detail}.", fields=()
    )
    answer.headers.update(raised.headers or {})
    return answer


async def _nothing_there(request: Request) -> Response:
    """Answer as a route does that this person may not know of: to who is not signed in, both say that first."""
    if not request.url.path.startswith("/static/"):
        try:
            await signed_in(request, world_of(request))
        except NotSignedIn as nobody:
            return await _to_sign_in(request, nobody)
        except ForeignForm as foreign:
            return await _foreign(request, foreign)
        except TooOften as often:
            return await _too_often(request, often)
        except Unavailable as outage:
            return await _unavailable(request, outage)
        except CommandFailed as failed:
            return await _failed(request, failed)
    return await _failed(request, NotFound(NOTHING))


def too_large(request: Request, most: int) -> Response:
    """Answer what is larger than may be sent. It is not read, so nobody knows who sends it."""
    if is_api(request):
        return problem(413, "too_large", f"at most {most} bytes")
    said = f"Nothing was done. At most {most // MEGABYTE} MB can be sent at once; split the file."
    part = "problem_part.html" if request.headers.get("hx-request") else "problem.html"
    return page(request, part, status=413, title="That is too large", said=said, fields=())


async def _our_fault(request: Request, _: Exception) -> Response:
    """Answer a bug of ours, from outside of all that guards. What it was stands in the log, and there only."""
    said = "Regimen failed. Nothing says whether it was done; look before you try again."
    if is_api(request):
        return protected(request, problem(500, "failed", said))
    part = "problem_part.html" if request.headers.get("hx-request") else "problem.html"
    return protected(request, page(request, part, status=500, title="Regimen failed", said=said, fields=()))
