"""A clinic that leaves: a copy of all that is its own, then nothing of it is left.

What stays are ids: the audit trail, and the ledger, in which the clinic has a line like
each of its patients. Shared content stays, and people who work in another clinic too.
"""

import json
import re
import zipfile
from collections.abc import Iterable
from datetime import UTC
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import ProtectedError, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from clinic.assets import ASSETS, StoredFileError, read_asset
from clinic.audit import record
from clinic.errors import Conflict
from clinic.models import (
    AuditEvent,
    Clinic,
    Erasure,
    LegalHold,
    Patient,
    Practitioner,
    StaffSession,
)
from exercises.models import Exercise, ExerciseVersion
from prescriptions.models import Batch, Edition, Revision
from prescriptions.rights import erasing
from prescriptions.rights.copies import (
    Contents,
    deflated,
    names_in,
    rows_as_dicts,
    write_copy,
)
from prescriptions.rights.kept import tables

FORMAT = "catcamel.clinic/1"
ASSET = re.compile(r"[0-9a-f]{64}\.[a-z]{3,4}")
# Bookkeeping of processes
NOT_TAKEN = {"idempotencyrecord", "webhookdelivery"}
README = """\
Everything that is kept for {clinic}, as of {at}.

clinic.json   the clinic's settings, people, texts, exercises, templates and rules;
              "trail" is the audit trail of the clinic.
assets/       pictures that clinic.json names
patients/     a folder for each patient, with its own README.txt
"""


def write_everything(archive: zipfile.ZipFile, clinic: Clinic) -> Contents:
    """Write all that is the clinic's own; return number and gaps of the PDFs."""
    files, missing = 0, []
    count = 0
    for patient in _patients(clinic).order_by("pk").iterator():
        patient.clinic = clinic
        held = write_copy(archive, patient, f"patients/{patient.pk}/")
        files, count = files + held.files, count + 1
        missing += held.missing
    _write_own(archive, clinic)
    record(None, "clinic.exported", clinic, clinic_id=clinic.pk, patients=count)
    return Contents(files, missing)


def _write_own(archive: zipfile.ZipFile, clinic: Clinic) -> None:
    of_patients = {table.model for table in tables()}
    kept = {
        table: list(table.rows_of(clinic))
        for table in tables(Clinic)
        if table.model not in of_patients
        and table.model._meta.model_name not in NOT_TAKEN
    }
    at = timezone.now().astimezone(UTC).isoformat(timespec="seconds")
    events = AuditEvent.objects.of_clinic(clinic).order_by("at", "id")
    content = {
        "format": FORMAT,
        "made_at": at,
        "tables": {
            table.name: rows_as_dicts(table, rows) for table, rows in kept.items()
        },
        "names": names_in(kept),
        "trail": list(events.values()),
    }
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    deflated(archive, "clinic.json", text)
    deflated(archive, "README.txt", README.format(clinic=clinic.name, at=at))
    for name in sorted(set(ASSET.findall(text))):
        try:
            archive.writestr(f"{ASSETS}/{name}", read_asset(name))
        except StoredFileError:
            continue


def check_may_wipe(clinic: Clinic) -> None:
    """Raise Conflict while a legal hold is in force for a patient of the clinic."""
    held = LegalHold.objects.filter(patient__clinic=clinic, lifted_at__isnull=True)
    if count := held.count():
        told = f"Legal holds are in force for {count} patients. They are lifted first."
        raise Conflict("on_hold", told)


def wipe(clinic: Clinic, entry: Erasure | None = None) -> int:
    """Erase the clinic with all that is its own; return the number of patients.

    Each patient goes by itself, so that what was broken off can be begun again.
    """
    if entry is None:
        check_may_wipe(clinic)
    count = 0
    for patient_id in list(_patients(clinic).values_list("pk", flat=True)):
        count += erasing.erase_again(_line_for(patient_id, clinic))
    entry = entry or Erasure(patient_id=clinic.pk, reason=Erasure.Reason.LEFT)
    own = _own_assets(clinic)
    batches = [str(pk) for pk in _batches(clinic).values_list("pk", flat=True)]
    people = list(Practitioner.objects.filter(memberships__clinic=clinic))
    with transaction.atomic():
        entry.clinic_id, entry.batches, entry.finished_at = clinic.pk, batches, None
        _batches(clinic).delete()
        record(None, "clinic.wiped", clinic, clinic_id=clinic.pk, patients=count)
        clinic.delete()
        entry.save()
        _delete_people(people)
    erasing.finish(entry)
    for name in own - _still_named(own):
        default_storage.delete(f"{ASSETS}/{name}")
    return count


def _line_for(patient_id: UUID, clinic: Clinic) -> Erasure:
    """Return the patient's line of the ledger, of a former erasure if there was one."""
    known = Erasure.objects.of_clinic(clinic).filter(patient_id=patient_id).first()
    fresh = {"clinic_id": clinic.pk, "reason": Erasure.Reason.LEFT}
    return known or Erasure(patient_id=patient_id, **fresh)


def _patients(clinic: Clinic) -> Any:
    return Patient.objects.of_clinic(clinic)


def _batches(clinic: Clinic) -> Any:
    return Batch.objects.of_clinic(clinic)


def _delete_people(people: Iterable[Practitioner]) -> None:
    """Delete accounts that no other clinic has, with their sessions."""
    for person in people:
        if person.memberships.exists():
            continue
        StaffSession.objects.filter(practitioner_id=person.pk).delete()
        try:
            with transaction.atomic():
                person.delete()
        except ProtectedError:  # signed something in a clinic they had left before
            person.is_active = False
            person.save()


def _own_assets(clinic: Clinic) -> set[str]:
    """Return the pictures of the clinic's exercises, their versions, and its logo."""
    mine = Exercise.objects.of_clinic(clinic)
    versions = ExerciseVersion.objects.filter(exercise__clinic=clinic)
    texts = [clinic.logo, *(json.dumps(one.figures) for one in mine)]
    texts += [json.dumps(one.content) for one in versions]
    return {name for text in texts for name in ASSET.findall(text)}


def _still_named(names: set[str]) -> set[str]:
    """Return those that another clinic or the library uses: same bytes, same name."""
    places = (
        (Clinic.objects.all(), "logo"),
        (Exercise.objects.unscoped(), "figures"),
        (ExerciseVersion.objects.all(), "content"),
        (Revision.objects.unscoped(), "document"),
        (Edition.objects.unscoped(), "changes"),
    )
    return {
        name
        for name in names
        if any(
            rows.annotate(text=Cast(column, TextField()))
            .filter(text__contains=name)
            .exists()
            for rows, column in places
        )
    }
