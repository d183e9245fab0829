"""One call from a front: what it reaches, who calls, and the id that makes it take effect once."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from office.reach import Reach


@dataclass(frozen=True, kw_only=True)
class Call:
    """What is asked by one person at one time. The same `request_id` takes effect once."""

    reach: Reach
    by: str | None = None
    request_id: str = field(default_factory=lambda: str(uuid4()))
