"""Which found videos a source wants; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reposter.acquire.discovery.words import judge_words, read_words
from reposter.kit.errors import InvalidInput
from reposter.vocabulary.found import FoundVideo

AGE = re.compile(r"(?P<count>[1-9][0-9]{0,4})(?P<unit>[mhdw])")
AGE_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
QUALITY = re.compile(r"(?P<lines>[1-9][0-9]{2,3})p\+?")
COUNT_MAX = 10**12

# The specification's names; the JSON of a source uses these and no others.
KEYS = {
    "minViews": "min_views",
    "minLikes": "min_likes",
    "maxAge": "max_age",
    "videoQuality": "min_quality",
    "minDuration": "min_duration_seconds",
    "maxDuration": "max_duration_seconds",
    "authors": "authors",
    "captionWords": "caption_words",
    "captionWithout": "caption_without",
}


@dataclass(frozen=True)
class Filters:
    """What a source asks of a video; None and () ask nothing. `min_quality` is the shorter side in pixels.

    `authors` (@name, lower case): by one of them. `caption_words`: with at least one of them, whole and in any case;
    `caption_without`: with none of them.
    """

    min_views: int | None = None
    min_likes: int | None = None
    max_age: timedelta | None = None
    min_quality: int | None = None
    min_duration_seconds: float | None = None
    max_duration_seconds: float | None = None
    authors: tuple[str, ...] = ()
    caption_words: tuple[str, ...] = ()
    caption_without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """Whether a video passes, and if not, the first rule that it fails, with both figures and a sentence.

    A video that passes although a fact is unknown says so in `sentence`.
    """

    passes: bool
    rule: str | None = None
    wanted: str | None = None
    actual: str | None = None
    sentence: str = ""


@dataclass(frozen=True)
class _Rule:
    """One comparison: `holds(actual, wanted)`; `word` and `say` put figures into words."""

    name: str
    wanted: Callable[[Filters], Any]  # a number or a timedelta
    actual: Callable[[FoundVideo, datetime], Any]  # of the same kind, or None
    is_minimum: bool
    word: str
    say: Callable[[Any], str]


def parse_filters(data: Mapping[str, Any]) -> Filters:  # JSON of a source
    """Read the filters of a source from JSON with the specification's keys; null asks nothing.

    Raises:
        InvalidInput: a key is unknown, a value cannot be read, or minimum and maximum contradict each other.
    """
    unknown = sorted(set(data) - set(KEYS))
    if unknown:
        raise InvalidInput(f"“{unknown[0][:60]}” is no filter.", hint=f"Known filters: {', '.join(KEYS)}.")
    read = {KEYS[key]: _read(key, value) for key, value in data.items() if value is not None}
    filters = Filters(**read)
    low, high = filters.min_duration_seconds, filters.max_duration_seconds
    if low is not None and high is not None and low > high:
        raise InvalidInput(
            f"No video is both at least {_seconds(low)} and at most {_seconds(high)} long.",
            hint="Make minDuration smaller than maxDuration.",
        )
    return filters


def judge(video: FoundVideo, filters: Filters, now: datetime) -> Judgement:
    """Whether `video` is wanted at the time `now`; the first rule that fails decides."""
    if video.is_photo_post:
        return Judgement(
            False, "is_video", "a video", "a photo post", "It is a photo post; the source asks for videos."
        )
    worded = judge_words(video, filters.authors, filters.caption_words, filters.caption_without)
    if worded is not None:
        return Judgement(False, *worded)
    unknown = []
    for rule in RULES:
        wanted = rule.wanted(filters)
        if wanted is None:
            continue
        actual = rule.actual(video, now)
        if actual is None:
            unknown.append(rule.word)
        elif (actual < wanted) if rule.is_minimum else (actual > wanted):
            return _failed(rule, wanted, actual)
    note = f"TikTok does not say: {', '.join(unknown)}." if unknown else ""
    return Judgement(True, sentence=note)


def _failed(rule: _Rule, wanted: Any, actual: Any) -> Judgement:  # figures of the rule's own kind
    bound = "at least" if rule.is_minimum else "at most"
    said, asked = rule.say(actual), rule.say(wanted)
    if said == asked:  # the words are coarser than the figures
        said = f"{'Less' if rule.is_minimum else 'More'} than {said}"
    return Judgement(
        passes=False,
        rule=rule.name,
        wanted=asked,
        actual=said,
        sentence=f"{said}{_after(rule)}, the source asks for {bound} {asked}.",
    )


def _after(rule: _Rule) -> str:
    return f" {rule.word}" if rule.word in ("views", "likes", "old", "long") else ""


def _read(key: str, value: Any) -> Any:  # JSON in, the field's type out
    if key in ("minViews", "minLikes"):
        return int(_number(key, value, whole=True))
    if key in ("minDuration", "maxDuration"):
        return float(_number(key, value, whole=False))
    if key in ("authors", "captionWords", "captionWithout"):
        return read_words(key, value)
    if key == "maxAge":
        match = AGE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
        if not match:
            raise InvalidInput(f"maxAge “{value!s:.40}” cannot be read.", hint="Use 7d, 12h, 30m or 2w.")
        return timedelta(**{AGE_UNITS[match["unit"]]: int(match["count"])})
    match = QUALITY.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if not match:
        raise InvalidInput(f"videoQuality “{value!s:.40}” cannot be read.", hint="Use 480p+, 720p+ or 1080p+.")
    return int(match["lines"])


def _number(key: str, value: Any, *, whole: bool) -> float:  # JSON
    is_number = isinstance(value, int) or (isinstance(value, float) and (not whole or value.is_integer()))
    if isinstance(value, bool) or not is_number or not 0 <= value <= COUNT_MAX:
        kind = "a whole number" if whole else "a number of seconds"
        raise InvalidInput(f"{key} is {value!r:.40}, not {kind}.", hint=f"Give {kind} of zero or more.")
    return float(value)


def _lines(quality: str | None) -> int | None:
    match = QUALITY.fullmatch(quality or "")
    return int(match["lines"]) if match else None


def _count(value: int) -> str:
    return f"{value:,}"


def _seconds(value: float) -> str:
    return f"{value:g} s"


def _age(value: timedelta) -> str:
    minutes = int(value.total_seconds() // 60)
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes >= size and (minutes % size == 0 or minutes >= 2 * size):
            return f"{minutes // size} {unit}{'s' if minutes // size != 1 else ''}"
    return f"{minutes} minute{'s' if minutes != 1 else ''}"


RULES = (
    _Rule("min_views", lambda f: f.min_views, lambda v, _: v.stats.views, True, "views", _count),
    _Rule("min_likes", lambda f: f.min_likes, lambda v, _: v.stats.likes, True, "likes", _count),
    _Rule("max_age", lambda f: f.max_age, lambda v, now: now - v.uploaded_at, False, "old", _age),
    _Rule("min_quality", lambda f: f.min_quality, lambda v, _: _lines(v.quality), True, "quality", lambda x: f"{x}p"),
    _Rule("min_duration", lambda f: f.min_duration_seconds, lambda v, _: v.duration_seconds, True, "long", _seconds),
    _Rule("max_duration", lambda f: f.max_duration_seconds, lambda v, _: v.duration_seconds, False, "long", _seconds),
)
