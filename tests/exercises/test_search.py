"""The search of the library: what is found first, on whichever database runs this."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exercises.catalog import load_library, load_translations
from exercises.checks import check_search
from exercises.folding import blocks, fold, search_text
from exercises.models import Exercise, ExerciseTranslation, Favorite
from exercises.search import facets, find, index, ranked
from exercises.search.likeness import is_slip
from tests import factories

pytestmark = pytest.mark.each_database

CASES = yaml.safe_load(Path(__file__).with_name("search_cases.yaml").read_text())


def test_each_query_finds_its_exercise_first(db: None) -> None:
    load_library()
    load_translations()
    rows = Exercise.objects.shared().published()
    names = {row.pk: row.slug for row in rows}
    first = {query: names.get(next(iter(find(rows, query)), None)) for query in CASES}
    assert {
        query: first[query] for query in CASES if first[query] != CASES[query]
    } == {}


@pytest.mark.parametrize("text", ["", "  ", "***", "xyzzy qwfp", "\x00"])
def test_nothing_is_found_for_nothing(db: None, text: str) -> None:
    factories.make_exercise(name="Plank")
    assert find(Exercise.objects.shared(), text) == []


def test_text_is_folded_to_bare_small_words() -> None:
    assert fold("  Brücke (Élévation) / Straße_ß ") == "brucke elevation strasse ss"


def test_parts_of_a_name_are_names_too() -> None:
    text = search_text(["Cobra (prone press-up)", "Crunch / sit-up"], ["EIL"], ["low"])
    names, others, about = blocks(text)
    assert names == [
        "cobra prone press up",
        "cobra",
        "crunch sit up",
        "crunch",
        "sit up",
    ]
    assert (others, about) == (["prone press up", "eil"], "low")


@pytest.mark.parametrize("typed", ["plnak", "plan", "planck", "plsnk", "lpank"])
def test_one_slip_leaves_a_word_known(typed: str) -> None:
    assert is_slip(typed, "plank")


@pytest.mark.parametrize("typed", ["plnka", "plnk2", "bank", "pla"])
def test_two_slips_make_another_word(typed: str) -> None:
    assert not is_slip(typed, "plank")


def test_an_exact_name_comes_before_a_beginning_and_that_before_a_word(
    db: None,
) -> None:
    for name in ("Side plank", "Plank on knees", "Plank"):
        factories.make_exercise(name=name)
    rows = ranked(Exercise.objects.shared(), "plank")
    assert [row.name for row in rows] == ["Plank", "Plank on knees", "Side plank"]


def test_the_name_in_another_language_is_found_as_soon_as_it_is_there(
    db: None,
) -> None:
    exercise = factories.make_exercise(name="Bridge")
    ExerciseTranslation.objects.create(
        exercise=exercise, language="de", name="Brücke", also_called=["Beckenheben"]
    )
    for text in ("brucke", "Brücke", "beckenhebn"):
        assert find(Exercise.objects.shared(), text) == [exercise.pk]


def test_what_a_clinic_calls_a_shared_exercise_is_not_found_by_others(
    practitioner: Any,
) -> None:
    exercise = factories.make_exercise(name="Bridge")
    ExerciseTranslation.objects.create(
        exercise=exercise, clinic=practitioner.clinic, language="de", name="Geheim"
    )
    assert find(Exercise.objects.shared(), "geheim") == []


def test_a_search_costs_the_same_for_20_and_for_80_exercises(db: None) -> None:
    counts = []
    find(Exercise.objects.shared(), "what a process asks once")
    for number in (20, 60):
        for _ in range(number):
            factories.make_exercise(name=f"Plank {number}")
        with CaptureQueriesContext(connection) as queries:
            list(ranked(Exercise.objects.shared(), "plnak")[:10])
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5


def test_without_the_index_everything_is_scored(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    plank = factories.make_exercise(name="Plank")
    monkeypatch.setattr("exercises.search.is_ready", lambda using: False)
    assert find(Exercise.objects.shared(), "plnak") == [plank.pk]


def test_a_postgresql_without_the_extension_is_told(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "is_ready", lambda using: False)
    told = [message.id for message in check_search(databases=["default"])]
    assert told == (["exercises.W001"] if connection.vendor == "postgresql" else [])


def test_before_the_first_migration_nothing_is_told(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "is_ready", lambda using: False)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exercises_exercise RENAME TO not_yet_made")
    assert check_search(databases=["default"]) == []


def test_a_flag_leaves_out_what_it_or_what_it_implies_rules_out(db: None) -> None:
    for tag in ("pregnancy", "osteoporosis"):
        factories.make_exercise(slug=tag, contraindications=[tag])
    rows = facets.suitable_for(Exercise.objects.shared(), ["pregnancy_after_16w"])
    assert [row.slug for row in rows] == ["osteoporosis"]


def test_favorites_are_those_of_the_member(practitioner: Any, colleague: Any) -> None:
    factories.make_exercise(slug="bridge")
    Favorite.objects.create(membership=practitioner, slug="bridge")
    rows = Exercise.objects.visible_to(practitioner)
    assert facets.favorites(rows, practitioner).count() == 1
    assert facets.favorites(rows, colleague).count() == 0


def test_a_muscle_is_found_by_its_letters_on_every_database(db: None) -> None:
    exercise = factories.make_exercise(muscles=["glúteo mayor", "psoas"])
    factories.make_exercise(muscles=["glúteo"])
    rows = Exercise.objects.shared()
    assert list(facets.holding(rows, "muscles", "glúteo mayor")) == [exercise]
    assert facets.muscles(rows) == ["glúteo", "glúteo mayor", "psoas"]
