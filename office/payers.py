"""What a change of coverage takes along: the payer's policy, which the course cannot read, and the member's number."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.files.policies import load_policies
from adapters.files.reading import WrongFile
from domain.coverage import CoverageKind
from domain.facts import CoverageChanged
from office.call import Call
from office.errors import BadInput
from office.finding import wrong
from readmodel.lookups import CourseRow
from readmodel.people import save_member
from runtime.settings import PROJECT

MEMBER = "member_id"
"""The patient's number with the payer. It is kept with the patient and never told to the course."""


def member_of(pairs: Sequence[tuple[str, str]]) -> tuple[list[tuple[str, str]], str | None]:
    """Return the fields without the member's number, and that number."""
    number = next((value for name, value in pairs if name == MEMBER), None)
    return [(name, value) for name, value in pairs if name != MEMBER], number


async def with_policy(call: Call, course: CourseRow, fact: CoverageChanged, member: str | None) -> CoverageChanged:
    """Return the change with the policy of the payer it names; the member's number goes to the patient's record.

    The payer before keeps the version of its policy that the course has. Raises `BadInput`.
    """
    payer_id = fact.payer_id or course.payer_id
    if member is not None and payer_id is not None:
        await save_member(await call.reach.pool(), course.patient_id, payer_id, member)
    if fact.pays is CoverageKind.SELF_PAY or payer_id is None or payer_id == course.payer_id:
        return fact
    try:
        policies = load_policies(PROJECT / "payers")
    except WrongFile as problem:
        raise BadInput(str(problem)) from None
    if payer_id not in policies:
        raise wrong("payer_id", f"no such payer; expected one of {', '.join(policies)}")
    return fact.model_copy(update={"policy": policies[payer_id]})
