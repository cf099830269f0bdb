"""Reading a backup: looking it through, or restoring it into an empty system."""

import hashlib
import json
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction

from clinic import chain
from clinic.audit import record
from clinic.models import AuditSeal
from prescriptions import storage
from prescriptions.backups import rows
from prescriptions.backups.making import (
    FILES,
    FORMAT,
    HEADER,
    MANIFEST,
    ROWS,
    Manifest,
    key_marks,
)
from prescriptions.backups.sealing import SealedReader, SealError
from prescriptions.models import Handout

# A table by which an installation in use is told from an empty one
PEOPLE = "clinic_practitioner"


class NotEmptyError(RuntimeError):
    """There is an installation here already."""


class OtherKeysError(RuntimeError):
    """Links or second factors of the backup would not work with the keys here."""


class IncompleteError(RuntimeError):
    """What was read is not what the backup says it holds."""


@dataclass
class Verdict:
    """What was found after a restore; ``faults`` is empty when all is there."""

    rows: int = 0
    files: int = 0
    pdfs: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Backup:
    """The head of an opened backup, and its entries by turns."""

    made_at: str
    migrations: list[rows.Node]
    keys: dict[str, str]
    entries: Iterator[tuple[str, bytes]]


def opened(archive: SealedReader) -> Backup:
    """Read the head; raise SealError for another key or file."""
    entries = _entries(archive)
    name, content = next(entries)
    header = json.loads(content) if name == HEADER else {}
    if header.get("format") != FORMAT:
        raise SealError("This backup has another format than this release reads.")
    nodes = [(app, migration) for app, migration in header["migrations"]]
    return Backup(header["made_at"], nodes, header["keys"], entries)


def look_through(backup: Backup) -> Manifest:
    """Read all of it without storing anything; raise IncompleteError."""
    return _walk(backup, lambda label, part: rows.count(part), lambda name, file: None)


def restore(backup: Backup, *, with_other_keys: bool = False) -> Manifest:
    """Fill this empty system; all rows or none.

    Raises NotEmptyError, OtherKeysError and OtherReleaseError before anything is
    written, IncompleteError and SealError with no row stored.
    """
    if _is_in_use():
        raise NotEmptyError("This database is in use: restore into an empty one.")
    other = [name for name, mark in key_marks().items() if backup.keys[name] != mark]
    if other and not with_other_keys:
        raise OtherKeysError(f"Other than when the backup was made: {', '.join(other)}")
    registry = rows.migrate_to(backup.migrations)
    models = rows.tables(registry)
    with transaction.atomic():
        rows.empty(registry)
        manifest = _walk(
            backup, lambda label, part: rows.load(models[label], part), _store
        )
        rows.reset_sequences(registry)
        connection.check_constraints()
    call_command("migrate", verbosity=0)
    return manifest


def mend(backup: Backup) -> tuple[list[str], list[str]]:
    """Put back the PDFs that are missing or damaged here; no row is touched.

    Returns the names of those put back, and of those the backup does not hold whole.
    """
    wanted = {
        name: sha256 for name, sha256 in _ready_pdfs() if not _is_whole(name, sha256)
    }
    mended: list[str] = []

    def take(name: str, content: bytes) -> None:
        if hashlib.sha256(content).hexdigest() == wanted.get(name):
            _store(name, content)
            mended.append(name)

    _walk(backup, lambda label, part: rows.count(part), take)
    return mended, sorted(set(wanted) - set(mended))


def verify(manifest: Manifest) -> Verdict:
    """Compare what is here now with what the backup says: rows, PDFs, the trail."""
    verdict = Verdict()
    for label, model in rows.tables().items():
        count = model._base_manager.count()
        expected = manifest.tables.get(label, 0)
        verdict.rows += count
        # A later release may have filled in rows of its own.
        if count < expected:
            verdict.faults.append(f"{label}: {count} rows of {expected}")
    _verify_pdfs(verdict, known={*manifest.missing, *manifest.damaged})
    # Events of the backup's last minute had no seal yet; days later they look odd.
    while chain.seal():
        pass
    verdict.faults += chain.verify().faults
    number, _, digest = manifest.head.partition(":")
    if number and not AuditSeal.objects.filter(number=number, digest=digest).exists():
        verdict.faults.append("the audit trail ends before the backup's")
    record(None, "system.restored", rows=verdict.rows, faults=len(verdict.faults))
    return verdict


def _verify_pdfs(verdict: Verdict, known: set[str]) -> None:
    for name, sha256 in _ready_pdfs():
        if _is_whole(name, sha256):
            verdict.pdfs += 1
            continue
        told = "was so before the backup" if name in known else "is damaged"
        verdict.faults.append(f"{name} {told}")


def _ready_pdfs() -> Iterator[tuple[str, str]]:
    ready = Handout.objects.unscoped().filter(status=Handout.Status.READY)
    yield from ready.values_list("pdf_name", "pdf_sha256").iterator()


def _is_whole(name: str, sha256: str) -> bool:
    try:
        storage.open_stored(name, sha256).close()
    except OSError:
        return False
    return True


def _walk(
    backup: Backup,
    take_rows: Callable[[str, bytes], int],
    take_file: Callable[[str, bytes], None],
) -> Manifest:
    """Hand out rows and files, then compare with the manifest at the end."""
    counts: Counter[str] = Counter()
    files = 0
    for name, content in backup.entries:
        if name.startswith(ROWS):
            label = name.split("/")[1]
            counts[label] += take_rows(label, content)
        elif name.startswith(FILES):
            take_file(name.removeprefix(FILES), content)
            files += 1
        elif name == MANIFEST:
            manifest = Manifest(**json.loads(content))
            expected = Counter(manifest.tables)
            if (+counts, files) != (+expected, manifest.files):
                raise IncompleteError("Rows or files are missing in the backup.")
            return manifest
    raise IncompleteError("The backup ends too early.")


def _store(name: str, content: bytes) -> None:
    """Store a file under its name; what lies there under it is replaced."""
    default_storage.delete(name)
    default_storage.save(name, ContentFile(content))


def _entries(archive: SealedReader) -> Iterator[tuple[str, bytes]]:
    stream: Any = archive
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for entry in tar:
            found = tar.extractfile(entry)
            assert found  # noqa: S101 (nothing but files is written)
            yield entry.name, found.read()


def _is_in_use() -> bool:
    if PEOPLE not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {PEOPLE} LIMIT 1")  # noqa: S608 (a constant)
        return cursor.fetchone() is not None
