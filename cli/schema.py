"""`schema`: what an intake, an import or a fact is made of."""

from __future__ import annotations

from typing import Any

import click

from cli.command import Answer, Call, runs
from domain.intake import Intake
from office.direct import DIRECT_FIELDS
from office.finding import wrong
from office.import_columns import COLUMNS
from office.kinds import FACTS


@click.command()
@click.argument("name", metavar="NAME")
@runs()
async def schema(_: Call, name: str) -> Answer:
    """Show the JSON Schema of an `intake` or of a kind of fact, or the CSV columns of an `import`."""
    if name == "import":
        return _columns()
    models: dict[str, Any] = {"intake": Intake, **FACTS, **DIRECT_FIELDS}
    if name not in models:
        raise wrong("name", f"no schema {name}; expected import or one of {', '.join(models)}")
    document = models[name].model_json_schema()

    def show(_: object) -> None:
        from cli.command import write_json  # noqa: PLC0415 - only a program that asks for JSON needs it

        write_json(document)

    return Answer(data=document, show=show)


def _columns() -> Answer:
    data = [{"column": column, "means": means} for column, means in COLUMNS.items()]
    header = ",".join(COLUMNS)
    return Answer(data=data, show=lambda console: console.print(header, markup=False, highlight=False, soft_wrap=True))
