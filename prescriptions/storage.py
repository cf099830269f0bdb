"""Private files of rendered handouts."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, cast
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from clinic.assets import StoredFileError, read_checked, store

__all__ = [
    "StoredFileError",
    "delete",
    "open_stored",
    "put",
    "put_batch_file",
    "stored_batch_files",
    "stored_handouts",
]

HANDOUTS, BATCHES = "handouts", "batches"


def put(handout_id: UUID, pdf: bytes) -> tuple[str, str]:
    """Store a rendered handout; return its name and SHA-256.

    The name is ``handouts/<handout id>/<sha256>.pdf``: no one who lost a claim needs
    to delete. What was written is read back before the caller may call it ready.
    """
    sha256 = hashlib.sha256(pdf).hexdigest()
    name = f"{HANDOUTS}/{handout_id}/{sha256}.pdf"
    store(name, pdf, sha256)
    return name, sha256


def put_batch_file(batch_id: UUID, content: bytes, ending: str) -> tuple[str, str]:
    """Store the one file of a batch; return its name and SHA-256."""
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"{BATCHES}/{batch_id}/{sha256}.{ending}"
    store(name, content, sha256)
    return name, sha256


def open_stored(name: str, sha256: str) -> BinaryIO:
    """Open a stored file whose bytes have been checked."""
    return cast(BinaryIO, ContentFile(read_checked(name, sha256)))


def delete(name: str) -> None:
    """Remove a file; one that is already gone is no error."""
    default_storage.delete(name)


def stored_handouts() -> Iterator[tuple[str, datetime]]:
    """Yield name and time of each stored handout, for the search for orphans."""
    return _stored_under(HANDOUTS)


def stored_batch_files() -> Iterator[tuple[str, datetime]]:
    """Yield name and time of each stored file of a batch."""
    return _stored_under(BATCHES)


def _stored_under(root: str) -> Iterator[tuple[str, datetime]]:
    if not default_storage.exists(root):
        return
    for folder in default_storage.listdir(root)[0]:
        for file in default_storage.listdir(f"{root}/{folder}")[1]:
            name = f"{root}/{folder}/{file}"
            yield name, default_storage.get_modified_time(name)
