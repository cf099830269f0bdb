"""First help: open until somebody closes it, for that person alone."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Membership
from prescriptions.handouts import HandoutOptions, issue_program, request_handout
from prescriptions.models import Program
from tests import factories

pytestmark = pytest.mark.django_db


def client_of(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.practitioner)
    return client


def help_url(topic: str) -> str:
    return reverse("admin:first_help", args=[topic])


def done(client: Client) -> list[bool]:
    return [step.is_done for step in client.get("/admin/").context["steps"]]


def test_the_steps_say_what_is_done_and_go_when_all_is(
    practitioner: Membership,
) -> None:
    client = client_of(practitioner)
    assert done(client) == [False, False, False, False]
    factories.sign_texts(practitioner)
    program = factories.make_program(by=practitioner)
    assert done(client) == [True, True, False, False]
    revision, _ = issue_program(program, by=practitioner)
    assert done(client) == [True, True, True, False]
    request_handout(revision, options=HandoutOptions(), by=practitioner)
    assert done(client) == []


def test_closed_help_stays_closed_for_that_person_until_asked_for(
    practitioner: Membership, colleague: Membership
) -> None:
    client = client_of(practitioner)
    assert client.post(help_url("today")).status_code == 302
    client.post(help_url("today"))
    assert "First steps" not in client.get("/admin/").text
    assert "First steps" in client_of(colleague).get("/admin/").text
    client.post(help_url("again"))
    assert "First steps" in client.get("/admin/").text


def test_the_builder_explains_itself_once(
    practitioner: Membership, program: Program
) -> None:
    client = client_of(practitioner)
    page = reverse("admin:prescriptions_program_build", args=[program.pk])
    assert "How the builder works" in client.get(page).text
    client.post(help_url("builder"))
    assert "How the builder works" not in client.get(page).text


def test_help_that_there_is_not_cannot_be_closed(practitioner: Membership) -> None:
    client = client_of(practitioner)
    assert client.post(help_url("nonsense")).status_code == 404
    assert client.get(help_url("today")).status_code == 405


def test_empty_lists_say_what_they_are_for(practitioner: Membership) -> None:
    client = client_of(practitioner)
    patients = reverse("admin:clinic_patient_changelist")
    assert "import a list" in client.get(patients).text
    assert "import a list" not in client.get(patients, {"q": "xyzzy"}).text


def test_who_only_reads_is_not_told_to_build(practitioner: Membership) -> None:
    role = Membership.Role.READ_ONLY
    reader = factories.make_membership(clinic=practitioner.clinic, role=role)
    assert "First steps" not in client_of(reader).get("/admin/").text
