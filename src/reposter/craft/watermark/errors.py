"""What can stand in the way of a removal. Imports no video library, so that agents stay light."""

from __future__ import annotations

from reposter.kit.errors import InvalidInput


class MemoryUnusable(InvalidInput):
    """The file of a memory of marks is none, is damaged, or cannot be read."""

    code = "memory_unusable"
