"""/api/settings: what is chosen, and changing it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from reposter.api.wiring import Wired
from reposter.bootstrap import change_settings
from reposter.settings import SET_AT_START

router = APIRouter(prefix="/api/settings", tags=["settings"])


class SettingsOut(BaseModel):
    """`settings` in force, secrets masked; `setAtStart` names the sections that only a restart changes."""

    settings: dict[str, Any]
    setAtStart: list[str]  # noqa: N815


@router.get("")
def get(app: Wired) -> SettingsOut:
    """Get system configuration."""
    return _out(app.settings().model_dump(mode="json"))


@router.put("")
def change(app: Wired, body: dict[str, Any]) -> SettingsOut:
    """Update system configuration: the sections and names given, the others stay. Agents follow within seconds."""
    return _out(change_settings(app, body).model_dump(mode="json"))


def _out(values: dict[str, Any]) -> SettingsOut:
    return SettingsOut(settings=values, setAtStart=sorted(SET_AT_START))
