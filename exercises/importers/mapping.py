"""Words of other collections in our vocabulary, by tables; what is left is told."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from exercises.folding import fold
from exercises.importers.text import one_line, sentences

MAPPING = Path(__file__).parent / "mapping.yaml"
MOST_CAUTIONS = 10
# CC BY asks to tell of changes: steps are split and markup is dropped here. The
# abbreviation reads the same in every language of the handout.
ADAPTED = "adapt."
LONGEST_NOTE = 300


@cache
def tables() -> Mapping[str, Any]:
    """Return the tables, read once."""
    data: dict[str, Any] = yaml.safe_load(MAPPING.read_text(encoding="utf-8"))
    return data


@cache
def _cautions() -> re.Pattern[str]:
    words = [word for words in tables()["cautions"].values() for word in words]
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"\b(?:{either})", re.IGNORECASE)


@dataclass
class Mapped:
    """What an exercise is called here; ``told`` says what has no place.

    ``notes`` are for the practitioner who reviews it.
    """

    muscles: list[str] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    equipment: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def add_muscles(self, words: Iterable[str]) -> None:
        """Map muscles; one that is not known stays under its own name."""
        for word in map(one_line, words):
            known = _look_up("muscles", word)
            if known is None:
                self.told.append(f"Muscle “{word}” is kept as it is.")
                _once(self.muscles, word)
                continue
            muscle, region = known[0]
            _once(self.muscles, muscle)
            _once(self.regions, region)

    def add_equipment(self, words: Iterable[str]) -> None:
        """Map equipment; what is outside the closed list becomes a note."""
        for word in map(one_line, words):
            known = _look_up("equipment", word)
            if known is None:
                self.told.append(f"Equipment “{word}” is not in our list.")
                _once(self.notes, f"Needs equipment outside our list: {word}")
            elif known[0]:
                _once(self.equipment, known[0])

    def add_region(self, word: str) -> None:
        """Add the part of the body that a category names."""
        if known := _look_up("regions", word):
            _once(self.regions, known[0])

    def category(self, words: Iterable[str]) -> str:
        """Return our category, strength for what is not known."""
        found = ""
        for word in map(one_line, words):
            known = _look_up("categories", word)
            if known is None:
                self.told.append(f"Category “{word}” is not known: strength.")
                _once(self.notes, f"Category there: {word}. Choose ours.")
            found = found or (known[0] if known else "strength")
            if _look_up("demanding", word) is not None:
                _once(self.notes, f"Was meant for athletes ({word}).")
        return found or "strength"


def cautions_in(texts: Iterable[str]) -> list[str]:
    """Return notes with the sentences that a practitioner has to judge."""
    found: list[str] = []
    for text in texts:
        for sentence in sentences(text):
            if _cautions().search(sentence):
                _once(found, f"Caution in the text: “{sentence}”"[:LONGEST_NOTE])
    return found[:MOST_CAUTIONS]


def _look_up(table: str, word: str) -> tuple[Any] | None:
    """Return the entry in a tuple, or None if there is none; nothing is an entry."""
    known = tables()[table]
    name = fold(word)
    for one in (name, name.removesuffix("s"), name.removesuffix("es")):
        if one in known:
            return (known[one] if isinstance(known, dict) else one,)
    return None


def _once(found: list[str], value: str) -> None:
    if value not in found:
        found.append(value)
