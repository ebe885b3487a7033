"""Where in a video stills are taken: "10%", "50%", "3.5s" (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from reposter.kit.errors import InvalidInput

DEFAULT_POSITIONS = ("10%", "50%", "90%")
COUNT_MAX = 20
PATTERN = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(%|s)")


def parse_positions(texts: Sequence[str], duration_seconds: float) -> tuple[Fraction, ...]:
    """Seconds from the start, in the order given; a second beyond the end means the end.

    Raises:
        InvalidInput: one of them is no position, or there are too many.
    """
    if len(texts) > COUNT_MAX:
        raise InvalidInput(
            f"{len(texts)} thumbnails were asked for; at most {COUNT_MAX} are made.", hint="Ask for fewer."
        )
    duration = Fraction(duration_seconds)
    return tuple(_parse(text, duration) for text in texts)


def spread(count: int) -> tuple[str, ...]:
    """`count` positions, evenly spread: three are 10 %, 50 % and 90 %.

    Raises:
        InvalidInput: `count` is not between 1 and the most we make.
    """
    if not 1 <= count <= COUNT_MAX:
        raise InvalidInput(f"{count} thumbnails cannot be made.", hint=f"Ask for 1 to {COUNT_MAX}.")
    if count == 1:
        return ("50%",)
    return tuple(f"{10 + 80 * index / (count - 1):.4g}%" for index in range(count))


def _parse(text: str, duration: Fraction) -> Fraction:
    match = PATTERN.fullmatch(text.strip())
    if not match:
        raise InvalidInput(
            f"{text!r} is no position in a video.", hint='Write a share or seconds: "10%", "50%", "3.5s".'
        )
    number, unit = Fraction(match[1]), match[2]
    if unit == "%" and number > 100:
        raise InvalidInput(f"{text!r} lies beyond the end of the video.", hint="A share goes from 0% to 100%.")
    return min(duration, duration * number / 100 if unit == "%" else number)
