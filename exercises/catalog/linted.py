"""The pages of the library's files, for the lint."""

from collections.abc import Iterator, Mapping
from typing import Any

from exercises.catalog.files import Entry, read_library
from exercises.catalog.translations import TEXTS, read_translations
from exercises.linting import Page

# What a patient reads as one instruction
CARD = ("start", "steps", "feel")
SOURCES = ("source", "dosage_source")
# Languages in which nothing may be missing; in others only names are promised
WHOLE = ("es",)


def texts_to_lint() -> Iterator[Page]:
    """Yield the card of each exercise, in English and in each other whole language."""
    translated = read_translations()
    for entry in read_library():
        yield _card(entry)
        for language in WHOLE:
            told = translated.get(f"{language}/{entry.slug}")
            yield _translated_card(entry, language, told.columns if told else {})


def _card(entry: Entry) -> Page:
    return Page(
        place=f"library/{entry.slug}.yaml",
        language="en",
        texts={**_texts(entry.columns, entry), **_figure_texts(entry, "en")},
        together=CARD,
        sources={name: entry.columns[name] for name in SOURCES},
    )


def _translated_card(entry: Entry, language: str, columns: Mapping[str, Any]) -> Page:
    return Page(
        place=f"library/translations/{language}.yaml: {entry.slug}",
        language=language,
        texts={**_texts(columns, entry), **_figure_texts(entry, language)},
        together=CARD,
    )


def _texts(columns: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
    """Return the texts of the fields that the exercise has in English."""
    return {name: columns.get(name, "") for name in TEXTS if entry.columns[name]}


def _figure_texts(entry: Entry, language: str) -> dict[str, Any]:
    return {
        f"figures.{number}": [
            figure["caption"][language],
            figure["description"][language],
        ]
        for number, figure in enumerate(entry.columns["figures"])
    }
