"""Why payers deny claims: one file for all payers."""

from __future__ import annotations

from pathlib import Path

from adapters.files.reading import WrongFile, read_model
from domain.denial_reasons import DenialReasons

FILE = "denial-reasons.toml"


def load_denial_reasons(root: Path) -> DenialReasons:
    """Return the codes we know. Raises WrongFile with all that is wrong; a code stands once."""
    file = root / FILE
    reasons = read_model(file, DenialReasons)
    codes = [reason.code for reason in reasons.codes]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise WrongFile(f"{file}: codes: {', '.join(twice)} stand twice")
    return reasons
