"""Whether steady edges may be letters or a logo."""

from __future__ import annotations

import numpy as np

from reposter.craft.watermark.detect.gradients import Field

DIRECTION_SHARE_MIN = 0.30
"""Of the edges across or down, whichever are fewer: drawn marks have 0.40 and more, window borders 0.21 and less."""
ONE_SIDED_MAX = 0.30


def is_lettered(steady: Field) -> bool:
    """Strokes have two sides and many directions; the rim of a table has one of each."""
    across, down = float(np.abs(steady.across).sum()), float(np.abs(steady.down).sum())
    one_sided = max(
        abs(float(steady.across.sum())) / (across + 1e-6),
        abs(float(steady.down.sum())) / (down + 1e-6),
    )
    return min(across, down) > DIRECTION_SHARE_MIN * (across + down) and one_sided < ONE_SIDED_MAX
