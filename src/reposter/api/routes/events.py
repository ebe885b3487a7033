"""The shapes of the live stream, so that OpenAPI and the generated client know them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from reposter.vocabulary.events import (
    AgentStatusChanged,
    ErrorOccurred,
    PostPublished,
    QueueUpdated,
    StorageCleaned,
    VideoProcessingProgress,
)

router = APIRouter(prefix="/api/events", tags=["events"])


class _Message(BaseModel):
    """The envelope: `seq` grows by each message; connect with `?after=SEQ` to go on where you were."""

    seq: int
    at: datetime


class AgentMessage(_Message):
    type: Literal["agent.status.changed"]
    payload: AgentStatusChanged


class ProgressMessage(_Message):
    type: Literal["video.processing.progress"]
    payload: VideoProcessingProgress


class PublishedMessage(_Message):
    type: Literal["post.published"]
    payload: PostPublished


class ErrorMessage(_Message):
    type: Literal["error.occurred"]
    payload: ErrorOccurred


class QueueMessage(_Message):
    type: Literal["queue.updated"]
    payload: QueueUpdated


class CleanupMessage(_Message):
    type: Literal["storage.cleanup"]
    payload: StorageCleaned


class AgentStateMessage(BaseModel):
    """The dashboard's state update of the specification, sent beside `agent.status.changed`."""

    type: Literal["AGENT_STATUS_UPDATE"]
    payload: AgentStatusChanged


class HelloMessage(BaseModel):
    """The first message of a connection: what follows comes after `seq`."""

    type: Literal["hello"]
    seq: int


LiveMessage = (
    AgentMessage
    | ProgressMessage
    | PublishedMessage
    | ErrorMessage
    | QueueMessage
    | CleanupMessage
    | AgentStateMessage
    | HelloMessage
)


@router.get("/shapes")
def shapes() -> list[LiveMessage]:
    """No messages, only their shapes: connect to the WebSocket `/api/events` for the live ones."""
    return []
