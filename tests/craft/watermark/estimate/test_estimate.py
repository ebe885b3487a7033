"""A drawn mark's matte is recovered from a clip in which it jumps."""

from dataclasses import replace

import numpy as np
import pytest
from drawing import BLACK, BOTTOM_RIGHT, MIDDLE_RIGHT, TOP_LEFT, Drawn, draw_clip, samples_of, sighting_of

from reposter.craft.watermark.estimate.places import places_to_learn
from reposter.craft.watermark.estimate.service import estimate
from reposter.craft.watermark.mark import Estimate, Matte
from reposter.craft.watermark.picture import U8, Box
from reposter.craft.watermark.samples import Samples


def learnt(drawn: Drawn) -> Estimate:
    samples = samples_of(drawn)
    return estimate(samples, sighting_of(drawn, samples))


def alpha_error(drawn: Drawn, place: int, matte: Matte) -> float:
    """Root mean square where there is ink."""
    truth = drawn.alpha_in(place, matte.box)
    return float(np.sqrt(np.mean((matte.alpha - truth)[truth > 0.02] ** 2)))


def effect_error(drawn: Drawn, place: int, matte: Matte) -> float:
    """Root mean square luma by which the mark on mid grey is wrong."""
    truth, added = drawn.alpha_in(place, matte.box), drawn.added_in(place, matte.box)
    error = (matte.ink - matte.alpha * 115) - (added - truth * 115)
    return float(np.sqrt(np.mean(error[truth > 0.02] ** 2)))


@pytest.mark.parametrize("opacity", [0.4, 0.7, 0.9])
def test_a_white_mark_with_a_shadow_is_recovered_at_every_place(opacity: float) -> None:
    drawn = draw_clip(opacity=opacity)
    for place, matte in enumerate(learnt(drawn).mattes):
        assert alpha_error(drawn, place, matte) < 0.085
        assert effect_error(drawn, place, matte) < 4.0


def test_black_ink_is_recovered_as_well_as_white() -> None:
    drawn = draw_clip(luma=BLACK, shadow=0.0)
    matte = learnt(drawn).mattes[0]
    assert alpha_error(drawn, 0, matte) < 0.05
    core = drawn.alpha_in(0, matte.box) > 0.6
    assert np.median((matte.ink / np.maximum(matte.alpha, 0.01))[core]) == pytest.approx(BLACK, abs=8)


def test_a_second_line_that_is_aligned_to_the_right_is_found_at_the_other_place() -> None:
    drawn = draw_clip(right_aligned=True)
    estimated = learnt(drawn)
    other = 1 - estimated.reference
    first, second = estimated.alignment[other]
    assert first is not None
    assert second is not None
    assert abs(second.across - first.across) >= 3
    assert all(alpha_error(drawn, k, matte) < 0.085 for k, matte in enumerate(estimated.mattes))


def test_a_still_scene_teaches_the_matte_from_its_moments_without_the_mark() -> None:
    drawn = draw_clip(speed=0.0)
    assert alpha_error(drawn, 0, learnt(drawn).mattes[0]) < 0.07


def test_a_fading_mark_is_learnt_at_its_full_strength() -> None:
    drawn = draw_clip(fade_frames=3)
    for place, matte in enumerate(learnt(drawn).mattes):
        core = drawn.alpha_in(place, matte.box) > 0.65
        assert matte.alpha[core].mean() == pytest.approx(drawn.alpha_in(place, matte.box)[core].mean(), abs=0.04)


def test_looks_into_a_gap_teach_nothing() -> None:
    drawn = draw_clip(seed=4)
    samples = samples_of(drawn)
    sighting = sighting_of(drawn, samples)
    gone = [look for look, state in enumerate(sighting.states) if state == 0][3:6]
    presence = np.zeros((2, len(sighting.states)), np.float32)
    for look, state in enumerate(sighting.states):
        presence[state, look] = 0.0 if look in gone else 1.0
    place = places_to_learn(samples, replace(sighting, presence=presence))[0]
    assert place.on
    assert not set(place.on) & set(gone)


def test_three_places_share_what_they_know() -> None:
    drawn = draw_clip(places=(TOP_LEFT, MIDDLE_RIGHT, BOTTOM_RIGHT))
    estimated = learnt(drawn)
    assert all(line for lines in estimated.alignment for line in lines)
    assert all(alpha_error(drawn, k, matte) < 0.085 for k, matte in enumerate(estimated.mattes))


def test_a_mark_that_never_leaves_is_fitted_from_its_surroundings_and_knows_that_it_is_unsure() -> None:
    static = draw_clip(places=(TOP_LEFT,))
    alone = learnt(static).mattes[0]
    jumping = learnt(draw_clip()).mattes[0]
    assert alpha_error(static, 0, alone) < 0.12
    assert alone.variance[alone.support].mean() > jumping.variance[jumping.support].mean()


def test_coloured_ink_is_told_from_grey() -> None:
    grey, red = learnt(draw_clip()).mattes[0], learnt(draw_clip(tint=(100, 190))).mattes[0]
    core = red.chroma_see_through < 0.5
    tint = red.ink_v / np.maximum(1 - red.chroma_see_through, 0.05)
    assert np.median(tint[core]) > 170
    neutral = grey.ink_v / np.maximum(1 - grey.chroma_see_through, 0.05)
    assert np.median(neutral[grey.chroma_see_through < 0.5]) == pytest.approx(128, abs=6)


def test_away_from_the_ink_the_picture_is_left_exactly_as_it_is() -> None:
    drawn = draw_clip()
    for place, matte in enumerate(learnt(drawn).mattes):
        truth = drawn.alpha_in(place, matte.box)
        rows, columns = np.nonzero(truth > 0.02)
        far = np.ones(truth.shape, bool)
        far[max(0, rows.min() - 20) : rows.max() + 20, max(0, columns.min() - 20) : columns.max() + 20] = False
        assert far.any()
        assert (matte.see_through[far] == 1).all()
        assert (matte.ink[far] == 0).all()
        assert (matte.variance[far] == 0).all()
        assert (matte.ink[matte.see_through == 1] == 0).all()


def test_the_predicted_variance_is_larger_where_the_error_is() -> None:
    drawn = draw_clip(opacity=0.8, seed=4)
    matte = learnt(drawn).mattes[0]
    error = (matte.alpha - drawn.alpha_in(0, matte.box)) ** 2
    inside = matte.support
    doubtful = matte.variance > np.median(matte.variance[inside])
    assert error[inside & doubtful].mean() > 1.5 * error[inside & ~doubtful].mean()


def test_the_evidence_covers_the_place_with_its_margin() -> None:
    drawn = draw_clip()
    estimated = learnt(drawn)
    for evidence, matte in zip(estimated.evidence, estimated.mattes, strict=True):
        assert evidence.box == matte.box
        assert evidence.sums.shape == matte.see_through.shape == evidence.effect_across.shape
        assert evidence.matched.overlap(evidence.box) == evidence.matched.area
        assert (evidence.sums.weight[matte.support] > 0).all()


class CountedSamples(Samples):
    """Remembers the largest rectangle that was ever asked for."""

    largest = 0

    def fine_luma(self, fine: int, box: Box) -> U8:
        CountedSamples.largest = max(CountedSamples.largest, box.area)
        return super().fine_luma(fine, box)


def test_only_the_places_are_read_never_the_whole_picture() -> None:
    drawn = draw_clip(seconds=5.0)
    samples = samples_of(drawn)
    counted = CountedSamples(**vars(samples))
    estimate(counted, sighting_of(drawn, samples))
    assert 0 < CountedSamples.largest < drawn.size[0] * drawn.size[1] / 5


def test_a_place_seen_once_alone_does_not_stop_the_work() -> None:
    drawn = draw_clip(seconds=4.0)
    samples = samples_of(drawn)
    sighting = sighting_of(drawn, samples)
    lonely = replace(sighting, states=tuple(0 if at == 0 else 1 for at in range(len(samples))))
    assert len(estimate(samples, lonely).mattes) == 2


def test_a_place_that_no_look_shows_has_no_ink() -> None:
    drawn = draw_clip(seconds=4.0)
    samples = samples_of(drawn)
    never = replace(sighting_of(drawn, samples), states=(0,) * len(samples))
    estimated = estimate(samples, never)
    assert estimated.reference == 0
    assert not estimated.mattes[1].support.any()
