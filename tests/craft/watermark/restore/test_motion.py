"""Where the scene came from."""

import cv2
import numpy as np

from reposter.craft.watermark.restore.motion import Motion, carried, halved
from reposter.craft.watermark.restore.pictures import Aligner

SHAPE = (96, 160)


def clouds(seed=4):
    random = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(random.normal(0, 1, (SHAPE[0] + 20, SHAPE[1] + 20)).astype(np.float32), (0, 0), 2)
    return np.clip(128 + 300 * noise, 0, 255)


def test_a_moving_scene_is_followed():
    canvas = clouds()
    before, now = canvas[10:106, 10:170], canvas[12:108, 7:167]  # seen 2 further down, 3 further left
    motion = Motion(np.ones(SHAPE, np.float32))
    source = motion.between(now.astype(np.uint8), before.astype(np.uint8))
    inner = (slice(10, -10), slice(10, -10))
    assert np.abs(np.median(source[0][inner] - np.arange(160, dtype=np.float32)[None, 10:-10]) + 3) < 0.3
    (moved,) = carried([before], source)
    assert np.abs(moved - now)[inner].mean() < 0.3 * np.abs(before - now)[inner].mean()


def test_under_opaque_ink_the_motion_around_goes_on():
    canvas = clouds()
    before, now = canvas[10:106, 10:170].copy(), canvas[12:108, 7:167].copy()
    known = np.ones(SHAPE, np.float32)
    known[30:60, 50:100] = 0
    before[30:60, 50:100] = now[30:60, 50:100] = clouds(5)[30:60, 50:100]  # the ink does not move
    source = Motion(known).between(now.astype(np.uint8), before.astype(np.uint8))
    under = source[0][35:55, 55:95] - np.arange(160, dtype=np.float32)[None, 55:95]
    assert np.abs(under + 3).mean() < 1


def test_colour_moves_half_as_many_pixels():
    across, down = np.meshgrid(np.arange(160, dtype=np.float32), np.arange(96, dtype=np.float32))
    half = halved((across + 6, down - 4))
    assert np.allclose(half[0], np.arange(80)[None] + 3)
    assert np.allclose(half[1], np.arange(48)[:, None] - 2)


def test_a_picture_seen_aside_is_moved_back_and_one_in_place_is_not():
    canvas = clouds()
    now, aside, still = canvas[10:106, 10:170], canvas[5:101, 17:177].copy(), canvas[10:106, 10:170].copy()
    moved, same = Aligner(SHAPE).moved((aside, still), now)
    inner = (slice(10, -10), slice(10, -10))
    assert np.abs(moved - now)[inner].mean() < 0.3 * np.abs(aside - now)[inner].mean()
    assert same is still


def test_a_tiny_place_stands_still():
    random = np.random.default_rng(0)
    before, now = (random.integers(0, 256, (8, 10)).astype(np.uint8) for _ in range(2))
    across, down = Motion(np.ones((8, 10), np.float32)).between(now, before)
    assert np.array_equal(across[0], np.arange(10))
    assert np.array_equal(down[:, 0], np.arange(8))
