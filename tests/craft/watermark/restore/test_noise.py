"""The noise of a marked place is measured, not guessed."""

import numpy as np
import pytest

from reposter.craft.watermark.restore.noise import Noise, NoiseMeter

SHAPE = (80, 160)
NO_DETAIL = np.zeros(SHAPE, np.float32)


def bars():
    """Vertical bars of ink with soft edges, and what counts as marked."""
    see_through = np.ones(SHAPE, np.float32)
    for left in range(10, 150, 20):
        see_through[10:70, left : left + 10] = 0.4
        see_through[10:70, [left - 1, left + 10]] = 0.7
    return see_through, see_through < 0.995


def meter_of(std=0.0):
    see_through, support = bars()
    return NoiseMeter(see_through, np.full(SHAPE, std**2, np.float32), support)


def missed(std, on_outlines=None):
    _, support = bars()
    rng = np.random.default_rng(1)
    inner = np.roll(support, 2, axis=1) & np.roll(support, -2, axis=1)
    deviation = np.where(inner, std, std if on_outlines is None else on_outlines)
    return (rng.normal(size=SHAPE) * deviation * support).astype(np.float32)


def heard(meter, error, detail=NO_DETAIL, frames=60):
    for _ in range(frames):
        meter.hear(error, bars()[0], detail)
    return meter.noise


@pytest.mark.parametrize("std", [3.0, 5.0])
def test_what_a_smooth_scene_cannot_explain_is_noise(std):
    assert heard(meter_of(), missed(std)).body == pytest.approx(std**2, rel=0.2)


def test_outlines_are_measured_apart():
    noise = heard(meter_of(), missed(3.0, on_outlines=9.0))
    see_through, _ = bars()
    assert noise.body == pytest.approx(9, rel=0.2)
    assert noise.variance(see_through)[40, 9:11].mean() == pytest.approx(81, rel=0.25)
    assert noise.variance(see_through)[40, 0] == pytest.approx(noise.body)


def test_what_a_busy_scene_explains_is_not_taken_for_noise():
    busy = np.full(SHAPE, 400.0, np.float32)
    assert heard(meter_of(), missed(20.0), busy).body < 15


def test_a_fill_counts_what_shines_through_in_a_busy_scene_only():
    busy = np.full(SHAPE, 400.0, np.float32)
    smooth, textured = heard(meter_of(), missed(5.0)), heard(meter_of(), missed(5.0), busy)
    assert smooth.shine < 0.3 * smooth.body
    assert textured.shine == pytest.approx(textured.body)


def test_an_unsure_matte_is_doubted_on_outlines_however_little_was_missed():
    sure, unsure = heard(meter_of(), missed(2.0)), heard(meter_of(std=0.1), missed(2.0))
    assert unsure.body == pytest.approx(sure.body)
    assert unsure.outline > 2 * sure.outline


def test_one_odd_frame_changes_little():
    meter = meter_of()
    before = heard(meter, missed(3.0))
    assert heard(meter, missed(6.0), frames=1).body < before.body + 2


def test_a_mark_of_few_pixels_keeps_what_is_expected():
    see_through = np.ones(SHAPE, np.float32)
    see_through[4:6, 4:8] = 0.5
    meter = NoiseMeter(see_through, NO_DETAIL, see_through < 1)
    meter.hear(missed(5.0), see_through, NO_DETAIL)
    assert np.isfinite([meter.noise.body, meter.noise.outline, meter.noise.shine]).all()
    assert 0 < meter.noise.shine <= meter.noise.body


def test_it_listens_at_first_and_now_and_then():
    meter = meter_of()
    wanted = [meter.wants() for _ in range(100)]
    assert all(wanted[:4])
    assert 10 < sum(wanted) < 30
    assert any(wanted[50:])


def test_rounding_is_to_powers_of_two():
    assert Noise(9.0, 72.0, 2.9).rounded() == Noise(8.0, 64.0, 4.0)
