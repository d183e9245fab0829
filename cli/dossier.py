"""`dossier`: what another clinic needs to go on with a patient, as one printable document."""

from __future__ import annotations

from pathlib import Path

import click

from cli.command import Answer, Call, runs, said
from office.dossier import dossier_of
from office.errors import BadInput
from office.finding import course_named, folded


@click.command()
@click.argument("course")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, allow_dash=True), help="Where to write it; - is stdout."
)
@runs()
async def dossier(call: Call, course: str, *, out: str) -> Answer:
    """Write the dossier of COURSE as one HTML document to print or to save as PDF.

    Doses with dates, units, sites and lots, the counts before treatment, each response check, adverse events, and what
    is left of an open authorization. It names the patient: send it with her consent only.
    """
    row = await course_named(call, course)
    now = await folded(call, row)
    html = await dossier_of(call, row, now)
    if out == "-":
        if call.as_json:
            raise BadInput("--out -: with --json stdout is one JSON document; name a file")
        return said(html, None)
    try:
        Path(out).write_text(html, encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{out}: cannot be written: {problem.strerror}") from None
    return said(f"{out}: open it in a browser to print it", {"course_id": now.course_id, "file": out})
