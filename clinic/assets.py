"""Content-addressed files: what is stored under the SHA-256 of its bytes.

Pictures of exercises and a clinic's logo are assets; a revision names them, so they
are never changed and never deleted while one does.
"""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

ASSETS = "assets"


class StoredFileError(OSError):
    """A stored file is missing or its bytes are not those that were stored."""


def put_asset(content: bytes, ending: str) -> str:
    """Store a picture; return its name, ``<sha256>.<ending>``."""
    sha256 = hashlib.sha256(content).hexdigest()
    store(f"{ASSETS}/{sha256}.{ending}", content, sha256)
    return f"{sha256}.{ending}"


def read_asset(name: str) -> bytes:
    """Return the bytes of a picture; raise StoredFileError if they are not there."""
    return read_checked(f"{ASSETS}/{name}", name.partition(".")[0])


def store(name: str, content: bytes, sha256: str) -> None:
    """Write a file unless its bytes are there already, and read it back.

    Writing twice is harmless; a damaged file is replaced. Raises OSError when the
    storage is full or not to be reached.
    """
    if default_storage.exists(name):
        try:
            read_checked(name, sha256)
        except StoredFileError:
            default_storage.delete(name)
        else:
            return
    default_storage.save(name, ContentFile(content))
    read_checked(name, sha256)


def read_checked(name: str, sha256: str) -> bytes:
    """Return the bytes of a file; raise StoredFileError unless the digest fits."""
    try:
        with default_storage.open(name, "rb") as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise StoredFileError(f"{name} is missing") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise StoredFileError(f"{name} holds other bytes than were stored")
    return content
