"""The texts that every new clinic starts with."""

import re
from importlib import import_module
from itertools import pairwise

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from clinic.models import Clinic, ClinicText
from clinic.people import DraftText, draft_texts
from prescriptions.documents import blocks

CLINIC = Clinic(name="Spine", phone="030 555 0142", emergency_number="112")
DRAFTS = {(text.kind, text.language): text for text in draft_texts()}
TEXTS = {text.kind: text for text in draft_texts() if text.language == "en"}
each_draft = pytest.mark.parametrize(
    "text", DRAFTS.values(), ids=lambda text: f"{text.kind}-{text.language}"
)
LONGEST_SENTENCE = 20


def syllables(word: str) -> int:
    """Count groups of vowels, without a silent e at the end."""
    word = re.sub(r"(?<=[^aeiouy])(e|es|ed)$", "", word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def grade(text: str) -> float:
    """Flesch-Kincaid grade level."""
    plain = re.sub(r"\{\w+\}|[#!-] |[0-9.]+ ?°[CF]", " ", text)
    sentences = [part for part in re.split(r"[.:?!]\s|\n", plain) if part.strip()]
    words = re.findall(r"[A-Za-z']+", plain)
    per_sentence = len(words) / len(sentences)
    per_word = sum(map(syllables, words)) / len(words)
    return 0.39 * per_sentence + 11.8 * per_word - 15.59


def sentences(text: str) -> list[str]:
    """Return the sentences, a list item being one."""
    return [part for part in re.split(r"[.:?!] |\n", text) if part.strip()]


@pytest.mark.parametrize("text", TEXTS.values(), ids=lambda text: text.kind)
def test_a_draft_reads_at_grade_six_or_below(text: DraftText) -> None:
    assert grade(text.body) <= 6


@each_draft
def test_the_sentences_of_a_draft_are_short(text: DraftText) -> None:
    lengths = [len(said.split()) for said in sentences(text.body)]
    assert max(lengths) <= LONGEST_SENTENCE
    assert sum(lengths) / len(lengths) <= 15


@pytest.mark.parametrize("language", ["en", "es", "de", "fr"])
def test_there_is_a_draft_of_every_kind(language: str) -> None:
    assert {kind for kind, spoken in DRAFTS if spoken == language} == set(
        ClinicText.Kind
    )


@pytest.mark.parametrize("language", ["es", "de", "fr"])
@pytest.mark.parametrize("kind", list(ClinicText.Kind))
def test_drafts_tell_the_same_in_every_language(kind: str, language: str) -> None:
    def marks(language: str) -> list[str]:
        body = DRAFTS[kind, language].body.replace(",3 °C", ".3 °C")
        return re.findall(r"^[#!-] |\{\w+\}|[\d.]*\d", body, re.MULTILINE)

    assert marks(language) == marks("en")


def test_the_levels_come_from_emergency_down_to_a_call() -> None:
    found = blocks(TEXTS["safety_net"].body, CLINIC)
    assert [block.text for block in found if block.kind == "heading"] == [
        "Get emergency help now",
        "Get help today",
        "Call us",
    ]


def test_each_level_begins_with_what_to_do() -> None:
    found = blocks(TEXTS["safety_net"].body, CLINIC)
    after = [two for one, two in pairwise(found) if one.kind == "heading"]
    assert [block.kind for block in after] == ["action"] * 3


@pytest.mark.parametrize("level", [0, 1, 2])
def test_each_level_names_its_number(level: int) -> None:
    found = blocks(TEXTS["safety_net"].body, CLINIC)
    actions = [block.text for block in found if block.kind == "action"]
    number = ["112", "030 555 0142", "030 555 0142"][level]
    assert number in actions[level]


@pytest.mark.parametrize(
    ("language", "to", "stop"),
    [
        ("en", "to", "When to stop"),
        ("es", "a", "Cuándo parar"),
        ("de", "bis", "Wann Sie aufhören"),
        ("fr", "à", "Quand arrêter"),
    ],
)
def test_the_pain_rule_has_three_bands_and_when_to_stop(language, to, stop) -> None:
    body = DRAFTS["pain_rule", language].body
    texts = [block.text for block in blocks(body, CLINIC)]
    bands = [text.split(":")[0].strip() for text in texts if re.match(r"\d", text)]
    assert bands == [f"0 {to} 3", f"4 {to} 5", f"6 {to} 10"]
    assert stop in texts


@each_draft
def test_no_placeholder_is_left_over(text: DraftText) -> None:
    assert not any("{" in block.text for block in blocks(text.body, CLINIC))


@each_draft
def test_a_draft_names_its_sources_by_title(text: DraftText) -> None:
    assert text.source
    assert not re.search(r"\b[AP]\d", text.source)


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("0006_spanish_drafts", {"es"}),
        ("0018_german_and_french_drafts", {"de", "fr"}),
    ],
)
@pytest.mark.django_db
def test_clinics_of_before_get_further_drafts_once(
    practitioner, name, languages
) -> None:
    migration = import_module(f"clinic.migrations.{name}")
    add = getattr(migration, "add_spanish_drafts", None) or migration.add_drafts
    # The state of today's tables, with Django's plain managers
    executor = MigrationExecutor(connection)
    apps = executor.loader.project_state(executor.loader.graph.leaf_nodes()).apps
    for _ in range(2):
        add(apps, None)
    texts = ClinicText.objects.of_clinic(practitioner.clinic)
    assert {(text.kind, text.language): text.body for text in texts} == {
        key: draft.body for key, draft in DRAFTS.items() if key[1] in languages
    }
    assert not texts.signed().exists()
