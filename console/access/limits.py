"""How often somebody may ask: counted in this process, by the minute."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter


class TooOften(Exception):
    """Somebody asked too often. `again_in` says in how many seconds to ask again."""

    def __init__(self, again_in: int) -> None:
        super().__init__("asked too often")
        self.again_in = again_in


@dataclass(frozen=True)
class Left:
    """What may still be asked in this minute."""

    limit: int
    remaining: int
    seconds: int
    passed: bool

    def headers(self) -> dict[str, str]:
        """Return the headers that say so."""
        said = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.seconds),
        }
        return said if self.passed else said | {"Retry-After": str(self.seconds)}


class PerMinute:
    """A limit of so many a minute for each who asks."""

    def __init__(self, limit: int) -> None:
        self._item = RateLimitItemPerMinute(limit)
        self._counts = FixedWindowRateLimiter(MemoryStorage())

    async def take(self, *who: str) -> Left:
        """Count one, and return what is left."""
        passed = await self._counts.hit(self._item, *who)
        stats = await self._counts.get_window_stats(self._item, *who)
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        return Left(limit=self._item.amount, remaining=max(0, stats.remaining), seconds=seconds, passed=passed)

    async def pass_or_raise(self, *who: str) -> None:
        """Count one. Raises `TooOften`."""
        left = await self.take(*who)
        if not left.passed:
            raise TooOften(left.seconds)
