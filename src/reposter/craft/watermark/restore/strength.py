"""How strongly a mark stands in one picture, while it comes or goes."""

from __future__ import annotations

import numpy as np

from reposter.craft.watermark.estimate.fill import smooth_fill
from reposter.craft.watermark.mark import Matte
from reposter.craft.watermark.picture import F32, U8, Box
from reposter.craft.watermark.samples import Samples

INK_MIN = 0.1  # fainter ink, as of a soft shadow, says nothing about presence
MARGIN = 12  # pixels around the ink, enough to fill it from
SPAN_MIN = 0.25  # the measure must rise by so much between a look without and one with the mark


class Gauge:
    """Measures one place: the share of the mark's own gradients that a picture has.

    The scene adds to that share, so it is measured against two looks nearby, one with and one without the mark.
    """

    def __init__(self, samples: Samples, matte: Matte) -> None:
        self._samples = samples
        self._box = _ink_box(matte)
        self._of_looks: dict[int, float] = {}
        if self._box is not None:
            inside = self._box.moved(-matte.box.x0, -matte.box.y0).slices
            self._alpha = matte.alpha[inside]
            self._ink = matte.ink[inside]
            self._known = np.where(self._alpha > INK_MIN / 2, 1e-4, 1).astype(np.float32)

    @property
    def can_measure(self) -> bool:
        """False for a matte without any ink."""
        return self._box is not None

    def strength(self, luma: U8, *, with_mark: int, without_mark: int) -> float:
        """0 where the picture `luma` (whole, h×w) is like look `without_mark`, 1 where it is like `with_mark`."""
        assert self._box is not None
        shown, bare = self._of_look(with_mark), self._of_look(without_mark)
        if shown - bare < SPAN_MIN:  # one of the two looks is not what it is taken for
            shown = bare + 1
        return (self._share(luma[self._box.slices]) - bare) / (shown - bare)

    def _of_look(self, look: int) -> float:
        assert self._box is not None
        if look not in self._of_looks:
            self._of_looks[look] = self._share(self._samples.luma(look, self._box))
        return self._of_looks[look]

    def _share(self, luma: U8) -> float:
        picture = luma.astype(np.float32)
        drawn = self._ink - self._alpha * smooth_fill(picture, self._known)
        across, down = _slopes(picture)
        drawn_across, drawn_down = _slopes(drawn)
        common = float((across * drawn_across).sum() + (down * drawn_down).sum())
        return common / (float((drawn_across**2).sum() + (drawn_down**2).sum()) + 1e-3)


def _ink_box(matte: Matte) -> Box | None:
    """The ink and what surrounds it, even, in the full picture."""
    ink = Box.around(matte.alpha > INK_MIN)
    if ink is None:
        return None
    height, width = matte.see_through.shape
    return ink.grown(MARGIN, MARGIN, within=(width, height)).moved(matte.box.x0, matte.box.y0)


def _slopes(picture: F32) -> tuple[F32, F32]:
    """Steps over two pixels, across and down, without the edges of the picture."""
    return picture[1:-1, 2:] - picture[1:-1, :-2], picture[2:, 1:-1] - picture[:-2, 1:-1]
