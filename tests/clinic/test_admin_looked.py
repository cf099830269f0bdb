"""Who looked at a patient: a page and a file for the owner."""

import csv

import pytest
from django.test import Client
from django.urls import reverse

from clinic.audit import record
from clinic.models import AuditEvent, Clinic, Membership, Patient
from clinic.tables import safe_cell
from tests import factories


@pytest.fixture
def owner(clinic: Clinic) -> Membership:
    return factories.make_membership(clinic=clinic, role="owner", name="=Mira Rossi")


@pytest.fixture
def patient(clinic: Clinic, practitioner: Membership) -> Patient:
    patient = factories.make_patient(clinic=clinic)
    for _ in range(2):
        record(practitioner, "patient.viewed", patient)
    record(practitioner, "patient.changed", patient)
    record(None, "link.opened", patient, actor_kind="patient")
    return patient


def client_of(member: Membership) -> Client:
    client = Client()
    client.force_login(member.practitioner)
    return client


def page(patient: Patient) -> str:
    return reverse("admin:clinic_patient_looked", args=[patient.pk])


def saved(answer: object) -> list[dict[str, str]]:
    text = b"".join(answer).decode("utf-8-sig")  # type: ignore[call-overload]
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.requirement("D1")
def test_the_owner_sees_each_reader_once(owner: Membership, patient: Patient) -> None:
    readers = client_of(owner).get(page(patient)).context["readers"]
    assert [(row.who, row.times) for row in readers] == [
        ("The patient", 1),
        ("Mara Lind, DC", 2),
    ]


def test_looking_costs_the_same_for_many_events(
    owner: Membership, patient: Patient, django_assert_max_num_queries
) -> None:
    for _ in range(30):
        record(owner, "patient.viewed", patient)
    client = client_of(owner)
    with django_assert_max_num_queries(16):
        client.get(page(patient))


def test_others_do_not_see_it(practitioner: Membership, patient: Patient) -> None:
    assert client_of(practitioner).get(page(patient)).status_code == 403
    shown = client_of(practitioner).get(
        reverse("admin:clinic_patient_change", args=[patient.pk])
    )
    assert "Who looked" not in shown.text


def test_another_clinic_gets_a_404(outsider: Membership, patient: Patient) -> None:
    assert client_of(outsider).get(page(patient)).status_code == 404


@pytest.mark.requirement("D1")
def test_the_file_holds_the_looks_and_is_itself_an_event(
    owner: Membership, patient: Patient
) -> None:
    record(owner, "patient.viewed", patient)
    rows = saved(client_of(owner).get(page(patient), {"csv": ""}))
    assert [row["action"] for row in rows].count("patient.viewed") == 3
    assert rows[0]["who"] == "'=Mira Rossi, DC"
    assert AuditEvent.objects.visible_to(owner).filter(action="audittrail.saved")


def test_the_file_of_the_trail_obeys_filters(
    owner: Membership, patient: Patient
) -> None:
    address = reverse("admin:clinic_auditevent_csv")
    rows = saved(client_of(owner).get(address, {"q": "link.opened"}))
    assert [row["action"] for row in rows] == ["link.opened"]


@pytest.mark.requirement("I7")
@pytest.mark.parametrize("text", ["=1+1", "+49", "-1", "@x", "\t=1", '"=1', " =1"])
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_other_cells_stay_as_they_are() -> None:
    assert [safe_cell(value) for value in ("Ana", 12, None)] == ["Ana", "12", ""]
