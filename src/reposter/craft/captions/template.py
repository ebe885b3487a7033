"""Captions from a template with a closed grammar: `{name}` and nothing else.

A template comes from the settings page, so it is no programming language: no attributes, no calls, no formats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from reposter.craft.captions.errors import TemplateInvalid
from reposter.craft.captions.rules import shorten
from reposter.vendors.tiktok.posting import CAPTION_UNITS_MAX

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
TEMPLATE_CHARACTERS_MAX = 5000


@dataclass(frozen=True)
class CaptionFacts:
    """What a template may speak of. `original_author` and the hashtags come with their sign (@, #)."""

    original_author: str
    original_caption: str
    original_hashtags: str
    video_title: str
    platform: str = "tiktok"


NAMES = tuple(field.name for field in fields(CaptionFacts))


def check_template(template: str) -> None:
    """Refuse a template that could not be filled.

    Raises:
        TemplateInvalid: an unknown name, a stray brace, or too long.
    """
    if len(template) > TEMPLATE_CHARACTERS_MAX:
        raise TemplateInvalid(
            f"The caption template has more than {TEMPLATE_CHARACTERS_MAX} characters.", hint="Shorten it."
        )
    for name in PLACEHOLDER.findall(template):
        if name not in NAMES:
            raise TemplateInvalid(
                f"The caption template speaks of {{{name}}}, which is not known.",
                hint="Known: " + ", ".join(f"{{{known}}}" for known in NAMES) + ".",
            )
    if set("{}") & set(PLACEHOLDER.sub("", template)):
        raise TemplateInvalid(
            "The caption template has a brace without its partner.", hint="Write names as {original_author}."
        )


def fill_template(template: str, facts: CaptionFacts, *, units_max: int = CAPTION_UNITS_MAX) -> str:
    """The caption, at most `units_max` UTF-16 units, with empty lines and doubled signs tidied.

    `@{original_author}` and `{original_author}` give the same: people write both.

    Raises:
        TemplateInvalid: see `check_template`.
    """
    check_template(template)
    text = PLACEHOLDER.sub(lambda match: getattr(facts, match.group(1)), template)
    text = re.sub(r"([@#])\1+", r"\1", text)
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return shorten(text, units_max)
