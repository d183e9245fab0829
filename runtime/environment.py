"""Reading environment variables: each also as NAME_FILE, and each wrong one named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(ValueError):
    """A setting is missing or wrong. Names the variable and what was expected, never the value."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name}: {expected}")
        self.name = name


@dataclass(frozen=True)
class Environment:
    """The environment's variables. An empty one counts as not set: compose files pass those for absent values."""

    variables: Mapping[str, str]

    def text(self, name: str) -> str | None:
        """Return a variable's value, or the content of the file that NAME_FILE names, or None."""
        value = self.variables.get(name, "").strip()
        path = self.variables.get(f"{name}_FILE", "").strip()
        if value and path:
            raise SettingsError(name, f"is set, and so is {name}_FILE; set one of them")
        return (self._content(f"{name}_FILE", Path(path)) if path else value) or None

    @staticmethod
    def _content(name: str, path: Path) -> str:
        try:
            return path.read_text().strip()
        except (OSError, UnicodeDecodeError) as problem:
            raise SettingsError(name, f"expected a file that can be read, got {type(problem).__name__}") from problem

    def matching(self, name: str, pattern: str, expected: str) -> str | None:
        value = self.text(name)
        if value is not None and not re.fullmatch(pattern, value):
            raise SettingsError(name, f"expected {expected}")
        return value

    def url(self, name: str, *, schemes: tuple[str, ...]) -> str | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            well_formed = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            well_formed = False
        if not well_formed:
            raise SettingsError(name, f"expected a URL that starts with {' or '.join(s + '://' for s in schemes)}")
        return value

    def yes(self, name: str) -> bool:
        """Return whether a variable says yes. Not set is no."""
        return self.matching(name, r"yes|no", "yes or no") == "yes"

    def whole_number(self, name: str, *, at_least: int) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < at_least:
            raise SettingsError(name, f"expected a whole number of at least {at_least}")
        return int(value)
