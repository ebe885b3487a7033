"""What a place looks like while the mark is elsewhere."""

import numpy as np
from drawing import samples_of
from truth import clip, true_sighting

from reposter.craft.watermark.restore.pictures import NOTHING
from reposter.craft.watermark.restore.references import References


def references_of(drawn):
    return References(samples_of(drawn), true_sighting(drawn).states)


def middle_of(drawn, number):
    segment = drawn.segments[number]
    return segment.place, (segment.start + segment.end) / 2


def test_they_show_the_scene_and_not_the_mark():
    drawn = clip(speed=0.0, grain=0.0)
    place, seconds = middle_of(drawn, 1)
    box = drawn.boxes[place]
    still = np.median([planes.y[box.slices] for planes in drawn.clean], axis=0)
    marked = drawn.marked[int(seconds * drawn.fps)].y[box.slices]
    inked = drawn.marks[place].alpha > 0.3
    pictures = references_of(drawn).of(place, seconds, box)
    assert (len(pictures.medians), len(pictures.single)) == (2, 2)
    for picture in (*pictures.medians, *pictures.single):
        assert picture.dtype == np.float32
        assert np.abs(picture - still)[inked].mean() < 0.3 * np.abs(marked - still)[inked].mean()


def test_they_come_from_before_and_after_the_stay():
    drawn = clip()
    place, seconds = middle_of(drawn, 1)
    box = drawn.boxes[place]
    nearest = references_of(drawn).of(place, seconds, box).single[1]
    samples, states = samples_of(drawn), true_sighting(drawn).states
    last = max(look for look, at in enumerate(samples.times) if states[look] == place and at < drawn.segments[1].end)
    assert np.array_equal(nearest, samples.luma(last + 2, box).astype(np.float32))


def test_the_same_pictures_serve_a_whole_stay():
    drawn = clip()
    references = references_of(drawn)
    place, seconds = middle_of(drawn, 1)
    once = references.of(place, seconds - 0.3, drawn.boxes[place])
    assert references.of(place, seconds + 0.3, drawn.boxes[place]) is once


def test_only_few_stays_are_kept():
    drawn = clip(dwell_seconds=1.0)
    references = references_of(drawn)
    firsts = [references.of(*middle_of(drawn, 0), drawn.boxes[0])]
    for number in range(1, 4):
        references.of(*middle_of(drawn, number), drawn.boxes[number % 2])
    assert references.of(*middle_of(drawn, 0), drawn.boxes[0]) is not firsts[0]


def test_a_place_that_always_has_the_mark_has_none():
    drawn = clip()
    always = References(samples_of(drawn), [0] * len(samples_of(drawn)))
    assert always.of(0, 1.0, drawn.boxes[0]) == NOTHING
    assert always.of(1, 1.0, drawn.boxes[1]) == NOTHING


def test_another_box_of_the_place_has_its_own_pictures():
    drawn = clip()
    references = references_of(drawn)
    place, seconds = middle_of(drawn, 1)
    box = drawn.boxes[place]
    larger = box.grown(8, 8, within=drawn.size)
    assert references.of(place, seconds, box).medians[0].shape == (box.height, box.width)
    assert references.of(place, seconds, larger).medians[0].shape == (larger.height, larger.width)
