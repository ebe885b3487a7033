"""Draws a portrait frame for a made-up video: a sky, a sun and hills, always the same for the same id."""

from __future__ import annotations

import math
import random

SKIES = (
    ("#1d2b53", "#f08a5d", "#ffd166"),
    ("#0b3954", "#4fb3bf", "#e0f2f1"),
    ("#3a1c4a", "#d1495b", "#ffb088"),
    ("#12372a", "#6a9c6b", "#f2e8c9"),
    ("#22223b", "#7a6f9b", "#f2d7c9"),
    ("#5c2a1e", "#e07a3f", "#ffe2b0"),
    ("#0d2c54", "#2f7fd1", "#cfe8ff"),
    ("#2b2d2f", "#9a8f80", "#efe6d8"),
)


def draw_frame(video_id: str) -> bytes:
    """An SVG of 180 x 320."""
    chance = random.Random(video_id)
    high, low, light = chance.choice(SKIES)
    sun_x, sun_y, sun_r = chance.randint(40, 140), chance.randint(70, 170), chance.randint(16, 34)
    hills = "".join(_hill(chance, 190 + 38 * depth, 0.45 + 0.2 * depth, high) for depth in range(3))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 180 320" width="180" height="320">
<defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="{high}"/><stop offset=".75" stop-color="{low}"/>
<stop offset="1" stop-color="{light}"/></linearGradient></defs><rect width="180" height="320" fill="url(#s)"/>
<circle cx="{sun_x}" cy="{sun_y}" r="{sun_r * 2}" fill="{light}" opacity=".14"/>
<circle cx="{sun_x}" cy="{sun_y}" r="{sun_r}" fill="{light}" opacity=".9"/>{hills}</svg>""".encode()


def _hill(chance: random.Random, height: float, opacity: float, colour: str) -> str:
    phase, width, rise = chance.uniform(0, 6), chance.uniform(24, 60), chance.uniform(10, 34)
    points = " ".join(f"{x},{height + rise * math.sin(x / width + phase):.0f}" for x in range(0, 181, 6))
    return f'<polygon points="0,320 {points} 180,320" fill="{colour}" opacity="{opacity:.2f}"/>'
