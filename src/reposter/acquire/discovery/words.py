"""Filters that are lists of words: who a video is by, and what its caption says; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from reposter.kit.errors import InvalidInput
from reposter.vocabulary.found import FoundVideo
from reposter.vocabulary.source import USERNAME

WORDS_MAX, WORD_CHARACTERS_MAX = 100, 100
SHOWN_MAX = 3

Failure = tuple[str, str, str, str]  # rule, wanted, actual, sentence


def read_words(key: str, value: Any) -> tuple[str, ...]:  # JSON
    """A filter's list, each word once and as it is compared.

    Raises:
        InvalidInput: it is no list of words, or holds what can be no account name.
    """
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(value) > WORDS_MAX:
        raise InvalidInput(
            f"{key} is {value!r:.60}, not a list of at most {WORDS_MAX} words.",
            hint=f'Use {{"{key}": ["one", "two"]}}.',
        )
    words = [_author(one) if key == "authors" else _plain(one) for one in value]
    for word, given in zip(words, value, strict=True):
        if not word or len(word) > WORD_CHARACTERS_MAX:
            what = "an account name" if key == "authors" else f"a word of 1 to {WORD_CHARACTERS_MAX} characters"
            raise InvalidInput(f"“{given[:60]}” in {key} is not {what}.", hint="Leave it out, or spell it in full.")
    return tuple(dict.fromkeys(words))


def judge_words(
    video: FoundVideo, authors: Sequence[str], wanted: Sequence[str], unwanted: Sequence[str]
) -> Failure | None:
    """The first of the three lists that the video fails, None where it passes; an empty list asks nothing."""
    if authors and video.author.lower() not in authors:
        asked = _either(authors)
        return "authors", asked, video.author, f"It is by {video.author}, the source asks for {asked}."
    if not wanted and not unwanted:
        return None
    text = _plain(f"{video.title}\n{video.description}\n{' '.join(video.hashtags)}")
    if wanted and not any(_is_in(word, text) for word in wanted):
        asked = _either([f"“{word}”" for word in wanted])
        return (
            "caption_words",
            asked,
            "none of them",
            f"Its caption has none of the words that the source asks for: {asked}.",
        )
    for word in unwanted:
        if _is_in(word, text):
            return (
                "caption_without",
                f"no “{word}”",
                f"“{word}”",
                f"Its caption has “{word}”, which the source leaves out.",
            )
    return None


def _is_in(word: str, text: str) -> bool:
    """Whole words only; #cooking holds the word cooking."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _author(text: str) -> str:
    name = text.strip().removeprefix("@").lower()
    return f"@{name}" if USERNAME.fullmatch(name) else ""


def _either(words: Sequence[str]) -> str:
    shown = list(words[:SHOWN_MAX]) + ([f"{len(words) - SHOWN_MAX} more"] if len(words) > SHOWN_MAX else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"
