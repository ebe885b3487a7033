"""On what ground a video may be used."""

from __future__ import annotations

from enum import StrEnum


class Basis(StrEnum):
    """The ground a source's videos are used on; unknown holds back removal of marks and sending out, nothing else."""

    OWN = "own"
    LICENSED = "licensed"
    PERMISSION = "permission"
    PUBLIC_DOMAIN = "public_domain"
    UNKNOWN = "unknown"


class Act(StrEnum):
    """What one may want to do with a video; only the last two need a known ground."""

    DOWNLOAD = "download"
    EDIT = "edit"
    REMOVE_WATERMARK = "remove_watermark"
    PUBLISH = "publish"
