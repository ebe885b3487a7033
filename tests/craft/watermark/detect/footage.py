"""Drawn clips without a mark that look as if they had one, five looks a second: what must be left alone."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from drawing import draw_clip

from reposter.craft.watermark.picture import U8, Planes
from reposter.craft.watermark.samples import Samples, samples_of

RATE = 5  # looks a second
WHITE, BLACK = 235, 16


def scene(seed: int, *, seconds: float = 9.0, speed: float = 40.0, size: tuple[int, int] = (360, 640)) -> list[U8]:
    """Brightness of a moving, textured scene."""
    drawn = draw_clip(size=size, seconds=seconds, fps=RATE, seed=seed, speed=speed, places=())
    return [one.y.copy() for one in drawn.clean]


def looks_at(pictures: list[U8], times: list[float] | None = None) -> Samples:
    """Samples of brightness alone."""
    height, width = pictures[0].shape
    grey = np.full((height // 2, width // 2), 128, np.uint8)
    at = times or [index / RATE for index in range(len(pictures))]
    return samples_of([Planes(one, grey, grey) for one in pictures], at)


def write(
    picture: U8,
    text: str,
    x: int,
    y: int,
    *,
    scale: float = 0.7,
    opacity: float = 1.0,
    luma: int = WHITE,
    box: int = -1,
) -> None:
    """Letters with their baseline's left end at (x, y); `box`: the brightness of a solid plate behind them."""
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 2)
    if box >= 0:
        cv2.rectangle(picture, (x - 8, y - height - 8), (x + width + 8, y + below + 6), box, -1)
    ink = np.zeros_like(picture)
    cv2.putText(ink, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 2, cv2.LINE_AA)
    alpha = ink.astype(np.float32) / 255 * opacity
    picture[:] = np.rint(picture * (1 - alpha) + luma * alpha).astype(np.uint8)


def channel_logo(seed: int) -> list[U8]:
    pictures = scene(seed)
    for one in pictures:
        write(one, "CHANNEL 9", 220, 50, scale=0.6, opacity=0.8)
        write(one, "my first week", 80, 120, box=WHITE, luma=BLACK)
    return pictures


def subtitles(seed: int) -> list[U8]:
    words = ["so today we try", "the new recipe", "and it worked", "kind of... wait", "no, it did not"]
    pictures = scene(seed)
    for index, one in enumerate(pictures):
        write(one, words[index // 8 % 5], 70, 480, opacity=1.0)
    return pictures


def karaoke(seed: int) -> list[U8]:
    pictures = scene(seed)
    for index, one in enumerate(pictures):
        write(one, "we all sing along", 60, 470, luma=170)
        write(one, "we all sing along"[: index % 18], 60, 470, luma=WHITE)
        write(one, ["tonight again", "until the dawn"][index // 18 % 2], 60, 520, luma=170)
    return pictures


def list_captions(seed: int) -> list[U8]:
    """A solid caption that moves once and counts on."""
    pictures = scene(seed)
    for index, one in enumerate(pictures):
        late = index >= len(pictures) // 2
        write(one, f"Step {1 + late}", 40 if late else 200, 420 if late else 140, box=WHITE, luma=BLACK)
    return pictures


def moving_plate(seed: int) -> list[U8]:
    """The same solid plate, to and fro."""
    pictures = scene(seed)
    for index, one in enumerate(pictures):
        left = index // 15 % 2
        write(one, "Follow me", 20 if left else 200, 100 if left else 500, box=WHITE, luma=BLACK)
    return pictures


def credits_rolling(seed: int) -> list[U8]:
    pictures = scene(seed)
    for index, one in enumerate(pictures):
        for line in range(24):
            write(one, f"Role {line % 5} Name {line}", 60, 700 - index * 12 + line * 40, scale=0.6)
    return pictures


def ticker(seed: int) -> list[U8]:
    pictures = scene(seed)
    for index, one in enumerate(pictures):
        one[590:630] = 40
        write(one, "breaking news from the market place +++ rates fall +++ more at eight", 340 - index * 17, 618)
    return pictures


def picture_in_picture(seed: int) -> list[U8]:
    """A small picture that stays, then sits in another corner."""
    pictures, small = scene(seed), scene(seed + 50)
    for index, one in enumerate(pictures):
        x, y = (10, 20) if index < len(pictures) // 2 else (220, 480)
        one[y : y + 140, x : x + 130] = cv2.resize(small[index], (130, 140), interpolation=cv2.INTER_AREA)
    return pictures


def countdown(seed: int) -> list[U8]:
    pictures = scene(seed)
    for index, one in enumerate(pictures):
        write(one, f"{9 - index // 5}", 150, 340, scale=3.0)
        write(one, f"00:0{9 - index // 5}", 20, 60)
        write(one, f"00:0{index // 5}", 250, 600)
    return pictures


def two_cameras(seed: int) -> list[U8]:
    """Cuts between two sets that stand still, with a sign in each at its own place."""
    sets = [scene(seed, seconds=0.2)[0], scene(seed + 90, seconds=0.2)[0]]
    write(sets[0], "CAFE CENTRAL", 20, 100, scale=0.6)
    write(sets[1], "BOOK SHOP", 190, 520, scale=0.6)
    random = np.random.default_rng(seed)
    actors = scene(seed + 30, speed=90)
    pictures = []
    for index, actor in enumerate(actors):
        one = sets[index // 12 % 2].copy()
        x = int(80 + 60 * np.sin(index / 3))
        one[200:420, x : x + 120] = actor[200:420, x : x + 120]
        pictures.append(np.clip(one + random.normal(0, 2, one.shape), 0, 255).astype(np.uint8))
    return pictures


def tiled_cameras(seed: int) -> list[U8]:
    """Cuts between two views of a wall with the same window many times over."""
    window = scene(seed, seconds=0.2)[0][:80, :90]
    wall = np.tile(window, (10, 6))
    pictures = scene(seed + 5)
    for index, one in enumerate(pictures):
        shift = 37 if index // 13 % 2 else 0
        one[:240] = wall[shift : shift + 240, shift : shift + 360]
        if index // 13 % 2:
            one[:] = one[::-1, ::-1]
    return pictures


def blinking_lights(seed: int) -> list[U8]:
    pictures = scene(seed)
    for index, one in enumerate(pictures):
        for lamp, (x, y) in enumerate([(40, 80), (300, 80), (40, 560), (300, 560), (180, 320)]):
            if (index // (6 + lamp) + lamp) % 2:
                cv2.circle(one, (x, y), 26, 240, -1, cv2.LINE_AA)
    return pictures


def slides(seed: int) -> list[U8]:
    """Still slides with a heading each; numbers alike at other places."""
    pictures = []
    illustrations = [scene(seed + number, seconds=0.2)[0] for number in range(5)]
    for index in range(45):
        number = index // 9
        one = np.full((640, 360), 200 - 20 * number, np.uint8)
        write(one, f"Chapter {number + 1}", 30 + 30 * number, 90 + 80 * number, luma=BLACK)
        one[300:500, 60:300] = illustrations[number][300:500, 60:300]
        pictures.append(one)
    return pictures


def game_display(seed: int) -> list[U8]:
    pictures = scene(seed, speed=120)
    for index, one in enumerate(pictures):
        write(one, f"HP {100 - index}", 12, 40, scale=0.6)
        write(one, f"SCORE {index * 125:05d}", 190, 40, scale=0.6)
        write(one, "AMMO 30/90" if index % 9 else "RELOADING", 210, 620, scale=0.6)
        cv2.rectangle(one, (12, 60), (12 + max(2, 120 - 2 * index), 70), 220, -1)
    return pictures


def name_plates(seed: int) -> list[U8]:
    """Two speakers, each with a name, left and right in turn."""
    pictures = scene(seed)
    for index, one in enumerate(pictures):
        if index // 14 % 2:
            write(one, "Anna Example", 20, 560, scale=0.6, opacity=0.9)
        else:
            write(one, "Bert Sample", 210, 560, scale=0.6, opacity=0.9)
    return pictures


def duet(seed: int) -> list[U8]:
    """The same footage above and below."""
    pictures = scene(seed)
    for one in pictures:
        one[320:] = one[:320]
    return pictures


LEFT_ALONE: tuple[Callable[[int], list[U8]], ...] = (
    channel_logo,
    subtitles,
    karaoke,
    list_captions,
    moving_plate,
    credits_rolling,
    ticker,
    picture_in_picture,
    countdown,
    two_cameras,
    tiled_cameras,
    blinking_lights,
    slides,
    game_display,
    name_plates,
    duet,
)
