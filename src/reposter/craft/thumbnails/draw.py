"""One frame as a JPEG."""

from __future__ import annotations

import cv2
from av.video.frame import VideoFrame

JPEG_QUALITY = 85
SIDE_MAX = 1280


def draw_jpeg(image: VideoFrame) -> bytes:
    """A JPEG of an upright frame, its longest side at most 1280 pixels, in the colours that the frame declares."""
    factor = min(1.0, SIDE_MAX / max(image.width, image.height))
    width, height = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    picture = image.reformat(width=width, height=height, format="bgr24", interpolation="AREA", threads=1).to_ndarray()
    is_drawn, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert is_drawn
    return jpeg.tobytes()
