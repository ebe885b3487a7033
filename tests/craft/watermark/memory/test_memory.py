"""A memory brings the matte nearer to the truth, and keeps away from marks that it does not know."""

from functools import cache

import numpy as np
import pytest
from teaching import SIZE, alpha_error, taught, true_alpha

from reposter.craft.watermark.mark import Estimate
from reposter.craft.watermark.memory import retention
from reposter.craft.watermark.memory.memory import MarkMemory

TARGET = 100


@cache
def memory_of(count: int, aligned: tuple[bool, ...] = (False,)) -> MarkMemory:
    """Of videos 1 to `count`, learned in that order."""
    if not count:
        return MarkMemory()
    return memory_of(count - 1, aligned).learned(taught(count, aligned=aligned), SIZE, f"video {count}")


@pytest.fixture(scope="module")
def five() -> MarkMemory:
    return memory_of(5)


def unchanged(aided: Estimate, own: Estimate) -> bool:
    return all(
        np.array_equal(new.see_through, old.see_through) and np.array_equal(new.ink, old.ink)
        for new, old in zip(aided.mattes, own.mattes, strict=True)
    )


def test_the_more_siblings_the_nearer_the_matte_to_the_truth() -> None:
    target, truth = taught(TARGET), true_alpha()
    errors = [alpha_error(memory_of(count).aid(target, SIZE).estimate, truth) for count in (3, 7)]
    blind = alpha_error(target, truth)
    assert errors[0] < 0.75 * blind
    assert errors[1] < errors[0]


def test_fewer_than_three_siblings_change_nothing() -> None:
    target = taught(TARGET)
    aided = memory_of(2).aid(target, SIZE)
    assert not aided.is_helped
    assert unchanged(aided.estimate, target)


def test_an_empty_memory_changes_nothing() -> None:
    target = taught(TARGET)
    assert MarkMemory().aid(target, SIZE).estimate is target


def test_both_lines_of_the_same_mark_are_used(five: MarkMemory) -> None:
    aided = five.aid(taught(TARGET), SIZE)
    assert aided.estimate.from_memory == (True, True)
    assert [one.siblings for one in aided.lines] == [5, 5]
    assert aided.gap is not None and 0 < aided.gap < 0.2


@pytest.mark.parametrize("word", ["Another", "Simple", "Samples", "Sampie"])
def test_another_word_is_refused(five: MarkMemory, word: str) -> None:
    aided = five.aid(taught(TARGET, words=(word, "@drawn_1")), SIZE)
    assert not any(one.is_used for one in aided.lines if one.line == 0)


@pytest.mark.parametrize("ratio", [0.95, 0.98, 0.99, 1.01, 1.02, 1.05])
@pytest.mark.parametrize("seed", [TARGET, TARGET + 1])
def test_a_mark_drawn_at_nearly_the_same_size_is_refused(five: MarkMemory, ratio: float, seed: int) -> None:
    target = taught(seed, scale=2.0 * ratio)
    aided = five.aid(target, SIZE)
    assert [one.refused is None for one in aided.lines] == [False] * len(aided.lines)
    assert unchanged(aided.estimate, target)


def test_a_foreign_second_line_stays_as_it_was_while_the_first_is_used(five: MarkMemory) -> None:
    words = ("Sample", "@zoe.77")
    target = taught(TARGET, words=words)
    aided = five.aid(target, SIZE).estimate
    part = target.lines[0].bottom
    assert aided.from_memory == (True, False)
    assert np.array_equal(aided.mattes[0].see_through[part:], target.mattes[0].see_through[part:])
    assert not np.array_equal(aided.mattes[0].see_through[:part], target.mattes[0].see_through[:part])


def test_a_fainter_mark_is_used_at_its_own_strength(five: MarkMemory) -> None:
    target, truth = taught(TARGET, opacity=0.6), true_alpha(opacity=0.6)
    aided = five.aid(target, SIZE)
    assert aided.estimate.from_memory == (True, True)
    assert alpha_error(aided.estimate, truth) < 0.75 * alpha_error(target, truth)
    assert all(abs(one.evidence.strength - 0.6 / 0.7) < 0.06 for one in aided.lines)


def test_a_mark_of_quite_another_opacity_is_refused(five: MarkMemory) -> None:
    assert not five.aid(taught(TARGET, opacity=0.42), SIZE).is_helped


def test_another_picture_size_is_another_mark(five: MarkMemory) -> None:
    assert not five.aid(taught(TARGET), (1080, 1920)).is_helped
    assert five.templates((1080, 1920), 3) == ()


def test_left_and_right_aligned_pictures_are_known_apart() -> None:
    sides = (False, True)
    memory = memory_of(3, sides)
    target = taught(TARGET, aligned=sides)
    aided = memory.aid(target, SIZE).estimate
    assert sorted((line.line, line.layout) for line in memory.marks[0].lines) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    for place, is_right in enumerate(sides):
        truth = true_alpha(is_right=is_right)
        assert alpha_error(aided, truth, place) < 0.75 * alpha_error(target, truth, place)


def test_a_video_learned_twice_counts_once() -> None:
    memory = memory_of(3)
    again = memory.learned(taught(2), SIZE, "video 2")
    assert sorted(one.video_id for one in again.siblings) == ["video 1", "video 2", "video 3"]


def test_a_video_does_not_confirm_itself() -> None:
    memory = memory_of(3)
    assert memory.aid(taught(3), SIZE).is_helped
    assert not memory.aid(taught(3), SIZE, "video 3").is_helped


def test_learning_the_same_videos_gives_the_same_memory() -> None:
    videos = [(taught(seed), SIZE, f"video {seed}") for seed in (1, 2, 3)]
    one, other = MarkMemory.of(videos), MarkMemory.of(videos)
    for mine, its in zip(one.marks[0].lines, other.marks[0].lines, strict=True):
        assert mine.placements == its.placements
        assert np.array_equal(mine.matte.see_through, its.matte.see_through)


def test_a_strange_mark_gets_a_memory_of_its_own_beside_the_first() -> None:
    memory = memory_of(6)
    for seed in (21, 22, 23):
        memory = memory.learned(taught(seed, words=("Other", "@zoe.77")), SIZE, f"strange {seed}")
    assert [len(mark.siblings) for mark in memory.marks] == [6, 3]
    assert memory.aid(taught(TARGET), SIZE).estimate.from_memory == (True, True)
    assert memory.aid(taught(TARGET, words=("Other", "@zoe.77")), SIZE).estimate.from_memory == (True, True)


def test_a_video_of_nearly_the_same_size_is_not_pooled_with_the_others() -> None:
    memory = memory_of(4).learned(taught(31, scale=2.04), SIZE, "near")
    known = memory.marks[0]
    strangers = {number for number, one in enumerate(known.siblings) if one.video_id == "near"}
    assert len(known.placed) == 4
    assert not strangers & known.placed


def test_of_many_siblings_the_most_informative_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "SIBLINGS_MAX", 6)
    memory = memory_of(6).learned(taught(7), SIZE, "video 7")
    assert len(memory.siblings) == 6
    assert all(len(line.voices) == 6 for line in memory.marks[0].lines)


def test_the_template_shows_the_mark_in_small_pictures(five: MarkMemory) -> None:
    (template,) = five.templates(SIZE, 2)
    small = true_alpha()
    rows, columns = np.flatnonzero((small > 0.02).any(axis=1)), np.flatnonzero((small > 0.02).any(axis=0))
    height, width = template.mask.shape
    assert abs(height - np.ptp(rows) / 2) < 6
    assert abs(width - np.ptp(columns) / 2) < 6
    assert 0.05 < template.mask.mean() < 0.7


def test_what_is_refused_says_why(five: MarkMemory) -> None:
    near = five.aid(taught(TARGET, scale=2.04), SIZE)
    assert all(one.refused for one in near.lines)
    assert any("another" in (one.refused or "") for one in near.lines)
