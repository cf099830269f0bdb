"""The report by CERT: what answers itself, what is typed, what is usual here."""

import pytest
from django.test import Client

from clinic.models import Membership
from prescriptions import cert
from prescriptions.models import Program
from tests import factories

ADMIN = "/admin/prescriptions/program/"


@pytest.fixture
def owner(program: Program) -> Membership:
    return factories.make_membership(clinic=program.clinic, role="owner")


def meter(program: Program) -> dict[str, str]:
    loaded = Program.objects.of_clinic(program.clinic_id).with_contents().get()
    return {part.number: part.answer for part in cert.meter_of(loaded).parts}


def test_there_are_sixteen_items_in_nineteen_parts() -> None:
    numbers = [one["part"] for one in cert.questions()]
    assert len(numbers) == len(set(numbers)) == 19
    assert {number.rstrip("ab") for number in numbers} == set(map(str, range(1, 17)))


def test_a_program_tells_some_parts_itself(program: Program) -> None:
    told = meter(program)
    assert told["1"] == "None"
    assert told["9"].startswith("2 exercises, ")
    assert told["13"] == "On each card"
    assert told["3"] == ""


def test_an_own_answer_comes_before_the_usual_one(
    program: Program, practitioner: Membership
) -> None:
    cert.answer_usually(
        program.clinic, {"3": "Alone", "12": "At home"}, by=practitioner
    )
    cert.answer(program, {"3": "In a group of four", "12": ""}, by=practitioner)
    told = meter(program)
    assert (told["3"], told["12"]) == ("In a group of four", "At home")


def test_a_usual_answer_stays_in_its_clinic(
    program: Program, outsider: Membership
) -> None:
    cert.answer_usually(outsider.clinic, {"3": "Alone"}, by=outsider)
    assert meter(program)["3"] == ""


def test_answers_are_asked_for_on_a_page(
    client: Client, program: Program, practitioner: Membership
) -> None:
    client.force_login(practitioner.practitioner)
    page = f"{ADMIN}{program.pk}/cert/"
    answer = client.post(page, {"part-3": "x" * 201, "part-6": "Her garden"})
    assert 'value="Her garden"' in answer.content.decode()
    client.post(page, {"part-6": "Her garden"})
    assert meter(program)["6"] == "Her garden"


def test_only_owners_set_what_is_usual(
    client: Client, program: Program, practitioner: Membership, owner: Membership
) -> None:
    page = f"{ADMIN}{program.pk}/cert/"
    sent = {"part-3": "Alone", "is_usual": "on"}
    client.force_login(practitioner.practitioner)
    client.post(page, sent)
    assert cert.CertAnswers.objects.of_clinic(program.clinic).get().program == program
    client.force_login(owner.practitioner)
    client.post(page, sent)
    usual = cert.CertAnswers.objects.of_clinic(program.clinic).filter(program=None)
    assert usual.get().answers == {"3": "Alone"}


def test_the_page_that_issues_shows_what_matters_before(
    client: Client, program: Program, practitioner: Membership
) -> None:
    client.force_login(practitioner.practitioner)
    page = client.get(f"{ADMIN}{program.pk}/issue/").content.decode()
    for told in ("Not asked yet", "Grade 1", "No end date", "of 19 answered"):
        assert told in page
    assert f'src="{ADMIN}{program.pk}/preview/"' in page


def test_what_was_shown_is_kept_with_issuing(
    client: Client, program: Program, practitioner: Membership
) -> None:
    client.force_login(practitioner.practitioner)
    sent = {"shown_on": "2026-01-05", "is_shown_back": "on"}
    client.post(f"{ADMIN}{program.pk}/issue/", sent)
    program.refresh_from_db()
    assert (str(program.shown_on), program.is_shown_back) == ("2026-01-05", True)
    assert program.status == Program.Status.ACTIVE


def test_a_day_to_come_is_refused_and_the_ticks_stay(
    client: Client, program: Program, practitioner: Membership
) -> None:
    client.force_login(practitioner.practitioner)
    sent = {"shown_on": "2999-01-05", "is_shown_back": "on"}
    answer = client.post(f"{ADMIN}{program.pk}/issue/", sent)
    text = answer.content.decode()
    assert "still to come" in text and 'value="2999-01-05"' in text
    program.refresh_from_db()
    assert program.status == Program.Status.DRAFT
