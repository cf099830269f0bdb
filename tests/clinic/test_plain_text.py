"""One rule on typed text, in the admin as in the API."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from clinic.models import Membership, Patient
from clinic.models.plain import one_line, plain_lines, plain_text
from prescriptions.models import Program
from tests import factories

HIDDEN = ["a\x07b", "a\x00b", "a\x1bb", "a\x85b", "a\u202eb", "a\u2066b"]
BREAKS = ["a\nb", "a\r\nb", "a\u2028b"]
FINE = ["Zoë O’Brien-Şahin", "李 小龙", "<b>", "א", "e\u0301"]  # noqa: RUF001


@pytest.mark.parametrize("text", HIDDEN)
def test_hidden_characters_are_refused_everywhere(text: str) -> None:
    for rule in (one_line, plain_text):
        with pytest.raises(ValidationError):
            rule(text)
    with pytest.raises(ValidationError):
        plain_lines(["fine", text])


@pytest.mark.parametrize("text", BREAKS)
def test_only_texts_have_several_lines(text: str) -> None:
    plain_text(text)
    with pytest.raises(ValidationError):
        one_line(text)


@pytest.mark.parametrize("text", FINE)
def test_letters_of_all_scripts_are_fine(text: str) -> None:
    one_line(text)


@pytest.fixture
def client(practitioner: Membership) -> Client:
    client = Client()
    client.force_login(practitioner.practitioner)
    return client


@pytest.mark.parametrize("name", ["Anna\nBerger", "Anna\x07", "Anna \u202eregreB"])
@pytest.mark.parametrize("column", ["name", "number", "phone"])
def test_admin_and_api_refuse_the_same_patient(
    client: Client, practitioner: Membership, column: str, name: str
) -> None:
    person = {"name": "Anna", "date_of_birth": "1980-05-17", "language": "en"}
    sent: dict[str, Any] = person | {column: name}
    answer = client.post("/api/v1/patients", sent, content_type="application/json")
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{column}"]
    for rows in ("external_ids", "screenings", "clearances"):
        sent |= {f"{rows}-TOTAL_FORMS": "0", f"{rows}-INITIAL_FORMS": "0"}
    page = client.post(reverse("admin:clinic_patient_add"), sent)
    assert list(page.context["adminform"].form.errors) == [column]
    assert not Patient.objects.visible_to(practitioner).exists()


def test_a_goal_of_several_lines_is_fine_and_a_title_is_not(program: Program) -> None:
    program.goal, program.title = "Sleep.\r\nWalk.", "Back\ncare"
    with pytest.raises(ValidationError) as caught:
        program.full_clean()
    assert list(caught.value.message_dict) == ["title"]


def test_a_flag_is_stored_once(client: Client, practitioner: Membership) -> None:
    sent = {"name": "Anna", "date_of_birth": "1980-05-17"}
    sent |= {"flags": ["pregnancy", "pregnancy"]}
    answer = client.post("/api/v1/patients", sent, content_type="application/json")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/flags"]
    patient = factories.make_patient(clinic=practitioner.clinic)
    patient.flags = ["pregnancy", "pregnancy"]
    with pytest.raises(ValidationError):
        patient.full_clean()
