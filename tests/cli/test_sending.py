"""A request is sent until it is answered: a course between two runs, or a busy server, is no reason to bother people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.facts import Receipt
from office import sending
from office.errors import CourseRefused, NotReachable

RECEIPT = Receipt(request_id="r-1", number=7)


def answering(*answers: BaseException | Receipt) -> Callable[[], Awaitable[Receipt]]:
    """Return what is sent: each time it gets the next answer."""
    left = list(answers)

    async def send() -> Receipt:
        answer = left.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return send


def failed(kind: str, message: str = "again, please") -> WorkflowUpdateFailedError:
    return WorkflowUpdateFailedError(ApplicationError(message, type=kind))


def rpc(status: RPCStatusCode) -> RPCError:
    return RPCError("no", status, b"")


@pytest.mark.parametrize(
    "passing",
    [
        failed("RollingOver"),
        failed("AcceptedUpdateCompletedWorkflow"),
        rpc(RPCStatusCode.UNAVAILABLE),
        rpc(RPCStatusCode.RESOURCE_EXHAUSTED),
    ],
)
async def test_what_passes_is_waited_out(passing: BaseException) -> None:
    assert await sending.answered(answering(passing, passing, RECEIPT), again="") == RECEIPT


async def test_a_refusal_is_told_in_the_courses_words() -> None:
    with pytest.raises(CourseRefused, match="goals are set already"):
        await sending.answered(answering(failed("Refused", "goals are set already")), again="")


async def test_a_workflow_that_has_completed_is_no_outage() -> None:
    with pytest.raises(sending.CourseIsOver):
        await sending.answered(answering(rpc(RPCStatusCode.NOT_FOUND)), again="")


async def test_a_server_that_says_no_is_told_by_its_status() -> None:
    with pytest.raises(NotReachable, match="PERMISSION_DENIED"):
        await sending.answered(answering(rpc(RPCStatusCode.PERMISSION_DENIED)), again="")


async def test_without_an_answer_people_hear_how_to_send_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "ANSWERS_WITHIN_SECONDS", 0.2)
    never = answering(*[failed("RollingOver")] * 100)

    with pytest.raises(NotReachable, match="is a worker running\\? Then send it again with r-1"):
        await sending.answered(never, again="send it again with r-1")
