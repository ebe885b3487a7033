"""Names of workflows, steps, queues and events are for ever: work that waits in a database speaks of them.

A name here may be added. To take one away or to change it, first let every installation's work under it end.
"""

from __future__ import annotations

import json
import subprocess
import sys

from reposter.pipeline.engine import APP_NAME, APP_VERSION
from reposter.pipeline.queues import PRIORITIES, ROLES, Queue
from reposter.vocabulary.events import EVENT_TYPES

WORKFLOWS = [
    "confirm_post",
    "fetch_video",
    "measure_post",
    "plan_post",
    "process_video",
    "publish_post",
    "scan_source",
]
STEPS = [
    "check_post",
    "download_original",
    "list_source",
    "note_gap",
    "note_scan_failure",
    "plan_post",
    "render_video",
    "send_post",
    "set_aside",
    "set_post_aside",
    "take_sample",
    "write_down",
]
QUEUES = ["confirm", "download", "measure", "plan", "process", "publish", "scan"]
EVENTS = [
    "agent.status.changed",
    "error.occurred",
    "post.published",
    "queue.updated",
    "storage.cleanup",
    "video.processing.progress",
]

# A process of its own: the engine's registry is global, and tests register workflows too.
LIST_REGISTERED = """
import json
import reposter.pipeline.workflows
from dbos._dbos import _get_or_create_dbos_registry
print(json.dumps(sorted(_get_or_create_dbos_registry().workflow_info_map)))
"""
STEP_PREFIX = "<temp>."  # how the engine registers a step beside the workflows


def test_the_workflows_and_steps_of_the_line_are_these():
    child = subprocess.run([sys.executable, "-c", LIST_REGISTERED], capture_output=True, text=True, timeout=120)
    assert child.returncode == 0, child.stderr
    registered = json.loads(child.stdout)
    assert [name for name in registered if not name.startswith(STEP_PREFIX)] == WORKFLOWS
    assert [name.removeprefix(STEP_PREFIX) for name in registered if name.startswith(STEP_PREFIX)] == STEPS


def test_the_queues_are_these():
    assert sorted(Queue) == QUEUES


def test_the_events_are_the_six_of_the_specification():
    assert sorted(EVENT_TYPES) == EVENTS


def test_the_application_keeps_its_name_and_version():
    assert (APP_NAME, APP_VERSION) == ("reposter", "1")


def test_roles_and_priorities_keep_their_names():
    assert sorted(ROLES) == ["processing", "publisher", "scraper"]
    assert sorted(PRIORITIES) == ["high", "low", "normal"]
