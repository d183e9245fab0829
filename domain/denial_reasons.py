"""Why payers deny claims: their codes in words, and which denials question the next session. See `payers/denial-reasons.toml`."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from domain.record import Mark, Record

LEFT_TO_THE_PATIENT = "PR"
"""The only group of an adjustment that may be billed to the patient."""


class Questions(StrEnum):
    """What a denial says besides: that the next session may not be paid either."""

    COVERAGE = "coverage"
    AUTHORIZATION = "authorization"
    NECESSITY = "necessity"


class DenialReason(Record):
    """One adjustment reason: `code` without its group, the payer's meaning in our words, and what a biller does first."""

    code: str
    says: str
    mark: Mark
    source: str
    first_step: str
    questions: Questions | None = None


class DenialReasons(Record):
    """All codes we know, and the groups that stand before them: `CO-50` is code 50 in group CO."""

    groups: dict[str, str] = Field(default_factory=dict)
    codes: tuple[DenialReason, ...] = ()

    def of(self, reason_codes: tuple[str, ...]) -> tuple[DenialReason, ...]:
        """Return what we know of these codes, such as `CO-50`; unknown ones are left out."""
        known = {reason.code: reason for reason in self.codes}
        return tuple(known[code] for code in map(code_of, reason_codes) if code in known)

    def in_words(self, reason_code: str) -> str:
        """Return a code with what it means: `CO-50 not medically necessary`."""
        [reason] = self.of((reason_code,)) or (None,)
        return reason_code if reason is None else f"{reason_code} {reason.says}"


def code_of(reason_code: str) -> str:
    """Return the code without its group: `50` of `CO-50`."""
    return reason_code.rpartition("-")[2]


def group_of(reason_code: str) -> str:
    """Return the group of a code: `CO` of `CO-50`, nothing of `50`."""
    return reason_code.rpartition("-")[0].upper()
