"""Facts worth telling: the six events of the specification with typed payloads. Rows first, then pushed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

Level = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True)
class AgentStatusChanged:
    """`progress` is a share from 0 to 1, None where nobody can know it."""

    TYPE: ClassVar[str] = "agent.status.changed"
    agentId: str  # noqa: N815  # the specification's spelling
    status: Literal["active", "idle", "stopped", "restarting"]
    currentTask: str | None = None  # noqa: N815
    progress: float | None = None


@dataclass(frozen=True)
class VideoProcessingProgress:
    """A step of a video began, moved on or ended. `sentence` says it in words."""

    TYPE: ClassVar[str] = "video.processing.progress"
    videoId: str  # noqa: N815
    step: str
    status: Literal["started", "running", "done", "skipped", "failed"]
    progress: float | None = None
    eta_seconds: float | None = None
    sentence: str = ""


@dataclass(frozen=True)
class PostPublished:
    """TikTok itself said that the post is live. `postId` is missing while TikTok still keeps it back."""

    TYPE: ClassVar[str] = "post.published"
    scheduledPostId: int  # noqa: N815
    videoId: str  # noqa: N815
    account: str
    caption: str
    postId: str | None = None  # noqa: N815
    postUrl: str | None = None  # noqa: N815


@dataclass(frozen=True)
class ErrorOccurred:
    TYPE: ClassVar[str] = "error.occurred"
    code: str
    message: str
    hint: str
    verdict: str
    where: str
    videoId: str | None = None  # noqa: N815
    agentId: str | None = None  # noqa: N815


@dataclass(frozen=True)
class QueueUpdated:
    """A post was queued, moved, held, sent or closed."""

    TYPE: ClassVar[str] = "queue.updated"
    scheduledPostId: int  # noqa: N815
    videoId: str  # noqa: N815
    account: str
    status: str
    scheduledTime: str  # noqa: N815
    reason: str = ""


@dataclass(frozen=True)
class StorageCleaned:
    TYPE: ClassVar[str] = "storage.cleanup"
    deletedFiles: int  # noqa: N815
    freedBytes: int  # noqa: N815
    dryRun: bool = False  # noqa: N815


DomainEvent = (
    AgentStatusChanged | VideoProcessingProgress | PostPublished | ErrorOccurred | QueueUpdated | StorageCleaned
)

EVENT_TYPES = tuple(
    kind.TYPE
    for kind in (
        AgentStatusChanged,
        VideoProcessingProgress,
        PostPublished,
        ErrorOccurred,
        QueueUpdated,
        StorageCleaned,
    )
)


def payload_of(event: DomainEvent) -> dict[str, Any]:
    return asdict(event)
