"""Closed lists: vocabulary, tags and what they imply."""

from pathlib import Path
from typing import Any

import pytest

from exercises import tags


def test_flags_come_in_groups_each_in_the_order_of_its_words():
    groups = dict(tags.flag_groups())
    assert list(groups) == ["For exercises", "For leaflets"]
    words = [word.casefold() for _, word in groups["For exercises"]]
    assert words == sorted(words)
    flags = [flag for group in groups.values() for flag in group]
    assert sorted(flags) == sorted(tags.flag_choices())


def test_a_patient_may_carry_an_exercise_flag() -> None:
    assert ("glaucoma", "High eye pressure") in tags.flag_choices()


def test_flags_of_the_product_are_not_offered() -> None:
    assert "acute_spasm" not in dict(tags.flag_choices())


def test_flags_for_leaflets_are_offered() -> None:
    assert "asthma" in dict(tags.flag_choices())


def test_a_flag_stands_for_what_it_implies() -> None:
    assert tags.implied(["pregnancy_after_16w"]) == {"pregnancy_after_16w", "pregnancy"}


def test_unknown_tags_are_named() -> None:
    assert tags.unknown_tags(["glaucoma", "clumsy", 3, {}]) == ["clumsy", "3", "{}"]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("low_back", "Low back"),
        ("supine", "On your back"),
        ("glaucoma", "High eye pressure"),
        ("long_gone", "Long gone"),
    ],
)
def test_terms_and_tags_have_labels(name: str, label: str) -> None:
    assert tags.label(name) == label


def test_a_field_has_its_choices() -> None:
    assert ("seated", "Sitting") in tags.term_choices("position")


FAULTS = [
    {"category": "dance"},
    {"category": None},
    {"category": ["strength"]},
    {"regions": ["knee"]},
    {"regions": "hip"},
    {"regions": ["hip", "hip"]},
    {"equipment": [{}]},
    {"stages": ["late"]},
    {"position": "sitting"},
    {"direction": ""},
    {"difficulty": 0},
    {"difficulty": 6},
    {"difficulty": True},
    {"steps": []},
    {"steps": None},
    {"steps": ["  "]},
    {"steps": ["x" * 1001]},
    {"steps": ["x"] * 31},
    {"steps": [1]},
    {"muscles": "all"},
    {"also_called": [""]},
    {"mistakes": [None]},
    {"stop_if": {}},
]


@pytest.mark.parametrize("values", FAULTS)
def test_a_value_outside_the_lists_is_a_fault(values: dict[str, Any]) -> None:
    assert list(tags.term_errors(values)) == list(values)


def test_values_of_the_lists_are_sound() -> None:
    values = {"category": "strength", "regions": ["hip"], "steps": ["x" * 1000]}
    assert tags.term_errors(values) == {}


BROKEN = [
    "terms: {}",
    "terms: {}\nsynonyms: []\ntags: {x: {label: X, kind: odd}}",
    "terms: {}\nsynonyms: []\ntags: {x: {label: X}}",
    "terms: {}\nsynonyms: []\ntags: {x: {label: X, kind: exercise, implies: [y]}}",
    "terms: {}\nsynonyms: []\ntags: {x: {label: X, kind: exercise, color: red}}",
    "terms: {category: {yes: Yes}}\nsynonyms: []\ntags: {}",
]


@pytest.mark.parametrize("text", BROKEN)
def test_an_unsound_vocabulary_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vocabulary.yaml"
    path.write_text(text)
    with pytest.raises(tags.VocabularyError):
        tags.read_vocabulary(path)


def names() -> set[str]:
    """Return every term and tag."""
    lists = tags.vocabulary()
    return set(lists.tags).union(*lists.terms.values())


def test_no_name_stands_for_two_things() -> None:
    lists = tags.vocabulary()
    assert len(names()) == len(lists.tags) + sum(map(len, lists.terms.values()))


@pytest.mark.parametrize("language", ["es", "fr", "de"])
def test_every_term_and_tag_is_translated(language: str) -> None:
    assert names() - set(tags.translations()[language]) == set()


def test_a_label_is_told_in_the_language_asked_for() -> None:
    assert tags.label("supine", "es") == "Boca arriba"
    assert tags.label("towel", "de") == "Handtuch"


def test_a_label_without_translation_is_english_and_says_so() -> None:
    assert tags.label("supine", "xx") == "On your back"
    assert "xx" not in tags.label_languages("supine")
    assert "es" in tags.label_languages("supine")


BROKEN_TRANSLATIONS = [
    "labels: {}",
    "language: es\nlabels: {wall: Pared}",
    "language: xx\nlabels: {wall: 3}",
    "language: xx\nlabels: {ceiling: Techo}",
]


@pytest.mark.parametrize("text", BROKEN_TRANSLATIONS)
def test_an_unsound_translation_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vocabulary.xx.yaml"
    path.write_text(text)
    with pytest.raises(tags.VocabularyError):
        tags.read_translation(path, tags.vocabulary())
