"""What a course can wait for. Every wait is a record: what, for whom, since when, until when, and what then."""

from __future__ import annotations

from domain.waits.kind import AtDue, KindOfWait, WaitKind
from domain.waits.table import KINDS
from domain.waits.wait import Attempt, Wait, Way, wait_id

__all__ = ["KINDS", "AtDue", "Attempt", "KindOfWait", "Wait", "WaitKind", "Way", "wait_id"]
