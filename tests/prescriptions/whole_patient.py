"""A patient with a row in every table, and a PDF: made without rendering."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from clinic.models import Membership, Patient
from prescriptions import storage
from prescriptions.documents import HandoutOptions
from prescriptions.handouts import issue_program, request_handout, share_with_patient
from prescriptions.models import (
    Alert,
    Batch,
    BatchItem,
    DiaryEntry,
    Handout,
    Override,
    Program,
    Revision,
    Status,
)
from prescriptions.rights import holds
from tests import factories

PDF = b"%PDF-1.7 of "
MARK = "Quuxname"


def make_whole_patient(by: Membership, **values: Any) -> Patient:
    """Return a patient of whom everything is kept that can be."""
    clinic = by.clinic
    values = {"name": f"{MARK} Berger", "email": "q@example.org"} | values
    patient = factories.make_patient(clinic=clinic, **values)
    patient.external_ids.create(clinic=clinic, system="pms", value=str(uuid4()))
    patient.former.create(pk=uuid4(), clinic=clinic)
    patient.screenings.create(note=f"{MARK} said no.", recorded_by="Mara Lind")
    patient.clearances.create(subject="inversion", given_by=f"Dr. {MARK}")
    holds.place(patient, reason=f"{MARK} asked.", by=by)
    holds.lift(patient, by=by)
    program = factories.make_program(by=by, patient=patient, goal=f"{MARK} gardens.")
    revision, _ = issue_program(program, by=by)
    program = Program.objects.visible_to(by).get(pk=program.pk)
    share_with_patient(program, by=by)
    _answer_and_report(program, revision)
    handout = make_ready(request_handout(revision, options=HandoutOptions(), by=by))
    batch = Batch.objects.create(clinic=clinic, kind=Batch.Kind.HANDOUTS)
    BatchItem.objects.create(batch=batch, program=program, handout=handout, position=1)
    return patient


def make_ready(handout: Handout) -> Handout:
    """Give the handout a stored file."""
    name, sha256 = storage.put(handout.pk, PDF + str(handout.pk).encode())
    rows = Handout.objects.unscoped().filter(pk=handout.pk)
    rows.update(status=Status.READY, pdf_name=name, pdf_sha256=sha256)
    return rows.get()


def _answer_and_report(program: Program, revision: Revision) -> None:
    own = {"clinic": program.clinic}
    Override.objects.create(
        revision=revision,
        rule_code="R01",
        rule_version=1,
        severity="block",
        message="Look again.",
        fingerprint="f" * 64,
        reason=f"{MARK} was seen.",
        answered_by="Mara Lind",
        answered_at=datetime(2026, 1, 2, tzinfo=UTC),
        **own,
    )
    DiaryEntry.objects.create(
        program=program,
        revision=revision,
        client_id=uuid4(),
        day=date(2026, 1, 3),
        written_at=datetime(2026, 1, 3, tzinfo=UTC),
        comment=f"{MARK} slept well.",
        **own,
    )
    Alert.objects.create(
        program=program, patient=program.patient, kind=Alert.Kind.PAIN, **own
    )
