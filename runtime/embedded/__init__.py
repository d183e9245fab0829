"""Real servers from wheels, for one machine: no Docker, no installation, no root needed."""

from runtime.embedded.errors import AlreadyRunning, StackError
from runtime.embedded.stack import ALL_PARTS, EmbeddedStack, Part, end_leftovers, erase_state

__all__ = ["ALL_PARTS", "AlreadyRunning", "EmbeddedStack", "Part", "StackError", "end_leftovers", "erase_state"]
