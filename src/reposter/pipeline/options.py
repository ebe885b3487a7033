"""What the owner chose for the line, as values; `bootstrap` fills it from the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class PublishingOptions:
    """Limits of our own (TikTok's are wider and unknown in part), the retry ladder and how eagerly we ask.

    `hurry` divides every waiting time towards the platform; only pretend worlds use more than 1.
    """

    __pydantic_config__ = {"extra": "forbid", "allow_inf_nan": False}  # noqa: RUF012

    default_account: str | None = None
    paused: bool = False
    posts_per_hour: Count = 5
    posts_per_day: Count = 25
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
