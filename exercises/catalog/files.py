"""Library files: one YAML file an exercise, read strictly and all together."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

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
    text_or_null,
    texts,
    whole,
)
from exercises.dosage import Dosage, DosageError, from_mapping, to_mapping
from exercises.figures import PoseError, read_figures
from exercises.models import Exercise

LIBRARY = Path(__file__).parent.parent / "library"


@dataclass(frozen=True)
class Entry:
    """One sound file: the columns of its row, the dosage, and where its fields are."""

    slug: str
    version: int
    columns: Mapping[str, Any]
    dosage: Dosage
    lines: Lines

    @property
    def digest(self) -> str:
        """SHA-256 of all that the row will hold."""
        content = {**self.columns, "dosage": to_mapping(self.dosage)}
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def apply_to(self, row: Exercise) -> Exercise:
        """Put the content into the row, unsaved."""
        for column, value in self.columns.items():
            setattr(row, column, value)
        row.dosage = self.dosage
        return row


def read_library(folder: Path = LIBRARY) -> tuple[Entry, ...]:
    """Return all entries of the folder, or raise ``LibraryError`` with all problems."""
    paths = sorted(folder.glob("*.yaml"))
    problems: list[Problem] = []
    entries = {
        p.stem: entry
        for p in paths
        if (entry := read_file(p, problems, _build(p.stem)))
    }
    if not paths:
        problems.append(Problem(folder.name, 1, "file", "The library is empty."))
    known = {path.stem for path in paths}
    for entry in entries.values():
        problems.extend(_chain_problems(entry, entries, known))
    refuse(problems)
    return tuple(entries.values())


def _build(stem: str) -> Build[Entry]:
    """Return what makes an entry of the file of this name."""

    def build(data: dict[str, Any], lines: Lines, faults: list[Fault]) -> Entry | None:
        faults.extend(SHAPE.faults(data))
        if data.get("slug") != stem:
            faults.append(("slug", f"The file is named {stem}.yaml."))
        return None if faults else _entry(data, lines, faults)

    return build


def _figures(value: Any) -> str:
    """Check the words of each picture, and that its pose can be drawn."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return "Give a list of pictures."
    for figure in value:
        for words in (figure.get("description"), figure.get("caption")):
            if not isinstance(words, dict) or any(text(words.get(x)) for x in WORDED):
                return "Each picture has description and caption, each in en and es."
    try:
        json.dumps(value)
        read_figures(value, "figures")
    except TypeError:
        return "Only texts, numbers, lists and mappings; quote dates."
    except PoseError as error:
        return str(error)
    return ""


WORDED = ("en", "es")
TEXTS = ("slug", "name", "category", "position", "direction", "start", "breathing")
LISTS = ("also_called", "regions", "muscles", "equipment", "stages", "steps")
CHECKS: dict[str, Check] = {
    **dict.fromkeys((*TEXTS, "feel", "dosage_source", "source"), text),
    **dict.fromkeys((*LISTS, "mistakes", "stop_if", "poses"), texts),
    **dict.fromkeys(("cautions", "contraindications"), texts),
    **dict.fromkeys(("difficulty", "version"), whole),
    **dict.fromkeys(("easier", "harder"), text_or_null),
    "dosage": mapping,
    "reviewed": draft,
    "figures": _figures,
}
SHAPE = Shape(CHECKS, optional=frozenset({"figures"}))
# Fields of the file that are no columns of the row
APART = {"dosage", "version", "reviewed", "poses"}


def _entry(
    data: dict[str, Any], lines: Lines, faults: list[tuple[str, str]]
) -> Entry | None:
    columns = {key: value for key, value in data.items() if key not in APART}
    columns |= {key: columns[key] or "" for key in ("easier", "harder")}
    columns.setdefault("figures", [])
    faults.extend(_column_faults(columns))
    try:
        dosage = from_mapping(data["dosage"])
    except DosageError as error:
        faults.extend((f"dosage.{key}", text) for key, text in error.errors.items())
        return None
    return Entry(data["slug"], data["version"], columns, dosage, lines)


def _column_faults(columns: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Check as the model does for a clinic's own exercise; the dosage comes apart."""
    for name, value in columns.items():
        # long texts are measured by forms and serializers, not by the model
        if limit := _longest_text(name, value):
            yield name, f"At most {limit:,} characters."
    row = Exercise(**columns)
    row.dosage = Dosage(repetitions=1, times_per_day=1)
    try:
        row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            yield name, " ".join(messages)


def _longest_text(name: str, value: Any) -> int:
    """Return the limit of a text field when the value exceeds it, else 0."""
    field = Exercise._meta.get_field(name)
    limit = field.max_length or 0 if isinstance(field, models.TextField) else 0
    return limit if limit and len(value) > limit else 0


def _chain_problems(
    entry: Entry, entries: Mapping[str, Entry], known: set[str]
) -> Iterator[Problem]:
    for field in ("easier", "harder"):
        other = entry.columns[field]
        if fault := _link_fault(entry, field, other, entries, known):
            yield Problem(f"{entry.slug}.yaml", entry.lines[field], field, fault)


def _link_fault(
    entry: Entry, field: str, other: str, entries: Mapping[str, Entry], known: set[str]
) -> str:
    if other and other not in known:
        return f"There is no exercise “{other}”."
    if entry.slug in _chain(entry, field, entries):
        return "The chain comes back to this exercise."
    if other not in entries:
        return ""
    step = entries[other].columns["difficulty"] - entry.columns["difficulty"]
    if (step < 0) if field == "harder" else (step > 0):
        return f"“{other}” is not {field}: see its difficulty."
    return ""


def _chain(entry: Entry, field: str, entries: Mapping[str, Entry]) -> set[str]:
    """Return the slugs that following the field leads to."""
    passed: set[str] = set()
    following = entry.columns[field]
    while following in entries and following not in passed:
        passed.add(following)
        following = entries[following].columns[field]
    return passed
