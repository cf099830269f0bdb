"""The safety check on a program's page, and the page that answers it."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Membership
from prescriptions import catalog
from prescriptions.models import Program
from tests.factories import (
    make_exercise,
    make_membership,
    make_patient,
    make_program,
    sign_texts,
)

pytestmark = pytest.mark.django_db
TICKS = ["R26", "R27"]


@pytest.fixture
def program(practitioner: Membership) -> Program:
    """A draft with an exercise that is not for this patient."""
    sign_texts(practitioner)
    catalog.load_rules()
    catalog.load_limits()
    patient = make_patient(clinic=practitioner.clinic, flags=["osteoporosis"])
    patient.screenings.create(answers={"chest_pain": False})
    crouch = make_exercise(name="Crouch", contraindications=["osteoporosis"])
    return make_program(by=practitioner, patient=patient, exercises=[crouch])


@pytest.fixture
def browser(practitioner: Membership) -> Client:
    """The practitioner, signed in."""
    client = Client()
    client.force_login(practitioner.practitioner)
    return client


def page(program: Program, name: str = "change") -> str:
    """Return the address of a page of the program."""
    return reverse(f"admin:prescriptions_program_{name}", args=[program.pk])


def test_the_page_shows_a_finding_with_severity_source_and_version(
    browser: Client, program: Program
) -> None:
    text = browser.get(page(program)).content.decode()
    assert "Blocks issuing" in text
    assert "Crouch is listed as not suitable" in text
    assert "R03, version 1. Source:" in text
    assert "Review and issue" in text


def test_a_finding_stands_with_its_exercise(browser: Client, program: Program) -> None:
    answer = browser.get(page(program))
    lines = answer.context["inline_admin_formsets"][1].formset.forms
    assert [one.finding.code for one in lines[0].findings] == ["R03"]


def test_two_forms_of_one_move_are_both_named(
    browser: Client, practitioner: Membership, program: Program
) -> None:
    plank = make_exercise(slug="plank", name="Plank")
    knees = make_exercise(slug="plank-knees", name="Plank on knees", harder="plank")
    pair = make_program(by=practitioner, exercises=[knees, plank])
    text = browser.get(page(pair)).content.decode()
    assert "Hint: Phase 1, Plank on knees and Plank" in text


def test_the_issue_page_asks_for_a_reason_and_ticks(
    browser: Client, program: Program
) -> None:
    text = browser.get(page(program, "issue")).content.decode()
    assert 'name="reason-R03"' in text
    assert 'name="tick" value="R27"' in text


def test_a_reason_left_out_keeps_the_ticks(browser: Client, program: Program) -> None:
    answer = browser.post(page(program, "issue"), {"tick": TICKS})
    text = answer.content.decode()
    assert "Give a reason to go on." in text
    assert text.count(" checked>") == 2
    assert not program.revisions.exists()


def test_a_reason_and_ticks_issue_the_program(
    browser: Client, program: Program
) -> None:
    given = {"tick": TICKS, "reason-R03": "Half range, shown in the clinic."}
    answer = browser.post(page(program, "issue"), given)
    assert answer.headers["Location"] == f"{page(program)}#make-handout"
    kept = program.revisions.get().overrides.get(rule_code="R03")
    assert kept.reason == "Half range, shown in the clinic."
    text = browser.get(page(program)).content.decode()
    assert "Mara Lind, DC: Half range" in text


def test_the_record_of_a_revision_tells_who_went_on_and_why(
    browser: Client, program: Program
) -> None:
    given = {"tick": TICKS, "reason-R03": "Half range, shown in the clinic."}
    browser.post(page(program, "issue"), given)
    revision = program.revisions.get()
    url = reverse("admin:prescriptions_revision_change", args=[revision.pk])
    text = browser.get(url).content.decode()
    assert "Half range, shown in the clinic. (Mara Lind, DC" in text
    assert "Version 1: R01, R02, R03" in text


def test_without_a_licence_no_reason_can_be_given(
    program: Program, practitioner: Membership
) -> None:
    junior = make_membership(clinic=practitioner.clinic, licensed=False)
    client = Client()
    client.force_login(junior.practitioner)
    text = client.get(page(program, "issue")).content.decode()
    assert "for a licensed practitioner to decide" in text
    given = {"tick": TICKS, "reason-R03": "I think so."}
    client.post(page(program, "issue"), given)
    assert not program.revisions.exists()


def test_a_foreign_program_has_no_issue_page(
    outsider: Membership, program: Program
) -> None:
    client = Client()
    client.force_login(outsider.practitioner)
    assert client.get(page(program, "issue")).status_code == 404
