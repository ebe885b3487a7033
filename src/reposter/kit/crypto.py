"""Secrets at rest: AES-256-GCM, bound to the row they belong to, under a key that lies outside the database."""

from __future__ import annotations

import base64
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reposter.kit.errors import AppError, Verdict
from reposter.kit.files import write_atomic

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = "v1"

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class SecretUnreadable(AppError):
    code = "secret_unreadable"
    verdict = Verdict.NEEDS_PERSON


class Vault:
    """Seals and unseals text. `place` names the row and column; a ciphertext moved elsewhere does not open."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @cached_property
    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 6 MB that most agents never need

        return AESGCM(self._key)

    def seal(self, text: str, *, place: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), place.encode())
        return f"{VERSION}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def unseal(self, sealed: str, *, place: str) -> str:
        """The text that was sealed for `place`.

        Raises:
            SecretUnreadable: another key, another place, or damage.
        """
        from cryptography.exceptions import InvalidTag  # as above

        version, _, body = sealed.partition(":")
        try:
            if version != VERSION:
                raise ValueError(version)
            raw = base64.urlsafe_b64decode(body)
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable(
                "A stored secret cannot be opened: its key is missing or it was moved.",
                hint="Put back the key file under config/, or connect the account again.",
            ) from error


def load_or_create_key(path: Path) -> bytes:
    """The key in `path` (hex), made at first use, readable by its owner alone.

    Raises:
        SecretUnreadable: the file holds no such key.
    """
    if not path.exists():
        write_atomic(path, os.urandom(KEY_BYTES).hex().encode(), mode=0o600)
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SecretUnreadable(
            f"{path.name} does not hold a key of {KEY_BYTES} bytes in hex.",
            hint="Put back the key file from your backup; without it stored tokens cannot be read.",
        )
    return key
