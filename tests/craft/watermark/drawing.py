"""Drawn footage with a drawn mark that jumps, and the truth about both: nothing here comes from a real video."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from reposter.craft.watermark.mark import Segment, Sighting, Template, Way
from reposter.craft.watermark.picture import F32, U8, Box, Planes
from reposter.craft.watermark.samples import FINE_PER_LOOK, LOOKS_PER_SECOND, SMALL_SIDE, Samples

WHITE, BLACK, NEUTRAL = 235, 16, 128
TOP_LEFT, BOTTOM_RIGHT, MIDDLE_RIGHT = (0.05, 0.10), (0.58, 0.80), (0.60, 0.45)
OVERSAMPLED = 4  # the mark is drawn so many times larger, then averaged: its edges are smooth


@dataclass(frozen=True)
class DrawnMark:
    """A mark with α (h, w) and what it adds: α·luma (h, w), α·u and α·v (h/2, w/2)."""

    alpha: F32
    added: F32
    half_alpha: F32
    added_u: F32
    added_v: F32

    @property
    def shape(self) -> tuple[int, int]:
        return self.alpha.shape[0], self.alpha.shape[1]


@dataclass(frozen=True)
class Drawn:
    """A clip of `size` (width, height): frames with and without the mark, and where the mark is.

    `boxes[k]` and `marks[k]` belong to place k; `states[i]` is the place in frame i (-1: none), `strengths[i]` how much
    of the mark is there.
    """

    size: tuple[int, int]
    fps: int
    marked: tuple[Planes, ...]
    clean: tuple[Planes, ...]
    boxes: tuple[Box, ...]
    marks: tuple[DrawnMark, ...]
    segments: tuple[Segment, ...]
    states: tuple[int, ...]
    strengths: tuple[float, ...]

    def alpha_in(self, place: int, box: Box) -> F32:
        """True α of a place in the pixels of another box."""
        return _pasted(self.marks[place].alpha, self.boxes[place], box)

    def added_in(self, place: int, box: Box) -> F32:
        return _pasted(self.marks[place].added, self.boxes[place], box)


def draw_clip(
    *,
    size: tuple[int, int] = (360, 640),
    seconds: float = 8.0,
    fps: int = 15,
    seed: int = 1,
    opacity: float = 0.7,
    shadow: float = 0.3,
    luma: int = WHITE,
    tint: tuple[int, int] = (NEUTRAL, NEUTRAL),
    words: tuple[str, str] = ("Sample", "@drawn_1"),
    places: Sequence[tuple[float, float]] = (TOP_LEFT, BOTTOM_RIGHT),
    right_aligned: bool = False,
    dwell_seconds: float = 2.0,
    fade_frames: int = 0,
    speed: float = 40.0,
    grain: float = 1.5,
) -> Drawn:
    """A moving, textured scene with a mark that stands `dwell_seconds` at each of `places` in turn.

    `places` are left and top as shares of the picture; no places draws no mark. `right_aligned`: the second line ends
    where the first one ends, at every place but the first. `speed`: pixels a second of the scene, 0 for a still one.
    """
    clean = _draw_scene(size, int(seconds * fps), fps, seed, speed, grain)
    scale = min(size) / 360
    marks = tuple(
        draw_mark(words, scale, opacity, shadow, luma, tint, is_right=right_aligned and k > 0)
        for k in range(len(places))
    )
    boxes = tuple(_box_at(at, mark, size) for at, mark in zip(places, marks, strict=True))
    segments = _segments(len(places), seconds, dwell_seconds, fade_frames / fps)
    marked, states, strengths = [], [], []
    for index, planes in enumerate(clean):
        place, strength = _shown(segments, index / fps, 1 / fps)
        states.append(place)
        strengths.append(strength)
        marked.append(blend(planes, marks[place], boxes[place], strength) if place >= 0 else planes)
    return Drawn(size, fps, tuple(marked), clean, boxes, marks, segments, tuple(states), tuple(strengths))


def draw_mark(
    words: tuple[str, str],
    scale: float,
    opacity: float,
    shadow: float,
    luma: int = WHITE,
    tint: tuple[int, int] = (NEUTRAL, NEUTRAL),
    *,
    is_right: bool = False,
) -> DrawnMark:
    """Two lines of text on a soft shadow; a picture of `scale` 1 is 360 wide."""
    zoom = scale * OVERSAMPLED
    fonts = [(words[0], 0.85 * zoom, round(2.6 * zoom)), (words[1], 0.55 * zoom, round(1.5 * zoom))]
    widths = [cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, height, thick)[0][0] for text, height, thick in fonts]
    step = 2 * OVERSAMPLED
    canvas = np.zeros((int(62 * scale) * OVERSAMPLED // step * step, (max(widths) // step + 6) * step), np.uint8)
    left = 2 * step
    for (text, height, thick), base, width in zip(fonts, (25 * zoom, 48 * zoom), widths, strict=True):
        start = left + (max(widths) - width if is_right else 0)
        cv2.putText(canvas, text, (int(start), int(base)), cv2.FONT_HERSHEY_SIMPLEX, height, 255, thick, cv2.LINE_AA)
    body = _averaged(canvas)
    dark = np.clip(cv2.GaussianBlur(body, (0, 0), 1.5 * scale) * 1.4, 0, 1) * np.float32(shadow)
    alpha = np.asarray((dark * (1 - body) + body) * opacity, np.float32)
    bright = np.asarray(body * opacity, np.float32)
    added = bright * luma + (alpha - bright) * BLACK
    neutral = (alpha - bright) * NEUTRAL
    u, v = (_halved(np.asarray(bright * one + neutral, np.float32)) for one in tint)
    return DrawnMark(alpha, np.asarray(added, np.float32), _halved(alpha), u, v)


def blend(planes: Planes, mark: DrawnMark, box: Box, strength: float = 1.0) -> Planes:
    """The picture with the mark on it."""
    y, u, v = planes.y.copy(), planes.u.copy(), planes.v.copy()
    for plane, place, alpha, added in (
        (y, box, mark.alpha, mark.added),
        (u, box.halved, mark.half_alpha, mark.added_u),
        (v, box.halved, mark.half_alpha, mark.added_v),
    ):
        under = plane[place.slices]
        under[:] = np.clip(np.rint((1 - strength * alpha) * under + strength * added), 0, 255).astype(np.uint8)
    return Planes(y, u, v)


def samples_of(drawn: Drawn, *, clean: bool = False) -> Samples:
    """What the first pass would keep of the clip, without a file in between."""
    factor = max(1, round(min(drawn.size) / SMALL_SIDE))
    fine = max(1, round(drawn.fps / (LOOKS_PER_SECOND * FINE_PER_LOOK)))
    store = io.BytesIO()
    small, looks, kept = [], [], list(range(0, len(drawn.marked), fine))
    for number, index in enumerate(kept):
        planes = (drawn.clean if clean else drawn.marked)[index]
        store.write(planes.y.tobytes() + planes.u.tobytes() + planes.v.tobytes())
        if number % FINE_PER_LOOK == 0:
            looks.append(number)
            size = (drawn.size[0] // factor, drawn.size[1] // factor)
            small.append(np.asarray(cv2.resize(planes.y, size, interpolation=cv2.INTER_AREA), np.uint8))
    times = np.array(kept) / drawn.fps
    return Samples(drawn.size, factor, times[looks], tuple(small), times, tuple(looks), store)


def sighting_of(drawn: Drawn, samples: Samples) -> Sighting:
    """What a perfect search would say of the clip's looks; the template is empty."""
    states = [drawn.states[round(time * drawn.fps)] for time in samples.times]
    presence = np.array([[state == k for state in states] for k in range(len(drawn.boxes))], np.float32)
    places = tuple(_ink_box(mark, box) for mark, box in zip(drawn.marks, drawn.boxes, strict=True))
    nothing = np.zeros((places[0].height, places[0].width), np.float32)
    template = Template(nothing, nothing, nothing > 0)
    return Sighting(Way.JUMP, places, tuple(states), presence, template, 1.0, 1.0, 1.0)


def write_clip(
    path: Path, frames: Sequence[Planes], fps: int, *, crf: int = 20, options: dict[str, str] | None = None
) -> Path:
    """The frames as an H.264 file."""
    height, width = frames[0].y.shape
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=fps, options={"crf": str(crf), "preset": "veryfast"} | (options or {})
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index, planes in enumerate(frames):
            stacked = np.concatenate([one.reshape(-1, width) for one in (planes.y, planes.u, planes.v)])
            frame = VideoFrame.from_ndarray(stacked, format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def _draw_scene(
    size: tuple[int, int], count: int, fps: int, seed: int, speed: float, grain: float
) -> tuple[Planes, ...]:
    """A camera that pans over a textured canvas while discs cross it."""
    random = np.random.default_rng(seed)
    width, height = size
    margin = int(speed * 2) + 8
    canvas = _texture(random, (height + 2 * margin, width + 2 * margin), detail=1.0)
    half = (height // 2 + margin, width // 2 + margin)
    u, v = (_texture(random, half, detail=0.2) * 0.25 + 96 for _ in range(2))
    noise = random.normal(0, max(grain, 1e-3), (height + 64, width + 64)).astype(np.float32)
    discs = [(random.uniform(0, 1, 2), random.uniform(-1, 1, 2), random.integers(60, 200)) for _ in range(6)]
    frames = []
    for index in range(count):
        time = index / fps
        turn = random.integers(0, 64, 2)
        right = margin + round(margin * 0.95 * np.sin(speed * time / max(margin, 1)))
        down = margin + round(margin * 0.6 * np.sin(0.7 * speed * time / max(margin, 1) + 1))
        y = canvas[down : down + height, right : right + width].copy()
        for at, direction, luma in discs:
            x, z = ((at + direction * time * speed / 300) % 1.2 - 0.1) * size
            cv2.circle(y, (int(x), int(z)), width // 9, float(luma), -1, cv2.LINE_AA)
        y += noise[turn[0] : turn[0] + height, turn[1] : turn[1] + width]
        rows, columns = slice(down // 2, down // 2 + height // 2), slice(right // 2, right // 2 + width // 2)
        frames.append(Planes(_eight_bits(y), _eight_bits(u[rows, columns]), _eight_bits(v[rows, columns])))
    return tuple(frames)


def _texture(random: np.random.Generator, shape: tuple[int, int], detail: float) -> F32:
    """Clouds of several sizes around mid grey, from 30 to 220."""
    total = np.zeros(shape, np.float32)
    for cells, weight in ((4, 1.0), (12, 0.6), (50, 0.35 * detail), (160, 0.2 * detail)):
        coarse = random.normal(0, 1, (cells, cells)).astype(np.float32)
        total += np.float32(weight) * cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(115 + 38 * total, 30, 220), np.float32)


def _eight_bits(picture: F32) -> U8:
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)


def _averaged(canvas: U8) -> F32:
    height, width = (side // OVERSAMPLED for side in canvas.shape)
    blocks = canvas[: height * OVERSAMPLED, : width * OVERSAMPLED].reshape(height, OVERSAMPLED, width, OVERSAMPLED)
    return np.asarray(blocks.mean((1, 3)) / 255, np.float32)


def _halved(picture: F32) -> F32:
    height, width = picture.shape
    return np.asarray(picture.reshape(height // 2, 2, width // 2, 2).mean((1, 3)), np.float32)


def _box_at(at: tuple[float, float], mark: DrawnMark, size: tuple[int, int]) -> Box:
    height, width = mark.shape
    left = min(int(at[0] * size[0]), size[0] - width - 4) // 2 * 2
    top = min(int(at[1] * size[1]), size[1] - height - 4) // 2 * 2
    return Box(left, top, left + width, top + height)


def _ink_box(mark: DrawnMark, box: Box) -> Box:
    """Around the strong ink; as large as the mark's box when there is none."""
    inner = Box.around(mark.alpha > 0.25 * mark.alpha.max())
    return inner.moved(box.x0, box.y0) if inner else box


def _segments(places: int, seconds: float, dwell: float, fade: float) -> tuple[Segment, ...]:
    """The first stay is shorter, as if the clip had been cut out of a longer one."""
    if not places:
        return ()
    if places == 1:
        return (Segment(0, 0.0, seconds, 0.0),)
    edges = [0.0, *np.arange(0.75 * dwell, seconds - 0.3 * dwell, dwell).tolist(), seconds]
    return tuple(Segment(k % places, edges[k], edges[k + 1], fade) for k in range(len(edges) - 1))


def _shown(segments: Sequence[Segment], time: float, frame: float) -> tuple[int, float]:
    for segment in segments:
        if segment.start - 1e-6 <= time < segment.end - 1e-6:
            if not segment.fade_seconds:
                return segment.place, 1.0
            rising, falling = (time - segment.start + frame), (segment.end - time)
            return segment.place, min(1.0, rising / segment.fade_seconds, falling / segment.fade_seconds)
    return -1, 0.0


def _pasted(picture: F32, at: Box, box: Box) -> F32:
    canvas = np.zeros((box.height, box.width), np.float32)
    top, left = max(at.y0, box.y0), max(at.x0, box.x0)
    bottom, right = min(at.y1, box.y1), min(at.x1, box.x1)
    if bottom > top and right > left:
        part = picture[top - at.y0 : bottom - at.y0, left - at.x0 : right - at.x0]
        canvas[top - box.y0 : bottom - box.y0, left - box.x0 : right - box.x0] = part
    return canvas
