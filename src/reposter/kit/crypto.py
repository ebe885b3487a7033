"""Secrets at rest: AES-256-GCM, bound to the row they belong to, under a key that lies outside the database."""

from __future__ import annotations

import base64
import os
from contextlib import suppress
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
    """Seals and unseals text. `place` names the row and column; a ciphertext moved elsewhere does not open.

    `older` keys open what a change of keys has not reached yet; nothing is sealed with them.
    """

    def __init__(self, key: bytes, *older: bytes) -> None:
        self._keys = (key, *older)

    @cached_property
    def _ciphers(self) -> tuple[AESGCM, ...]:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 6 MB that most agents never need

        return tuple(AESGCM(key) for key in self._keys)

    def seal(self, text: str, *, place: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[0].encrypt(nonce, text.encode(), place.encode())
        return f"{VERSION}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def unseal(self, sealed: str, *, place: str) -> str:
        """The text that was sealed for `place`.

        Raises:
            SecretUnreadable: another key, another place, or damage.
        """
        from cryptography.exceptions import InvalidTag  # as above

        version, _, body = sealed.partition(":")
        for cipher in self._ciphers:
            with suppress(InvalidTag, ValueError):
                if version != VERSION:
                    raise ValueError(version)
                raw = base64.urlsafe_b64decode(body)
                return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
        raise SecretUnreadable(
            "A stored secret cannot be opened: its key is missing or it was moved.",
            hint="Put back the key file under config/, or connect the account again.",
        )

    def resealed(self, sealed: str, by: Vault, *, place: str) -> str:
        """What we can open, sealed anew `by` another; what we cannot open is lost already and stays as it is."""
        try:
            return by.seal(self.unseal(sealed, place=place), place=place)
        except SecretUnreadable:
            return sealed


def load_or_create_keys(path: Path) -> tuple[bytes, ...]:
    """The keys in `path` (hex, a line each, newest first), readable by its owner alone.

    Made at first use. There is one, but for a change of keys that is under way or was interrupted.

    Raises:
        SecretUnreadable: the file holds something else.
    """
    if not path.exists():
        write_keys(path, os.urandom(KEY_BYTES))
    try:
        keys = tuple(bytes.fromhex(line) for line in path.read_text().split())
    except ValueError:
        keys = ()
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SecretUnreadable(
            f"{path.name} does not hold a key of {KEY_BYTES} bytes in hex.",
            hint="Put back the key file from your backup; without it stored tokens cannot be read.",
        )
    return keys


def write_keys(path: Path, *keys: bytes) -> None:
    """Replace the key file, newest key first. After a power cut it is still the new one."""
    write_atomic(path, "\n".join(key.hex() for key in keys).encode(), mode=0o600)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
