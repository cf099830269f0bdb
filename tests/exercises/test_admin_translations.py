"""Correcting and adding translations in the admin."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Membership
from exercises.models import Exercise, ExerciseTranslation
from tests import factories

TEXTS = {"name": "Puente", "start": "Boca arriba.", "steps": "Suba.\nBaje."}


@pytest.fixture
def staff(client: Client, practitioner: Membership) -> Client:
    client.force_login(practitioner.practitioner)
    return client


@pytest.fixture
def exercise(db: None) -> Exercise:
    return factories.make_exercise(name="Bridge")


@pytest.fixture
def shared(exercise: Exercise) -> ExerciseTranslation:
    values: dict[str, Any] = {**TEXTS, "steps": ["Suba.", "Baje."]}
    return ExerciseTranslation.objects.create(
        exercise=exercise, language="es", content_digest="x", **values
    )


def url(name: str, *args: Any) -> str:
    return reverse(f"admin:exercises_exercisetranslation_{name}", args=args)


def test_the_original_stands_beside_the_translation(
    staff: Client, shared: ExerciseTranslation
) -> None:
    text = staff.get(url("change", shared.pk)).content.decode()
    assert "Let your belly sink." in text
    assert "Boca arriba." in text


def test_a_correction_is_the_clinics_own(
    staff: Client, shared: ExerciseTranslation, practitioner: Membership
) -> None:
    staff.post(url("change", shared.pk), TEXTS | {"name": "El puente"})
    own = ExerciseTranslation.objects.visible_to(practitioner).get()
    assert (own.name, own.clinic_id) == ("El puente", practitioner.clinic_id)
    shared.refresh_from_db()
    assert shared.name == "Puente"


def test_correcting_it_again_is_a_new_version(
    staff: Client, exercise: Exercise, practitioner: Membership
) -> None:
    own = ExerciseTranslation.objects.create(
        clinic=practitioner.clinic,
        exercise=exercise,
        language="es",
        **{**TEXTS, "steps": ["Suba.", "Baje."]},
    )
    staff.post(url("change", own.pk), TEXTS | {"start": "De pie."})
    own.refresh_from_db()
    assert (own.version, own.start) == (2, "De pie.")


def test_lists_of_another_length_are_refused_with_the_typing_kept(
    staff: Client, shared: ExerciseTranslation
) -> None:
    page = staff.post(url("change", shared.pk), TEXTS | {"steps": "Solo uno."})
    assert "The original has 2 of them, this 1." in page.content.decode()
    assert "Solo uno." in page.content.decode()


def test_a_language_that_was_missing_is_added(
    staff: Client, exercise: Exercise, practitioner: Membership
) -> None:
    data = TEXTS | {"exercise": str(exercise.pk), "language": "fr", "name": "Pont"}
    staff.post(url("add"), data)
    row = ExerciseTranslation.objects.visible_to(practitioner).get()
    assert (row.language, row.name) == ("fr", "Pont")
    assert row.clinic_id == practitioner.clinic_id


def test_the_language_of_the_original_needs_no_translation(
    staff: Client, exercise: Exercise
) -> None:
    data = TEXTS | {"exercise": str(exercise.pk), "language": "en"}
    page = staff.post(url("add"), data)
    assert "The exercise itself is in this language." in page.content.decode()


def test_the_list_takes_constant_queries(
    staff: Client, shared: ExerciseTranslation, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        factories.make_exercise().translations.create(language="es", name="Otro")
    with django_assert_max_num_queries(14):
        text = staff.get(url("changelist")).content.decode()
    assert "Name only" in text
