"""What every answer carries, also one that says that Regimen failed: what browsers need to protect people."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from console.access.limits import Left

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def protected(request: Request, response: Response) -> Response:
    """Return the answer, kept out of every cache but for what is nobody's; to a program it says how much is left."""
    response.headers.setdefault("content-security-policy", POLICY)
    response.headers["x-content-type-options"] = "nosniff"
    response.headers["referrer-policy"] = "same-origin"
    response.headers["cross-origin-opener-policy"] = "same-origin"
    if not request.url.path.startswith("/static/"):
        response.headers.setdefault("cache-control", "no-store")
    left: Left | None = getattr(request.state, "left", None)
    if left is not None:
        response.headers.update(left.headers())
    return response
