"""Histories of released versions replay on this code: what runs in clinics goes on after an upgrade."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from runtime.payloads import KeyRing, data_converter
from runtime.temporal import workflow_runner
from tests.histories.record import HERE, KEY, STORIES, main, version
from worker import WORKFLOWS

RECORDED = sorted(HERE.glob("*/*.json"))


def a_replayer() -> Replayer:
    return Replayer(
        workflows=WORKFLOWS,
        data_converter=data_converter(KeyRing.parse(KEY.read_text())),
        workflow_runner=workflow_runner(),
    )


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_a_recorded_run_replays_on_this_code(path: Path) -> None:
    await a_replayer().replay_workflow(WorkflowHistory.from_json(path.stem, path.read_text()))


def test_every_story_of_this_version_is_recorded() -> None:
    stories = {path.stem.partition("-run-")[0] for path in RECORDED if path.parent.name == version()}

    assert stories >= STORIES.keys()


def test_recorded_histories_are_encrypted_and_name_nobody() -> None:
    for path in RECORDED:
        text = path.read_text()
        assert "Quintessa" not in text
        assert "G43." not in text
        assert json.loads(text)["events"][0]["eventType"] == "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"


def test_what_is_recorded_is_never_overwritten() -> None:
    before = {path: path.stat().st_mtime_ns for path in RECORDED}

    assert main() == 1

    assert {path: path.stat().st_mtime_ns for path in RECORDED} == before


async def test_a_history_that_the_code_would_not_have_made_is_found_out() -> None:
    path = next(one for one in RECORDED if one.stem.endswith("run-1"))
    events = json.loads(path.read_text())
    asked = [event for event in events["events"] if event["eventType"] == "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"]
    asked[0]["activityTaskScheduledEventAttributes"]["activityType"]["name"] = "something_else"

    with pytest.raises(Exception, match=r"(?i)non-?determinis"):
        await a_replayer().replay_workflow(WorkflowHistory.from_json(path.stem, json.dumps(events)))
