"""Real servers are brought to this version by one command, which can be repeated."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

from temporalio import workflow
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from cli.health import is_at_work
from cli.set_up import set_up
from runtime.embedded import EmbeddedStack
from runtime.temporal import SEARCH_ATTRIBUTES, connect


async def test_a_new_namespace_gets_its_retention_and_search_attributes_and_a_second_run_changes_nothing(
    embedded: EmbeddedStack,
) -> None:
    settings, namespace = embedded.settings(), f"clinic-{uuid4().hex[:8]}"

    for _ in range(2):
        await set_up(settings.database_url, settings.temporal_address, namespace)

    client = await Client.connect(settings.temporal_address, namespace=namespace)
    found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace))
    assert found.config.workflow_execution_retention_ttl.ToTimedelta() >= timedelta(days=3650)
    known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
    assert SEARCH_ATTRIBUTES.keys() <= set(known.custom_attributes)


def test_there_are_no_more_search_attributes_than_an_sql_store_has_columns() -> None:
    kinds = list(SEARCH_ATTRIBUTES.values())

    assert kinds.count("Keyword") <= 10
    assert all(kinds.count(kind) <= 3 for kind in set(kinds) - {"Keyword"})


@workflow.defn
class Idle:
    @workflow.run
    async def run(self) -> None: ...


async def test_a_worker_is_healthy_while_it_asks_for_work_even_if_there_is_none(embedded: EmbeddedStack) -> None:
    client, queue = await connect(embedded.settings()), f"idle-{uuid4()}"
    host = client.identity.partition("@")[2]
    assert not await is_at_work(client, queue, host=host)

    async with Worker(client, task_queue=queue, workflows=[Idle], workflow_runner=UnsandboxedWorkflowRunner()):
        while not await is_at_work(client, queue, host=host):
            await asyncio.sleep(0.05)

        assert not await is_at_work(client, queue, host="another")
