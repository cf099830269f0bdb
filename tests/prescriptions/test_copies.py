"""A copy of everything about one patient (requirement D11)."""

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import AuditEvent, Membership, Patient
from prescriptions import storage
from prescriptions.models import Handout
from prescriptions.rights.copies import copy_of
from prescriptions.rights.kept import tables
from tests import factories
from tests.prescriptions.whole_patient import MARK, make_whole_patient

pytestmark = pytest.mark.django_db
EXPECTED = [
    "patients",
    "external_ids",
    "screenings",
    "clearances",
    "legal_holds",
    "programs",
    "phases",
    "prescribed_exercises",
    "revisions",
    "overrides",
    "handouts",
    "patient_links",
    "diary_entries",
    "alerts",
    "batch_items",
]


@pytest.fixture
def patient(practitioner: Membership) -> Patient:
    factories.sign_texts(practitioner)
    return make_whole_patient(practitioner)


def opened(patient: Patient) -> zipfile.ZipFile:
    stream, _ = copy_of(patient, by=None)
    with stream:
        return zipfile.ZipFile(io.BytesIO(stream.read()))


def record_in(archive: zipfile.ZipFile) -> Any:
    return json.loads(archive.read("record.json"))


def ask(member: Membership, patient: Patient) -> Any:
    """The answer, and what it streams as ``body``."""
    client = Client()
    client.force_login(member.practitioner)
    name = "admin:prescriptions_program_copy_all"
    answer: Any = client.post(reverse(name, args=[patient.pk]))
    answer.body = b"".join(answer) if answer.streaming else answer.content
    return answer


@pytest.mark.requirement("D11")
def test_every_table_that_hangs_on_a_patient_is_in_the_copy(patient):
    kept = record_in(opened(patient))["tables"]
    assert set(kept) == {table.name for table in tables()}
    assert [name for name in EXPECTED if not kept[name]] == []


def test_the_pdfs_are_those_that_were_given(patient):
    archive = opened(patient)
    (told,) = record_in(archive)["files"]
    sha256 = hashlib.sha256(archive.read(told["file"])).hexdigest()
    handout = Handout.objects.of_clinic(patient.clinic).get()
    assert told["sha256"] == sha256 == handout.pdf_sha256


def test_ids_of_people_and_exercises_are_told_in_words(patient):
    record = record_in(opened(patient))
    (program,) = record["tables"]["programs"]
    assert record["names"][program["practitioner"]] == "Mara Lind, DC"
    line = record["tables"]["prescribed_exercises"][0]
    assert record["names"][line["exercise"]].startswith("Exercise")


def test_nothing_that_opens_a_link_is_in_the_copy(patient):
    links = record_in(opened(patient))["tables"]["patient_links"]
    assert not {"link_id", "code_digest"} & set().union(*links)


@pytest.mark.requirement("D11")
def test_another_patient_is_not_in_the_copy(patient, practitioner):
    factories.make_program(
        by=practitioner,
        patient=factories.make_patient(clinic=patient.clinic, name="Other Person"),
    )
    archive = opened(patient)
    assert len(record_in(archive)["tables"]["programs"]) == 1
    assert "Other Person" not in archive.read("record.json").decode()


def test_a_file_that_cannot_be_read_is_told_and_withholds_nothing_else(patient):
    handout = Handout.objects.of_clinic(patient.clinic).get()
    storage.delete(handout.pdf_name)
    record = record_in(opened(patient))
    assert (record["files"], record["missing"]) == ([], [str(handout.pk)])


@pytest.mark.requirement("D11")
def test_making_a_copy_is_recorded_and_stands_among_the_looks(patient, practitioner):
    answer = ask(practitioner, patient)
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert MARK in archive.read("record.json").decode()
    event = AuditEvent.objects.of_clinic(patient.clinic).get(action="patient.exported")
    assert (event.patient_id, event.details) == (
        patient.pk,
        {"files": 1, "missing": 0},
    )


def test_file_name_and_headers_tell_nothing_of_the_patient(patient, practitioner):
    answer = ask(practitioner, patient)
    assert MARK not in str(answer.headers)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("role", "licensed", "status"),
    [
        ("owner", False, 200),
        ("practitioner", True, 200),
        ("practitioner", False, 403),
        ("assistant", False, 403),
        ("read_only", True, 403),
    ],
)
def test_owners_and_licensed_practitioners_alone_get_it(clinic, role, licensed, status):
    member = factories.make_membership(clinic=clinic, role=role, licensed=licensed)
    patient = factories.make_patient(clinic=clinic)
    assert ask(member, patient).status_code == status


def test_another_clinics_patient_does_not_exist(patient, outsider):
    assert ask(outsider, patient).status_code == 404


def test_it_costs_as_many_queries_for_three_programs_as_for_one(patient, practitioner):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            opened(patient)
        return len(seen)

    first = queries()
    for _ in range(2):
        factories.make_program(by=practitioner, patient=patient)
    assert queries() == first


def test_the_command_writes_a_file_for_its_owner_and_never_over_another(
    patient, tmp_path
):
    to = tmp_path / "copy.zip"
    call_command("export_patient", str(patient.pk), "--to", str(to))
    assert zipfile.ZipFile(to).testzip() is None
    assert to.stat().st_mode & 0o077 == 0
    with pytest.raises(CommandError, match="cannot be made"):
        call_command("export_patient", str(patient.pk), "--to", str(to))
