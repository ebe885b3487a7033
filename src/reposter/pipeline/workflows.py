"""Every workflow of the line: imported by each agent, because any of them may be handed any work."""

from __future__ import annotations

from reposter.pipeline.fetch_video import fetch_video
from reposter.pipeline.measure_post import measure_post
from reposter.pipeline.plan_post import plan_post
from reposter.pipeline.process_video import process_video
from reposter.pipeline.publish_post import confirm_post, publish_post
from reposter.pipeline.scan_source import scan_source

ALL_WORKFLOWS = (scan_source, fetch_video, process_video, plan_post, publish_post, confirm_post, measure_post)
