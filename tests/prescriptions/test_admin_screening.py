"""The page of a patient's red-flag screening."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent, Membership, Patient
from prescriptions import catalog
from tests.factories import make_membership, make_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(practitioner: Membership) -> Patient:
    """A patient."""
    return make_patient(clinic=practitioner.clinic)


def signed_in(membership: Membership) -> Client:
    """Return the person's browser."""
    client = Client()
    client.force_login(membership.practitioner)
    return client


def url(patient: Patient, view: str = "screening") -> str:
    """Return the address of the page."""
    return reverse(f"admin:prescriptions_program_{view}", args=[patient.pk])


def answers(**yes: str) -> dict[str, Any]:
    """Return what the browser sends: no to all but what is given."""
    said = dict.fromkeys(catalog.questions(), "no") | yes
    return {"answered_on": "2026-01-05", "note": "", **said}


def test_no_question_is_answered_beforehand(
    practitioner: Membership, patient: Patient
) -> None:
    text = signed_in(practitioner).get(url(patient)).content.decode()
    assert text.count('type="radio"') == 32
    assert " checked" not in text
    assert "Wiping feels different." in text


def test_answers_are_stored_with_day_and_name(
    practitioner: Membership, patient: Patient
) -> None:
    signed_in(practitioner).post(url(patient), answers())
    kept = patient.screenings.get()
    assert (str(kept.answered_on), kept.recorded_by) == ("2026-01-05", "Mara Lind, DC")
    assert set(kept.answers.values()) == {False}
    assert len(kept.answers) == 16
    page = signed_in(practitioner).get(url(patient)).content.decode()
    assert "Answered with no: 16" in page


def test_a_question_left_out_is_asked_again_and_the_answers_stay(
    practitioner: Membership, patient: Patient
) -> None:
    given = answers()
    del given["chest_pain"]
    text = signed_in(practitioner).post(url(patient), given).content.decode()
    assert "Ask this too." in text
    assert text.count(" checked") == 15
    assert not patient.screenings.exists()


def test_an_affirmed_sign_is_open_until_a_licensed_person_clears_it(
    practitioner: Membership, patient: Patient
) -> None:
    browser = signed_in(practitioner)
    browser.post(url(patient), answers(chest_pain="yes"))
    assert "A sign is open" in browser.get(url(patient)).content.decode()
    cleared = {"given_by": "Dr. Adler", "given_on": "2026-01-06"}
    browser.post(url(patient, "screening_clear"), cleared)
    text = browser.get(url(patient)).content.decode()
    assert "A sign is open" not in text
    assert "Cleared" in text


def test_an_unlicensed_person_does_not_clear(
    practitioner: Membership, patient: Patient
) -> None:
    junior = make_membership(clinic=practitioner.clinic, licensed=False)
    cleared = {"given_by": "Dr. Adler", "given_on": "2026-01-06"}
    answer = signed_in(junior).post(url(patient, "screening_clear"), cleared)
    assert answer.status_code == 403
    assert not patient.clearances.exists()


def test_a_day_to_come_is_refused(practitioner: Membership, patient: Patient) -> None:
    given = answers() | {"answered_on": "2999-01-01"}
    answer = signed_in(practitioner).post(url(patient), given)
    assert "still to come" in answer.content.decode()


def test_the_trail_tells_how_many_signs_and_not_which(
    practitioner: Membership, patient: Patient
) -> None:
    signed_in(practitioner).post(url(patient), answers(bladder="yes"))
    event = AuditEvent.objects.visible_to(practitioner).get(action="screening.created")
    assert event.details == {"affirmed": 1}


def test_a_foreign_patient_has_no_screening_page(
    outsider: Membership, patient: Patient
) -> None:
    browser = signed_in(outsider)
    assert browser.get(url(patient)).status_code == 404
    assert browser.post(url(patient), answers()).status_code == 404
    assert browser.post(url(patient, "screening_clear"), {}).status_code == 404


def test_the_patients_page_leads_to_screening_and_templates(
    practitioner: Membership, patient: Patient
) -> None:
    page = reverse("admin:clinic_patient_change", args=[patient.pk])
    text = signed_in(practitioner).get(page).content.decode()
    assert url(patient) in text
    assert f"programtemplate/?patient={patient.pk}" in text


@pytest.mark.parametrize("view", ["screening", "record"])
def test_the_page_belongs_to_the_patients(
    practitioner: Membership, patient: Patient, view: str
) -> None:
    page = signed_in(practitioner).get(url(patient, view))
    assert re.findall(r'aria-current="page" title="(\w+)"', page.text) == ["Patients"]
