from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest
from temporalio.exceptions import ApplicationError

from activities.failures import Conflict, OutsideFailure, Refused, Unavailable, tell_failures
from activities.scheduling import SlotNotFound
from readmodel.outages import told_as_outages


@pytest.mark.parametrize(
    ("failure", "kind", "is_final"),
    [
        (Unavailable("later", again_in=timedelta(seconds=30)), "Unavailable", False),
        (Refused("no"), "Refused", True),
        (SlotNotFound("no free time"), "SlotNotFound", True),
        (Conflict("other content"), "Conflict", True),
    ],
)
async def test_a_failure_reaches_the_workflow_by_type_and_says_whether_trying_again_helps(
    failure: OutsideFailure, kind: str, *, is_final: bool
) -> None:
    @tell_failures
    async def fails() -> None:
        raise failure

    with pytest.raises(ApplicationError) as told:
        await fails()

    assert (told.value.type, told.value.message, told.value.non_retryable) == (kind, str(failure), is_final)
    assert told.value.next_retry_delay == getattr(failure, "again_in", None)


async def test_a_driver_s_text_never_reaches_the_workflow() -> None:
    @tell_failures
    async def fails() -> None:
        with told_as_outages():
            raise asyncpg.UniqueViolationError("Key (name)=(Ana López) already exists")

    with pytest.raises(ApplicationError) as told:
        await fails()

    assert "Ana" not in str(told.value)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__
