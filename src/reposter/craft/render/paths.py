"""Names of unfinished files: beside the output, so that the last step is a rename; no two runs share one."""

from __future__ import annotations

import secrets
from pathlib import Path

from reposter.kit.clock import utc_now

ABANDONED_AFTER_SECONDS = 3600


def work_path_of(output: Path) -> Path:
    return output.absolute().with_name(f".{output.name}.{secrets.token_hex(4)}.part")


def cleaned_path_of(work_path: Path) -> Path:
    """Where the version without its mark grows."""
    return work_path.with_name(f"{work_path.name.removesuffix('.part')}.cleaned.part")


def remove_work(work_path: Path) -> None:
    work_path.unlink(missing_ok=True)
    cleaned_path_of(work_path).unlink(missing_ok=True)


def remove_abandoned(output: Path) -> None:
    """What a run that was killed together with its parent left behind."""
    prefix = f".{output.name}."
    for path in output.absolute().parent.iterdir():
        if (
            path.name.startswith(prefix)
            and path.name.endswith(".part")
            and _age_seconds(path) > ABANDONED_AFTER_SECONDS
        ):
            path.unlink(missing_ok=True)


def _age_seconds(path: Path) -> float:
    try:
        return utc_now().timestamp() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
