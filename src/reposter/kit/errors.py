"""One error for people and machines: a code, a sentence, a remedy and a verdict on what may be done next.

AppError
├── InvalidInput        permanent     what was given cannot be used as it is
├── NotFound            permanent     the thing named does not exist
├── Conflict            permanent     it exists already, or moved on meanwhile
├── StorageExhausted    retry later   the disk is full
├── VendorUnavailable   retry later   somebody else's service failed
└── …                   each feature adds its own situations
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Self


class Verdict(StrEnum):
    """What may be done after an error; the only thing that retry logic looks at."""

    RETRY_LATER = "retry_later"
    PERMANENT = "permanent"
    NEEDS_PERSON = "needs_person"
    OUTCOME_UNKNOWN = "outcome_unknown"


class AppError(Exception):
    """A situation that we can name.

    `message` says what happened and what it means, `hint` what to do next. `context` holds ids and figures for
    logs; never secrets. `retry_after_seconds` is set where the other side told us how long to wait.
    """

    code: ClassVar[str] = "error"
    verdict: ClassVar[Verdict] = Verdict.PERMANENT

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        retry_after_seconds: float | None = None,
        **context: Any,  # ids and figures of any JSON type
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.retry_after_seconds = retry_after_seconds
        self.context = context

    def to_dict(self) -> dict[str, Any]:  # JSON for logs, child processes and HTTP
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "verdict": self.verdict.value,
            "retry_after_seconds": self.retry_after_seconds,
            "context": self.context,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:  # JSON that came from to_dict
        """Rebuild an error that crossed a process border; its class is looked up by its code."""
        kind = _by_code(AppError, data["code"]) or AppError
        error = kind.__new__(kind)
        AppError.__init__(
            error,
            data["message"],
            hint=data.get("hint", ""),
            retry_after_seconds=data.get("retry_after_seconds"),
            **data.get("context", {}),
        )
        return error  # type: ignore[return-value]  # called on AppError, answers with a subclass of it


class InvalidInput(AppError):
    code = "invalid_input"


class NotFound(AppError):
    code = "not_found"


class Conflict(AppError):
    code = "conflict"


class StorageExhausted(AppError):
    code = "storage_exhausted"
    verdict = Verdict.RETRY_LATER


class VendorUnavailable(AppError):
    code = "vendor_unavailable"
    verdict = Verdict.RETRY_LATER


class ChildFailed(AppError):
    """A child process died, ran over a limit or answered nonsense."""

    code = "child_failed"
    verdict = Verdict.RETRY_LATER


def all_errors() -> list[type[AppError]]:
    """Every error class that is loaded, for documentation and completeness tests."""
    found: list[type[AppError]] = []
    todo: list[type[AppError]] = [AppError]
    while todo:
        kind = todo.pop()
        found.append(kind)
        todo.extend(kind.__subclasses__())
    return sorted(found, key=lambda kind: kind.code)


def _by_code(kind: type[AppError], code: str) -> type[AppError] | None:
    if kind.code == code:
        return kind
    return next((hit for sub in kind.__subclasses__() if (hit := _by_code(sub, code))), None)
