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


def test_of_two_screenings_on_a_day_the_open_one_is_shown_and_cleared(
    practitioner: Membership, patient: Patient
) -> None:
    client = signed_in(practitioner)
    for said in ("yes", "no", "no", "no"):
        client.post(url(patient), answers(chest_pain=said))
    assert "A sign is open" in client.get(url(patient)).text
    client.post(
        url(patient, "screening_clear"),
        {"given_by": "Dr. Gray", "given_on": "2026-01-05"},
    )
    assert "A sign is open" not in client.get(url(patient)).text


def test_a_sign_of_a_former_day_is_not_said_to_block(
    practitioner: Membership, patient: Patient
) -> None:
    client = signed_in(practitioner)
    client.post(url(patient), answers() | {"answered_on": "2026-01-06"})
    answer = client.post(url(patient), answers(chest_pain="yes"), follow=True)
    assert "It blocks no program" in answer.text


def test_signs_are_not_cleared_on_a_day_to_come(
    practitioner: Membership, patient: Patient
) -> None:
    client = signed_in(practitioner)
    given = {"given_by": "Dr. Gray", "given_on": "2999-01-01"}
    answer = client.post(url(patient, "screening_clear"), given, follow=True)
    assert "This day is still to come." in answer.text
    assert not patient.clearances.exists()


@pytest.fixture
def record(patient: Patient) -> dict[str, Any]:
    """What the patient's own form sends, with a row for each of its lists."""
    sent: dict[str, Any] = {
        "name": patient.name,
        "date_of_birth": patient.date_of_birth,
        "language": "en",
        "_continue": "1",
    }
    for prefix, total in (("external_ids", 0), ("screenings", 0), ("clearances", 1)):
        sent |= {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": 0}
    return sent | {
        "clearances-0-given_by": "Dr. Gray",
        "clearances-0-given_on": "2026-01-05",
    }


@pytest.mark.parametrize(("subject", "count"), [("red-flags", 0), ("inversion", 1)])
def test_signs_are_cleared_on_their_own_page_alone(
    practitioner: Membership,
    patient: Patient,
    record: dict[str, Any],
    subject: str,
    count: int,
) -> None:
    assistant = make_membership(clinic=patient.clinic, role="assistant")
    page = reverse("admin:clinic_patient_change", args=[patient.pk])
    signed_in(assistant).post(page, record | {"clearances-0-subject": subject})
    assert patient.clearances.count() == count


def test_a_screening_on_record_can_be_neither_changed_nor_removed(
    practitioner: Membership, patient: Patient, record: dict[str, Any]
) -> None:
    kept = patient.screenings.create(answered_on="2026-01-05", answers={"x": True})
    page = reverse("admin:clinic_patient_change", args=[patient.pk])
    sent = record | {
        "clearances-TOTAL_FORMS": 0,
        "screenings-TOTAL_FORMS": 1,
        "screenings-INITIAL_FORMS": 1,
        "screenings-0-id": str(kept.pk),
        "screenings-0-answered_on": "2025-01-01",
        "screenings-0-DELETE": "on",
    }
    signed_in(practitioner).post(page, sent)
    assert str(patient.screenings.get().answered_on) == "2026-01-05"


def test_a_screening_is_not_on_a_day_to_come(
    practitioner: Membership, patient: Patient, record: dict[str, Any]
) -> None:
    page = reverse("admin:clinic_patient_change", args=[patient.pk])
    sent = record | {
        "clearances-TOTAL_FORMS": 0,
        "screenings-TOTAL_FORMS": 1,
        "screenings-0-answered_on": "2999-01-01",
    }
    answer = signed_in(practitioner).post(page, sent)
    assert "This day is still to come." in answer.text
    assert not patient.screenings.exists()
