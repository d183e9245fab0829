"""Lists in pages. A cursor is opaque to who gets it; here it is the keys of the last row that was shown."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from office.errors import BadInput, WrongField

Row = TypeVar("Row")
Item = TypeVar("Item")

LIMIT, LIMIT_MAX = 50, 200
Name = Annotated[str, Query(min_length=1, max_length=100, pattern=r"^[!-~]+$")]
"""An id or a code, as filters take it."""


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(description="the address of the next page; null: this is the last one")


@dataclass(frozen=True)
class Asked:
    """Which page is asked for."""

    request: Request
    response: Response
    limit: int
    cursor: str | None

    def after(self, *kinds: Callable[[str], Any]) -> Any:
        """Return the keys of the last row that was shown, read by `kinds`; None for the first page."""
        if self.cursor is None:
            return None
        try:
            parts = json.loads(base64.urlsafe_b64decode(self.cursor.encode()))
            keys = tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))
        except (ValueError, TypeError, UnicodeError, binascii.Error):
            raise _not_ours() from None
        if not all(map(_can_be_ours, keys)):
            raise _not_ours()
        return keys

    @property
    def rows(self) -> int:
        """Return how many rows to read: one more than is shown says whether there is a next page."""
        return self.limit + 1

    def page(
        self, rows: Sequence[Row], show: Callable[[Row], Item], keys: Callable[[Row], tuple[object, ...]]
    ) -> Page[Item]:
        """Return the page that these rows make."""
        shown = rows[: self.limit]
        following = None
        if len(rows) > self.limit:
            parts = [key.isoformat() if isinstance(key, date) else key for key in keys(shown[-1])]
            cursor = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
            kept = [(name, value) for name, value in self.request.query_params.multi_items() if name != "cursor"]
            following = f"{self.request.url.path}?{urlencode([*kept, ('cursor', cursor)])}"
            self.response.headers["Link"] = f'<{following}>; rel="next"'
        return Page(items=[show(row) for row in shown], next=following)


def _can_be_ours(key: Any) -> bool:
    if isinstance(key, datetime):
        return key.tzinfo is not None
    return "\x00" not in key if isinstance(key, str) else True


def _not_ours() -> BadInput:
    fault = WrongField(field="cursor", problem="cannot be read", expected="one that a page before has given")
    return BadInput(str(fault), [fault])


def asked(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX, description="rows of a page")] = LIMIT,
    cursor: Annotated[str | None, Query(max_length=600, description="as `next` of the page before has it")] = None,
) -> Asked:
    return Asked(request=request, response=response, limit=limit, cursor=cursor)


Paged = Annotated[Asked, Depends(asked)]
