"""What a workflow's answer to an update means: no for good, or come again."""

from __future__ import annotations

from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.failures import Refused, Unavailable

REFUSED = "Refused"


def told_no(failed: WorkflowUpdateFailedError, who: str) -> Refused | Unavailable:
    """Return a workflow's no for good, or that it is between two runs and is to be asked again."""
    if isinstance(failed.cause, ApplicationError) and failed.cause.type == REFUSED:
        return Refused(f"{who} refused it")
    return Unavailable(f"{who} is between two runs")
