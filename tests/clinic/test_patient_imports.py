"""Patients from a file: what becomes of each row, and what is never stored."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from clinic.errors import Conflict, Forbidden, Invalid
from clinic.models import AuditEvent, Membership, Patient
from clinic.patient_imports import Plan, apply_import, plan_import, text_of
from tests import factories

IMPORT = "/admin/clinic/patient/import/"
HEAD = "Name,Date of birth,Number,Language,E-mail,Phone\n"
pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(practitioner: Membership) -> Patient:
    """Somebody on record."""
    values = {"name": "Anna Bérger", "number": "2041", "phone": "1"}
    return factories.make_patient(clinic=practitioner.clinic, **values)


def plan(by: Membership, rows: str, order: str = "ymd") -> Plan:
    return plan_import(HEAD + rows, order=order, by=by)


def ends(found: Plan) -> list[tuple[str, tuple[str, ...]]]:
    return [(line.outcome.value, line.reasons) for line in found.lines]


def test_a_new_person_is_created_by_the_second_step_alone(
    practitioner: Membership,
) -> None:
    text = HEAD + "Ole Dahl,1975-03-04,77,Spanish,ole@example.org,030 1\n"
    shown = plan_import(text, order="ymd", by=practitioner)
    assert ends(shown) == [("created", ())]
    assert not Patient.objects.visible_to(practitioner).count()
    apply_import(text, order="ymd", shown=shown.digest, by=practitioner)
    ole = Patient.objects.visible_to(practitioner).get()
    assert (ole.name, ole.number, ole.language) == ("Ole Dahl", "77", "es")
    actions = AuditEvent.objects.visible_to(practitioner).values_list("action")
    assert set(actions) == {("patient.created",), ("patients.imported",)}


def test_a_known_number_updates_what_is_new_and_an_empty_cell_changes_nothing(
    practitioner: Membership, anna: Patient
) -> None:
    rows = "Anna Berger-Ruiz,1980-05-17,2041,,,\n"
    assert ends(plan(practitioner, rows)) == [("updated", ("New: name.",))]
    again = f"{anna.name},1980-05-17,2041,en,,1\n"
    assert ends(plan(practitioner, again)) == [("skipped", ("Nothing is new.",))]


def test_a_guardian_comes_along(practitioner: Membership) -> None:
    text = "Name,DOB,Guardian,Guardian relation\nMia Neu,2019-01-01,Eva Neu,mother\n"
    mia = plan_import(text, order="ymd", by=practitioner).lines[0].patient
    assert mia
    assert (mia.guardian_name, mia.guardian_relation) == ("Eva Neu", "mother")


@pytest.mark.parametrize(
    ("row", "outcome", "reason"),
    [
        ("Berger Anna,1980-05-17,,,,", "skipped", "On record already"),
        ("Eva Neu,1981-01-01,2041,,,", "refused", "another date of birth"),
        (",1981-01-01,,,,", "refused", "no name"),
        ("Eva Neu,,,,,", "refused", "no date of birth"),
        ("Eva Neu,1981-02-30,,,,", "refused", "no date"),
        ("Eva Neu,17.5.81,,,,", "refused", "four digits"),
        ("Eva Neu,2999-01-01,,,,", "refused", "between 1900 and today"),
        ("Eva Neu,1981-01-01,,Klingon,,", "refused", "not known"),
        ("Eva Neu,1981-01-01,,,no-mail,", "refused", "E-mail"),
        ("Eva\x07 Neu,1981-01-01,,,,", "refused", "Control characters"),
        ("Eva Neu,1981-01-01,,,,,,,", "refused", "cells in"),
        (f"{'x' * 400},1981-01-01,,,,", "refused", "Name"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(
    practitioner: Membership, anna: Patient, row: str, outcome: str, reason: str
) -> None:
    ((found, reasons),) = ends(plan(practitioner, row + "\n"))
    assert found == outcome
    assert reason in " ".join(reasons)


def test_the_second_row_of_a_person_is_skipped(practitioner: Membership) -> None:
    rows = "Eva Neu,1981-01-01,,,,\nneu eva,1981-01-01,9,,,\n"
    found = ends(plan(practitioner, rows))
    assert found[1] == ("skipped", ("The same person as in line 2.",))


@pytest.mark.parametrize(
    ("order", "day"),
    [("dmy", "17.05.1980"), ("mdy", "05/17/1980"), ("dmy", "1980-05-17")],
)
def test_dates_are_read_in_the_order_that_was_chosen(
    practitioner: Membership, order: str, day: str
) -> None:
    text = f"Nachname;Vorname;Geburtsdatum;Straße\nDahl;Ole;{day};Weg 1\n"
    found = plan_import(text, order=order, by=practitioner)
    patient = found.lines[0].patient
    assert patient
    assert (patient.name, str(patient.date_of_birth)) == ("Ole Dahl", "1980-05-17")
    assert found.unread == ("straße",)


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n\n", ";;;\n", "name\nEva\n", "number,date of birth\n1,1980-01-01\n"),
        *("name,Name,dob\n", "name,full name,dob\n", 'name,dob\n"Eva,1980\n'),
        "name,dob\n" + "Eva,1980-01-01\n" * 2001,
        "name,dob\n" + "x" * 140_000 + ",1980-01-01\n",
    ],
)
def test_a_file_that_is_no_list_of_patients_is_refused(
    practitioner: Membership, text: str
) -> None:
    with pytest.raises(Invalid):
        plan_import(text, order="ymd", by=practitioner)


def test_a_large_file_is_refused_unread() -> None:
    with pytest.raises(Invalid, match="larger than 1 MB"):
        text_of(b"x" * 1_000_001)


def test_what_changed_meanwhile_is_shown_again_and_not_stored(
    practitioner: Membership,
) -> None:
    rows = HEAD + "Ole Dahl,1975-03-04,77,,,\n"
    shown = plan_import(rows, order="ymd", by=practitioner).digest
    born = {"date_of_birth": "1975-03-04"}
    factories.make_patient(clinic=practitioner.clinic, name="Dahl, Ole", **born)
    with pytest.raises(Conflict):
        apply_import(rows, order="ymd", shown=shown, by=practitioner)
    assert Patient.objects.visible_to(practitioner).count() == 1


def test_another_clinics_patient_is_nobody(
    practitioner: Membership, outsider: Membership, anna: Patient
) -> None:
    assert ends(plan(outsider, "Anna Bérger,1980-05-17,2041,,,\n")) == [("created", ())]


def test_a_reader_may_not(practitioner: Membership) -> None:
    reader = factories.make_membership(role=Membership.Role.READ_ONLY)
    with pytest.raises(Forbidden):
        plan(reader, "Eva Neu,1981-01-01,,,,\n")


def signed_in(by: Membership) -> Client:
    client = Client()
    client.force_login(by.practitioner)
    return client


def upload(client: Client, content: str) -> Any:
    file = SimpleUploadedFile("patients.csv", content.encode())
    return client.post(IMPORT, {"file": file, "order": "ymd"})


def test_the_page_shows_first_and_stores_what_was_confirmed(
    practitioner: Membership, anna: Patient
) -> None:
    client = signed_in(practitioner)
    page = upload(
        client, HEAD + "<b>Eva</b>,1981-01-01,,,,\nAnna Berger,1980-05-17,,,,\n"
    )
    assert "Import 1 patient<" in page.text
    assert "&lt;b&gt;Eva" in page.text
    assert f"/{anna.pk}/change/" in page.text
    assert Patient.objects.visible_to(practitioner).count() == 1
    packed = re.search(r'name="confirmed" value="([^"]+)"', page.text)
    assert packed
    done = client.post(IMPORT, {"confirmed": packed[1]})
    assert "What happened" in done.text
    assert Patient.objects.visible_to(practitioner).count() == 2
    again = client.post(IMPORT, {"confirmed": packed[1]})
    assert "Patients have changed meanwhile" in again.text


def test_a_report_is_for_who_has_seen_it(
    practitioner: Membership, colleague: Membership
) -> None:
    page = upload(signed_in(practitioner), HEAD + "Eva Neu,1981-01-01,,,,\n")
    packed = re.search(r'name="confirmed" value="([^"]+)"', page.text)
    assert packed
    answer = signed_in(colleague).post(IMPORT, {"confirmed": packed[1]})
    assert "Choose the file again" in answer.text
    assert not Patient.objects.visible_to(practitioner).count()


def test_a_fault_stands_at_the_file_and_there_is_an_example(
    practitioner: Membership,
) -> None:
    client = signed_in(practitioner)
    assert "There is no column “date of birth”" in upload(client, "name\nEva\n").text
    answer: Any = client.get(IMPORT, {"example": ""})
    example = b"".join(answer.streaming_content).decode()
    assert ends(plan_import(example[1:], order="ymd", by=practitioner)) == [
        ("created", ())
    ]


def test_an_import_asks_the_database_as_often_for_many_rows(
    practitioner: Membership, django_assert_num_queries: Any
) -> None:
    rows = "".join(f"Eva {n},1981-01-01,{n},,,\n" for n in range(1, 60))
    with django_assert_num_queries(1):
        plan(practitioner, rows)
