"""The judge has no reference; here the truth is drawn, so it can be caught lying."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawing import Drawn, draw_clip, samples_of

from reposter.craft.watermark.judge import Gauge, RunningJudge, judge, judgement_of, try_out
from reposter.craft.watermark.judge.running import KEPT_MAX
from reposter.craft.watermark.judge.trial import TRIALS_MAX, TRIALS_MIN
from reposter.craft.watermark.mark import Matte, Verdict
from reposter.craft.watermark.picture import F32, Box
from reposter.craft.watermark.samples import Samples
from reposter.craft.watermark.sums import shift


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw_clip(seconds=6.0)


def mattes_of(drawn: Drawn, *, strength: float = 1.0, across: int = 0) -> list[Matte]:
    """The true mattes, or ones that are wrong in a known way."""
    return [_matte(drawn, place, strength, across) for place in range(len(drawn.boxes))]


def _matte(drawn: Drawn, place: int, strength: float, across: int) -> Matte:
    box = drawn.boxes[place].grown(20, 20, drawn.size)
    alpha = np.clip(drawn.alpha_in(place, box) * strength, 0, 0.97).astype(np.float32)
    ink = np.asarray(drawn.added_in(place, box) * strength, np.float32)
    alpha, ink = (shift(one, 0, across, one.shape) for one in (alpha, ink))
    blank = np.ones((box.height // 2, box.width // 2), np.float32)
    return Matte(box, 1 - alpha, ink, np.zeros_like(alpha), blank, blank * 0, blank * 0)


def inverting(samples: Samples, mattes: list[Matte]):
    """Mends by plain inversion."""

    def mend(place: int, fine: int, box: Box) -> F32:
        matte = mattes[place]
        inside = box.moved(-matte.box.x0, -matte.box.y0).slices
        seen = samples.fine_luma(fine, box).astype(np.float32)
        inverted = (seen - matte.ink[inside]) / np.maximum(matte.see_through[inside], 0.04)
        return np.clip(np.rint(inverted), 0, 255).astype(np.uint8)

    return mend


def judged(drawn: Drawn, mattes: list[Matte], *, clean: bool = False):
    samples = samples_of(drawn, clean=clean)
    states = [drawn.states[round(time * drawn.fps)] for time in samples.times]
    return judge(samples, states, mattes, inverting(samples, mattes))


def test_the_true_matte_is_better(drawn):
    judgement = judged(drawn, mattes_of(drawn))
    assert judgement.verdict is Verdict.BETTER, judgement.why
    assert judgement.residue_before == pytest.approx(1, abs=0.1)
    assert judgement.residue_after == pytest.approx(0, abs=0.05)
    assert judgement.clipped < 0.01


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"strength": 0.7}, "as strong as it was reckoned"),
        ({"strength": 1.3}, ""),
        ({"across": 2}, ""),
    ],
)
def test_a_wrong_matte_is_not_better(drawn, wrong, said):
    judgement = judged(drawn, mattes_of(drawn, **wrong))
    assert judgement.verdict is not Verdict.BETTER
    assert said in judgement.why


def test_taking_a_mark_away_that_is_not_there_is_worse(drawn):
    judgement = judged(drawn, mattes_of(drawn), clean=True)
    assert judgement.verdict is Verdict.WORSE
    assert "of what would be taken away is in the picture" in judgement.why


def test_a_foreign_mark_is_worse(drawn):
    other = draw_clip(seconds=1.0, words=("Quickly", "@nobody"), seed=3)
    judgement = judged(drawn, mattes_of(replace(other, boxes=drawn.boxes)))
    assert judgement.verdict is Verdict.WORSE


def test_a_removal_that_takes_nothing_is_worse(drawn):
    samples = samples_of(drawn)
    states = [drawn.states[round(time * drawn.fps)] for time in samples.times]
    judgement = judge(samples, states, mattes_of(drawn), lambda place, fine, box: samples.fine_luma(fine, box))
    assert judgement.verdict is Verdict.WORSE
    assert "of the mark would stay" in judgement.why


def test_opaque_ink_is_doubtful_until_somebody_wants_it_invented():
    drawn = draw_clip(seconds=6.0, opacity=0.97)
    samples = samples_of(drawn)
    states = [drawn.states[round(time * drawn.fps)] for time in samples.times]
    mattes = mattes_of(drawn)
    clean = samples_of(drawn, clean=True)
    evidence = try_out(
        samples, states, [Gauge(one, samples.size) for one in mattes], lambda _, fine, box: clean.fine_luma(fine, box)
    )
    assert judgement_of(evidence).verdict is Verdict.DOUBTFUL
    assert "invented" in judgement_of(evidence).why
    assert judgement_of(evidence, may_invent=True).verdict is Verdict.BETTER


def test_nothing_measured_is_doubtful():
    assert judgement_of(()).verdict is Verdict.DOUBTFUL


def test_one_bad_place_spoils_the_verdict(drawn):
    good, bad = mattes_of(drawn)[0], mattes_of(drawn, across=3)[1]
    assert judged(drawn, [good, bad]).verdict is not Verdict.BETTER


def test_few_looks_are_mended_however_long_the_clip_is(drawn):
    samples, mattes, mended = samples_of(drawn), mattes_of(drawn), []
    states = [drawn.states[round(time * drawn.fps)] for time in samples.times]
    mend = inverting(samples, mattes)

    def counting(place, fine, box):
        mended.append(fine)
        return mend(place, fine, box)

    judge(samples, states, mattes, counting)
    assert TRIALS_MIN <= len(mended) <= 2 * (TRIALS_MAX + TRIALS_MIN * len(mattes))


def running(drawn: Drawn, mattes: list[Matte], *, wrong_from: int | None = None, rounds: int = 1) -> RunningJudge:
    """A running judge that has watched all frames; from frame `wrong_from` on the removal spoils the picture."""
    samples = samples_of(drawn)
    states = [drawn.states[round(time * drawn.fps)] for time in samples.times]
    gauges = [Gauge(one, samples.size) for one in mattes]
    watch = RunningJudge(gauges, try_out(samples, states, gauges, inverting(samples, mattes)))
    for index in list(range(len(drawn.marked))) * rounds:
        place = drawn.states[index]
        if not watch.wants(place, drawn.strengths[index]):
            continue
        box = watch.box_of(place)
        before, after = drawn.marked[index].y[box.slices], drawn.clean[index].y[box.slices]
        if wrong_from is not None and index >= wrong_from:
            after = np.clip(2 * after.astype(int) - before, 0, 255).astype(np.uint8)
        watch.see(place, before, after)
    return watch


def test_the_running_judge_agrees_while_all_goes_well(drawn):
    assert running(drawn, mattes_of(drawn)).judgement().verdict is Verdict.BETTER


def test_the_running_judge_notices_what_the_trial_did_not_meet(drawn):
    watch = running(drawn, mattes_of(drawn), wrong_from=10)
    assert watch.judgement().verdict is Verdict.WORSE
    assert "more would be taken away than is there" in watch.judgement().why


def test_the_running_judge_measures_every_sixth_full_frame_and_no_fading_one(drawn):
    watch = running(drawn, mattes_of(drawn), rounds=0)
    assert [watch.wants(0, 1.0) for _ in range(12)] == [True, *[False] * 5] * 2
    assert not watch.wants(0, 0.5)
    assert not watch.wants(7, 1.0)


def test_the_running_judge_keeps_a_bounded_number_of_measures(drawn):
    watch = running(drawn, mattes_of(drawn), rounds=0)
    picture = drawn.marked[0].y[watch.box_of(0).slices]
    for _ in range(KEPT_MAX + 10):
        watch.see(0, picture, picture)
    assert len(watch._seen[0].kept) < KEPT_MAX
    assert watch._seen[0].every > watch._seen[1].every
