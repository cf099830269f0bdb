"""A program keeps the texts it was built with until somebody takes newer ones."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Membership
from exercises.catalog import own_copy
from exercises.models import Exercise
from prescriptions.models import PrescribedExercise, Program
from prescriptions.programs import newer_lines, use_newest
from tests.clinic.api.client import Api


@pytest.fixture
def edited(program: Program) -> PrescribedExercise:
    """A line whose exercise was edited after it was prescribed."""
    line = program.prescribed_exercises.select_related("exercise").first()
    assert line
    row = Exercise.objects.shared().get(pk=line.exercise_id)
    row.start = "Another start."
    row.save()
    return line


def test_nothing_is_newer_at_first(program: Program, practitioner: Membership) -> None:
    assert newer_lines(program, by=practitioner) == []


def test_an_edit_of_the_exercise_is_noticed_and_taken(
    program: Program, edited: PrescribedExercise, practitioner: Membership
) -> None:
    assert newer_lines(program, by=practitioner) == [edited]
    assert use_newest(program, by=practitioner) == 1
    edited.refresh_from_db()
    assert edited.exercise_version == 2
    assert newer_lines(program, by=practitioner) == []


def test_the_clinics_own_copy_is_newer_than_the_shared_one(
    program: Program, practitioner: Membership
) -> None:
    line = program.prescribed_exercises.select_related("exercise").first()
    assert line
    copy = own_copy(line.exercise, practitioner)
    use_newest(program, by=practitioner)
    line.refresh_from_db()
    assert line.exercise == copy


def test_a_line_sent_again_by_the_api_keeps_its_version(
    program: Program, edited: PrescribedExercise
) -> None:
    api = Api(program.clinic)
    read = api.get(f"programs/{program.pk}")
    body = {"phases": read.json()["phases"]}
    answer = api.patch(f"programs/{program.pk}", body, If_Match=read["ETag"])
    assert answer.status_code == 200, answer.json()
    edited.refresh_from_db()
    assert edited.exercise_version == 1


def test_the_page_says_so_and_offers_the_newest(
    client: Client, edited: PrescribedExercise, practitioner: Membership
) -> None:
    client.force_login(practitioner.practitioner)
    pk = edited.program_id
    page = reverse("admin:prescriptions_program_change", args=[pk])
    assert "There is a newer version of:" in client.get(page).content.decode()
    client.post(reverse("admin:prescriptions_program_newest", args=[pk]))
    edited.refresh_from_db()
    assert edited.exercise_version == 2
