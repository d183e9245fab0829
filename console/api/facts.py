"""The facts that a course is told, each by its kind, with its schema."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import BaseModel, Field, create_model

from domain import facts as f
from domain.clinic_time import instant_of
from domain.record import Edge
from office.direct import DIRECT_FIELDS
from office.errors import WrongField, wrong_fields
from office.fields import EARLIEST_YEAR, LATEST_YEAR
from office.kinds import FACTS, TOLD

Day = Annotated[date, Field(ge=date(EARLIEST_YEAR, 1, 1), le=date(LATEST_YEAR, 12, 31))]
NUMBER_MAX = 2**31 - 1


class CorrectionTold(Edge):
    """A recorded fact was told wrongly. The event is named by its number in the journal; both values stay."""

    kind: Literal["correction"] = "correction"
    event: int = Field(ge=1, description="its number in the journal")
    values: Annotated[f.Values, Field(discriminator="of")]
    reason: str = Field(min_length=1)


def _without(model: type[BaseModel], *left_out: str, **more: Any) -> type[BaseModel]:
    """Return a fact as it is told from outside: without what is looked up for it."""
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in model.model_fields.items() if name not in left_out
    }
    return create_model(f"{model.__name__}Told", __base__=Edge, __doc__=model.__doc__, **(fields | more))


CoverageChangedTold = _without(
    f.CoverageChanged,
    "policy",
    member_id=(str | None, Field(default=None, min_length=1, description="the patient's number with the payer")),
)
TOLD_BY_API: dict[str, type[BaseModel]] = {
    **{kind: FACTS[kind] for kind in TOLD},
    "coverage-changed": CoverageChangedTold,
    "correction": CorrectionTold,
    **DIRECT_FIELDS,
}
"""What the API takes, by kind. What is told of a task (take, release ...) has addresses of its own."""

TOLD_TO_COURSES = {kind: model for kind, model in TOLD_BY_API.items() if kind not in DIRECT_FIELDS}
"""What becomes an event of the course; the rest goes to the clinic's own records."""

if TYPE_CHECKING:
    AnyTold = BaseModel
    ToldToCourse = BaseModel
else:
    AnyTold = Annotated[Union[tuple(TOLD_BY_API.values())], Field(discriminator="kind")]  # noqa: UP007 - made from a table
    ToldToCourse = Annotated[Union[tuple(TOLD_TO_COURSES.values())], Field(discriminator="kind")]  # noqa: UP007 - as before


class Telling(Edge):
    """A fact on its way to a course."""

    fact: AnyTold
    task: str | None = Field(
        default=None, max_length=200, description="the wait that it answers; default: the course finds it"
    )
    deviation: str | None = Field(
        default=None,
        min_length=1,
        max_length=2000,
        description="why a clinician tells what has happened against a rule",
    )


class Foretelling(Edge):
    """A fact that is looked at before it is told. What goes to the clinic's own records leads to nothing."""

    fact: ToldToCourse
    task: str | None = Field(
        default=None, max_length=200, description="the wait that it would answer; default: the course finds it"
    )
    deviation: str | None = Field(default=None, min_length=1, max_length=2000, description="as it would be told")


class Answering(Edge):
    """The answer to a task: one of the kinds of facts that answer it."""

    fact: AnyTold
    deviation: str | None = Field(
        default=None,
        min_length=1,
        max_length=2000,
        description="why a clinician tells what has happened against a rule",
    )


def as_told(told: BaseModel, zone: str, *, where: str = "fact") -> BaseModel:
    """Return a fact with local times as instants. Raises `BadInput` for days and numbers that nothing has."""
    see_in_bounds(told.model_dump(), where)
    local = {
        name: instant_of(value.date(), value.time(), zone)
        for name, value in dict(told).items()
        if isinstance(value, datetime) and value.tzinfo is None
    }
    return told.model_copy(update=local) if local else told


def see_in_bounds(value: Any, where: str = "") -> None:
    """Refuse days and numbers that nothing has; `where` the value is in what was sent. Raises `BadInput`."""
    match value:
        case dict():
            for name, one in value.items():
                see_in_bounds(one, f"{where}.{name}" if where else name)
        case list() | tuple():
            for number, one in enumerate(value):
                see_in_bounds(one, f"{where}[{number}]")
        case date() if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
            raise _out_of_bounds(where, f"a day between {EARLIEST_YEAR} and {LATEST_YEAR}")
        case int() if abs(value) > NUMBER_MAX:
            raise _out_of_bounds(where, "a smaller number")
        case _:
            return


def _out_of_bounds(where: str, expected: str) -> Exception:
    return wrong_fields([WrongField(field=where, problem="is out of bounds", expected=expected)])
