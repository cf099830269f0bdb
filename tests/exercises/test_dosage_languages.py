"""The patient's sentences in Spanish, French and German."""

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.dosage import Dosage, languages, sentences
from exercises.dosage.messages import UNITS
from exercises.dosage.speech import GAP, NBSP, speech
from tests.exercises.test_dosage_properties import SOUND

TRANSLATED = ["es", "fr", "de"]
# Words that a language shares with English, units among them
SHARED = {
    "es": {"a", "kg", "lb", "use"},
    "fr": {"kg", "lb", "minute", "minutes", "pause"},
    "de": {"band", "in", "kg", "lb", "minute", "pause"},
}

TABLE: list[tuple[dict[str, Any], dict[str, str]]] = [
    (
        {"sets": 3, "repetitions": 10, "rest_between_sets_seconds": 60},
        {
            "es": "Hágalo 10 veces. Descanse 1 minuto. Haga esto 3 veces en total.",
            "fr": "Faites-le 10 fois. Reposez-vous 1 minute. Faites cela 3 fois en "
            "tout.",
            "de": "Machen Sie die Übung 10 Mal. Machen Sie 1 Minute Pause. Machen Sie "
            "das insgesamt 3 Mal.",
        },
    ),
    (
        {"kind": "hold", "repetitions": 3, "hold_seconds": 20, "side": "each"},
        {
            "es": "Mantenga la posición durante 20 segundos, 3 veces con cada lado.",
            "fr": "Maintenez la position pendant 20 secondes, 3 fois de chaque côté.",
            "de": "Halten Sie die Position 20 Sekunden lang, 3 Mal auf jeder Seite.",
        },
    ),
    (
        {"repetitions": 8, "repetitions_max": 12},
        {
            "es": "Hágalo de 8 a 12 veces. Empiece con 8.",
            "fr": "Faites-le de 8 à 12 fois. Commencez par 8.",
            "de": "Machen Sie die Übung 8 bis 12 Mal. Beginnen Sie mit 8.",
        },
    ),
    (
        {"repetitions": 2, "load_value": Decimal("2.50"), "load_unit": "kg"},
        {
            "es": "Hágalo dos veces. Use 2,5 kg (5,5 lb).",
            "fr": "Faites-le deux fois. Utilisez 2,5 kg (5,5 lb).",
            "de": "Machen Sie die Übung zweimal. Nehmen Sie 2,5 kg (5,5 lb).",
        },
    ),
    (
        {
            "kind": "duration",
            "duration_minutes": Decimal("2.5"),
            "breath_pattern_seconds": (5, 1, 3),
        },
        {
            "es": "Tome aire durante 5 segundos, haga una pausa de 1 segundo, suelte "
            "el aire durante 3 segundos. Siga durante 2 minutos y 30 segundos.",
            "fr": "Inspirez pendant 5 secondes, faites une pause de 1 seconde, expirez "
            "pendant 3 secondes. Continuez pendant 2 minutes 30 secondes.",
            "de": "Atmen Sie 5 Sekunden lang ein, machen Sie 1 Sekunde Pause, atmen "
            "Sie 3 Sekunden lang aus. Machen Sie 2 Minuten 30 Sekunden lang so weiter.",
        },
    ),
    (
        {
            "repetitions": None,
            "times_per_day": 1,
            "days_per_week": None,
            "weekdays": ("mon", "wed", "sat"),
            "time_of_day": ("morning", "bedtime"),
        },
        {
            "es": "Una vez al día, los lunes, miércoles y sábados. Hágalo por la "
            "mañana y antes de acostarse.",
            "fr": "Une fois par jour, le lundi, le mercredi et le samedi. Faites-le le "
            "matin et avant de vous coucher.",
            "de": "Einmal pro Tag, montags, mittwochs und samstags. Machen Sie die "
            "Übung morgens und vor dem Schlafengehen.",
        },
    ),
    (
        {"repetitions": None, "times_per_day": None, "every_hours": 2},
        {
            "es": "Cada 2 horas mientras no duerma, todos los días.",
            "fr": "Toutes les 2 heures tant que vous ne dormez pas, tous les jours.",
            "de": "Alle 2 Stunden, solange Sie wach sind, jeden Tag.",
        },
    ),
]


def read(dosage: Dosage, language: str) -> list[str]:
    """Return the lines with plain spaces."""
    lines = sentences(dosage, language=language)
    return [line.replace(NBSP, " ") for line in lines]


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize(("values", "said"), TABLE)
def test_a_dosage_reads_as_in_the_table(
    values: dict[str, Any], said: dict[str, str], language: str
) -> None:
    made = Dosage(**{"times_per_day": 1, "days_per_week": 7} | values)
    assert said[language] in read(made, language)


@pytest.mark.parametrize("language", TRANSLATED)
@given(dosage=SOUND, units=st.sampled_from(["metric", "imperial"]))
def test_every_dosage_can_be_said_in_whole_sentences(
    language: str, dosage: Dosage, units: str
) -> None:
    lines = sentences(dosage, units=units, until="2027", language=language)
    assert len(lines) == len(sentences(dosage, units=units, until="2027"))
    for line in lines:
        plain = line.replace(NBSP, " ")
        assert plain.endswith(".")
        assert not plain[0].islower()
        assert not re.search(r"[{}]|None|  | \.|\.\.", plain)


def words(lines: tuple[str, ...]) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", " ".join(lines).lower()))


@pytest.mark.parametrize("language", TRANSLATED)
@given(dosage=SOUND)
def test_no_english_is_left_over(language: str, dosage: Dosage) -> None:
    english = words(sentences(dosage))
    assert english & words(sentences(dosage, language=language)) <= SHARED[language]


@pytest.mark.parametrize("language", TRANSLATED)
@given(dosage=SOUND)
def test_each_number_of_the_english_is_told(language: str, dosage: Dosage) -> None:
    def numbers(lines: tuple[str, ...]) -> list[str]:
        return sorted(re.findall(rf"[\d.,]*\d|{GAP}", " ".join(lines)))

    english = [number.replace(".", ",") for number in numbers(sentences(dosage))]
    assert numbers(sentences(dosage, language=language)) == sorted(english)


@pytest.mark.parametrize("language", ["en", *TRANSLATED])
@given(dosage=SOUND)
def test_no_line_breaks_between_number_and_unit(language: str, dosage: Dosage) -> None:
    said = " ".join(sentences(dosage, language=language))
    assert not re.search(rf"(\d|{GAP}) ", said)


COUNTS = {
    "en": ["1 second", "2 seconds", "5 seconds", "0.5 seconds", "1.5 seconds"],
    "es": ["1 segundo", "2 segundos", "5 segundos", "0,5 segundos", "1,5 segundos"],
    "fr": ["1 seconde", "2 secondes", "5 secondes", "0,5 seconde", "1,5 seconde"],
    "de": ["1 Sekunde", "2 Sekunden", "5 Sekunden", "0,5 Sekunden", "1,5 Sekunden"],
}


@pytest.mark.parametrize("language", COUNTS)
def test_plural_forms_follow_the_rule_of_the_language(language: str) -> None:
    numbers = [1, 2, 5, Decimal("0.5"), Decimal("1.50")]
    said = [speech(language).count(UNITS["second"], number) for number in numbers]
    assert [text.replace(NBSP, " ") for text in said] == COUNTS[language]


@pytest.mark.parametrize("language", ["en", *TRANSLATED])
def test_a_gap_is_plural(language: str) -> None:
    two = speech(language).count(UNITS["second"], 2)
    assert speech(language).count(UNITS["second"], GAP) == two.replace("2", GAP)


def test_it_is_known_which_languages_there_are() -> None:
    assert languages() == {"en", "es", "fr", "de"}


def test_an_unknown_language_gets_english() -> None:
    assert read(Dosage(repetitions=3), "xx") == ["Do it 3 times."]
