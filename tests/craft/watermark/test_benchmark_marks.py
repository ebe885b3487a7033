"""The bench draws what it says it draws, and measures what it says it measures."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from benchmarks.watermark.__main__ import Bench, Clips
from benchmarks.watermark.baselines import BASELINES
from benchmarks.watermark.innocents import CLIPS_MIN, KINDS, innocent_cases
from benchmarks.watermark.jobs import Job, run_jobs
from benchmarks.watermark.marks import FONTS, GLYPHS, Align, MarkDesign, draw_mark, random_design
from benchmarks.watermark.metrics import AWAY_PIXELS, Scorer, Window, changed_away, decibels, grown, ssim_map
from benchmarks.watermark.ours import true_matte
from benchmarks.watermark.overlay import LAYOUTS, Marking, Movement, Truth, draw_over, halved, lay_out, random_movement
from benchmarks.watermark.propagation import median_over_time, propagate
from benchmarks.watermark.quality import compare_to_best
from benchmarks.watermark.settings import FAMILY, WRONG
from benchmarks.watermark.stress import Fate, fate_of
from benchmarks.watermark.video import Shape, planes_of
from rich.progress import Progress

from reposter.craft.watermark.mark import Matte
from reposter.craft.watermark.picture import Box

DESIGN = MarkDesign("kite", "Vidaro", "@nobody_1", opacity=0.7, mirrors=True)
SHAPE = Shape(720, 1280, Fraction(30), 300)


def laid_out(movement=None, design=DESIGN, frames=300):
    return lay_out(SHAPE, frames, Marking(design, movement or Movement()))


def picture(level=100):
    grey = np.full((1920, 720), level, np.uint8)
    grey[1280:] = 128
    return grey


@pytest.mark.parametrize("glyph", sorted(GLYPHS))
@pytest.mark.parametrize("font", sorted(FONTS))
def test_every_glyph_and_font_leaves_ink(glyph, font):
    mark = draw_mark(replace(DESIGN, glyph=glyph, font=font), Align.LEFT)
    height, width = mark.alpha.shape
    left_of_the_word, under_it = mark.alpha[: height // 2, : width // 4], mark.alpha[height * 3 // 5 :]
    assert left_of_the_word.max() > 0.6
    assert under_it.max() > 0.6


def test_no_pixel_is_more_opaque_than_the_mark_is_said_to_be():
    mark = draw_mark(DESIGN, Align.LEFT)
    assert mark.alpha.max() == pytest.approx(0.7, abs=0.01)
    assert mark.alpha.min() == 0


def test_ink_is_no_brighter_than_white_of_its_opacity():
    mark = draw_mark(DESIGN, Align.LEFT)
    assert (mark.ink[0] <= mark.alpha * 235 + 1e-3).all()
    assert (mark.ink[0] >= mark.alpha * 16 - 1e-3).all()


def test_sides_are_even_so_that_chroma_fits():
    for seed in range(20):
        height, width = draw_mark(random_design(seed), Align.RIGHT).alpha.shape
        assert height % 2 == 0
        assert width % 2 == 0


def test_a_mirrored_mark_is_not_the_same_picture_on_both_sides():
    left, right = draw_mark(DESIGN, Align.LEFT), draw_mark(DESIGN, Align.RIGHT)
    assert left.alpha.shape == right.alpha.shape
    assert np.abs(left.alpha - right.alpha).max() > 0.3


def test_a_mark_that_does_not_mirror_is():
    plain = replace(DESIGN, mirrors=False)
    assert (draw_mark(plain, Align.LEFT).alpha == draw_mark(plain, Align.RIGHT).alpha).all()


def test_one_seed_draws_one_mark():
    assert random_design(4) == random_design(4)
    assert random_design(4) != random_design(5)
    assert random_movement(4) == random_movement(4)


def test_wrong_marks_share_no_line_with_the_right_one():
    for name, design in WRONG.items():
        assert (design.word, design.glyph, design.font, design.scale) != (
            FAMILY.word, FAMILY.glyph, FAMILY.font, FAMILY.scale,
        ), name  # fmt: skip
        assert (design.name, design.font, design.scale) != (FAMILY.name, FAMILY.font, FAMILY.scale), name


def test_the_truth_undoes_the_blend():
    truth, bare = laid_out(), picture()
    marked = draw_over(bare.copy(), truth, 0)
    place = truth.places[truth.shown[0]]
    x0, y0, x1, y1 = place.box
    seen, alpha = marked[y0:y1, x0:x1].astype(float), place.mark.alpha
    back = (seen - place.mark.ink[0]) / (1 - alpha)
    assert np.abs(back - 100)[alpha < 0.6].max() < 1.5
    assert (marked != bare).any()


def test_the_truth_undoes_the_blend_in_chroma():
    truth = laid_out(design=replace(DESIGN, fringe=1))
    marked = draw_over(picture(), truth, 0)
    place = truth.places[truth.shown[0]]
    x0, y0, x1, y1 = (side // 2 for side in place.box)
    seen = planes_of(marked)[2][y0:y1, x0:x1].astype(float)
    back = (seen - halved(place.mark.ink[2])) / (1 - halved(place.mark.alpha))
    assert np.abs(back - 128).max() < 2.5
    assert np.abs(seen - 128).max() > 10, "the fringe has colour"


def test_nothing_is_drawn_outside_the_places_box():
    truth, bare = laid_out(), picture()
    marked = draw_over(bare.copy(), truth, 0)
    x0, y0, x1, y1 = truth.places[truth.shown[0]].box
    marked[y0:y1, x0:x1] = bare[y0:y1, x0:x1]
    assert (marked[:1280] == bare[:1280]).all()


def test_a_mark_visits_its_places_in_turn():
    truth = laid_out(Movement(LAYOUTS[2], dwell_seconds=2.0, first_share=0.5))
    assert [place for _, _, place in truth.stays()] == [0, 1, 2, 0, 1, 2][: len(truth.stays())]
    assert truth.stays()[0] == (0, 30, 0)
    assert truth.stays()[1] == (30, 90, 1)


def test_a_clip_never_ends_in_a_stay_too_short_to_be_seen():
    for seed in range(40):
        for frames in (156, 300):
            truth = laid_out(random_movement(seed), frames=frames)
            assert len(truth.stays()) >= 2
            assert min(end - start for start, end, _ in truth.stays()) >= 25  # a first one may be half a dwell


def test_a_static_mark_never_moves():
    truth = laid_out(Movement(("bottom right",)))
    assert truth.stays() == [(0, 300, 0)]


def test_gaps_show_no_mark():
    truth = laid_out(Movement(dwell_seconds=2.0, gap_seconds=0.5))
    assert (truth.shown == -1).sum() >= 30
    assert truth.strength[truth.shown == -1].max() == 0


def test_an_end_card_shows_no_jumping_mark():
    truth = laid_out(Movement(end_card_seconds=1.5))
    assert truth.card_from == 255
    assert (truth.shown[255:] == -1).all()


def test_fades_rise_and_fall():
    truth = laid_out(Movement(dwell_seconds=2.0, fade_frames=4))
    start, end, _ = truth.stays()[1]
    rising, falling = truth.strength[start : start + 5], truth.strength[end - 5 : end]
    assert (np.diff(rising) > 0).all()
    assert (np.diff(falling) < 0).all()
    assert truth.strength[(start + end) // 2] == 1


def test_the_truth_survives_being_saved(tmp_path):
    truth = laid_out(Movement(LAYOUTS[3], gap_seconds=0.4))
    truth.save(tmp_path / "truth.npz")
    again = Truth.load(tmp_path / "truth.npz")
    assert again.stays() == truth.stays()
    assert again.shape == replace(truth.shape, frames=300)
    assert (again.places[3].mark.ink == truth.places[3].mark.ink).all()


def window_with_noise():
    truth = laid_out()
    window = Window.around(truth.places[0], SHAPE.size)
    random = np.random.default_rng(1)
    marked = picture()
    marked[:1280] = random.integers(40, 200, (1280, 720))
    return window, window.cut(marked)


def test_an_error_of_five_steps_in_the_mask_is_34_decibels():
    window, clean = window_with_noise()
    mended = (clean[0] + (window.mask * 5).astype(np.uint8), clean[1], clean[2])
    scorer = Scorer((window,))
    scorer.add(0, 0, mended, clean)
    score = scorer.score()
    assert score.psnr == pytest.approx(10 * np.log10(255**2 / 25), abs=1e-6)
    assert score.border_psnr == score.chroma_psnr == decibels(0)


def test_flicker_counts_changes_of_the_error_in_neighbouring_frames_alone():
    window, clean = window_with_noise()
    off = (clean[0] + np.uint8(4), clean[1], clean[2])
    scorer = Scorer((window,))
    for number, cut in ((0, clean), (1, off), (6, clean), (7, clean)):
        scorer.add(number, 0, cut, clean)
    assert scorer.score().flicker == pytest.approx(2.0)


def test_likeness_of_a_picture_with_itself_is_one():
    _, clean = window_with_noise()
    assert ssim_map(clean[0], clean[0]).min() == pytest.approx(1, abs=1e-3)
    assert ssim_map(clean[0], np.roll(clean[0], 3, 1)).mean() < 0.3


def test_a_pixel_changed_far_from_the_mark_is_noticed():
    place = laid_out().places[0]
    before, after = picture(), picture()
    x0, y0, x1, y1 = place.box
    after[y0:y1, x0:x1] += 1
    assert changed_away(before, after, place) == 0
    assert changed_away(before, after, None) == (x1 - x0) * (y1 - y0)
    after[y1 + AWAY_PIXELS + 1, x0] += 1
    assert changed_away(before, after, place) == 1


def test_the_oracles_mask_is_the_mark_and_little_more():
    window, _ = window_with_noise()
    assert not (window.mask & ~window.oracle).any()
    assert not (window.oracle & ~grown(window.mask, 3)).any()


def test_borrowing_over_time_is_exact_where_nothing_moves():
    truth = lay_out(SHAPE, 60, Marking(DESIGN, Movement(dwell_seconds=1.0, first_share=1.0)))
    windows = tuple(Window.around(place, SHAPE.size) for place in truth.places)
    _, y = np.mgrid[:1280, :720]
    still = picture()
    still[:1280] = (y % 97 + 60).astype(np.uint8)
    cuts = [[window.cut(draw_over(still.copy(), truth, t)) for window in windows] for t in range(60)]
    medians = median_over_time(cuts, truth)
    carried = dict(propagate(cuts, truth, windows))
    for t in (10, 40):
        place = int(truth.shown[t])
        start = max(first for first, _, _ in truth.stays() if first <= t)
        bare, mask = windows[place].cut(still)[0].astype(int), windows[place].mask
        median = medians[start]
        assert median is not None
        assert np.abs(median[0] - bare)[mask].max() == 0
        assert np.abs(carried[t][..., 0] - bare)[mask].mean() < 3
        assert np.abs(cuts[t][place][0] - bare)[mask].mean() > 20


def test_sixty_clips_are_tried_without_a_mark():
    for clips in (10, 12, 14, 15):
        cases = innocent_cases(clips)
        assert len(cases) == len(set(cases)) >= CLIPS_MIN
        assert {kind for _, kind in cases} == set(KINDS)
        assert sum(kind == "none" for _, kind in cases) == clips


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_legitimate_overlays_show_something_in_ten_seconds(kind):
    drawn = [len(list(KINDS[kind](t / 2, 720))) for t in range(20)]
    assert (max(drawn) > 0) == (kind != "none")


def stressed(gain, *, found=True, verdict="better", left=(), away=0, card=0):
    return {
        "ours": {"psnr": 20 + gain}, "input": {"psnr": 20}, "found": found, "verdict": verdict, "left": list(left),
        "changed_away": away, "changed_card": card,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("result", "fate"),
    [
        (stressed(12), Fate.RECOVERED),
        (stressed(1), Fate.LITTLE),
        (stressed(12, verdict="doubtful"), Fate.REVIEW),
        (stressed(0, found=False, left=["static"]), Fate.LEFT),
        (stressed(0, found=False), Fate.MISSED),
        (stressed(-1), Fate.WORSE),
        (stressed(12, away=1), Fate.WORSE),
        (stressed(12, card=1), Fate.WORSE),
        (stressed(-1, verdict="worse"), Fate.REVIEW),
    ],
)
def test_harm_is_called_harm_and_silence_silence(result, fate):
    assert fate_of(result) is fate


def test_the_closing_line_has_exactly_the_promised_figures():
    bench = Bench(Clips([], [], []), Path(), Progress(), is_short=True)
    bench.figures = {"clips": 3, "psnr_gain_mean_db": 7.123456, "something_else": 1}
    line = bench.line()
    quality = ["clips", "found_share", "clean_clips", "clean_altered", "psnr_gain_mean_db", "psnr_gain_worst_db"]
    quality += ["ssim_gain_mean", "ssim_gain_worst", "flicker_lower_share"]
    memory = ["memory_gap_to_bound_db", "memory_harm_worst_db", "wrong_memories", "wrong_memories_accepted"]
    cost = ["encode_loss_db", "cpu_ratio_medium", "cpu_ratio_veryfast", "rss_mb"]
    assert list(line) == quality + memory + cost
    assert (line["clips"], line["psnr_gain_mean_db"], line["rss_mb"]) == (3, 7.1235, None)


def note_the_call(path, word):
    with path.open("a") as log:
        log.write(word)
    return {"word": word}


def test_known_results_are_not_worked_out_again_until_the_code_changes(tmp_path):
    log, code, done = tmp_path / "log", tmp_path / "code.py", []
    code.write_text("one")
    jobs = [Job(word, note_the_call, (log, word)) for word in ("a", "b")]
    first = run_jobs(jobs, (code,), tmp_path / "results", done.append)
    again = run_jobs(jobs, (code,), tmp_path / "results", done.append)
    assert first == again == {"a": {"word": "a"}, "b": {"word": "b"}}
    assert sorted(log.read_text()) == ["a", "b"]
    assert sorted(done) == ["a", "a", "b", "b"]
    code.write_text("two")
    run_jobs(jobs, (code,), tmp_path / "results", done.append)
    assert sorted(log.read_text()) == ["a", "a", "b", "b"]


def test_a_clip_counts_against_its_own_best_baseline():
    baselines = {name: {"psnr": 20.0, "ssim": 0.8, "flicker": 3.0} for name in BASELINES}
    baselines["flow"] |= {"psnr": 25.0, "flicker": 2.0}
    baselines["ns"] |= {"ssim": 0.9, "flicker": 1.0}
    gains = compare_to_best({"ours": {"psnr": 32.0, "ssim": 0.95, "flicker": 1.5}}, baselines)
    assert (gains["best_by_psnr"], gains["best_by_ssim"]) == ("flow", "ns")
    assert gains["psnr_gain"] == pytest.approx(7.0)
    assert gains["ssim_gain"] == pytest.approx(0.05)
    assert gains["flicker_lower"] is False, "the best by SSIM flickers less"


def test_the_true_matte_stands_where_the_mark_does():
    truth = laid_out()
    x0, y0, x1, y1 = truth.places[1].box
    box = Box(x0 - 20, y0 - 10, min(720, x1 + 20), y1 + 10)
    empty, small = (np.zeros((box.height // by, box.width // by), np.float32) for by in (1, 2))
    found = true_matte(Matte(box, empty, empty, empty, small, small, small), truth)
    mark = truth.places[1].mark
    assert found.see_through.shape == (box.height, box.width)
    assert np.abs(found.alpha[10:-10, 20 : 20 + x1 - x0] - mark.alpha).max() < 1e-6
    assert found.alpha[:10].max() == 0
    assert found.ink_u.shape == small.shape
