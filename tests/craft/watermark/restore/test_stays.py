"""Segments out of single frames."""

from reposter.craft.watermark.mark import Segment, Shown
from reposter.craft.watermark.restore.stays import Stays


def test_a_stay_lasts_until_the_first_frame_without_it():
    stays = Stays()
    for seconds, shown in ((0, ()), (1, (Shown(0, 1.0),)), (1.5, (Shown(0, 1.0),)), (4, ()), (5, (Shown(0, 1.0),))):
        stays.add(seconds, shown)
    stays.end(6)
    assert stays.segments() == (Segment(0, 1, 4), Segment(0, 5, 6))


def test_places_may_overlap_in_a_cross_fade():
    stays = Stays()
    stays.add(0, (Shown(0, 1.0),))
    stays.add(1, (Shown(0, 0.5), Shown(1, 0.5)))
    stays.add(2, (Shown(1, 1.0),))
    stays.end(3)
    assert stays.segments() == (Segment(0, 0, 2, 1), Segment(1, 1, 3, 1))
