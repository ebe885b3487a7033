"""What the owner chose for the line, as values; `bootstrap` fills it from the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from reposter.craft.captions.service import CaptionOptions
from reposter.deliver.scheduling.slots import IntervalRule

Seconds = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0, le=10_000)]


@dataclass(frozen=True)
class ThumbnailOptions:
    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}  # noqa: RUF012  # pydantic's own way to declare it

    count: Annotated[int, Field(ge=0, le=20)] = 3
    timestamps: tuple[str, ...] = ("10%", "50%", "90%")


@dataclass(frozen=True)
class ProcessingOptions:
    """The steps of the specification, each on or off, and what the file should become."""

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}  # noqa: RUF012

    watermark_removal: bool = True
    quality_enhancement: bool = False
    format_conversion: bool = True
    thumbnail_generation: bool = True
    thumbnails: ThumbnailOptions = field(default_factory=ThumbnailOptions)
    target: str = "tiktok"
    encoder_preset: str = "medium"
    encoder_crf: Annotated[int, Field(ge=0, le=51)] = 20


class LimitStrategy(StrEnum):
    """What a post does that meets a limit: keep its turn, give up its slot, or go out on another account."""

    QUEUE_DELAY = "queue_delay"
    SKIP_UNTIL_RESET = "skip_until_reset"
    USE_ALTERNATIVE_ACCOUNT = "use_alternative_account"


@dataclass(frozen=True)
class PublishingOptions:
    """Limits of our own (TikTok's are wider and unknown in part), the retry ladder and how eagerly we ask.

    `limit_strategy` says what a post does that meets a limit. `pull_url` is the public https address under which
    TikTok has verified that files are ours; empty means that files are uploaded. `hurry` divides every waiting time
    towards the platform; only pretend worlds use more than 1.
    """

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}  # noqa: RUF012

    default_account: str | None = None
    paused: bool = False
    posts_per_hour: Count = 5
    posts_per_day: Count = 25
    api_calls_per_hour: Annotated[int, Field(ge=20, le=100_000)] = 100
    limit_strategy: LimitStrategy = LimitStrategy.QUEUE_DELAY
    limit_delay_hours_max: Annotated[float, Field(gt=0, le=720)] = 24.0
    limit_skips_max: Count = 3
    limit_transfers_per_day_max: Count = 3
    alternative_accounts: tuple[str, ...] = ()
    pull_url: Annotated[str, Field(pattern=r"^$|^https://[^?#]+/$")] = ""
    max_attempts: Annotated[int, Field(ge=1, le=100)] = 3
    retry_delays_seconds: tuple[Seconds, ...] = (60, 300, 900)
    hurry: Annotated[float, Field(ge=1)] = 1.0


@dataclass(frozen=True)
class AcquireOptions:
    """`scan_depth`: how many of the newest videos a scan looks at. Scans come no closer than `scan_seconds_min`."""

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}  # noqa: RUF012

    scan_depth: Annotated[int, Field(ge=1, le=5000)] = 60
    scan_seconds_min: Seconds = 300
    retry_delays_seconds: tuple[Seconds, ...] = (60, 300, 900)
    free_bytes_min: Annotated[int, Field(ge=0)] = 1 << 30


@dataclass(frozen=True)
class LineOptions:
    acquire: AcquireOptions
    processing: ProcessingOptions
    captions: CaptionOptions
    scheduling: IntervalRule
    publishing: PublishingOptions
    metrics_ages_seconds: dict[str, float]
