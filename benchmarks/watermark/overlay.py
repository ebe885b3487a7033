"""A mark over a clip: where it stands when, blended in 8 bits as an overlay filter does, and the truth of it all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from benchmarks.watermark.marks import F32, Align, DrawnMark, MarkDesign, draw_mark, yuv_of
from benchmarks.watermark.video import U8, Encoder, Shape, Three, Upload, enlarge, frames_of, planes_of, shape_of

SECONDS_MAX = 10.0
STAY_SECONDS_MIN = 1.0  # a clip's last stay; what would be shorter belongs to the one before
DWELL_SHARE_MAX = 0.4  # of the clip, so that the shortest one shows two jumps
MARGIN = 0.035  # of the width
ANCHORS = {  # share of the height, and the side that the mark stands on
    "top left": (0.085, Align.LEFT),
    "bottom right": (0.83, Align.RIGHT),
    "middle left": (0.40, Align.LEFT),
    "middle right": (0.55, Align.RIGHT),
    "bottom left": (0.80, Align.LEFT),
    "top right": (0.12, Align.RIGHT),
}
LAYOUTS = (
    ("top left", "bottom right"),
    ("middle left", "middle right"),
    ("top left", "middle right", "bottom left"),
    ("top left", "bottom right", "bottom left", "top right"),
)
CARD = (24, 26, 38)  # the colour of an end card


@dataclass(frozen=True)
class Movement:
    """How a mark moves: seconds at a place, frames of fading, seconds of absence between two places."""

    layout: tuple[str, ...] = LAYOUTS[0]
    dwell_seconds: float = 3.5
    first_share: float = 0.8
    fade_frames: int = 0
    gap_seconds: float = 0.0
    end_card_seconds: float = 0.0


@dataclass(frozen=True)
class Marking:
    """All that is drawn over one clip and how it is then encoded; `size` of the picture if not its own."""

    design: MarkDesign
    movement: Movement
    upload: Upload = field(default_factory=Upload)
    size: tuple[int, int] | None = None
    seconds_max: float = SECONDS_MAX

    def key(self) -> dict[str, object]:
        return asdict(self)


def random_movement(seed: int, **fixed: Any) -> Movement:
    """Jumps of 2 to 5 seconds over two to four places; one in three fades, one in six leaves gaps."""
    random = np.random.default_rng([seed, 1])
    drawn: dict[str, Any] = {
        "layout": LAYOUTS[int(random.integers(len(LAYOUTS)))],
        "dwell_seconds": float(random.uniform(2.2, 4.8)),
        "first_share": float(random.uniform(0.5, 1.0)),
        "fade_frames": int(random.choice([0, 0, 4])),
        "gap_seconds": float(random.choice([0, 0, 0, 0, 0, 0.6])),
    }
    return Movement(**{**drawn, **fixed})  # fields by their names


@dataclass(frozen=True)
class Place:
    """Where a drawn mark stands: its left upper corner, even, in pixels."""

    x: int
    y: int
    mark: DrawnMark

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        height, width = self.mark.alpha.shape
        return self.x, self.y, self.x + width, self.y + height


@dataclass(frozen=True)
class Truth:
    """What was drawn: at frame t the mark stood at place `shown[t]` (-1: nowhere) with `strength[t]`."""

    shape: Shape
    places: tuple[Place, ...]
    shown: NDArray[np.int64]
    strength: F32
    card_from: int  # the first frame of an end card; the number of frames where there is none

    def save(self, path: Path) -> None:
        marks = {f"alpha{i}": place.mark.alpha for i, place in enumerate(self.places)}
        inks = {f"ink{i}": place.mark.ink for i, place in enumerate(self.places)}
        corners = np.array([[place.x, place.y] for place in self.places])
        shape = np.array(
            [
                self.shape.width,
                self.shape.height,
                self.shape.rate.numerator,
                self.shape.rate.denominator,
                len(self.shown),
            ]
        )
        known = {"corners": corners, "shape": shape, "shown": self.shown, "card_from": np.array(self.card_from)}
        np.savez_compressed(path, strength=self.strength, **(known | marks | inks))  # type: ignore[arg-type]  # by name

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path) as saved:
            width, height, over, under, frames = (int(one) for one in saved["shape"])
            places = tuple(
                Place(int(x), int(y), DrawnMark(saved[f"alpha{i}"], saved[f"ink{i}"]))
                for i, (x, y) in enumerate(saved["corners"])
            )
            shape = Shape(width, height, Fraction(over, under), frames)
            return cls(shape, places, saved["shown"], saved["strength"], int(saved["card_from"]))

    def stays(self) -> list[tuple[int, int, int]]:
        """(first frame, frame after the last, place) of each stay, absences left out."""
        ends = [t for t in range(1, len(self.shown) + 1) if t == len(self.shown) or self.shown[t] != self.shown[t - 1]]
        starts = [0, *ends[:-1]]
        return [(a, b, int(self.shown[a])) for a, b in zip(starts, ends, strict=True) if self.shown[a] >= 0]

    @property
    def portrait_frame(self) -> int:
        """A scored frame in the middle of the first stay, for pictures of the result."""
        start, end, _ = self.stays()[0]
        return (start + end) // 2 // 6 * 6


@dataclass(frozen=True)
class Marked:
    """Three files of one clip: with the mark, without it through the same encoder, and the truth."""

    name: str
    marked: Path
    clean: Path
    truth_path: Path

    @property
    def truth(self) -> Truth:
        return Truth.load(self.truth_path)


def burn(clip: Path, marking: Marking, folder: Path, name: str) -> Marked:
    """Draw the mark over `clip`; what `folder` already holds under that name and marking is not made again."""
    made = Marked(name, folder / f"{name}.marked.mp4", folder / f"{name}.clean.mp4", folder / f"{name}.truth.npz")
    note = folder / f"{name}.json"
    wanted = json.dumps([clip.name, clip.stat().st_size, marking.key()], sort_keys=True, default=str)
    if note.exists() and note.read_text() == wanted:
        return made
    folder.mkdir(parents=True, exist_ok=True)
    note.unlink(missing_ok=True)
    if marking.size:
        clip = _at_size(clip, marking.size, folder)
    shape = shape_of(clip)
    count = min(shape.frames, int(marking.seconds_max * shape.rate))
    truth = lay_out(shape, count, marking)
    with Encoder(made.clean, shape, marking.upload) as clean, Encoder(made.marked, shape, marking.upload) as marked:
        for number, picture in enumerate(frames_of(clip, count)):
            bare = _end_card(shape, truth.places[0].mark) if number >= truth.card_from else picture
            clean.put(bare)
            marked.put(draw_over(bare.copy(), truth, number))
    truth.save(made.truth_path)
    note.write_text(wanted)
    return made


def lay_out(shape: Shape, frames: int, marking: Marking) -> Truth:
    """Where the mark stands in each of `frames`."""
    move = marking.movement
    places = tuple(_place(shape, marking.design, anchor) for anchor in move.layout)
    shown, strength = np.full(frames, -1, np.int64), np.zeros(frames, np.float32)
    card_from = frames - round(move.end_card_seconds * shape.rate)
    rate = float(shape.rate)
    dwell, gap = min(move.dwell_seconds * rate, DWELL_SHARE_MAX * card_from), round(move.gap_seconds * rate)
    start, stay = 0, 0
    while start < card_from:
        end = start + round(dwell * (move.first_share if stay == 0 else 1.0))
        if len(places) == 1 or card_from - end - gap < STAY_SECONDS_MIN * rate:
            end = card_from
        for t in range(start, end):
            shown[t] = stay % len(places)
            strength[t] = _fade(t - start, end - t, move.fade_frames if len(places) > 1 else 0)
        start, stay = end + gap, stay + 1
    return Truth(shape, places, shown, strength, card_from)


def draw_over(picture: U8, truth: Truth, number: int) -> U8:
    """The mark of frame `number` blended into an I420 picture in place."""
    if truth.shown[number] >= 0:
        place = truth.places[truth.shown[number]]
        blend(planes_of(picture), place, float(truth.strength[number]))
    return picture


def blend(planes: Three, place: Place, strength: float) -> None:
    """I = (1 - gα)·B + g·ink in 8 bits; chroma takes the mean of its four pixels."""
    left, top, right, bottom = place.box
    alpha, ink = place.mark.alpha * strength, place.mark.ink * strength
    small_alpha, small_ink = halved(alpha), np.stack([halved(one) for one in ink])
    for number, plane in enumerate(planes):
        by = 1 if number == 0 else 2
        cut = plane[top // by : bottom // by, left // by : right // by]
        a, c = (alpha, ink[0]) if number == 0 else (small_alpha, small_ink[number])
        cut[:] = np.clip(np.rint((1 - a) * cut + c), 0, 255)


def halved(values: F32) -> F32:
    """Means of 2×2 pixels."""
    height, width = values.shape
    return np.asarray(values.reshape(height // 2, 2, width // 2, 2).mean((1, 3)), np.float32)


def pairs(frames: int) -> Iterator[int]:
    """The frames that are scored: two in a row of each six, so that flicker can be seen."""
    return (t for t in range(frames) if t % 6 in (0, 1))


def _at_size(clip: Path, size: tuple[int, int], folder: Path) -> Path:
    path = folder / f"{clip.stem}.{size[0]}x{size[1]}.mp4"
    if not path.exists():
        part = path.with_suffix(".part.mp4")
        enlarge(clip, part, size)
        part.replace(path)
    return path


def _place(shape: Shape, design: MarkDesign, anchor: str) -> Place:
    down, side = ANCHORS[anchor]
    mark = draw_mark(design, side, shape.width)
    margin = MARGIN * shape.width
    x = margin if side is Align.LEFT else shape.width - margin - mark.alpha.shape[1]
    return Place(int(x) // 2 * 2, int(down * shape.height) // 2 * 2, mark)


def _fade(since: int, until: int, frames: int) -> float:
    return min(1.0, (since + 1) / (frames + 1), until / (frames + 1)) if frames else 1.0


def _end_card(shape: Shape, mark: DrawnMark) -> U8:
    """A plain picture with the mark, opaque, in its middle."""
    picture = np.empty((shape.height * 3 // 2, shape.width), np.uint8)
    planes = planes_of(picture)
    for plane, value in zip(planes, yuv_of(CARD), strict=True):
        plane[:] = round(float(value))
    height, width = mark.alpha.shape
    solid = DrawnMark(mark.alpha / mark.alpha.max(), mark.ink / mark.alpha.max())
    blend(planes, Place((shape.width - width) // 4 * 2, (shape.height - height) // 4 * 2, solid), 1.0)
    return picture
