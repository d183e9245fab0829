"""`/`: where each role begins its day."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from console.access.guard import Who
from domain.people import Role

router = APIRouter()
BEGINS = {Role.CLINICIAN: "/tasks", Role.ADMIN: "/stuck"}


@router.get("/")
async def home(who: Who) -> Response:
    """Go to where this person's day begins."""
    return RedirectResponse(BEGINS.get(who.role, "/worklist"), status_code=303)
