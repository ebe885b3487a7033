"""Looking into foreign files from a process that must survive them: the work happens in a confined child.

This module imports no video library.
"""

from __future__ import annotations

from pathlib import Path

from reposter.kit.process import Json, Limits, run_child
from reposter.media import errors
from reposter.vocabulary.media import AudioInfo, MediaInfo, VideoInfo

LIMITS = Limits(wall_seconds=120, memory_bytes=2 << 30, file_bytes=1 << 20, cpu_seconds=120)
# Each thread of a child may reserve 64 MB of address space for its own heap: two heaps are enough.
# Pictures go back to the system when they are freed: glibc would soon keep blocks of up to 32 MB for later. Small
# arrays may be used again first: to give back a few MB at every turn costs a fifth of a search for a mark.
CHILD_ENV = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(32 << 20),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


KNOWN_ERRORS = (errors.UnreadableMedia, errors.UnsupportedMedia)  # loaded, so that a child's answer finds them


def probe_in_child(path: Path, *, limits: Limits = LIMITS) -> MediaInfo:
    """`media.probe.probe`, confined.

    Raises:
        UnreadableMedia, UnsupportedMedia: as `probe`.
        ChildFailed: the file made the child die or go over its limits.
    """
    return info_from_dict(_ask("probe", path, limits))


def verify_in_child(path: Path, *, limits: Limits = LIMITS) -> MediaInfo:
    """`media.verify.verify_playable`, confined; errors as in `probe_in_child`."""
    return info_from_dict(_ask("verify", path, limits))


def info_from_dict(data: Json) -> MediaInfo:
    audio = data["audio"]
    return MediaInfo(
        container=data["container"],
        duration_seconds=data["duration_seconds"],
        size_bytes=data["size_bytes"],
        video=VideoInfo(**data["video"]),
        audio=AudioInfo(**audio) if audio else None,
    )


def _ask(act: str, path: Path, limits: Limits) -> Json:
    request = {"act": act, "path": str(path.absolute())}
    return run_child("reposter.media.child", request, limits=limits, env=CHILD_ENV)
