"""The permissions that we ask for, and what is missing without each."""

from __future__ import annotations

from collections.abc import Collection

PROFILE_SCOPE = "user.info.profile"
PUBLISH_SCOPE = "video.publish"
SCOPES = ("user.info.basic", PROFILE_SCOPE, "video.list", "video.upload", PUBLISH_SCOPE)

NEEDED_FOR = {
    PUBLISH_SCOPE: "posting directly",
    "video.upload": "sending drafts to the inbox",
    "video.list": "measuring posts and settling doubtful ones",
}


def missing_scopes(granted: Collection[str]) -> tuple[str, ...]:
    """Permissions that the line works with and that the owner did not give."""
    return tuple(scope for scope in NEEDED_FOR if scope not in granted)


def scope_note(granted: Collection[str]) -> str:
    """What cannot be done for want of permissions, empty where all were given."""
    missing = missing_scopes(granted)
    if not missing:
        return ""
    lost = ", ".join(f"{NEEDED_FOR[scope]} ({scope})" for scope in missing)
    return f"Not permitted: {lost}. Connect the account again and leave every permission ticked."
