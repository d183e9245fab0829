"""A course's documents, as they are printed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from console.api.facts import NUMBER_MAX
from console.api.seeing import Reached, Seen
from console.documents import document
from office.dossier import dossier_of
from office.finding import folded
from office.packet import packet_of, request_of

router = APIRouter(tags=["courses"], default_response_class=HTMLResponse)


@router.get("/courses/{course_id}/packet")
async def show_packet(
    row: Seen,
    world: Reached,
    *,
    request_number: Annotated[
        int | None, Query(ge=1, le=NUMBER_MAX, description="default: the last authorization request")
    ] = None,
) -> Response:
    """Show an authorization request with its evidence as one printable document."""
    course = await folded(world.call(), row)
    return document(await packet_of(world.call(), course, request_of(course, request_number)))


@router.get("/courses/{course_id}/dossier")
async def show_dossier(row: Seen, world: Reached) -> Response:
    """Show the dossier for whoever goes on treating as one printable document."""
    return document(await dossier_of(world.call(), row, await folded(world.call(), row)))
