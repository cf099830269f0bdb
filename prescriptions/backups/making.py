"""Making a backup: one sealed archive of all rows and all stored files.

::

    header.json                    format, moment, migrations, marks of the keys
    rows/<app>.<model>/00001.gz    lines of JSON, see ``rows``
    files/<name>                   as they are stored, under the same names
    manifest.json                  counts, the chain's head, what could not be read

Rows are read as of one moment, files after it: what a row names is named after its
content and never changes, so that it is in the archive then.
"""

import hashlib
import hmac
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage

from clinic import chain
from clinic.models import AuditSeal
from prescriptions.backups import rows
from prescriptions.backups.sealing import SealedWriter
from prescriptions.models import Handout

FORMAT = "catcamel.backup/1"
HEADER, MANIFEST = "header.json", "manifest.json"
ROWS, FILES = "rows/", "files/"
# Names of files that are being written
UNFINISHED = ".new-"


@dataclass
class Manifest:
    """What a backup holds; ``missing`` and ``damaged`` name stored files."""

    tables: dict[str, int] = field(default_factory=dict)
    files: int = 0
    file_bytes: int = 0
    pdfs: int = 0
    head: str = ""
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def make(archive: SealedWriter, at: datetime) -> Manifest:
    """Write all rows and files into the archive; return what it holds.

    What is damaged in the store is told, and backed up as it is.
    """
    chain.seal()
    manifest = Manifest()
    with tarfile.open(fileobj=archive, mode="w|") as tar:  # type: ignore[call-overload]
        with rows.snapshot():
            _add(tar, HEADER, _as_json(_header(at)))
            for label, model in rows.tables().items():
                manifest.tables[label] = 0
                for number, (count, part) in enumerate(rows.dump(model), start=1):
                    _add(tar, f"{ROWS}{label}/{number:05}.gz", part)
                    manifest.tables[label] += count
            manifest.head = _head()
            named = _named()
        _add_files(tar, named, manifest)
        _add(tar, MANIFEST, _as_json(asdict(manifest)))
    return manifest


def key_marks() -> dict[str, str]:
    """Return marks by which a restore knows the same keys again."""
    keys = {"SECRET_KEY": settings.SECRET_KEY, "LINK_KEY": settings.LINK_KEY}
    return {
        name: hmac.digest(key.encode(), b"catcamel.backup.mark", "sha256").hex()[:16]
        for name, key in keys.items()
    }


def _header(at: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "made_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "migrations": rows.applied(),
        "keys": key_marks(),
    }


def _head() -> str:
    last = AuditSeal.objects.order_by("-number").first()
    return f"{last.number}:{last.digest}" if last else ""


def _named() -> dict[str, str]:
    """Return the files of ready handouts, with what their bytes must sum up to."""
    ready = Handout.objects.unscoped().filter(status=Handout.Status.READY)
    return dict(ready.values_list("pdf_name", "pdf_sha256"))


def _add_files(tar: Any, named: dict[str, str], manifest: Manifest) -> None:
    for name in _stored():
        try:
            with default_storage.open(name, "rb") as file:
                content = file.read()
        except FileNotFoundError:  # deleted meanwhile
            continue
        expected = named.pop(name, None)
        if expected and hashlib.sha256(content).hexdigest() != expected:
            manifest.damaged.append(name)
        manifest.files += 1
        manifest.file_bytes += len(content)
        manifest.pdfs += bool(expected)
        _add(tar, FILES + name, content)
    manifest.missing = sorted(named)


def _stored() -> Iterator[str]:
    store: Any = default_storage
    for name, _ in store.files_below(""):
        if UNFINISHED not in name:
            yield name


def _add(tar: Any, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def _as_json(content: Any) -> bytes:
    return json.dumps(content, indent=1).encode()
