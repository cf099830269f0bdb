"""Translation files: whole, strict, and loaded into rows."""

import re
from pathlib import Path

import pytest

from exercises.catalog import (
    Entry,
    LibraryError,
    load_library,
    load_translations,
    read_translations,
)
from exercises.catalog.translations import FOLDER, TEXTS
from exercises.models import Exercise, ExerciseTranslation
from tests.factories import library_entries

SLUGS = [entry.slug for entry in library_entries()]
TRANSLATED = read_translations()
# Inches in English, or both
IN_CENTIMETERS = {"curl-up", "wall-sit"}


@pytest.mark.parametrize("slug", SLUGS)
def test_spanish_has_every_text(slug: str) -> None:
    columns = TRANSLATED[f"es/{slug}"].columns
    assert TEXTS.keys() <= columns.keys()
    assert columns["also_called"]


@pytest.mark.parametrize("entry", library_entries(), ids=lambda entry: entry.slug)
def test_spanish_tells_the_same_numbers(entry: Entry) -> None:
    said, told = (
        [re.findall(r"\d+", str(columns[field])) for field in sorted(TEXTS)]
        for columns in (entry.columns, TRANSLATED[f"es/{entry.slug}"].columns)
    )
    assert said == told or entry.slug in IN_CENTIMETERS


@pytest.mark.parametrize("language", ["es", "fr", "de"])
def test_every_exercise_has_a_name(language: str) -> None:
    assert [slug for slug in SLUGS if f"{language}/{slug}" not in TRANSLATED] == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("  bridge:", "  brigde:", "There is no such exercise."),
        ("    name: Puente\n", "", "Is missing."),
        ("    feel: Trabajan las nalgas y", "    fell: T", "There is no such field."),
        (
            "      - Mantenga la posición.\n      - Baje despacio, poco",
            "      - B",
            "has 5 of them",
        ),
        ("language: es", "language: it", "The file is named es.yaml."),
    ],
)
def test_a_fault_is_told_with_its_place(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    text = (FOLDER / "es.yaml").read_text()
    assert before in text
    (tmp_path / "es.yaml").write_text(text.replace(before, after, 1))
    with pytest.raises(LibraryError) as refused:
        read_translations(tmp_path)
    assert said in str(refused.value)
    assert str(refused.value).startswith("es.yaml:")


@pytest.mark.django_db
def test_loading_again_changes_nothing() -> None:
    load_library()
    report = load_translations()
    assert len(report.created) == 3 * len(SLUGS)
    again = load_translations()
    assert not again.created
    assert not again.changed
    plank = Exercise.objects.shared().get(slug="plank")
    names = plank.translations.values_list("language", "name")
    assert set(names) >= {("es", "Plancha"), ("de", "Unterarmstütz (Plank)")}
    assert "plancha" in plank.search_text
    assert ExerciseTranslation.objects.shared().count() == 3 * len(SLUGS)
