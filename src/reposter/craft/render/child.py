"""The child process in which foreign pictures are decoded: `python -m reposter.craft.render.child`."""

from __future__ import annotations

from pathlib import Path

import cv2

from reposter.craft.render.rendition import make_rendition
from reposter.craft.render.request import RenderRequest
from reposter.kit.process import Json, OnProgress, serve


def handle(request: Json, on_progress: OnProgress) -> Json:
    cv2.setNumThreads(1)  # the encoder already uses every core
    wanted = RenderRequest.from_dict(request["request"])
    return make_rendition(wanted, Path(request["work_path"]), on_progress).to_dict()


if __name__ == "__main__":
    serve(handle)
