"""Clips without a mark but with what people put over their own videos. Nothing in them may be touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.watermark.marks import WHITE, Colour, DrawnMark, font_at, yuv_of
from benchmarks.watermark.overlay import SECONDS_MAX, Place, blend
from benchmarks.watermark.video import Encoder, Upload, frames_of, planes_of, shape_of

CLIPS_MIN = 60
YELLOW, DARK, RED = (255, 214, 60), (20, 20, 24), (220, 40, 50)
SAYINGS = ("so today we try", "the new recipe", "and it worked", "kind of... wait", "look at that", "one more time")
SONG = ("carry", "me", "over", "the", "water", "again")
OPAQUE, CLEAR = 255, 0

Placed = tuple[DrawnMark, float, float]  # a drawing and its middle, in shares of width and height


@dataclass(frozen=True)
class Label:
    """A text and how it is set: on a box, or outlined. `opacity` is 0 to 1."""

    text: str
    pixels: int
    colour: Colour = WHITE
    box: Colour | None = None
    opacity: float = 1.0
    font: str = "sans"


def write_innocent(clip: Path, kind: str, folder: Path, upload: Upload) -> Path:
    """The clip under the overlays of `kind`, encoded like an upload; kept if it is there already."""
    path, note = folder / f"{clip.stem}.{kind}.mp4", folder / f"{clip.stem}.{kind}.json"
    wanted = json.dumps([clip.name, clip.stat().st_size, kind, upload.kbps])
    if note.exists() and note.read_text() == wanted:
        return path
    folder.mkdir(parents=True, exist_ok=True)
    shape = shape_of(clip)
    with Encoder(path, shape, upload) as encoder:
        for number, picture in enumerate(frames_of(clip, int(SECONDS_MAX * shape.rate))):
            drawn = picture.copy()
            for mark, across, down in KINDS[kind](number / float(shape.rate), shape.width):
                blend(planes_of(drawn), _centred(mark, across, down, shape.size), 1.0)
            encoder.put(drawn)
    note.write_text(wanted)
    return path


def innocent_cases(clips: int, at_least: int = CLIPS_MIN) -> list[tuple[int, str]]:
    """(number of the clip, kind): every clip as it is, then under as many kinds as make `at_least` in all."""
    others = [kind for kind in KINDS if kind != "none"]
    each = min(len(others), -(-at_least // max(1, clips)) - 1)
    return [
        (clip, kind)
        for clip in range(clips)
        for kind in ("none", *(others[(clip * each + i) % len(others)] for i in range(each)))
    ]


@lru_cache(maxsize=512)
def draw_label(label: Label) -> DrawnMark:
    font = font_at(label.font, label.pixels, is_bold=True)
    pad = label.pixels // 2
    width, height = int(font.getlength(label.text)) + 2 * pad, round(label.pixels * 1.25) + pad
    image = Image.new("RGBA", (width + width % 2, height + height % 2), (*DARK, CLEAR))
    draw = ImageDraw.Draw(image)
    if label.box:
        draw.rounded_rectangle([0, 0, width - 1, height - 1], pad // 2, fill=(*label.box, OPAQUE))
        draw.text((pad, pad // 2), label.text, font=font, fill=(*label.colour, OPAQUE))
    else:
        fill, edge = (*label.colour, OPAQUE), (*DARK, OPAQUE)
        draw.text((pad, pad // 2), label.text, font=font, fill=fill, stroke_width=2, stroke_fill=edge)
    pixels = np.asarray(image, np.float32)
    alpha = pixels[..., 3] / 255 * np.float32(label.opacity)
    base = yuv_of((0, 0, 0))[:, None, None]
    steps = np.stack([yuv_of(one) for one in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]) - yuv_of((0, 0, 0))
    yuv = base + np.einsum("hwc,cy->yhw", pixels[..., :3] / 255, steps)
    return DrawnMark(alpha.astype(np.float32), (yuv * alpha).astype(np.float32))


def _nothing(seconds: float, width: int) -> Iterator[Placed]:
    yield from ()


def _title(seconds: float, width: int) -> Iterator[Placed]:
    yield draw_label(Label("POV: monday again", width // 18, box=WHITE, colour=DARK)), 0.5, 0.16


def _channel_logo(seconds: float, width: int) -> Iterator[Placed]:
    yield draw_label(Label("CHANNEL 9", width // 26, opacity=0.6, font="lato")), 0.83, 0.06


def _subtitles(seconds: float, width: int) -> Iterator[Placed]:
    yield draw_label(Label(SAYINGS[int(seconds / 1.6) % len(SAYINGS)], width // 19)), 0.5, 0.74


def _karaoke(seconds: float, width: int) -> Iterator[Placed]:
    """All words stay, and one after the other lights up."""
    now = int(seconds / 0.5) % len(SONG)
    for number, word in enumerate(SONG):
        colour = YELLOW if number == now else WHITE
        label = Label(word, width // 22, colour=colour, font="round")
        yield draw_label(label), 0.2 + 0.3 * (number % 3), 0.7 + 0.05 * (number // 3)


def _game_display(seconds: float, width: int) -> Iterator[Placed]:
    """Running numbers in three corners."""
    yield draw_label(Label(f"SCORE {int(seconds * 130):05d}", width // 24, font="lato")), 0.2, 0.05
    yield draw_label(Label(f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}", width // 22, opacity=0.85)), 0.88, 0.05
    yield draw_label(Label(f"AMMO {30 - int(seconds * 3) % 30}", width // 24, colour=YELLOW)), 0.84, 0.93


def _jumping_box(seconds: float, width: int) -> Iterator[Placed]:
    """The same opaque box, now up, now down: what looks most like a mark that jumps."""
    step = int(seconds / 3)
    yield draw_label(Label(f"Step {1 + step}", width // 18, box=WHITE, colour=DARK)), 0.5, (0.2, 0.6)[step % 2]


def _end_titles(seconds: float, width: int) -> Iterator[Placed]:
    if seconds > 4:
        yield draw_label(Label("thanks for watching", width // 18, font="round")), 0.5, 0.4
        yield draw_label(Label("part two tomorrow", width // 24)), 0.5, 0.47


def _alternating_speakers(seconds: float, width: int) -> Iterator[Placed]:
    """Two speakers' captions, each on its own side."""
    turn = int(seconds / 1.4)
    colour, across, down = ((WHITE, 0.34, 0.62), (YELLOW, 0.66, 0.72))[turn % 2]
    yield draw_label(Label(SAYINGS[turn % len(SAYINGS)], width // 24, colour=colour)), across, down


def _lower_third(seconds: float, width: int) -> Iterator[Placed]:
    """A half-transparent name plate that comes and goes in its place."""
    if 1 < seconds % 5 < 4:
        yield draw_label(Label("Dr. Ada Quill, baker", width // 26, box=RED, opacity=0.7, font="lato")), 0.3, 0.85


KINDS: dict[str, Callable[[float, int], Iterator[Placed]]] = {
    "none": _nothing,
    "title": _title,
    "channel_logo": _channel_logo,
    "subtitles": _subtitles,
    "karaoke": _karaoke,
    "game_display": _game_display,
    "jumping_box": _jumping_box,
    "end_titles": _end_titles,
    "speakers": _alternating_speakers,
    "lower_third": _lower_third,
}


def _centred(mark: DrawnMark, across: float, down: float, size: tuple[int, int]) -> Place:
    height, width = mark.alpha.shape
    x = np.clip(across * size[0] - width / 2, 0, size[0] - width)
    y = np.clip(down * size[1] - height / 2, 0, size[1] - height)
    return Place(int(x) // 2 * 2, int(y) // 2 * 2, mark)
