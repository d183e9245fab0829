"""`packet`: an authorization request with its evidence, to print, fax or upload."""

from __future__ import annotations

from pathlib import Path

import click

from cli.command import Answer, Call, runs, said
from office.errors import BadInput
from office.finding import course_named, folded
from office.packet import packet_of, request_of


@click.command()
@click.argument("course")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, allow_dash=True), help="Where to write it; - is stdout."
)
@click.option("--request", "number", type=int, metavar="N", help="Which request; default: the last one.")
@runs()
async def packet(call: Call, course: str, *, out: str, number: int | None) -> Answer:
    """Write the authorization request of COURSE as one HTML document to print or to save as PDF.

    It holds the request, the criteria with their evidence, all treatments tried, doses and dates, and for a renewal
    the response. It names the patient: keep it where patients' papers are kept.
    """
    row = await course_named(call, course)
    now = await folded(call, row)
    request = request_of(now, number)
    html = await packet_of(call, now, request)
    if out == "-":
        if call.as_json:
            raise BadInput("--out -: with --json stdout is one JSON document; name a file")
        return said(html, None)
    try:
        Path(out).write_text(html, encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{out}: cannot be written: {problem.strerror}") from None
    data = {"course_id": now.course_id, "request": request.number, "purpose": request.purpose, "file": out}
    return said(f"{out}: request {request.number} ({request.purpose}); open it in a browser to print it", data)
