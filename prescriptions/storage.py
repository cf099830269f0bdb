"""Private files of rendered handouts."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from clinic.assets import StoredFileError, read_checked, store

__all__ = [
    "StoredFileError",
    "delete",
    "drop_batch_files",
    "drop_handout_files",
    "handout_of",
    "open_stored",
    "put",
    "put_batch_file",
    "put_erasure",
    "stored_batch_files",
    "stored_erasures",
    "stored_handouts",
]

HANDOUTS, BATCHES, ERASURES = "handouts", "batches", "erasures"


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
    return _files_below(HANDOUTS)


def drop_handout_files(handout_id: UUID) -> int:
    """Delete every file of a handout, also what a late worker left; return how many."""
    return _drop(f"{HANDOUTS}/{handout_id}")


def drop_batch_files(batch_id: UUID) -> int:
    """Delete every file of a batch; return how many."""
    return _drop(f"{BATCHES}/{batch_id}")


def _drop(folder: str) -> int:
    names = [name for name, _ in _files_below(folder)]
    for name in names:
        delete(name)
    return len(names)


def handout_of(name: str) -> UUID | None:
    """Return whose file it is by its name; None if it is no handout's name."""
    try:
        return UUID(name.split("/")[1])
    except (IndexError, ValueError):
        return None


def stored_batch_files() -> Iterator[tuple[str, datetime]]:
    """Yield name and time of each stored file of a batch."""
    return _files_below(BATCHES)


def put_erasure(patient_id: UUID, line: bytes) -> None:
    """Store a line of the ledger of erasures."""
    sha256 = hashlib.sha256(line).hexdigest()
    store(f"{ERASURES}/{patient_id}.json", line, sha256)


def stored_erasures() -> Iterator[bytes]:
    """Yield the lines of the ledger of erasures."""
    for name, _ in _files_below(ERASURES):
        with default_storage.open(name, "rb") as file:
            yield file.read()


def _files_below(folder: str) -> Iterator[tuple[str, datetime]]:
    store: Any = default_storage
    found: Iterator[tuple[str, datetime]] = store.files_below(folder)
    return found
