"""How a stored picture must be turned to stand upright (pure)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

MATRIX_BYTES = 36


@dataclass(frozen=True)
class Orientation:
    """`degrees` clockwise, after which the picture may be mirrored; `filters` do just that in libavfilter."""

    degrees: int = 0
    is_mirrored: bool = False
    filters: tuple[tuple[str, str], ...] = ()

    @property
    def swaps_sides(self) -> bool:
        return self.degrees in (90, 270)


UPRIGHT = Orientation()

# The four numbers say where a step to the right (a, b) and a step down (c, d) of the stored picture lead.
# https://ffmpeg.org/doxygen/trunk/group__lavu__video__display.html
ORIENTATIONS = {
    (1, 0, 0, 1): UPRIGHT,
    (-1, 0, 0, -1): Orientation(180, False, (("hflip", ""), ("vflip", ""))),
    (0, 1, -1, 0): Orientation(90, False, (("transpose", "clock"),)),
    (0, -1, 1, 0): Orientation(270, False, (("transpose", "cclock"),)),
    (-1, 0, 0, 1): Orientation(0, True, (("hflip", ""),)),
    (1, 0, 0, -1): Orientation(180, True, (("vflip", ""),)),
    (0, 1, 1, 0): Orientation(270, True, (("transpose", "cclock_flip"),)),
    (0, -1, -1, 0): Orientation(90, True, (("transpose", "clock_flip"),)),
}


def from_matrix(matrix: bytes) -> Orientation:
    """The orientation nearest to a display matrix (nine native 32-bit numbers); a nonsense one means upright."""
    if len(matrix) < MATRIX_BYTES:
        return UPRIGHT
    a, b, _, c, d, *_ = struct.unpack("9i", matrix[:MATRIX_BYTES])
    key = (0, _sign(b), _sign(c), 0) if abs(a) + abs(d) < abs(b) + abs(c) else (_sign(a), 0, 0, _sign(d))
    return ORIENTATIONS.get(key, UPRIGHT)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
