"""Two records of one person become one, within a clinic."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.admin.history import looks_at
from clinic.audit import record
from clinic.errors import Conflict, Forbidden, NotFound
from clinic.merging import VALUES, merge_patients
from clinic.models import AuditEvent, ExternalId, Membership, Patient, Screening
from prescriptions.handouts import issue_program, share_with_patient
from prescriptions.models import PatientLink, Program
from tests import factories
from tests.clinic.api.client import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(practitioner: Membership) -> Patient:
    """The record that stays."""
    values = {"number": "2041", "flags": ["osteoporosis"]}
    return factories.make_patient(clinic=practitioner.clinic, **values)


@pytest.fixture
def twin(practitioner: Membership) -> Patient:
    """Another record of the same person."""
    values = {"name": "Anna Berger-Ruiz", "phone": "030 1", "flags": ["pregnancy"]}
    return factories.make_patient(clinic=practitioner.clinic, **values)


def test_all_that_hangs_on_the_other_record_moves(
    practitioner: Membership, anna: Patient, twin: Patient
) -> None:
    factories.sign_texts(practitioner)
    program = factories.make_program(by=practitioner, patient=twin)
    issue_program(program, by=practitioner)
    link = share_with_patient(program, by=practitioner)
    Screening.objects.create(patient=twin)
    ExternalId(patient=twin, system="ehr", value="7").save()
    record(practitioner, "patient.viewed", twin)
    old = twin.pk
    kept = merge_patients(anna, twin, take=["phone"], by=practitioner)
    assert (kept.name, kept.number, kept.phone) == ("Anna Berger", "2041", "030 1")
    assert kept.flags == ["osteoporosis", "pregnancy"]
    moved = Program.objects.visible_to(practitioner).get()
    assert (moved.patient, moved.version) == (anna, program.version + 1)
    assert PatientLink.objects.visible_to(practitioner).get(pk=link.pk).patient == anna
    assert (anna.screenings.count(), anna.external_ids.get().value) == (1, "7")
    assert Patient.objects.visible_to(practitioner).get() == anna
    trail = AuditEvent.objects.visible_to(practitioner).filter(action="patient.merged")
    assert trail.get().details == {"merged": str(old)}
    assert looks_at(practitioner, anna.pk).filter(patient_id=old).exists()


def test_records_of_two_clinics_stay_two(
    practitioner: Membership, outsider: Membership, anna: Patient
) -> None:
    stranger = factories.make_patient(clinic=outsider.clinic)
    for pair in ((anna, stranger), (stranger, anna), (anna, anna)):
        with pytest.raises(NotFound):
            merge_patients(*pair, take=VALUES, by=practitioner)
    page = client_of(practitioner).get(address(anna), {"other": str(stranger.pk)})
    assert stranger.name not in page.context["form"].errors.as_text()
    assert "choices" not in page.context
    sent = {"other": str(stranger.pk)}
    assert client_of(practitioner).post(address(anna), sent).status_code == 404
    assert client_of(outsider).get(address(anna)).status_code == 404


def test_an_assistant_may_not(anna: Patient, twin: Patient) -> None:
    role = Membership.Role.ASSISTANT
    assistant = factories.make_membership(clinic=anna.clinic, role=role)
    with pytest.raises(Forbidden):
        merge_patients(anna, twin, take=[], by=assistant)
    assert client_of(assistant).get(address(anna)).status_code == 403


def test_two_of_what_a_patient_can_have_once_are_refused_whole(
    practitioner: Membership, anna: Patient, twin: Patient
) -> None:
    for patient in (anna, twin):
        patient.holds.create(reason="A lawsuit.", placed_by="Mara Lind")
    with pytest.raises(Conflict, match="legal hold"):
        merge_patients(anna, twin, take=[], by=practitioner)
    assert Patient.objects.visible_to(practitioner).count() == 2


def client_of(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.practitioner)
    return client


def address(patient: Patient) -> str:
    return reverse("admin:clinic_patient_merge", args=[patient.pk])


def seen_on(page: Any) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page.text)
    assert found
    return found[1]


def test_the_page_names_who_is_alike_shows_both_and_merges(
    practitioner: Membership, anna: Patient, twin: Patient
) -> None:
    Patient.objects.visible_to(practitioner).filter(pk=twin.pk).update(
        name="ANNA BERGER"
    )
    client = client_of(practitioner)
    assert f"?other={twin.pk}" in client.get(address(anna)).text
    page = client.get(address(anna), {"other": str(twin.pk)})
    assert [one.name for one in page.context["choices"]] == ["name", "number", "phone"]
    assert [one.is_other for one in page.context["choices"]] == [False, False, True]
    sent = {"other": str(twin.pk), "seen": seen_on(page), "phone": "other"}
    client.post(address(anna), sent)
    anna.refresh_from_db()
    assert (anna.name, anna.phone) == ("Anna Berger", "030 1")


def test_addresses_of_the_former_record_lead_to_the_kept_one(
    practitioner: Membership, outsider: Membership, anna: Patient, twin: Patient
) -> None:
    pages = [
        reverse(f"admin:{name}", args=[twin.pk])
        for name in ("clinic_patient_change", "prescriptions_program_record")
    ]
    former = str(twin.pk)
    merge_patients(anna, twin, take=[], by=practitioner)
    client = client_of(practitioner)
    landed = [client.get(page)["Location"] for page in pages]
    assert landed == [page.replace(former, str(anna.pk)) for page in pages]
    assert "was merged into that of Anna Berger" in client.get(landed[0]).text
    for page in pages:
        assert client_of(outsider).get(page).status_code == 404


def test_an_integration_is_told_which_record_was_kept(
    practitioner: Membership, outsider: Membership, anna: Patient, twin: Patient
) -> None:
    former, last = f"patients/{twin.pk}", factories.make_patient(clinic=anna.clinic)
    merge_patients(anna, twin, take=[], by=practitioner)
    merge_patients(last, anna, take=[], by=practitioner)
    api = Api(last.clinic)
    read, written = api.get(former), api.patch(former, {"phone": "030 3"})
    assert (read.status_code, written.status_code) == (308, 410)
    assert read["Location"] == f"/api/v1/patients/{last.pk}"
    for answer in (read, written):
        told = answer.json()
        assert (told["code"], told["patient"]) == ("merged", str(last.pk))
    assert Api(outsider.clinic).get(former).status_code == 404


def test_what_was_changed_meanwhile_is_shown_first(
    practitioner: Membership, anna: Patient, twin: Patient
) -> None:
    client = client_of(practitioner)
    page = client.get(address(anna), {"other": str(twin.pk)})
    twin.phone = "030 2"
    twin.save()
    sent = {"other": str(twin.pk), "seen": seen_on(page), "phone": "other"}
    assert "changed meanwhile" in client.post(address(anna), sent).text
    assert Patient.objects.visible_to(practitioner).count() == 2
