"""How a file is cut for upload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

WHOLE_BYTES_MAX = 64_000_000
CHUNK_BYTES = 10_000_000
CHUNKS_MAX = 1_000
FILE_BYTES_MAX = 4 * 1024**3


@dataclass(frozen=True)
class Chunk:
    """Bytes `first` to `last`, both included."""

    first: int
    last: int

    @property
    def end(self) -> int:
        return self.last + 1

    @property
    def size_bytes(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class ChunkPlan:
    size_bytes: int
    chunk_bytes: int

    @property
    def count(self) -> int:
        return max(1, self.size_bytes // self.chunk_bytes)

    def chunks(self) -> Iterator[Chunk]:
        """In order; the last one absorbs the remainder."""
        for k in range(self.count):
            last = self.size_bytes if k == self.count - 1 else (k + 1) * self.chunk_bytes
            yield Chunk(k * self.chunk_bytes, last - 1)


def plan_chunks(
    size_bytes: int, *, whole_bytes_max: int = WHOLE_BYTES_MAX, chunk_bytes: int = CHUNK_BYTES
) -> ChunkPlan:
    """A plan that is valid whether TikTok's "MB" means 10^6 or 2^20 bytes.

    Up to `whole_bytes_max` one chunk of the whole size; above it chunks of `chunk_bytes`, count rounded down. A plan
    of one chunk that declares less than the file ("The chunk size is invalid", post-for-me #327) cannot come out.

    Raises:
        ValueError: the file is empty or larger than TikTok takes.
    """
    if not 0 < size_bytes <= FILE_BYTES_MAX:
        raise ValueError(f"TikTok takes files of 1 byte to 4 GiB, not {size_bytes}")
    if size_bytes <= whole_bytes_max or size_bytes < 2 * chunk_bytes:
        return ChunkPlan(size_bytes, size_bytes)
    return ChunkPlan(size_bytes, max(chunk_bytes, -(-size_bytes // CHUNKS_MAX)))
