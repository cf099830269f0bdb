"""A copy of everything about one patient: a ZIP with a JSON record and the PDFs."""

import json
import tempfile
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC
from typing import IO, Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from clinic.audit import record
from clinic.models import Actor, AuditEvent, Patient
from prescriptions import storage
from prescriptions.models import Handout
from prescriptions.rights.kept import Table, tables

FORMAT = "catcamel.patient/1"
IN_MEMORY_BYTES = 8_000_000
README = """\
Everything that {clinic} keeps about one patient, as of {at}.

record.json   all data: "tables" holds the rows of each kind, "names" says what other
              ids in them stand for, "trail" tells who read or changed what and when.
handouts/     the handouts as they were given, as PDF; "files" in record.json lists
              each with its SHA-256, "missing" what could not be read.
"""


@dataclass(frozen=True)
class Contents:
    """What a copy holds: number of PDFs, ids of handouts whose file was not there."""

    files: int
    missing: list[str]


def copy_of(patient: Patient, *, by: Actor | None) -> tuple[IO[bytes], Contents]:
    """Return the ZIP and what it holds, recorded; ``by`` is None on the server.

    The stream is a file without a name, gone when it is closed. A handout that cannot
    be read is listed as missing: the rest is not withheld for its sake.
    """
    with ExitStack() as on_error:
        stream = on_error.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES))
        with transaction.atomic(), zipfile.ZipFile(stream, "w") as archive:
            held = write_copy(archive, patient)
            files, missing = held.files, len(held.missing)
            record(by, "patient.exported", patient, files=files, missing=missing)
        on_error.pop_all()
    stream.seek(0)
    return stream, held


def write_copy(
    archive: zipfile.ZipFile, patient: Patient, folder: str = ""
) -> Contents:
    """Write record and PDFs of one patient into the archive, below a folder."""
    kept = {table: list(table.rows_of(patient)) for table in tables()}
    files, missing = _write_files(archive, patient, folder)
    at = timezone.now().astimezone(UTC).isoformat(timespec="seconds")
    content = {
        "format": FORMAT,
        "made_at": at,
        "clinic": {"id": patient.clinic_id, "name": patient.clinic.name},
        "tables": {
            table.name: rows_as_dicts(table, rows) for table, rows in kept.items()
        },
        "names": names_in(kept),
        "files": files,
        "missing": missing,
        "trail": _trail(patient),
    }
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    deflated(archive, f"{folder}record.json", text)
    told = README.format(clinic=patient.clinic.name, at=at)
    deflated(archive, f"{folder}README.txt", told)
    return Contents(len(files), missing)


def deflated(archive: zipfile.ZipFile, name: str, text: str) -> None:
    """Add a text, made smaller; PDFs and pictures are small already."""
    archive.writestr(name, text, compress_type=zipfile.ZIP_DEFLATED)


def _write_files(
    archive: zipfile.ZipFile, patient: Patient, folder: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """Write the PDFs; return what the record says of them, and ids without a file."""
    rows = Handout.objects.of_clinic(patient.clinic_id)
    mine = rows.filter(revision__program__patient=patient).exclude(pdf_name="")
    files: list[dict[str, Any]] = []
    missing: list[str] = []
    for handout in mine.defer("options").order_by("requested_at", "id"):
        name = f"handouts/{len(files) + 1:04}.pdf"
        try:
            with storage.open_stored(handout.pdf_name, handout.pdf_sha256) as pdf:
                archive.writestr(folder + name, pdf.read())
        except OSError:
            missing.append(str(handout.pk))
            continue
        sha256 = handout.pdf_sha256
        files.append({"file": name, "handout": handout.pk, "sha256": sha256})
    return files, missing


def rows_as_dicts(table: Table, rows: list[Any]) -> list[dict[str, Any]]:
    """Return the rows with the columns that a copy holds."""
    columns = table.columns()
    return [
        {column.name: column.value_from_object(row) for column in columns}
        for row in rows
    ]


def names_in(kept: dict[Table, list[Any]]) -> dict[str, str]:
    """Say what ids outside the patient's own rows stand for: people, exercises."""
    wanted: dict[type[models.Model], set[UUID]] = {}
    for table, rows in kept.items():
        for column in table.columns():
            other = column.related_model
            if isinstance(other, type) and other not in {one.model for one in kept}:
                ids = {column.value_from_object(row) for row in rows} - {None}
                wanted.setdefault(other, set()).update(ids)
    return {
        str(row.pk): str(row)
        for model, ids in wanted.items()
        for row in model._base_manager.filter(pk__in=ids)
    }


def _trail(patient: Patient) -> list[dict[str, Any]]:
    events = AuditEvent.objects.of_clinic(patient.clinic_id)
    columns = ("at", "actor_kind", "actor_id", "action", "target_kind", "target_id")
    mine = events.filter(patient_id=patient.pk).order_by("at", "id")
    return list(mine.values(*columns, "outcome"))
