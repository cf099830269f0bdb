"""A file that nobody reads or changes without the key: AES-256-GCM in pieces.

The key of each file is made from BACKUP_KEY and a random salt at its head (HKDF). The
nonce of a piece is its number and whether it is the last one, so that pieces that were
swapped, dropped or cut off at the end are noticed (the STREAM construction of Hoang,
Reyhanitabar, Rogaway and Vizár, 2015).
"""

import os
from types import TracebackType
from typing import IO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"catcamel backup 1\n"
SALT_BYTES = 32
PIECE_BYTES = 1 << 20
TAG_BYTES = 16
SHORTEST_KEY = 32


class SealError(ValueError):
    """The file is no backup, was changed or cut off, or the key is another one."""


class SealedWriter:
    """Writes plain bytes into a sealed file; ``close`` writes the last piece."""

    def __init__(self, file: IO[bytes], key: str) -> None:
        salt = os.urandom(SALT_BYTES)
        file.write(MAGIC + salt)
        self._file, self._box = file, _box(key, salt)
        self._number, self._waiting = 0, bytearray()

    def write(self, plain: bytes) -> int:
        """Take bytes; they are in the file once a piece is full or all is closed."""
        self._waiting += plain
        while len(self._waiting) > PIECE_BYTES:
            self._seal(bytes(self._waiting[:PIECE_BYTES]), is_last=False)
            del self._waiting[:PIECE_BYTES]
        return len(plain)

    def close(self) -> None:
        """Write what is left as the last piece."""
        self._seal(bytes(self._waiting), is_last=True)

    def _seal(self, piece: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last=is_last)
        self._file.write(self._box.encrypt(nonce, piece, None))
        self._number += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What was broken off must not look whole.
        if kind is None:
            self.close()


class SealedReader:
    """Reads the plain bytes of a sealed file; SealError where it does not fit."""

    def __init__(self, file: IO[bytes], key: str) -> None:
        head = file.read(len(MAGIC) + SALT_BYTES)
        if not head.startswith(MAGIC) or len(head) != len(MAGIC) + SALT_BYTES:
            raise SealError("This is no backup of Catcamel.")
        self._file, self._box = file, _box(key, head[len(MAGIC) :])
        self._number, self._plain = 0, bytearray()
        self._next = file.read(PIECE_BYTES + TAG_BYTES)
        self._is_at_end = False

    def read(self, size: int = -1) -> bytes:
        """Return up to so many bytes; fewer at the end alone."""
        while not self._is_at_end and (size < 0 or len(self._plain) < size):
            self._open()
        taken = len(self._plain) if size < 0 else size
        found = bytes(self._plain[:taken])
        del self._plain[:taken]
        return found

    def _open(self) -> None:
        piece = self._next
        self._next = self._file.read(PIECE_BYTES + TAG_BYTES)
        is_last = not self._next
        nonce = _nonce(self._number, is_last=is_last)
        try:
            self._plain += self._box.decrypt(nonce, piece, None)
        except InvalidTag as error:
            told = "The backup was changed or cut off, or BACKUP_KEY is another one."
            raise SealError(told) from error
        self._number += 1
        self._is_at_end = is_last


def _box(key: str, salt: bytes) -> AESGCM:
    if len(key) < SHORTEST_KEY:
        told = f"Set BACKUP_KEY to a secret of at least {SHORTEST_KEY} characters."
        raise SealError(told)
    kdf = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"catcamel.backup")
    return AESGCM(kdf.derive(key.encode()))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
