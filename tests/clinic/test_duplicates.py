"""Adding somebody who may be on record already."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from clinic.duplicates import namesakes
from clinic.models import Membership, Patient
from tests import factories

ADD = "/admin/clinic/patient/add/"
ROWS = ("external_ids", "screenings", "clearances")
COUNTS = ("TOTAL", "INITIAL")
pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(practitioner: Membership) -> Patient:
    """Somebody on record."""
    values = {"name": "Anna Bérger", "number": "2041"}
    return factories.make_patient(clinic=practitioner.clinic, **values)


def send(by: Membership, **changes: str) -> Any:
    """Send the form that adds a patient."""
    client = Client()
    client.force_login(by.practitioner)
    counts = {f"{rows}-{name}_FORMS": "0" for rows in ROWS for name in COUNTS}
    person = {"name": "berger, anna", "date_of_birth": "1980-05-17", "language": "en"}
    return client.post(ADD, counts | person | changes)


def patients(of: Membership) -> int:
    return Patient.objects.visible_to(of).count()


def test_the_same_person_is_named_and_the_typing_kept(
    practitioner: Membership, anna: Patient
) -> None:
    page = send(practitioner)
    text = page.content.decode()
    assert f'<a href="/admin/clinic/patient/{anna.pk}/change/">Anna Bérger</a>' in text
    assert "No. 2041" in text
    assert 'value="berger, anna"' in text
    assert patients(practitioner) == 1


def test_saving_again_adds_another_person(
    practitioner: Membership, anna: Patient
) -> None:
    page = send(practitioner)
    seen = page.context["adminform"].form["seen"].value()
    send(practitioner, seen=seen)
    assert patients(practitioner) == 2


def test_somebody_born_on_another_day_is_added_at_once(
    practitioner: Membership, anna: Patient
) -> None:
    send(practitioner, date_of_birth="1981-05-17")
    assert patients(practitioner) == 2


def test_the_same_number_is_enough(practitioner: Membership, anna: Patient) -> None:
    values: Any = {"name": "Ina New", "born": date(1990, 1, 1)}
    assert namesakes(practitioner, number="2041", **values) == [anna]
    assert namesakes(practitioner, number="", **values) == []


def test_another_clinics_patient_is_not_told(
    outsider: Membership, anna: Patient
) -> None:
    send(outsider, number="2041")
    assert patients(outsider) == 1
