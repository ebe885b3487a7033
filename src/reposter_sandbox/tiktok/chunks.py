"""Check how a client means to cut its file."""

from __future__ import annotations

from dataclasses import dataclass

from reposter_sandbox.scenario import Rules
from reposter_sandbox.tiktok.envelope import Refusal, whole_number

CHUNKS_MAX = 1_000


@dataclass(frozen=True)
class ChunkPlan:
    size: int
    chunk: int
    count: int


def checked_plan(source: dict[str, object], rules: Rules) -> ChunkPlan:
    """Accepts only plans that hold whether MB means 10^6 or 2^20 bytes; raises Refusal.

    Source: media transfer guide, and field reports that a single chunk smaller than the file is refused.
    """
    if source.get("source") != "FILE_UPLOAD":
        raise Refusal("invalid_params", "The source is empty or incorrect")
    size, chunk, count = (whole_number(source, n) for n in ("video_size", "chunk_size", "total_chunk_count"))
    if not 0 < size <= rules.video_bytes_max:
        raise Refusal("invalid_params", "The video size is invalid")
    if chunk == size:
        is_fitting = size <= rules.single_upload_bytes_max
    else:
        last = size - chunk * (count - 1)
        is_fitting = (
            rules.chunk_bytes_min <= chunk <= rules.chunk_bytes_max
            and chunk < size
            and size // chunk > 1
            and last <= rules.last_chunk_bytes_max
        )
    if not is_fitting and (chunk == size or size // max(1, chunk) == count):
        raise Refusal("invalid_params", "The chunk size is invalid")
    if count != size // max(1, chunk) or not 1 <= count <= CHUNKS_MAX or not is_fitting:
        raise Refusal("invalid_params", "The total chunk count is invalid")
    return ChunkPlan(size, chunk, count)
