"""What a patient reads: language by language, version by version, signed or not."""

from typing import Any

import pytest

from clinic.models import Clinic, Membership, SignOff
from exercises.catalog import own_copy
from exercises.models import Exercise, ExerciseTranslation
from exercises.words import Words, words_of
from tests import factories


@pytest.fixture
def exercise(db: None) -> Exercise:
    return factories.make_exercise(name="Bridge")


def translate(
    exercise: Exercise, clinic: Clinic | None = None, **texts: Any
) -> ExerciseTranslation:
    values = {"name": "Puente", "start": "Boca arriba.", "steps": ["Suba.", "Baje."]}
    return ExerciseTranslation.objects.create(
        clinic=clinic, exercise=exercise, language="es", **values | texts
    )


def read(
    exercise: Exercise, clinic: Clinic, language: str = "es", version: int = 0
) -> Words:
    wanted = (exercise, version or exercise.version)
    return words_of([wanted], language, clinic)[exercise.pk, wanted[1]]


def test_a_translation_is_read_in_its_language(
    exercise: Exercise, clinic: Clinic
) -> None:
    translate(exercise)
    words = read(exercise, clinic)
    assert (words.name, words.steps) == ("Puente", ("Suba.", "Baje."))
    assert words.name_language == words.language == "es"


def test_without_a_translation_the_language_says_so(
    exercise: Exercise, clinic: Clinic
) -> None:
    words = read(exercise, clinic, "fr")
    assert (words.name, words.name_language, words.language) == ("Bridge", "en", "en")


def test_where_only_the_name_was_translated_the_rest_falls_back(
    exercise: Exercise, clinic: Clinic
) -> None:
    translate(exercise, steps=[], start="")
    words = read(exercise, clinic)
    assert (words.name, words.name_language, words.language) == ("Puente", "es", "en")
    assert words.steps == tuple(exercise.steps)


def test_the_clinics_own_translation_comes_first(
    exercise: Exercise, clinic: Clinic, outsider: Membership
) -> None:
    translate(exercise)
    translate(exercise, clinic, name="El puente")
    assert read(exercise, clinic).name == "El puente"
    assert read(exercise, outsider.clinic).name == "Puente"


def test_a_program_reads_the_version_it_was_built_with(
    exercise: Exercise, clinic: Clinic
) -> None:
    translate(exercise)
    row = Exercise.objects.shared().get(pk=exercise.pk)
    row.steps = ["Quite another way."]
    row.save()
    assert row.version == 2
    former = read(row, clinic, "en", version=1)
    assert former.steps == tuple(exercise.steps)
    assert read(row, clinic, "es", version=1).name == "Puente"


def test_a_translation_of_the_former_version_is_outdated(
    exercise: Exercise, clinic: Clinic
) -> None:
    translate(exercise)
    row = Exercise.objects.shared().get(pk=exercise.pk)
    row.start = "Somewhere else."
    row.save()
    assert read(row, clinic).is_outdated


def test_new_pictures_leave_a_translation_up_to_date(
    exercise: Exercise, clinic: Clinic
) -> None:
    translate(exercise)
    row = Exercise.objects.shared().get(pk=exercise.pk)
    row.cautions = ["acute_pain"]
    row.save()
    assert row.version == 2
    assert not read(row, clinic).is_outdated


def test_where_a_version_was_not_kept_the_next_one_is_read(
    exercise: Exercise, clinic: Clinic
) -> None:
    Exercise.objects.shared().filter(pk=exercise.pk).update(version=3)
    row = Exercise.objects.shared().get(pk=exercise.pk)
    row.start = "Somewhere else."
    row.save()
    assert read(row, clinic, "en", version=1).start == exercise.start


def test_an_own_correction_serves_older_lines_too(
    exercise: Exercise, clinic: Clinic, outsider: Membership
) -> None:
    translate(exercise)
    translate(exercise, clinic, name="El puente")
    row = Exercise.objects.shared().get(pk=exercise.pk)
    row.start = "Somewhere else."
    row.save()
    assert read(row, clinic, version=1).name == "El puente"
    assert read(row, outsider.clinic, version=1).name == "Puente"


def test_a_former_translation_stays_signed(exercise: Exercise, clinic: Clinic) -> None:
    translation = translate(exercise)
    SignOff.objects.create(
        clinic=clinic,
        kind="x",
        content_id=translation.pk,
        version=1,
        reviewed_by="M",
    )
    row = Exercise.objects.shared().get(pk=exercise.pk)
    row.start = "Somewhere else."
    row.save()
    told = row.translations.get()
    told.start, told.version, told.of_version = "Aparte.", 2, 2
    told.content_digest = "x"
    told.save()
    assert read(row, clinic, version=1).start == "Boca arriba."
    assert read(row, clinic, version=1).is_signed
    assert not read(row, clinic).is_signed


def test_what_a_patient_does_not_see_is_no_new_version(exercise: Exercise) -> None:
    row = Exercise.objects.shared().get(pk=exercise.pk)
    row.status, row.difficulty = Exercise.Status.ARCHIVED, 3
    row.save()
    assert row.version == 1
    assert not row.versions.exists()


def test_pictures_drawn_anew_are_no_new_version(exercise: Exercise) -> None:
    exercise.figures = [{"base": "supine", "asset": "a.svg", "width": 1}]
    exercise.save()
    row = Exercise.objects.shared().get(pk=exercise.pk)
    row.figures = [{"base": "supine", "asset": "b.svg", "width": 2}]
    row.save()
    assert row.version == exercise.version


def test_words_are_signed_by_each_clinic_for_itself(
    exercise: Exercise, clinic: Clinic, outsider: Membership
) -> None:
    translation = translate(exercise)
    for content in (exercise, translation):
        SignOff.objects.create(
            clinic=clinic, kind="x", content_id=content.pk, version=1, reviewed_by="M"
        )
    assert read(exercise, clinic).is_signed
    assert read(exercise, clinic, "en").is_signed
    assert not read(exercise, outsider.clinic).is_signed


def test_an_own_copy_takes_the_translations_along(
    exercise: Exercise, practitioner: Membership
) -> None:
    translate(exercise)
    copy = own_copy(exercise, practitioner)
    assert read(copy, practitioner.clinic).name == "Puente"


def test_many_exercises_take_a_constant_number_of_queries(
    clinic: Clinic, django_assert_max_num_queries: Any
) -> None:
    rows = [factories.make_exercise() for _ in range(12)]
    for row in rows:
        translate(row)
    with django_assert_max_num_queries(3):
        words_of([(row, row.version) for row in rows], "es", clinic)
