"""Which mark is drawn over which clip, and how it is encoded: all of the bench's choices in one place."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.watermark.marks import MarkDesign, random_design
from benchmarks.watermark.overlay import LAYOUTS, Marking, Movement, random_movement
from benchmarks.watermark.video import Upload

TARGETS = 14
SECONDS_MIN = 5.0
BITRATES = (1600, 3200, 1600, 800)  # of the clips in turn
SEED = 3000
SIBLING_SEED = 5000
STRESS_CLIPS = 3
SIBLINGS_OF_A_WRONG_MARK = 3

FAMILY = MarkDesign("reel", "Tonoko", "@mirabel_09", font="lato", scale=1.03, opacity=0.72, shadow=0.3, mirrors=True)
"""The mark that all clips of one source bear."""

WRONG: dict[str, MarkDesign] = {
    "2 % larger": replace(FAMILY, scale=FAMILY.scale * 1.02),
    "2 % smaller": replace(FAMILY, scale=FAMILY.scale * 0.98),
    "3 % smaller": replace(FAMILY, scale=FAMILY.scale * 0.97),
    "one letter": replace(FAMILY, word="Tonaka", name="@mirabel_08"),
    "near word": replace(FAMILY, word="Tomoko", name="@mirabela_9"),
    "other word": replace(FAMILY, word="Zuppli", name="@miriam_019"),
    "other glyph": replace(FAMILY, glyph="sun", name="@someone_else"),
    "other font": replace(FAMILY, font="sans"),
    "other mark": random_design(77, glyph="kite", word="Bramble"),
    "third mark": random_design(78, glyph="waves", word="Vidaro"),
}


def main_marking(number: int) -> Marking:
    """Every target has a mark, a movement and a bit rate of its own."""
    seed = SEED + number
    return Marking(random_design(seed), random_movement(seed), Upload(BITRATES[number % len(BITRATES)]))


def family_marking(number: int, design: MarkDesign = FAMILY) -> Marking:
    """One design over many clips, each with a movement of its own."""
    return Marking(design, random_movement(SIBLING_SEED + number, gap_seconds=0.0))


def stress_markings(number: int) -> dict[str, Marking]:
    """What is harder than usual, one thing at a time."""
    seed = SEED + 500 + number
    design = random_design(seed, opacity=0.7)
    move = random_movement(seed, layout=LAYOUTS[0], fade_frames=0, gap_seconds=0.0)
    plain = Marking(design, move)

    def faint(opacity: float) -> Marking:
        return replace(plain, design=replace(design, opacity=opacity))

    def moving(movement: Movement) -> Marking:
        return replace(plain, movement=movement)

    return {
        "plain": plain,
        "800 kbit/s": replace(plain, upload=Upload(800)),
        "opacity .40": faint(0.40),
        "opacity .95": faint(0.95),
        "static": moving(replace(move, layout=("bottom right",))),
        "end card": moving(replace(move, end_card_seconds=1.5)),
        "fades": moving(replace(move, fade_frames=8)),
        "resized after": replace(plain, upload=Upload(1600, through_height=0.75)),
        "encoded again": replace(plain, upload=Upload(1600, again_kbps=1200)),
        "1080×1920": replace(plain, upload=Upload(3200), size=(1080, 1920)),
    }
