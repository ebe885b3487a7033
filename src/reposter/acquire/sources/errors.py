"""What can be wrong with a source."""

from __future__ import annotations

from reposter.kit.errors import Conflict, InvalidInput, NotFound


class NotATikTokSource(InvalidInput):
    """The text names no TikTok account, hashtag, country or video."""

    code = "not_a_tiktok_source"


class InvalidTiming(InvalidInput):
    """The frequency, time zone or interval cannot be used."""

    code = "invalid_timing"


class InvalidCron(InvalidTiming):
    code = "invalid_cron"


class NeverFires(InvalidTiming):
    """The cron expression is well formed, but no day fits it."""

    code = "cron_never_fires"


class TooFrequent(InvalidTiming):
    code = "scan_too_frequent"


class SourceExists(Conflict):
    code = "source_exists"


class SourceUnknown(NotFound):
    code = "source_unknown"
