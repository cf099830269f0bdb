"""Translation files: one YAML file a language, in rows beside the exercises."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from exercises.catalog.files import LIBRARY, Entry, read_library
from exercises.data_files import (
    Build,
    Check,
    Fault,
    Lines,
    Problem,
    Shape,
    draft,
    mapping,
    read_file,
    refuse,
    text,
    texts,
    whole,
)
from exercises.models import Exercise, ExerciseTranslation
from exercises.shared_rows import Loader, Report, Shelf, load_rows

FOLDER = LIBRARY / "translations"
NAMES: dict[str, Check] = {"name": text, "also_called": texts}
TEXTS: dict[str, Check] = {
    **dict.fromkeys(("start", "breathing", "feel"), text),
    **dict.fromkeys(("steps", "mistakes", "stop_if"), texts),
}
ENTRY = Shape({**NAMES, **TEXTS}, optional=frozenset(TEXTS))
FILE = Shape(
    {"language": text, "version": whole, "reviewed": draft, "exercises": mapping}
)


@dataclass(frozen=True)
class TranslationEntry:
    """The texts of one exercise in one language."""

    language: str
    slug: str
    version: int
    columns: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of all that the row will hold."""
        return sha256(json.dumps(self.columns, sort_keys=True).encode()).hexdigest()


Entries = list[TranslationEntry]


def read_translations(
    folder: Path = FOLDER, library: Path = LIBRARY
) -> dict[str, TranslationEntry]:
    """Return all translations by ``language/slug``, or raise ``LibraryError``.

    Each has a name; it has all other texts or none of them, and lists as long as
    those of the exercise.
    """
    problems: list[Problem] = []
    originals = {entry.slug: entry for entry in read_library(library)}
    found: dict[str, TranslationEntry] = {}
    for path in sorted(folder.glob("*.yaml")):
        for entry in read_file(path, problems, _build(path, originals)) or ():
            found[f"{entry.language}/{entry.slug}"] = entry
    refuse(problems)
    return found


def _build(path: Path, originals: Mapping[str, Entry]) -> Build[Entries]:
    def build(
        data: dict[str, Any], lines: Lines, faults: list[Fault]
    ) -> Entries | None:
        faults.extend(FILE.faults(data))
        if data.get("language") != path.stem:
            faults.append(("language", f"The file is named {path.name}."))
        if faults:
            return None
        for slug, columns in data["exercises"].items():
            faults.extend(_entry_faults(slug, columns, originals))
        return [
            TranslationEntry(path.stem, slug, data["version"], columns)
            for slug, columns in data["exercises"].items()
        ]

    return build


def _entry_faults(
    slug: str, columns: Any, originals: Mapping[str, Entry]
) -> Iterator[Fault]:
    place = f"exercises.{slug}"
    if slug not in originals:
        yield place, "There is no such exercise."
    elif fault := mapping(columns):
        yield place, fault
    elif faults := list(ENTRY.faults(columns, f"{place}.")):
        yield from faults
    elif given := TEXTS.keys() & columns.keys():
        for field in sorted(TEXTS.keys() - given):
            yield f"{place}.{field}", "Is missing: all texts or the name alone."
        yield from _length_faults(place, columns, originals[slug])


def _length_faults(
    place: str, columns: Mapping[str, Any], original: Entry
) -> Iterator[Fault]:
    for field in ("steps", "mistakes", "stop_if"):
        wanted = len(original.columns[field])
        if field in columns and len(columns[field]) != wanted:
            yield f"{place}.{field}", f"The exercise has {wanted} of them."


class TranslationShelf(Shelf[TranslationEntry, ExerciseTranslation]):
    """The shared translations of shared exercises."""

    def __init__(self) -> None:
        self._exercises: dict[str, Exercise] = {}

    def rows(self) -> Mapping[str, ExerciseTranslation]:
        """Return the translations by language and slug."""
        self._exercises = {row.slug: row for row in Exercise.objects.shared()}
        slugs = {row.pk: slug for slug, row in self._exercises.items()}
        rows = ExerciseTranslation.objects.shared().select_related("exercise")
        known = rows.filter(exercise__in=list(slugs))
        return {f"{row.language}/{slugs[row.exercise_id]}": row for row in known}

    def fill(
        self, entry: TranslationEntry, row: ExerciseTranslation | None
    ) -> ExerciseTranslation:
        """Return the row with the entry's columns, of the exercise as it is now."""
        exercise = self._exercises[entry.slug]
        filled = row or ExerciseTranslation(exercise=exercise, language=entry.language)
        for column, check in {**NAMES, **TEXTS}.items():
            empty: Any = [] if check is texts else ""
            setattr(filled, column, entry.columns.get(column, empty))
        filled.of_version = exercise.version
        filled.content_digest = entry.digest
        return filled

    def is_offered(self, row: ExerciseTranslation) -> bool:
        """Tell whether it is in use: a translation always is."""
        return True

    def offer(self, row: ExerciseTranslation, offered: bool) -> None:
        """Leave it as it is: what a file no longer holds stays readable."""


def load_translations(folder: Path = FOLDER) -> Report:
    """Bring the shared translations in line with the files."""
    return load_rows(TranslationShelf(), read_translations(folder))


TRANSLATIONS = Loader(
    "Translations", lambda: len(read_translations()), load_translations
)
