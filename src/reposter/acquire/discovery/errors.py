"""What can go wrong in finding videos, apart from the vendor's own situations."""

from __future__ import annotations

from reposter.kit.errors import AppError, Verdict


class KindNotSupported(AppError):
    """No engine that is switched on can list sources of this kind."""

    code = "kind_not_supported"
    verdict = Verdict.NEEDS_PERSON
