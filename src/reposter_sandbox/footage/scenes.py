"""Paint small moving scenes: a picture for every moment, the same for the same seed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from reposter_sandbox.footage.strip import Picture, as_picture

# Drawn at half size and enlarged: a clip must be ready in two seconds on one busy core.
WIDTH, HEIGHT = 360, 640
Colour = tuple[int, int, int]
Painter = Callable[[float], Picture]


@dataclass(frozen=True)
class Palette:
    """Five colours (BGR), from dark to light, with two accents."""

    night: Colour
    deep: Colour
    light: Colour
    accent: Colour
    spark: Colour


PALETTES = (
    Palette((66, 33, 28), (148, 84, 46), (235, 214, 178), (72, 118, 245), (92, 214, 252)),
    Palette((58, 32, 52), (132, 66, 122), (226, 196, 244), (112, 96, 250), (170, 236, 255)),
    Palette((44, 46, 22), (110, 124, 44), (214, 236, 206), (64, 156, 250), (120, 226, 240)),
    Palette((38, 30, 60), (74, 72, 168), (196, 214, 250), (196, 150, 58), (140, 230, 255)),
    Palette((70, 44, 20), (170, 128, 40), (246, 236, 202), (120, 90, 236), (110, 220, 250)),
)


def painter_for(number: int, seed: int) -> Painter:
    """The scene of video `number`; kinds take turns so that neighbours differ."""
    dice = random.Random(f"scene {seed} {number}")
    palette = dice.choice(PALETTES)
    scenes = (_hills, _balls, _city, _sea, _pinwheel, _collage)
    return scenes[number % len(scenes)](dice, palette)


def _gradient(top: Colour, bottom: Colour) -> Picture:
    ramp = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    colours = (1 - ramp) * np.array(top, np.float32) + ramp * np.array(bottom, np.float32)
    return as_picture(np.repeat(colours, WIDTH, axis=1).astype(np.uint8))


def _texture(dice: random.Random, width: int, height: int, strength: float) -> Picture:
    """Soft grain in three sizes, as a grey picture around 128."""
    source = np.random.default_rng(dice.getrandbits(32))
    total = np.zeros((height, width), np.float32)
    for size, weight in ((6, 0.5), (22, 0.3), (90, 0.2)):
        small = source.random((max(2, height * size // 640), max(2, width * size // 640)), np.float32)
        total += weight * cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return as_picture(np.clip(128 + (total - 0.5) * 255 * strength, 0, 255).astype(np.uint8))


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    b, g, r = (round(a + (z - a) * share) for a, z in zip(one, other, strict=True))
    return b, g, r


def _disc(picture: Picture, x: float, y: float, radius: float, colour: Colour) -> None:
    # Four extra bits of position: motion without stepping.
    cv2.circle(picture, (round(x * 16), round(y * 16)), round(radius * 16), colour, -1, cv2.LINE_AA, 4)


def _polygon(picture: Picture, points: list[tuple[float, float]], colour: Colour) -> None:
    corners = np.round(np.array(points) * 16).astype(np.int32)
    cv2.fillPoly(picture, [corners], colour, cv2.LINE_AA, 4)


def _hills(dice: random.Random, palette: Palette) -> Painter:
    sky = _gradient(palette.deep, palette.light)
    grain = cv2.cvtColor(_texture(dice, WIDTH, HEIGHT, 0.16), cv2.COLOR_GRAY2BGR)
    shadow, glow = 128 - np.minimum(grain, 128), np.maximum(grain, 128) - 128
    waves = [(dice.uniform(60, 130), dice.uniform(0, 9), dice.uniform(18, 44)) for _ in range(4)]
    birds = [(dice.uniform(0, WIDTH), dice.uniform(110, 250), dice.uniform(20, 46)) for _ in range(5)]

    def paint(t: float) -> Picture:
        picture = sky.copy()
        _disc(picture, 90 + 32 * t, 250 - 34 * math.sin(t / 2.2), 46, palette.spark)
        for x, y, pace in birds:
            at, flap = (x + pace * t) % (WIDTH + 40) - 20, 5 * math.sin(9 * t + x)
            left, mid, right = (round(at - 9), round(y + flap)), (round(at), round(y)), (round(at + 9), round(y + flap))
            cv2.polylines(picture, [np.array([left, mid, right])], False, palette.night, 2, cv2.LINE_AA)
        for layer, (length, phase, tall) in enumerate(waves):
            base, shift = 330 + 78 * layer, 14 * (layer + 1) ** 1.5 * t
            ridge = [
                (x, base + tall * math.sin((x + shift) / length + phase) + 9 * math.sin((x + shift) / 19))
                for x in np.arange(-4, WIDTH + 8, 6.0)
            ]
            colour = _mix(palette.light, palette.night, 0.25 + 0.25 * layer)
            _polygon(picture, [(-4, HEIGHT), *ridge, (WIDTH + 4, HEIGHT)], colour)
        return as_picture(cv2.add(cv2.subtract(picture, shadow), glow))

    return paint


def _balls(dice: random.Random, palette: Palette) -> Painter:
    wide = _texture(dice, WIDTH, HEIGHT, 0.5).astype(np.float32) / 128
    table = np.clip(_gradient(palette.light, palette.deep) * wide[:, :, None] * 0.9, 0, 255).astype(np.uint8)
    colours = (palette.accent, palette.spark, palette.night, (236, 236, 240))
    balls = [
        (dice.uniform(40, 320), dice.uniform(20, 70), dice.uniform(0.9, 1.6), dice.uniform(24, 46), colours[i % 4])
        for i in range(7)
    ]

    def paint(t: float) -> Picture:
        picture = table.copy()
        shade = picture.copy()
        places = []
        for index, (x, drift, pace, radius, colour) in enumerate(balls):
            across = 45 + abs((x + drift * t) % 540 - 270)
            floor = 300 + 44 * index
            high = 210 * abs(math.sin(math.pi * (pace * t / 1.4 + index / 7)))
            places.append((across, floor - high - radius, radius, colour))
            squeeze = 1.25 - 0.6 * high / 210
            axes = (max(2, round(radius * squeeze)), max(2, round(radius * 0.3 * squeeze)))
            cv2.ellipse(shade, (round(across), floor), axes, 0, 0, 360, palette.night, -1, cv2.LINE_AA)
        picture = as_picture(cv2.addWeighted(shade, 0.45, picture, 0.55, 0))
        for across, up, radius, colour in places:
            _disc(picture, across, up, radius, colour)
            _disc(picture, across - radius / 3, up - radius / 3, radius / 3.4, _mix(colour, (255, 255, 255), 0.55))
        return picture

    return paint


def _city(dice: random.Random, palette: Palette) -> Painter:
    sky = _gradient(palette.night, _mix(palette.deep, palette.accent, 0.5))
    for _ in range(60):
        cv2.circle(sky, (dice.randrange(WIDTH), dice.randrange(260)), 1, palette.light, -1)
    rows = [_skyline(dice, palette, depth) for depth in range(3)]

    def paint(t: float) -> Picture:
        picture = sky.copy()
        _disc(picture, 270 - 12 * t, 120 + 4 * t, 34, palette.light)
        for depth, (band, mask) in enumerate(rows):
            shift = round((16 + 26 * depth) * t)
            top = 190 + 90 * depth
            part, cover = band[: HEIGHT - top, shift : shift + WIDTH], mask[: HEIGHT - top, shift : shift + WIDTH]
            cv2.copyTo(part, cover, picture[top:])
        road = round(HEIGHT - 60)
        cv2.rectangle(picture, (0, road), (WIDTH, HEIGHT), palette.night, -1)
        for lane in range(6):
            x = (lane * 90 + (150 if lane % 2 else -190) * t) % (WIDTH + 80) - 40
            lamp = palette.spark if lane % 2 else palette.accent
            _disc(picture, x, road + 14 + 10 * (lane % 3), 4, lamp)
        return picture

    return paint


def _skyline(dice: random.Random, palette: Palette, depth: int) -> tuple[Picture, Picture]:
    width = WIDTH + 520
    band = np.zeros((HEIGHT, width, 3), np.uint8)
    mask = np.zeros((HEIGHT, width), np.uint8)
    wall = _mix(palette.deep, palette.night, 0.25 + 0.35 * depth)
    x = -10
    while x < width:
        wide, top = dice.randint(44, 84), dice.randint(0, 110)
        cv2.rectangle(band, (x, top), (x + wide, HEIGHT), _mix(wall, palette.night, dice.random() * 0.3), -1)
        cv2.rectangle(mask, (x, top), (x + wide, HEIGHT), 255, -1)
        for wx in range(x + 8, x + wide - 8, 12):
            for wy in range(top + 12, 420, 18):
                if dice.random() < 0.42:
                    cv2.rectangle(band, (wx, wy), (wx + 5, wy + 8), palette.spark, -1)
        x += wide + dice.randint(2, 12)
    return band, mask


def _sea(dice: random.Random, palette: Palette) -> Painter:
    sky = _gradient(palette.light, _mix(palette.light, palette.accent, 0.7))
    phases = [dice.uniform(0, 6) for _ in range(7)]
    across = np.arange(-4, WIDTH + 8, 6.0)

    def paint(t: float) -> Picture:
        picture = sky.copy()
        _disc(picture, 180 + 6 * t, 236, 60, palette.spark)
        for layer, phase in enumerate(phases):
            base = 290 + 50 * layer
            pace = (1.1 + 0.25 * layer) * (1 if layer % 2 else -1)
            crest = [(x, base + (7 + 3 * layer) * math.sin(x / (34 + 9 * layer) + phase + pace * t)) for x in across]
            colour = _mix(_mix(palette.light, palette.deep, 0.35), palette.night, layer / 7)
            if layer == 2:
                _boat(picture, 60 + 38 * t, base - 6 + 7 * math.sin(1.9 * t), 6 * math.sin(1.4 * t), palette)
            _polygon(picture, [(-4, HEIGHT), *crest, (WIDTH + 4, HEIGHT)], colour)
            foam = np.round(np.array(crest)).astype(np.int32)
            cv2.polylines(picture, [foam], False, _mix(colour, (255, 255, 255), 0.5), 1, cv2.LINE_AA)
        return picture

    return paint


def _boat(picture: Picture, x: float, y: float, tilt: float, palette: Palette) -> None:
    lean = math.radians(tilt)

    def at(dx: float, dy: float) -> tuple[float, float]:
        return x + dx * math.cos(lean) - dy * math.sin(lean), y + dx * math.sin(lean) + dy * math.cos(lean)

    _polygon(picture, [at(-46, -12), at(46, -12), at(30, 16), at(-30, 16)], palette.accent)
    _polygon(picture, [at(2, -104), at(2, -18), at(52, -18)], (244, 246, 250))
    _polygon(picture, [at(-4, -92), at(-4, -18), at(-38, -18)], _mix(palette.light, palette.spark, 0.4))


def _pinwheel(dice: random.Random, palette: Palette) -> Painter:
    ground = _gradient(_mix(palette.deep, palette.light, 0.35), palette.night)
    spin, arms = dice.choice((-1, 1)) * dice.uniform(0.7, 1.2), dice.choice((6, 8, 10))
    colours = (palette.accent, palette.light, palette.spark, palette.deep)

    def wheel(picture: Picture, x: float, y: float, radius: float, angle: float) -> None:
        for arm in range(arms):
            a, b = angle + arm * math.tau / arms, angle + (arm + 0.62) * math.tau / arms
            tip = (x + radius * math.cos(a), y + radius * math.sin(a))
            side = (x + 0.62 * radius * math.cos(b), y + 0.62 * radius * math.sin(b))
            _polygon(picture, [(x, y), tip, side], colours[arm % 4])
        _disc(picture, x, y, radius / 8, palette.night)

    def paint(t: float) -> Picture:
        picture = ground.copy()
        for row in range(9):
            y = (row * 80 + 16 * t) % 720 - 40
            _polygon(
                picture, [(0, y), (WIDTH, y - 60), (WIDTH, y - 44), (0, y + 16)], _mix(palette.deep, palette.night, 0.4)
            )
        wheel(picture, 180 + 26 * math.sin(t), 250 + 18 * math.cos(1.3 * t), 130, spin * 2.2 * t)
        wheel(picture, 92 + 10 * math.cos(t), 480, 66, -spin * 3.4 * t)
        wheel(picture, 276, 506 + 14 * math.sin(1.7 * t), 80, spin * 2.8 * t)
        return picture

    return paint


def _collage(dice: random.Random, palette: Palette) -> Painter:
    tall = HEIGHT + 300
    grain = _texture(dice, WIDTH + 60, tall, 0.8)
    paper = as_picture(cv2.merge([cv2.LUT(grain, _ramp(palette.deep[c], palette.light[c])) for c in range(3)]))
    for _ in range(46):
        x, y, size = dice.randrange(WIDTH + 60), dice.randrange(tall), dice.randint(12, 54)
        colour = dice.choice((palette.accent, palette.spark, palette.night, palette.deep, (238, 240, 244)))
        corners = dice.choice((3, 4, 6, 24))
        turn = dice.random() * math.tau
        shape = [
            (x + size * math.cos(turn + k * math.tau / corners), y + size * math.sin(turn + k * math.tau / corners))
            for k in range(corners)
        ]
        _polygon(paper, [(px + 4, py + 5) for px, py in shape], _mix(palette.night, palette.deep, 0.4))
        _polygon(paper, shape, colour)

    def paint(t: float) -> Picture:
        y, x = 44 * t, 24 + 20 * math.sin(0.9 * t)
        move = np.array([[1, 0, -x], [0, 1, -y]], np.float32)
        picture = as_picture(cv2.warpAffine(paper, move, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR))
        for k in range(3):
            at = 2.1 * t + k * math.tau / 3
            _disc(picture, 180 + 104 * math.cos(at), 330 + 150 * math.sin(at), 26, palette.night)
            _disc(
                picture,
                178 + 104 * math.cos(at),
                326 + 150 * math.sin(at),
                24,
                (palette.spark, palette.accent, palette.light)[k],
            )
        return picture

    return paint


def _ramp(low: int, high: int) -> Picture:
    return np.linspace(low, high, 256).astype(np.uint8)
