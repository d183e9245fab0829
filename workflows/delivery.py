"""The delivery of messages: one workflow for the clinic that sends what lies in the outbox."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from activities.courses import CourseActivities, TellCourse
from activities.failures import refusal_in
from activities.messages import DeliverMessages, MessageActivities, MessageTrouble
from domain.facts import MessageUndelivered, Request
from domain.people import Actor, Role
from domain.record import Record

EVERY = timedelta(minutes=1)
ROUNDS = 400
"""Rounds per run: with 11 history events each, well before the server suggests a new run."""
RETRY = RetryPolicy(maximum_interval=timedelta(minutes=1))
DELIVERY = Actor(user_id="delivery", role=Role.SYSTEM)


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
            delivered = await workflow.execute_activity_method(
                MessageActivities.deliver_messages,
                DeliverMessages(now=workflow.now()),
                start_to_close_timeout=timedelta(minutes=2),
                retry_policy=RETRY,
                summary="send what is due",
            )
            for trouble in delivered.trouble:
                await self._tell_course(trouble)
            await workflow.sleep(deliver.every, summary="until the next look")
            if workflow.info().is_target_worker_deployment_version_changed():
                break
        newest = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
        workflow.continue_as_new(deliver, initial_versioning_behavior=newest)

    async def _tell_course(self, trouble: MessageTrouble) -> None:
        """Have the course open a task: the message is not sent again. A course that is over has nobody to do it."""
        fact = MessageUndelivered.model_validate(
            {"key": trouble.key, "message": trouble.kind, "status": trouble.status}
        )
        request = Request(request_id=f"undelivered/{trouble.key}", by=DELIVERY, fact=fact, course_id=trouble.course_id)
        try:
            await workflow.execute_activity_method(
                CourseActivities.tell_course,
                TellCourse(course_id=trouble.course_id, request=request),
                start_to_close_timeout=timedelta(seconds=30),
                schedule_to_close_timeout=timedelta(hours=1),
                retry_policy=RETRY,
                summary="a message did not arrive",
            )
        except ActivityError as error:
            workflow.logger.warning(
                "message.trouble_untold", extra={"key": trouble.key, "why": refusal_in(error) or ""}
            )
