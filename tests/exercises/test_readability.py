"""How hard a text is to read: known values, long sentences, hard words."""

from pathlib import Path

import pytest

from exercises.data_files import LibraryError
from exercises.readability import (
    faults_for_form,
    findings,
    grade,
    hard_words,
    read_hard_words,
    sentences_of,
    syllables_en,
    syllables_es,
)

EASY = (
    "Do it 10 times. Then rest for 1 minute. Do this 3 times in all. Do it with each "
    "leg, in the morning and in the evening."
)
HARD = (
    "Subsequently initiate controlled bilateral lumbar extension while maintaining "
    "continuous abdominal activation and avoiding compensatory pelvic rotation "
    "throughout the entire movement sequence."
)
# Counted by hand: 11 words, 2 sentences, 27 syllables
SPANISH = (
    "Acuéstese boca arriba con las rodillas dobladas. Levante despacio una pierna."
)


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("Perform 3 sets of 10 repetitions bilaterally twice daily.", 14.1),
        (EASY, 1.5),
        ("The cat sat on the mat.", 0.39 * 6 + 11.8 - 15.59),
    ],
)
def test_english_has_the_grade_of_flesch_and_kincaid(told: str, known: float) -> None:
    assert grade(told, "en") == pytest.approx(known, abs=0.05)


def test_spanish_has_the_grade_of_crawford() -> None:
    known = -0.205 * (2 / 11 * 100) + 0.049 * (27 / 11 * 100) - 3.407
    assert grade(SPANISH, "es") == pytest.approx(known)


@pytest.mark.parametrize(("told", "language"), [("", "en"), ("10", "es"), ("Da", "de")])
def test_no_words_or_no_formula_give_no_grade(told: str, language: str) -> None:
    assert grade(told, language) is None


@pytest.mark.parametrize(
    ("word", "count"),
    [("table", 2), ("scale", 1), ("the", 1), ("rotate", 2), ("breathe", 1), ("hmm", 1)],
)
def test_english_syllables_are_groups_of_vowels(word: str, count: int) -> None:
    assert syllables_en(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [("día", 2), ("hacia", 2), ("leer", 2), ("muy", 1), ("yoga", 2), ("aguante", 3)],
)
def test_spanish_syllables_know_diphthongs(word: str, count: int) -> None:
    assert syllables_es(word) == count


def test_each_line_is_a_sentence() -> None:
    assert sentences_of(["Hold", "Rest: breathe; smile. Go", "12"]) == [
        "Hold",
        "Rest:",
        "breathe;",
        "smile.",
        "Go",
    ]


def test_a_page_over_the_ceiling_is_an_error_and_over_the_aim_a_hint() -> None:
    texts = {"start": HARD, "steps": ["Hold."]}
    (error,) = [
        f
        for f in findings(texts, "en", together=("start", "steps"))
        if "grade" in f.message
    ]
    assert (error.field, error.is_error) == ("start + steps", True)
    hints = findings(texts, "en", limit=40)
    assert not any(one.is_error for one in hints)


def test_few_words_are_not_graded() -> None:
    assert findings({"feel": "Tremendous musculoskeletal invigoration."}, "en") == []


def test_a_long_sentence_is_found_in_every_language() -> None:
    (found,) = findings({"feel": "ja " * 21}, "de")[:1]
    assert found.message.startswith("21 words in one sentence (“ja ja ja ja ja …”)")


def test_a_missing_text_is_an_error() -> None:
    (found,) = findings({"feel": " ", "steps": ["Hold."]}, "en")
    assert (found.field, found.message, found.is_error) == ("feel", "Is missing.", True)


@pytest.mark.parametrize(
    ("told", "language", "said"),
    [
        ("Lie supine.", "en", "“supine” is hard to read; say “on your back”."),
        ("Rotating slowly", "en", "“rotating” is hard to read; say “turn”."),
        ("Stop prior to pain", "en", "“prior to” is hard to read; say “before”."),
        ("Exhale", "es", "“exhale” is hard to read; say “soltar el aire”."),
        ("Dos repeticiones", "es", "“repeticiones” is hard to read; say “vez”."),
    ],
)
def test_a_hard_word_comes_with_a_plain_one(
    told: str, language: str, said: str
) -> None:
    assert said in faults_for_form(told, language)


@pytest.mark.parametrize("told", ["Contracts", "", "  ", "{exhale} 10", "Extensive"])
def test_other_words_are_left_alone(told: str) -> None:
    assert faults_for_form(told, "es") == []


def test_a_form_gets_hints_in_words() -> None:
    assert faults_for_form(EASY, "en") == []
    hints = faults_for_form(HARD, "en")
    assert any(hint.startswith("Reads at grade 2") for hint in hints)


def test_no_plain_word_is_hard_itself() -> None:
    assert {
        plain
        for language, words in hard_words().items()
        for plain in words.values()
        if faults_for_form(plain, language)
    } == set()


def test_a_word_without_a_plain_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "hard_words.yaml"
    file.write_text("version: 1\nen: {supine: }\nes: {}\n")
    with pytest.raises(LibraryError, match=r"hard_words\.yaml:2: en\.supine: Give a"):
        read_hard_words(file)
