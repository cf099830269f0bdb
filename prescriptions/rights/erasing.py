"""Erasing a patient: rows, versions, files, jobs, links, diary and kept answers.

What stays are ids in the audit trail and in the ledger of erasures. The ledger is kept
as rows and as files beside the handouts, so that it survives the loss of either; it is
applied again after a restore. Files go after the rows, and are looked for once more an
hour later: a worker may have been storing one in that moment.
"""

import json
import logging
import re
from datetime import timedelta
from functools import partial
from uuid import UUID

from celery import shared_task
from django.db import connection, transaction
from django.utils import timezone

from clinic.audit import record
from clinic.errors import Conflict, NotFound
from clinic.models import Actor, AuditEvent, Erasure, IdempotencyRecord, Patient
from clinic.webhooks import announce
from prescriptions import storage
from prescriptions.models import Batch, Handout
from prescriptions.rights import ledger
from prescriptions.rights.kept import tables

logger = logging.getLogger(__name__)

# Longer than any worker holds a rendering or makes a batch's file
LOOK_AGAIN_AFTER = timedelta(hours=1)
UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What a copy calls it, in the words of the pages
WORDS = {
    "editions": "revisions in other languages",
    "external_ids": "numbers in other systems",
    "patient_links": "links",
    "prescribed_exercises": "exercises of programs",
}
NO_FILE = {"file_status": Batch.FileStatus.NONE, "file_name": "", "file_sha256": ""}


def counts_of(patient: Patient) -> list[tuple[str, int]]:
    """Return what an erasure would remove: kind of rows in words, and how many."""
    found = [(table.name, table.rows_of(patient).count()) for table in tables()]
    return [
        (WORDS.get(name, name.replace("_", " ")), count)
        for name, count in found[1:]
        if count
    ]


@transaction.atomic
def erase(patient: Patient, *, reason: str, by: Actor | None) -> Erasure:
    """Erase everything that is kept about the patient; ``by`` is None on the server.

    Raises Conflict while a legal hold is in force, NotFound when somebody else was
    quicker.
    """
    mine = Patient.objects.of_clinic(patient.clinic_id).select_for_update()
    row = mine.filter(pk=patient.pk).first()
    if row is None:
        raise NotFound("not_found", "There is no such patient.")
    if row.holds.filter(lifted_at__isnull=True).exists():
        told = "A legal hold is in force for this patient. Lift it first."
        raise Conflict("on_hold", told)
    return _erase(row, Erasure(reason=reason), by)


def _erase(row: Patient, entry: Erasure, by: Actor | None) -> Erasure:
    handouts = Handout.objects.of_clinic(row.clinic_id)
    of_patient = handouts.filter(revision__program__patient=row)
    batches = Batch.objects.of_clinic(row.clinic_id)
    in_batches = batches.filter(items__program__patient=row).distinct()
    entry.clinic_id, entry.patient_id = row.clinic_id, row.pk
    entry.handouts = [str(pk) for pk in of_patient.values_list("pk", flat=True)]
    entry.batches = [str(pk) for pk in in_batches.values_list("pk", flat=True)]
    entry.finished_at = None
    _forget_answers(row)
    batches.filter(pk__in=entry.batches).update(**NO_FILE)
    _write_off_merged(row, entry.reason)
    record(by, "patient.erased", row, reason=entry.reason)
    announce("patient.erased", clinic_id=row.clinic_id, patient=row.pk)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete=ON")
    row.delete()
    entry.save()
    transaction.on_commit(partial(_finish_now, entry.pk), robust=True)
    return entry


def _write_off_merged(row: Patient, reason: str) -> None:
    """Put records that were merged into this one into the ledger too."""
    events = AuditEvent.objects.of_clinic(row.clinic_id).filter(action="patient.merged")
    waiting, known = [row.pk], {row.pk}
    while waiting:
        merged = events.filter(patient_id=waiting.pop())
        for details in merged.values_list("details", flat=True):
            former = UUID(str(details["merged"]))
            if former not in known:
                known.add(former)
                waiting.append(former)
    mine = Erasure.objects.of_clinic(row.clinic_id)
    for former in known - {row.pk}:
        values = {"reason": reason, "clinic_id": row.clinic_id}
        mine.get_or_create(patient_id=former, defaults=values)


def _forget_answers(patient: Patient) -> None:
    """Delete kept answers of the API that name the patient or a row of theirs."""
    ids: set[str] = set()
    for table in tables():
        ids |= {str(pk) for pk in table.rows_of(patient).values_list("pk", flat=True)}
    rows = IdempotencyRecord.objects.of_clinic(patient.clinic_id)
    named = [
        row.pk
        for row in rows.filter(status__isnull=False).iterator()
        if ids & set(UUIDS.findall(json.dumps([row.route, row.headers, row.body])))
    ]
    rows.filter(pk__in=named).delete()


@transaction.atomic
def erase_again(entry: Erasure) -> bool:
    """Erase whom a restore brought back, as the ledger says; False if not there.

    A hold that was brought back too had been lifted before the erasure.
    """
    rows = Patient.objects.of_clinic(entry.clinic_id).select_for_update()
    row = rows.filter(pk=entry.patient_id).first()
    if row is not None:
        _erase(row, entry, None)
    elif entry._state.adding:
        entry.finished_at = timezone.now()
        entry.save()
    return row is not None


def finish(entry: Erasure) -> int:
    """Delete the files and write the ledger's file; return how many files went."""
    gone = sum(storage.drop_handout_files(UUID(pk)) for pk in entry.handouts)
    gone += sum(storage.drop_batch_files(UUID(pk)) for pk in entry.batches)
    batches = Batch.objects.of_clinic(entry.clinic_id).filter(pk__in=entry.batches)
    batches.update(**NO_FILE)
    ledger.write(entry)
    if entry.erased_at < timezone.now() - LOOK_AGAIN_AFTER:
        entry.handouts, entry.batches = [], []
        entry.finished_at = timezone.now()
        entry.save()
    return gone


def _finish_now(entry_id: UUID) -> None:
    for entry in Erasure.objects.unfinished().filter(pk=entry_id):
        finish(entry)


@shared_task(name="prescriptions.finish_erasures")
def finish_erasures() -> int:
    """Look for files of erased patients; return how many were still there."""
    gone = 0
    for entry in Erasure.objects.unfinished():
        try:
            gone += finish(entry)
        except OSError:
            logger.exception("files of erasure %s are still there", entry.pk)
    return gone
