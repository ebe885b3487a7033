"""Who is shown when, exact to the frame."""

import numpy as np
from drawing import samples_of
from truth import clip, true_matte, true_sighting

from reposter.craft.watermark.mark import Segment, Shown
from reposter.craft.watermark.restore.timeline import (
    NOBODY,
    Timeline,
    clear_strength,
    find_switches,
    nearest,
    segments_of_looks,
    without_blips,
)


def timeline_of(drawn):
    mattes = [true_matte(drawn, place) for place in range(len(drawn.marks))]
    return Timeline(samples_of(drawn), true_sighting(drawn), mattes)


def play(drawn, timeline):
    return [timeline.shown(index / drawn.fps, planes.y) for index, planes in enumerate(drawn.marked)]


def test_a_jump_is_found_in_its_very_frame():
    drawn = clip()
    shown = play(drawn, timeline_of(drawn))
    wrong = [
        index
        for index, (now, place) in enumerate(zip(shown, drawn.states, strict=True))
        if [one.place for one in now] != [place]
    ]
    jumps = [index for index in range(1, len(shown)) if drawn.states[index] != drawn.states[index - 1]]
    assert len(jumps) >= 2
    assert all(min(abs(index - jump) for jump in jumps) <= 1 for index in wrong)
    assert len(wrong) <= len(jumps)


def test_strengths_of_a_fade_are_right():
    drawn = clip(fade_frames=4, seed=2)
    shown = play(drawn, timeline_of(drawn))
    errors = []
    for now, place, strength in zip(shown, drawn.states, drawn.strengths, strict=True):
        found = {one.place: one.strength for one in now}
        if strength < 1:
            errors.append(abs(found.get(place, 0.0) - strength))
    assert len(errors) >= 10
    assert np.median(errors) < 0.1
    assert np.mean(np.array(errors) <= 0.15) > 0.9


def test_nothing_is_shown_while_the_mark_is_nowhere():
    drawn = clip()
    timeline = timeline_of(drawn)
    states = list(timeline.states)
    away = [look for look, state in enumerate(states) if state == 1]
    for look in away:
        states[look] = NOBODY
    clear = clip(places=())
    sighting = true_sighting(drawn)
    timeline = Timeline(
        samples_of(clear), type(sighting)(**{**vars(sighting), "states": tuple(states)}), [true_matte(drawn, 0)] * 2
    )
    middle = [samples_of(drawn).times[look] for look in away[3:-3]]
    assert middle
    assert all(timeline.shown(float(seconds), clear.marked[0].y) == () for seconds in middle)


def test_segments_come_from_the_looks_until_frames_have_passed():
    drawn = clip()
    timeline = timeline_of(drawn)
    for segment, true in zip(timeline.segments, drawn.segments, strict=True):
        assert segment.place == true.place
        assert abs(segment.start - true.start) <= 0.25
    play(drawn, timeline)
    for segment, true in zip(timeline.segments, drawn.segments, strict=True):
        assert segment.place == true.place
        assert abs(segment.start - true.start) <= 1.01 / drawn.fps
        assert segment.fade_seconds == 0


def test_a_fade_is_told_in_the_segment():
    drawn = clip(fade_frames=4, seed=2)
    timeline = timeline_of(drawn)
    play(drawn, timeline)
    assert 0.1 < timeline.segments[1].fade_seconds < 0.35


def test_a_lone_look_between_two_that_agree_was_misread():
    assert without_blips((0, 0, 1, 0, 1, 1, -1, 1)) == (0, 0, 0, 0, 1, 1, 1, 1)


def test_a_clip_without_looks_shows_nothing():
    drawn = clip()
    samples = samples_of(drawn)
    none = type(samples)(**{**vars(samples), "times": np.array([]), "small": (), "looks": ()})
    sighting = type(true_sighting(drawn))(**{**vars(true_sighting(drawn)), "states": ()})
    timeline = Timeline(none, sighting, [true_matte(drawn, 0)])
    assert timeline.shown(0.0, drawn.marked[0].y) == ()
    assert timeline.segments == ()


def test_noise_of_the_measure_is_not_a_fade():
    assert [clear_strength(one) for one in (-0.2, 0.05, 0.5, 0.9, 1.3)] == [0, 0, 0.5, 1, 1]


def test_the_nearest_look_of_uneven_times():
    times = [0.0, 0.2, 1.0, 1.1]
    assert [nearest(times, one) for one in (-1, 0.1, 0.55, 0.7, 1.06, 9)] == [0, 0, 1, 2, 3, 3]


def test_segments_of_looks_end_half_way_to_the_next():
    assert segments_of_looks([0, 1, 2, 3], [0, 0, NOBODY, 1]) == (Segment(0, 0, 1.5), Segment(1, 2.5, 3))


def test_a_mark_that_jumps_is_never_fully_at_two_places():
    drawn = clip()
    for shown in play(drawn, timeline_of(drawn)):
        assert len([one for one in shown if one == Shown(one.place, 1.0)]) <= 1


def test_a_switch_spans_the_looks_of_a_fade_and_a_moment_away():
    times = [look / 5 for look in range(12)]
    states = [0] * 6 + [1] * 6
    presence = np.array([[1, 1, 1, 1, 0.3, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0.2, 1, 1, 1, 1, 1]], np.float32)
    (switch,) = find_switches(times, states, presence)
    assert (switch.start, switch.end) == (times[2], times[8])
    assert (switch.before, switch.after) == (1, 9)


def test_a_stay_that_is_faint_all_along_is_not_taken_for_a_fade():
    times = [look / 5 for look in range(10)]
    states = [0] * 5 + [1] * 5
    presence = np.array([[0.25] * 5 + [0] * 5, [0] * 5 + [1.2] * 5], np.float32)
    (switch,) = find_switches(times, states, presence)
    assert (switch.start, switch.end) == (times[3], times[6])


def test_a_place_that_fades_away_and_comes_back_elsewhere_is_followed_through():
    drawn = clip(fade_frames=4, seed=5)
    sighting = true_sighting(drawn)
    shown = play(drawn, Timeline(samples_of(drawn), sighting, [true_matte(drawn, k) for k in range(len(drawn.marks))]))
    whole = [one for now, strength in zip(shown, drawn.strengths, strict=True) if strength == 1 for one in now]
    assert whole
    assert np.mean([one.strength == 1 for one in whole]) > 0.95
