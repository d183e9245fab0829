"""The delivery of messages: one workflow for the clinic that sends what lies in the outbox."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from activities.messages import DeliverMessages, MessageActivities
from domain.record import Record

EVERY = timedelta(minutes=1)
ROUNDS = 400
"""Rounds per run: with 11 history events each, well before the server suggests a new run."""


class Deliver(Record):
    """How often the outbox is looked at."""

    every: timedelta = EVERY


@workflow.defn(name="MessageDelivery")
class MessageDelivery:
    """Looks into the outbox every minute, for ever."""

    @workflow.run
    async def run(self, deliver: Deliver) -> None:
        """Send what is due, and sleep."""
        for _ in range(ROUNDS):
            await workflow.execute_activity_method(
                MessageActivities.deliver_messages,
                DeliverMessages(now=workflow.now()),
                start_to_close_timeout=timedelta(minutes=2),
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
                summary="send what is due",
            )
            await workflow.sleep(deliver.every, summary="until the next look")
        workflow.continue_as_new(deliver)
