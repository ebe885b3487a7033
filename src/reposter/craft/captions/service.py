"""Write a caption by the chosen method; the original words stand in when a method gives nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reposter.craft.captions.rules import shorten
from reposter.craft.captions.template import CaptionFacts, fill_template
from reposter.vendors.tiktok.posting import CAPTION_UNITS_MAX

DEFAULT_TEMPLATE = "{original_caption}\n\nBy {original_author}"


@dataclass(frozen=True)
class CaptionOptions:
    """`max_length` counts UTF-16 units, as TikTok does."""

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012  # pydantic's own way to declare it

    method: Literal["original", "template"] = "template"
    template: str = DEFAULT_TEMPLATE
    max_length: int = CAPTION_UNITS_MAX


def write_caption(facts: CaptionFacts, options: CaptionOptions) -> str:
    """The words for one video.

    Raises:
        TemplateInvalid: the template cannot be filled.
    """
    if options.method == "template":
        return fill_template(options.template, facts, units_max=options.max_length)
    return shorten(facts.original_caption, options.max_length)
