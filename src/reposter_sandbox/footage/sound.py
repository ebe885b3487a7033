"""Compose a few seconds of plucked notes, the same for the same seed."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt

RATE = 44_100
STEPS = (0, 2, 4, 7, 9, 12, 14)  # pentatonic: any order sounds friendly
BEAT_SECONDS = 0.25


def compose(number: int, seed: int, seconds: float) -> npt.NDArray[np.float32]:
    """Mono samples in -1..1, shape (1, rate x seconds)."""
    dice = random.Random(f"sound {seed} {number}")
    root = 220 * 2 ** (dice.randrange(0, 8) / 12)
    samples = np.zeros(round(RATE * seconds), np.float32)
    time = np.arange(round(RATE * 0.6), dtype=np.float32) / RATE
    for beat in range(int(seconds / BEAT_SECONDS)):
        if dice.random() < 0.25:
            continue
        pitch = root * 2 ** (dice.choice(STEPS) / 12)
        tone = np.sin(2 * np.pi * pitch * time) + 0.35 * np.sin(4 * np.pi * pitch * time)
        start = round(beat * BEAT_SECONDS * RATE)
        end = min(len(samples), start + len(time))
        samples[start:end] += (0.28 * tone * np.exp(-5 * time))[: end - start].astype(np.float32)
    return np.clip(samples, -1, 1)[None, :]
