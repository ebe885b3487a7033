"""Situations of caption writing."""

from __future__ import annotations

from reposter.kit.errors import InvalidInput


class TemplateInvalid(InvalidInput):
    code = "caption_template_invalid"
