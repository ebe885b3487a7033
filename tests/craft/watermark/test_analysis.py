"""What is decided about a clip before a frame is changed."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from drawing import BOTTOM_RIGHT, TOP_LEFT, draw_clip, write_clip

from reposter.craft.watermark.analysis import Recollection, analysed, laid_over
from reposter.craft.watermark.mark import Reason, Verdict, Wishes
from reposter.craft.watermark.memory.memory import MarkMemory
from reposter.craft.watermark.picture import Box, Region
from reposter.media.source import open_source

FAST = {"preset": "ultrafast"}
NO_WISHES, NO_MEMORY = Wishes(), Recollection()


@contextmanager
def analysis_of(path: Path, *, wishes: Wishes = NO_WISHES, recalls: Recollection = NO_MEMORY):
    heard: list[float] = []
    with (
        open_source(path) as source,
        analysed(
            source,
            (source.video.width, source.video.height),
            wishes=wishes,
            recalls=recalls,
            folder=path.parent,
            seconds=6.0,
            on_progress=heard.append,
        ) as analysis,
    ):
        yield analysis
    assert heard == sorted(heard)


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    drawn = draw_clip(seconds=6.0)
    return write_clip(tmp_path_factory.mktemp("clips") / "marked.mp4", drawn.marked, drawn.fps, options=FAST)


def test_a_sure_mark_comes_with_all_that_its_removal_needs(marked):
    with analysis_of(marked) as analysis:
        assert analysis.judgement.verdict is Verdict.BETTER, analysis.why
        assert [segment.place for segment in analysis.mark.segments]
        assert analysis.mark.removal().touched.frames == 0
        assert list(analysis.seconds) == ["look", "detect", "estimate", "memory", "judge"]


def test_temporary_files_are_gone_with_the_analysis(marked):
    with analysis_of(marked):
        pass
    assert [path.name for path in marked.parent.iterdir()] == ["marked.mp4"]


def test_a_clip_without_a_mark_has_nothing_to_take_away(tmp_path):
    drawn = draw_clip(seconds=4.0, places=())
    clean = write_clip(tmp_path / "clean.mp4", drawn.clean, drawn.fps, options=FAST)
    with analysis_of(clean) as analysis:
        assert (analysis.mark, analysis.judgement) == (None, None)
        assert "no mark was found" in analysis.why


def test_opaque_captions_that_jump_are_left_and_said_to_be(tmp_path):
    """A caption hides the picture; whatever stood there instead would be invented."""
    drawn = draw_clip(seconds=6.0, opacity=1.0, shadow=0.0, places=(TOP_LEFT, BOTTOM_RIGHT))
    path = write_clip(tmp_path / "captions.mp4", drawn.marked, drawn.fps, options=FAST)
    with analysis_of(path) as analysis:
        assert analysis.judgement is None or analysis.judgement.verdict is not Verdict.BETTER
        if analysis.judgement is None and analysis.left:
            assert {one.reason for one in analysis.left} <= {Reason.OPAQUE, Reason.UNCERTAIN, Reason.STATIC}


def test_a_protected_place_is_left(marked):
    with analysis_of(marked, wishes=Wishes(protected=(Region(0, 0, 1, 1),))) as analysis:
        assert analysis.mark is None
        assert Reason.PROTECTED in {one.reason for one in analysis.left}


def test_an_empty_memory_changes_nothing(marked):
    with analysis_of(marked) as without, analysis_of(marked, recalls=Recollection(MarkMemory(), "one")) as with_empty:
        for one, other in zip(without.mark.estimate.mattes, with_empty.mark.estimate.mattes, strict=True):
            assert np.array_equal(one.see_through, other.see_through)


def test_a_patch_is_laid_only_where_it_overlaps():
    picture, patch = np.zeros((6, 8), np.uint8), np.full((4, 4), 9, np.uint8)
    laid = laid_over(picture, Box(10, 20, 18, 26), patch, Box(16, 24, 20, 28))
    assert laid[4:, 6:].min() == 9
    assert int((laid == 9).sum()) == 4
    assert laid_over(picture, Box(0, 0, 8, 6), patch, Box(50, 50, 54, 54)).max() == 0
