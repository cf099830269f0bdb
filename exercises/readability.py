"""How hard an instruction is to read: grade level, long sentences, hard words.

Texts for patients aim at grade 6 and stay under 8. A low grade can hide jargon, so hard
words are looked for too. Pure functions: what they find, others weigh.

English: Flesch-Kincaid grade level (Kincaid, Fishburne, Rogers and Chissom 1975, Naval
Technical Training Command, Research Branch Report 8-75). Spanish: the grade of Crawford
(1984, Lectura y Vida 4, 18-24), made for Spanish texts of primary school. Both formulas
need about 20 words. For other languages only the sentences are measured.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from exercises.data_files import (
    Fault,
    Lines,
    Problem,
    Shape,
    mapping,
    read_file,
    refuse,
    text,
    whole,
)

AIM = 6.0
CEILING = 8.0
# Fewer words make the grade jump
LEAST_WORDS = 20
LONGEST_SENTENCE = 20
LONGEST_MEAN = 15
FILE = Path(__file__).with_name("hard_words.yaml")

# A text, or lines that each are a sentence at least
Text = str | Sequence[str]

WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|\n+")
# Braces are filled in with a number or a name before anybody reads the text
PLACEHOLDER = re.compile(r"{\w+}")
VOWELS_EN = re.compile(r"[aeiouy]+")
SILENT_E = re.compile(r"(?<![l\W])e$|(?<=[aeiouy]l)e$")
# A y before a vowel is a consonant; í and ú part a diphthong
VOWELS_ES = re.compile(r"(?:[aeiouáéíóúü]|y(?![aeiouáéíóúü]))+")
STRONG_ES = re.compile(r"[aeoáéóíú]")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a text; what must not be shipped ``is_error``."""

    field: str
    message: str
    is_error: bool = False


def grade(told: Text, language: str) -> float | None:
    """Return the school grade that a reader needs; None if it cannot be told."""
    sentences = sentences_of(told)
    words = [word for sentence in sentences for word in words_of(sentence)]
    if language not in FORMULAS or not words:
        return None
    formula, syllables = FORMULAS[language]
    return formula(len(words), len(sentences), sum(map(syllables, words)))


def findings(
    texts: Mapping[str, Text],
    language: str,
    limit: float = CEILING,
    together: Sequence[str] = (),
) -> list[Finding]:
    """Return what is hard in the texts of a page, by field.

    The fields ``together`` are graded as one, under their names; others with at least
    20 words each for itself. Over ``limit`` the grade is an error, over 6 a hint.
    """
    found: list[Finding] = []
    for field, told in texts.items():
        if not any(line.strip() for line in _lines(told)):
            found.append(Finding(field, "Is missing.", is_error=True))
        hints = (*_long(told, language), *_hard(told, language))
        found.extend(Finding(field, hint) for hint in hints)
    graded = {field: told for field, told in texts.items() if field not in together}
    if as_one := [line for field in together for line in _lines(texts.get(field, ""))]:
        graded[" + ".join(together)] = as_one
    for field, told in graded.items():
        found += _grade_findings(field, told, language, limit)
    return found


def faults_for_form(told: str, language: str) -> list[str]:
    """Return hints on a text that somebody types, one sentence each."""
    return [one.message for one in findings({"": told}, language) if told.strip()]


def sentences_of(told: Text) -> list[str]:
    """Return the sentences; each line is one at least."""
    parts = (part for line in _lines(told) for part in SENTENCE_END.split(line))
    return [part for part in parts if words_of(part)]


def words_of(sentence: str) -> list[str]:
    """Return the words; numbers are none."""
    return WORD.findall(PLACEHOLDER.sub("", sentence))


def syllables_en(word: str) -> int:
    """Return the syllables of an English word: groups of vowels, no silent e."""
    small = word.lower()
    return max(1, len(VOWELS_EN.findall(SILENT_E.sub("", small))))


def syllables_es(word: str) -> int:
    """Return the syllables of a Spanish word: strong vowels, or a pair of weak ones."""
    groups = VOWELS_ES.findall(word.lower())
    return max(1, sum(max(1, len(STRONG_ES.findall(group))) for group in groups))


def flesch_kincaid(words: int, sentences: int, syllables: int) -> float:
    """Return the grade of an English text."""
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59


def crawford(words: int, sentences: int, syllables: int) -> float:
    """Return the grade of a Spanish text."""
    return (-20.5 * sentences + 4.9 * syllables) / words - 3.407


FORMULAS = {"en": (flesch_kincaid, syllables_en), "es": (crawford, syllables_es)}


def _grade_findings(
    field: str, told: Text, language: str, limit: float
) -> Iterator[Finding]:
    count = sum(len(words_of(line)) for line in _lines(told))
    number = grade(told, language) if count >= LEAST_WORDS else None
    if number is not None and number > min(AIM, limit):
        said = f"Reads at grade {number:.1f}; aim at {AIM:.0f}, at most {limit:.0f}."
        yield Finding(field, said, is_error=number > limit)


def _long(told: Text, language: str) -> Iterator[str]:
    sentences = sentences_of(told)
    counts = [len(words_of(sentence)) for sentence in sentences]
    for sentence, count in zip(sentences, counts, strict=True):
        if count > LONGEST_SENTENCE:
            start = " ".join(sentence.split()[:5])
            yield f"{count} words in one sentence (“{start} …”): make two of it."
    mean = sum(counts) / len(counts) if counts else 0
    if language not in FORMULAS and mean > LONGEST_MEAN:
        yield f"{mean:.0f} words a sentence; at most {LONGEST_MEAN} read easily."


def _hard(told: Text, language: str) -> Iterator[str]:
    """Yield a sentence for each hard word that occurs, in the order of the list."""
    words = [word.lower() for line in _lines(told) for word in words_of(line)]
    joined = f" {' '.join(words)} "
    for hard, plain in hard_words().get(language, {}).items():
        if found := _pattern(hard, language).search(joined):
            yield f"“{found[1]}” is hard to read; say “{plain}”."


@cache
def _pattern(hard: str, language: str) -> re.Pattern[str]:
    """Return what finds the word with its usual endings, between spaces."""
    if hard.endswith("*"):
        forms = re.escape(hard[:-1]) + r"\w*"
    elif language == "es":
        forms = _spanish_forms(hard)
    else:
        forms = _english_forms(hard)
    return re.compile(rf" ({forms}) ")


def _english_forms(word: str) -> str:
    stem = re.escape(word)
    if word.endswith("e"):
        return rf"{stem[:-1]}(?:e|es|ed|ely|ing)"
    if word.endswith("y"):
        return rf"{stem[:-1]}(?:y|ies|ied|ying)"
    return rf"{stem}(?:s|es|ed|ing|ly)?"


def _spanish_forms(word: str) -> str:
    stem = re.escape(word)
    if word.endswith("ón"):
        return rf"{stem[:-2]}(?:ón|ones)"
    if word.endswith("o"):
        return rf"{stem[:-1]}[oa]s?"
    return rf"{stem}(?:e?s)?"


@cache
def hard_words() -> dict[str, dict[str, str]]:
    """Return the plain words for hard ones, by language."""
    return read_hard_words()


def read_hard_words(path: Path = FILE) -> dict[str, dict[str, str]]:
    """Return the lists of the file, or raise ``LibraryError``."""
    problems: list[Problem] = []
    found = read_file(path, problems, _build)
    refuse(problems)
    return found or {}


SHAPE = Shape({"version": whole, **dict.fromkeys(FORMULAS, mapping)})


def _build(
    data: dict[str, Any], lines: Lines, faults: list[Fault]
) -> dict[str, dict[str, str]]:
    faults.extend(SHAPE.faults(data))
    lists = {name: data[name] for name in FORMULAS if name in data}
    for language, words in lists.items() if not faults else ():
        faults.extend(
            (f"{language}.{word}", fault)
            for word, plain in words.items()
            if (fault := text(plain))
        )
    return lists


def _lines(told: Text) -> Iterable[str]:
    return (told,) if isinstance(told, str) else told
