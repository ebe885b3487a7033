"""The child process behind `media.inspection`: looks into one file and answers what it holds."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from reposter.kit.process import Json, OnProgress, serve
from reposter.media.probe import probe
from reposter.media.verify import verify_playable

ACTS = {"probe": probe, "verify": verify_playable}


def handle(request: Json, _on_progress: OnProgress) -> Json:
    return asdict(ACTS[request["act"]](Path(request["path"])))


if __name__ == "__main__":
    serve(handle)
