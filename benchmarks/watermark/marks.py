"""Marks of our own drawing: a glyph, a made-up word and an @name, with the exact mix of every pixel known.

Drawn four times as large and averaged down. Nothing of a real trade mark is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

F32 = NDArray[np.float32]
Colour = tuple[int, int, int]
Draw = ImageDraw.ImageDraw

OVERSAMPLING = 4
WIDTH_OF_SCALE_ONE = 720  # a mark of scale 1 is drawn for a picture so wide
FONTS = {
    "lato": ("font_lato", "Lato-Black.ttf", "Lato-Regular.ttf"),
    "sans": ("font_source_sans_pro", "SourceSansPro-Bold.ttf", "SourceSansPro-Regular.ttf"),
    "round": ("font_fredoka_one", "FredokaOne-Regular.ttf", "FredokaOne-Regular.ttf"),
}
WORDS = ("Klipora", "Vidaro", "Momenta", "Reelbay", "Zuppli", "Tonoko", "Wavlet", "Bramble")
NAME_LETTERS = "abcdefghiklmnoprstuvy_0189"
FRINGES: tuple[tuple[Colour, Colour] | None, ...] = (
    ((40, 240, 235), (250, 50, 90)),
    ((255, 190, 40), (90, 60, 250)),
    None,
)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


class Align(StrEnum):
    """On which side the lines of a mark meet."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class MarkDesign:
    """What a mark looks like. `opacity` and `shadow` are 0 to 1; `mirrors`: its lines meet right on the right side."""

    glyph: str
    word: str
    name: str
    font: str = "lato"
    scale: float = 1.0
    opacity: float = 0.7
    shadow: float = 0.3
    fringe: int = 0
    mirrors: bool = False


@dataclass(frozen=True)
class DrawnMark:
    """Opacity (h, w) and colour times opacity (3, h, w) in limited-range BT.709 YUV; both sides are even."""

    alpha: F32
    ink: F32


def random_design(seed: int, **fixed: Any) -> MarkDesign:
    """A mark as an upload may bear it; `fixed` fields, by their names, are as told."""
    random = np.random.default_rng(seed)
    drawn = MarkDesign(
        glyph=str(random.choice(sorted(GLYPHS))),
        word=str(random.choice(WORDS)),
        name="@" + "".join(random.choice(list(NAME_LETTERS), int(random.integers(6, 14)))),
        font=str(random.choice(sorted(FONTS))),
        scale=float(random.uniform(0.85, 1.15)),
        opacity=float(random.uniform(0.45, 0.9)),
        shadow=float(random.uniform(0.15, 0.45)),
        fringe=int(random.integers(len(FRINGES))),
        mirrors=bool(random.random() < 0.5),
    )
    return replace(drawn, **fixed)


def draw_mark(design: MarkDesign, align: Align, picture_width: int = WIDTH_OF_SCALE_ONE) -> DrawnMark:
    """The mark for a picture of that width, its lines meeting at `align`."""
    sheet = _Sheet(design, align if design.mirrors else Align.LEFT, design.scale * picture_width / WIDTH_OF_SCALE_ONE)
    alpha = np.zeros(sheet.shape, np.float32)
    ink = np.zeros((3, *sheet.shape), np.float32)
    for cover, colour in sheet.layers():
        alpha = alpha * (1 - cover) + cover
        ink = ink * (1 - cover) + cover * yuv_of(colour)[:, None, None]
    return DrawnMark(alpha * np.float32(design.opacity), ink * np.float32(design.opacity))


def yuv_of(colour: Colour) -> F32:
    """(3,): limited-range BT.709 of an RGB colour, as ITU-R BT.709-6 section 3 has it."""
    red, green, blue = (float(one) for one in colour)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return np.array(
        [16 + luma * 219 / 255, 128 + (blue - luma) / 1.8556 * 224 / 255, 128 + (red - luma) / 1.5748 * 224 / 255],
        np.float32,
    )


def font_at(family: str, pixels: float, *, is_bold: bool) -> ImageFont.FreeTypeFont:
    package, bold, regular = FONTS[family]
    path = files(package) / "files" / (bold if is_bold else regular)
    return ImageFont.truetype(str(path), round(pixels))


class _Sheet:
    """The large drawing of one design, layer by layer."""

    def __init__(self, design: MarkDesign, align: Align, scale: float) -> None:
        self._design = design
        self._unit = scale * OVERSAMPLING
        self._word_font = font_at(design.font, 27 * self._unit, is_bold=True)
        self._name_font = font_at(design.font, 19 * self._unit, is_bold=False)
        self._pad, self._row = 10 * self._unit, 34 * self._unit
        first = self._row * 0.95 + self._word_font.getlength(design.word)
        second = self._name_font.getlength(design.name)
        even = 2 * OVERSAMPLING
        self._width = math.ceil((max(first, second) + 2 * self._pad) / even) * even
        self._height = math.ceil((64 * self._unit + 2 * self._pad) / even) * even
        right = self._width - self._pad
        self._first_x = self._pad if align is Align.LEFT else right - first
        self._second_x = self._pad if align is Align.LEFT else right - second

    @property
    def shape(self) -> tuple[int, int]:
        return self._height // OVERSAMPLING, self._width // OVERSAMPLING

    def layers(self) -> list[tuple[F32, Colour]]:
        """How much of each pixel a layer covers and its colour, bottom to top."""
        step = 1.3 * self._unit
        soft = np.asarray(cv2.GaussianBlur(self._draw(0, 1.2 * self._unit), (0, 0), 2.2 * self._unit), np.float32)
        shadow = np.clip(self._down(soft) * 1.5, 0, 1) * self._design.shadow
        layers = [(shadow.astype(np.float32), BLACK)]
        fringe = FRINGES[self._design.fringe]
        if fringe:
            for side, colour in ((-1, fringe[0]), (1, fringe[1])):
                shifted = self._draw(side * step, side * step * 0.6, has_text=False)
                layers.append((self._down(shifted), colour))
        layers.append((self._down(self._draw(0, 0)), WHITE))
        return layers

    def _draw(self, across: float, down: float, *, has_text: bool = True) -> F32:
        image = Image.new("L", (self._width, self._height), 0)
        draw = ImageDraw.Draw(image)
        side = self._row * 0.82
        GLYPHS[self._design.glyph](draw, self._first_x + across, self._pad + self._row * 0.09 + down, side)
        if has_text:
            word_x = self._first_x + self._row * 0.95 + across
            draw.text((word_x, self._pad + down), self._design.word, font=self._word_font, fill=255)
            name_y = self._pad + self._row + 6 * self._unit + down
            draw.text((self._second_x + across, name_y), self._design.name, font=self._name_font, fill=255)
        return np.asarray(image, np.float32) / np.float32(255)

    def _down(self, large: F32) -> F32:
        height, width = self.shape
        return np.asarray(large.reshape(height, OVERSAMPLING, width, OVERSAMPLING).mean((1, 3)), np.float32)


def _kite(draw: Draw, x: float, y: float, side: float) -> None:
    """A paper kite with its tail."""
    draw.polygon([(x + side * 0.5, y), (x + side, y + side * 0.4), (x + side * 0.5, y + side * 0.8)], fill=255)
    outline = [(x + side * 0.5, y), (x, y + side * 0.4), (x + side * 0.5, y + side * 0.8)]
    draw.line(outline, fill=255, width=_stroke(side), joint="curve")
    tail = [x + side * 0.2, y + side * 0.55, x + side * 0.5, y + side]
    draw.arc(tail, 20, 170, fill=255, width=_stroke(side))


def _sun(draw: Draw, x: float, y: float, side: float) -> None:
    """A ring with eight rays."""
    middle = (x + side / 2, y + side / 2)
    draw.ellipse([x + side * 0.28, y + side * 0.28, x + side * 0.72, y + side * 0.72], outline=255, width=_stroke(side))
    for ray in range(8):
        turn = (math.cos(ray * math.pi / 4), math.sin(ray * math.pi / 4))
        ends = [(middle[0] + turn[0] * side * far, middle[1] + turn[1] * side * far) for far in (0.32, 0.5)]
        draw.line(ends, fill=255, width=_stroke(side))


def _reel(draw: Draw, x: float, y: float, side: float) -> None:
    """A spool with three holes."""
    draw.ellipse([x, y, x + side, y + side], fill=255)
    hole = side * 0.15
    for turn in (0.5, 1.1667, 1.8333):
        centre = (
            x + side / 2 + math.cos(turn * math.pi) * side * 0.26,
            y + side / 2 + math.sin(turn * math.pi) * side * 0.26,
        )
        draw.ellipse([centre[0] - hole, centre[1] - hole, centre[0] + hole, centre[1] + hole], fill=0)


def _leaf(draw: Draw, x: float, y: float, side: float) -> None:
    """Two leaves on a stem."""
    draw.chord([x, y, x + side * 0.9, y + side * 0.9], 180, 290, fill=255)
    draw.chord([x + side * 0.2, y + side * 0.2, x + side * 1.1, y + side * 1.1], 10, 130, fill=255)
    draw.line([(x + side * 0.1, y + side * 0.95), (x + side * 0.85, y + side * 0.2)], fill=255, width=_stroke(side))


def _tent(draw: Draw, x: float, y: float, side: float) -> None:
    """A tent under a full moon."""
    roof = [(x, y + side), (x + side * 0.42, y + side * 0.25), (x + side * 0.84, y + side)]
    draw.line([*roof, roof[0], roof[1]], fill=255, width=_stroke(side), joint="curve")
    draw.line([roof[1], (x + side * 0.42, y + side)], fill=255, width=_stroke(side))
    draw.ellipse([x + side * 0.7, y, x + side, y + side * 0.3], fill=255)


def _waves(draw: Draw, x: float, y: float, side: float) -> None:
    """Five bars of different heights."""
    for bar, tall in enumerate((0.35, 0.75, 1.0, 0.6, 0.3)):
        left = x + bar * side * 0.21
        top = y + side * (1 - tall) / 2
        draw.rounded_rectangle([left, top, left + side * 0.12, top + side * tall], side * 0.06, fill=255)


def _stroke(side: float) -> int:
    return max(1, round(side * 0.1))


GLYPHS: dict[str, Callable[[Draw, float, float, float], None]] = {
    "kite": _kite,
    "sun": _sun,
    "reel": _reel,
    "leaf": _leaf,
    "tent": _tent,
    "waves": _waves,
}
