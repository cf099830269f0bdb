"""Private files: rendered handouts and the pictures they show."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, cast
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

HANDOUTS = "handouts"
ASSETS = "assets"


class StoredFileError(OSError):
    """A stored file is missing or its bytes are not those that were stored."""


def put(handout_id: UUID, pdf: bytes) -> tuple[str, str]:
    """Store a rendered handout; return its name and SHA-256.

    The name is ``handouts/<handout id>/<sha256>.pdf``: writing the same bytes twice is
    harmless, and no one who lost a claim needs to delete. What was written is read
    back before the caller may call it ready.
    """
    sha256 = hashlib.sha256(pdf).hexdigest()
    name = f"{HANDOUTS}/{handout_id}/{sha256}.pdf"
    _save(name, pdf, sha256)
    return name, sha256


def put_asset(content: bytes, ending: str) -> str:
    """Store a picture under the SHA-256 of its bytes; return its name."""
    sha256 = hashlib.sha256(content).hexdigest()
    _save(f"{ASSETS}/{sha256}.{ending}", content, sha256)
    return f"{sha256}.{ending}"


def read_asset(name: str) -> bytes:
    """Return the bytes of a picture; raise StoredFileError if they are not there."""
    return _checked(f"{ASSETS}/{name}", name.partition(".")[0])


def open_pdf(name: str, sha256: str) -> BinaryIO:
    """Open a rendered handout whose bytes have been checked."""
    return cast(BinaryIO, ContentFile(_checked(name, sha256)))


def delete(name: str) -> None:
    """Remove a file; one that is already gone is no error."""
    default_storage.delete(name)


def stored_handouts() -> Iterator[tuple[str, datetime]]:
    """Yield name and time of each stored handout, for the search for orphans."""
    if not default_storage.exists(HANDOUTS):
        return
    for folder in default_storage.listdir(HANDOUTS)[0]:
        for file in default_storage.listdir(f"{HANDOUTS}/{folder}")[1]:
            name = f"{HANDOUTS}/{folder}/{file}"
            yield name, default_storage.get_modified_time(name)


def _save(name: str, content: bytes, sha256: str) -> None:
    """Store unless the same bytes are there already; a half file is replaced."""
    if default_storage.exists(name):
        try:
            _checked(name, sha256)
        except StoredFileError:
            default_storage.delete(name)
        else:
            return
    default_storage.save(name, ContentFile(content))
    _checked(name, sha256)


def _checked(name: str, sha256: str) -> bytes:
    try:
        with default_storage.open(name, "rb") as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise StoredFileError(f"{name} is missing") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise StoredFileError(f"{name} holds other bytes than were stored")
    return content
