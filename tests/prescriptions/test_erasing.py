"""Erasing a patient, legal holds and the ledger (requirement D12)."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic import chain
from clinic.errors import Conflict, Invalid
from clinic.merging import merge_patients
from clinic.models import (
    AuditEvent,
    Erasure,
    IdempotencyRecord,
    Membership,
    Patient,
    WebhookDelivery,
    WebhookEndpoint,
)
from prescriptions import storage
from prescriptions.models import Batch, Handout
from prescriptions.rights import again, erasing, holds, ledger
from prescriptions.rights.kept import tables
from tests import factories
from tests.prescriptions.whole_patient import MARK, make_whole_patient

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]


@pytest.fixture
def owner(clinic) -> Membership:
    return factories.make_membership(clinic=clinic, role="owner")


@pytest.fixture
def patient(owner: Membership) -> Patient:
    factories.sign_texts(owner)
    return make_whole_patient(owner)


def erase(patient: Patient, by: Membership | None = None) -> Erasure:
    """Erase, and do what follows the commit."""
    entry = erasing.erase(patient, reason="request", by=by)
    erasing.finish(entry)
    return entry


def everything_written() -> str:
    """All text of all tables."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        found += [str(row) for row in model._base_manager.values()]
    return "\n".join(found)


def page(member: Membership, view: str, patient: Patient, **data: Any) -> Any:
    client = Client()
    client.force_login(member.practitioner)
    url = reverse(f"admin:prescriptions_program_{view}", args=[patient.pk])
    return client.post(url, data) if data else client.get(url)


@pytest.mark.requirement("D12")
def test_nothing_of_the_patient_is_left_in_any_table(patient, owner):
    IdempotencyRecord.objects.create(
        clinic=patient.clinic,
        actor_id=uuid4(),
        route="/api/v1/patients/",
        key="k",
        token=uuid4(),
        status=201,
        body={"id": str(patient.pk), "name": patient.name},
    )
    assert MARK in everything_written()
    erase(patient, owner)
    assert MARK not in everything_written()
    connection.check_constraints()


def test_answers_about_others_are_kept(patient):
    other = {"id": str(uuid4())}
    row = IdempotencyRecord.objects.create(
        clinic=patient.clinic, actor_id=uuid4(), token=uuid4(), status=201, body=other
    )
    erase(patient)
    assert IdempotencyRecord.objects.of_clinic(patient.clinic).get() == row


def test_every_table_that_hangs_on_the_patient_is_emptied(patient):
    erase(patient)
    assert [table.name for table in tables() if table.rows_of(patient).exists()] == []


@pytest.mark.requirement("D12")
def test_its_files_go_and_those_of_others_stay(patient, owner):
    mine = Handout.objects.of_clinic(owner.clinic).get()
    make_whole_patient(owner, name="Other Person")
    erase(patient)
    kept = Handout.objects.of_clinic(owner.clinic).get()
    assert not default_storage.exists(mine.pdf_name)
    assert default_storage.exists(kept.pdf_name)


def test_a_print_file_that_holds_its_pages_goes(patient):
    batch = Batch.objects.of_clinic(patient.clinic).get()
    name, sha256 = storage.put_batch_file(batch.pk, b"pages", "pdf")
    row = Batch.objects.of_clinic(patient.clinic)
    row.update(file_name=name, file_sha256=sha256, file_status="ready")
    erase(patient)
    assert not default_storage.exists(name)
    assert row.get().file_status == "none"


def test_a_file_that_a_late_worker_stored_goes_an_hour_later(patient):
    handout = Handout.objects.of_clinic(patient.clinic).get()
    entry = erase(patient)
    name, _ = storage.put(handout.pk, b"late")
    rows = Erasure.objects.unfinished()
    rows.update(erased_at=timezone.now() - timedelta(hours=2))
    assert erasing.finish_erasures() == 1
    assert not default_storage.exists(name)
    entry.refresh_from_db()
    assert entry.finished_at
    assert entry.handouts == []


def test_the_trail_keeps_ids_and_its_chain(patient, owner):
    chain.seal()
    erase(patient, owner)
    chain.seal()
    assert chain.verify().faults == []
    event = AuditEvent.objects.of_clinic(owner.clinic).get(action="patient.erased")
    assert event.patient_id == patient.pk
    assert event.details == {"reason": "request"}


def test_the_ledger_stands_beside_the_files_too_and_holds_ids_alone(patient):
    entry = erase(patient)
    with default_storage.open(f"erasures/{entry.patient_id}.json") as file:
        line = file.read()
    assert json.loads(line) == {
        "patient": str(entry.patient_id),
        "clinic": str(entry.clinic_id),
        "reason": "request",
        "at": entry.erased_at.isoformat(),
    }


@pytest.mark.requirement("D12")
@pytest.mark.parametrize("source", ["files", "lines"])
def test_whom_a_restore_brings_back_is_erased_again(patient, owner, source):
    entry = erase(patient)
    lines = [ledger.line_of(entry)]
    brought_back = make_whole_patient(owner, id=entry.patient_id)
    Erasure.objects.of_clinic(owner.clinic).delete()
    if source == "lines":
        storage.delete(f"erasures/{entry.patient_id}.json")
    assert again.apply(lines if source == "lines" else ()) == 1
    assert not Patient.objects.of_clinic(owner.clinic).exists()
    line = Erasure.objects.of_clinic(owner.clinic).get()
    assert (line.patient_id, line.erased_at) == (brought_back.pk, entry.erased_at)
    assert again.apply(lines) == 0


def test_a_line_that_cannot_be_read_erases_nobody(patient):
    good = f'{{"patient": "{patient.pk}", "clinic": "{patient.clinic_id}", '
    good += '"reason": "request", "at": "2026-01-01T00:00:00+00:00"}'
    with pytest.raises(ledger.UnreadableLineError):
        again.apply([good, "{}"])
    assert Patient.objects.of_clinic(patient.clinic).exists()


@pytest.mark.requirement("D12")
def test_a_hold_refuses_an_erasure_until_it_is_lifted(patient, owner):
    holds.place(patient, reason="Claim 7", by=owner)
    with pytest.raises(Conflict, match="Lift it first"):
        erase(patient)
    holds.lift(patient, by=owner)
    erase(patient)
    assert not Patient.objects.of_clinic(owner.clinic).exists()


def test_a_hold_needs_a_reason_and_comes_once(patient, owner):
    with pytest.raises(Invalid):
        holds.place(patient, reason=" ", by=owner)
    holds.place(patient, reason="Claim 7", by=owner)
    with pytest.raises(Conflict):
        holds.place(patient, reason="Claim 8", by=owner)


def test_the_page_tells_what_goes_and_erases_with_reason_and_birth_date(patient, owner):
    assert "diary entries: 1" in page(owner, "erase", patient).content.decode()
    answer = page(owner, "erase", patient, reason="mistake", born="1980-05-17")
    assert answer.url == reverse("admin:clinic_patient_changelist")
    assert MARK not in str(answer.cookies)
    entry = Erasure.objects.of_clinic(owner.clinic).get()
    assert (entry.patient_id, entry.reason) == (patient.pk, "mistake")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"reason": "request", "born": "1980-05-18"}, "not the date of birth"),
        ({"born": "1980-05-17"}, "Choose the reason."),
    ],
)
def test_the_page_refuses_without_reason_or_with_another_birth_date(
    patient, owner, data, told
):
    assert told in page(owner, "erase", patient, **data).content.decode()
    assert Patient.objects.of_clinic(owner.clinic).exists()


def test_the_record_tells_of_the_hold_and_offers_no_erasure(patient, owner):
    page(owner, "hold", patient, reason="Claim 7")
    text = page(owner, "record", patient).content.decode()
    assert "Legal hold" in text
    assert "Claim 7" in text
    assert reverse("admin:prescriptions_program_erase", args=[patient.pk]) not in text
    page(owner, "hold", patient, lift="yes")
    assert holds.hold_on(patient) is None


@pytest.mark.requirement("D12")
@pytest.mark.parametrize("view", ["erase", "hold"])
def test_owners_alone_erase_and_hold(patient, practitioner, outsider, view):
    assert page(practitioner, view, patient).status_code == 403
    assert page(outsider, view, patient).status_code == 404


def test_the_command_prints_the_ledger_and_applies_it(patient, owner, tmp_path, capsys):
    entry = erase(patient)
    call_command("erasures")
    printed = capsys.readouterr().out
    assert f'"patient": "{entry.patient_id}"' in printed
    make_whole_patient(owner, id=entry.patient_id)
    lines = tmp_path / "ledger"
    lines.write_text(printed)
    call_command("erasures", "--apply", str(lines))
    assert "1 patients were erased again." in capsys.readouterr().out


def test_records_that_were_merged_into_it_are_in_the_ledger_too(patient, owner):
    other = make_whole_patient(owner, name="Second Record")
    former = other.pk
    merge_patients(patient, other, take=(), by=owner)
    erase(patient, owner)
    erasing.finish_erasures()
    known = Erasure.objects.of_clinic(owner.clinic).values_list("patient_id", flat=True)
    assert former in known


def test_systems_that_hold_copies_are_told_by_id_alone(patient, owner):
    WebhookEndpoint.objects.create(
        clinic=owner.clinic, url="https://ehr.example/hooks", events=["patient.erased"]
    )
    entry = erase(patient, owner)
    delivery = WebhookDelivery.objects.of_clinic(owner.clinic).get()
    assert delivery.payload["data"] == {"patient": str(entry.patient_id)}
