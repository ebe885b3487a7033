"""Frames at an even rate."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from reposter.craft.convert.rate import at_rate
from reposter.media.frames import TimedFrame


def frames(times, last=Fraction(1, 30)):
    ends = [*times[1:], times[-1] + last]
    return [TimedFrame(index, start, end - start) for index, (start, end) in enumerate(zip(times, ends, strict=True))]


def test_a_slow_clip_repeats_its_frames():
    out = list(at_rate(iter(frames([Fraction(n, 10) for n in range(10)], Fraction(1, 10))), 30))
    assert [frame.image for frame in out] == [n // 3 for n in range(30)]
    assert [frame.start for frame in out] == [Fraction(n, 30) for n in range(30)]


def test_a_fast_clip_drops_every_second_frame():
    out = list(at_rate(iter(frames([Fraction(n, 120) for n in range(120)], Fraction(1, 120))), 60))
    assert [frame.image for frame in out] == list(range(0, 120, 2))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=40), st.sampled_from([30, 60]))
def test_ticks_are_even_and_the_length_is_kept(gaps, rate):
    times = [Fraction(sum(gaps[:n]), 1000) for n in range(len(gaps))]
    given_frames = frames(times, Fraction(gaps[-1], 1000))
    out = list(at_rate(iter(given_frames), rate))
    assert [frame.start for frame in out] == [Fraction(n, rate) for n in range(len(out))]
    assert abs(out[-1].end - given_frames[-1].end) <= Fraction(1, rate)
    images = [frame.image for frame in out]
    assert images == sorted(images)


def test_nothing_stays_nothing():
    assert list(at_rate(iter([]), 30)) == []
