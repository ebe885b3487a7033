"""What a place looks like with the mark taken away."""

from dataclasses import replace

import numpy as np
import pytest
from drawing import blend
from truth import clip, cut, true_matte

from reposter.craft.watermark.picture import Planes
from reposter.craft.watermark.restore.fusion import Restorer
from reposter.craft.watermark.restore.pictures import NOTHING, Bare


def error_in(restored, clean, support):
    return float(np.sqrt(((restored.astype(float) - clean)[support] ** 2).mean()))


def restore_frame(drawn, index, restorer, strength=1.0, marked=None, references=NOTHING):
    seen = cut(marked or drawn.marked[index], restorer.box)
    return seen, cut(drawn.clean[index], restorer.box), restorer.restore(seen, strength, references)


def frame_at(drawn, place):
    return drawn.states.index(place) + 6


def test_a_true_matte_gives_a_scene_without_noise_nearly_back():
    drawn = clip(grain=0.0, opacity=0.6)
    index = frame_at(drawn, 1)
    restorer = Restorer(true_matte(drawn, 1))
    seen, clean, restored = restore_frame(drawn, index, restorer)
    assert error_in(seen.y, clean.y, restorer.support) > 30
    assert error_in(restored.planes.y, clean.y, restorer.support) < 2.5


def test_colour_is_given_back_too():
    drawn = clip(tint=(90, 200))
    index = frame_at(drawn, 0)
    restorer = Restorer(true_matte(drawn, 0))
    seen, clean, restored = restore_frame(drawn, index, restorer)
    for before, after, true in (
        (seen.u, restored.planes.u, clean.u),
        (seen.v, restored.planes.v, clean.v),
    ):
        inked = np.abs(before.astype(int) - true) > 5
        assert inked.sum() > 100
        assert error_in(after, true, inked) < 0.25 * error_in(before, true, inked)


def test_pixels_without_ink_come_back_bit_by_bit():
    drawn = clip()
    matte = true_matte(drawn, 0)
    restorer = Restorer(matte)
    seen, _, restored = restore_frame(drawn, frame_at(drawn, 0), restorer)
    outside = ~restorer.support
    assert np.array_equal(restored.planes.y[outside], seen.y[outside])
    inside = restorer.box.moved(-matte.box.x0, -matte.box.y0).halved.slices
    outside = matte.chroma_see_through[inside] >= 0.995
    assert np.array_equal(restored.planes.u[outside], seen.u[outside])
    assert np.array_equal(restored.planes.v[outside], seen.v[outside])
    assert (restored.deviation[~restorer.support] == 0).all()


def test_what_came_in_is_not_written_to():
    drawn = clip()
    restorer = Restorer(true_matte(drawn, 0))
    seen = cut(drawn.marked[frame_at(drawn, 0)], restorer.box)
    for plane in (seen.y, seen.u, seen.v):
        plane.flags.writeable = False
    restorer.restore(seen, 1.0)


def test_the_deviation_is_honest():
    drawn = clip(grain=3.0)
    restorer = Restorer(true_matte(drawn, 1, variance=4e-4))
    within = []
    for index in range(frame_at(drawn, 1), frame_at(drawn, 1) + 12, 4):
        _, clean, restored = restore_frame(drawn, index, restorer)
        error = np.abs(restored.planes.y.astype(float) - clean.y)[restorer.support]
        deviation = restored.deviation[restorer.support]
        within.append(error < 2 * deviation + 0.5)
        assert deviation.mean() < 3 * np.sqrt((error**2).mean())  # nor is it so wide that it says nothing
    assert np.mean(within) > 0.9


def test_a_faint_mark_of_a_fade_is_taken_away_with_its_own_strength():
    drawn = clip(opacity=0.6)
    index = frame_at(drawn, 1)
    faint = blend(drawn.clean[index], drawn.marks[1], drawn.boxes[1], 0.4)
    restorer = Restorer(true_matte(drawn, 1))
    _, clean, right = restore_frame(drawn, index, restorer, 0.4, faint)
    _, _, wrong = restore_frame(drawn, index, restorer, 1.0, faint)
    assert error_in(right.planes.y, clean.y, restorer.support) < 3
    assert error_in(wrong.planes.y, clean.y, restorer.support) > 10


def test_a_reference_of_a_still_scene_helps():
    drawn = clip(opacity=0.9, speed=0.0)
    index = frame_at(drawn, 1)
    restorer = Restorer(true_matte(drawn, 1))
    bare = (drawn.clean[0].y[restorer.box.slices].astype(np.float32),)
    _, clean, without = restore_frame(drawn, index, restorer)
    _, _, with_one = restore_frame(drawn, index, restorer, references=Bare(bare))
    support = restorer.support
    assert error_in(with_one.planes.y, clean.y, support) < 0.8 * error_in(without.planes.y, clean.y, support)
    assert with_one.deviation[support].mean() < without.deviation[support].mean()


def test_a_reference_that_shows_something_else_does_little_harm():
    drawn = clip()
    index = frame_at(drawn, 1)
    restorer = Restorer(true_matte(drawn, 1))
    other = (np.ascontiguousarray(drawn.clean[index].y[restorer.box.slices][::-1, ::-1]).astype(np.float32),)
    _, clean, without = restore_frame(drawn, index, restorer)
    _, _, with_one = restore_frame(drawn, index, restorer, references=Bare(other))
    support = restorer.support
    assert error_in(with_one.planes.y, clean.y, support) < 1.3 * error_in(without.planes.y, clean.y, support)


def test_a_reference_seen_a_little_aside_is_moved_back():
    drawn = clip(opacity=0.9, speed=0.0, grain=0.5)
    index = frame_at(drawn, 1)
    restorer = Restorer(true_matte(drawn, 1))
    y, x = restorer.box.slices
    aside = drawn.clean[0].y[y.start - 4 : y.stop - 4, x.start - 6 : x.stop - 6].astype(np.float32)
    _, clean, without = restore_frame(drawn, index, restorer)
    _, _, with_one = restore_frame(drawn, index, restorer, references=Bare(single=(aside,)))
    support = restorer.support
    assert error_in(with_one.planes.y, clean.y, support) < 0.8 * error_in(without.planes.y, clean.y, support)


def test_the_frame_before_helps_where_the_scene_moves():
    drawn = clip(opacity=0.9, speed=80.0)
    restorer, other = (Restorer(true_matte(drawn, 1)) for _ in range(2))
    first = frame_at(drawn, 1)
    before, alone, together = None, [], []
    for index in range(first, first + 12):
        seen, clean = (cut(one[index], restorer.box) for one in (drawn.marked, drawn.clean))
        alone.append(error_in(other.restore(seen, 1.0).planes.y, clean.y, restorer.support))
        before = restorer.restore(seen, 1.0, before=before)
        together.append(error_in(before.planes.y, clean.y, restorer.support))
    assert alone[0] == together[0]
    assert np.mean(together[1:]) < 0.95 * np.mean(alone[1:])


def test_a_frame_before_that_shows_something_else_does_little_harm():
    drawn = clip()
    index = frame_at(drawn, 1)
    restorer = Restorer(true_matte(drawn, 1))
    seen, clean, without = restore_frame(drawn, index, restorer)
    upside_down = Planes(*(np.ascontiguousarray(one[::-1, ::-1]) for one in (clean.y, clean.u, clean.v)))
    after_a_cut = restorer.restore(seen, 1.0, before=replace(without, planes=upside_down))
    support = restorer.support
    assert error_in(after_a_cut.planes.y, clean.y, support) < 1.3 * error_in(without.planes.y, clean.y, support)


def test_new_references_replace_the_old_ones():
    drawn = clip(speed=0.0)
    index = frame_at(drawn, 1)
    restorer = Restorer(true_matte(drawn, 1))
    bare = (drawn.clean[0].y[restorer.box.slices].astype(np.float32),)
    seen = cut(drawn.marked[index], restorer.box)
    first = restorer.restore(seen, 1.0, Bare(bare))
    restorer.restore(seen, 1.0, Bare(single=(255 - bare[0],)))
    assert np.array_equal(restorer.restore(seen, 1.0, Bare(bare)).planes.y, first.planes.y)


def test_an_unsure_matte_is_trusted_less_on_outlines():
    drawn = clip()
    index = frame_at(drawn, 1)
    sure, unsure = (Restorer(true_matte(drawn, 1, variance)) for variance in (0.0, 0.01))
    _, _, by_sure = restore_frame(drawn, index, sure)
    _, _, by_unsure = restore_frame(drawn, index, unsure)
    assert by_unsure.deviation.sum() > by_sure.deviation.sum()


def test_a_matte_without_ink_leaves_nothing_to_do():
    matte = true_matte(clip(), 0)
    bare = replace(matte, see_through=np.ones_like(matte.see_through))
    assert Restorer(bare).box is None
    assert Restorer(bare).pixels == 0


@pytest.mark.parametrize("size", [(1080, 1920), (96, 128)])
def test_every_size_of_picture_works(size):
    drawn = clip(size=size, seconds=1.0, fps=4, dwell_seconds=0.8)
    restorer = Restorer(true_matte(drawn, 0))
    seen, _, restored = restore_frame(drawn, 0, restorer)
    assert isinstance(restored.planes, Planes)
    assert restored.planes.y.shape == seen.y.shape == restored.deviation.shape
    assert restored.planes.u.shape == seen.u.shape


def test_where_nothing_shines_through_a_foreign_reference_is_not_believed():
    drawn = clip(opacity=1.0, shadow=0.0)
    index = frame_at(drawn, 1)
    matte = true_matte(drawn, 1)
    solid = np.zeros_like(matte.see_through, bool)
    solid[44:74, 44:150] = True  # wider than any window: no letter lets anything through
    solid_matte = replace(
        matte, see_through=np.where(solid, 0.01, 1).astype(np.float32), ink=np.where(solid, 233, 0).astype(np.float32)
    )
    restorer = Restorer(solid_matte)
    clean = cut(drawn.clean[index], restorer.box)
    seen = replace(clean, y=np.where(restorer.support, 234, clean.y).astype(np.uint8))
    foreign = (255 - clean.y.astype(np.float32),)
    without = restorer.restore(seen, 1.0).planes.y
    with_one = restorer.restore(seen, 1.0, Bare(foreign)).planes.y
    assert error_in(with_one, clean.y, restorer.support) < 1.1 * error_in(without, clean.y, restorer.support)
