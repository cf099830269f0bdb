"""Library files: one YAML file an exercise, read strictly and all together."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import models

from exercises.dosage import Dosage, DosageError, from_mapping, to_mapping
from exercises.figures import PoseError, read_figures
from exercises.models import Exercise

LIBRARY = Path(__file__).parent.parent / "library"
Lines = Mapping[str, int]


@dataclass(frozen=True)
class Problem:
    """What is wrong in which field of which file, with its line."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        """Put it as compilers do, so that editors find the place."""
        return f"{self.file}:{self.line}: {self.field}: {self.message}"


class LibraryError(Exception):
    """The library cannot be loaded; ``problems`` holds all that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


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
    entries = {p.stem: e for p in paths if (e := _read_file(p, problems))}
    if not paths:
        problems.append(Problem(folder.name, 1, "file", "The library is empty."))
    known = {path.stem for path in paths}
    for entry in entries.values():
        problems.extend(_chain_problems(entry, entries, known))
    if problems:
        raise LibraryError(sorted(problems, key=lambda p: (p.file, p.line)))
    return tuple(entries.values())


def _read_file(path: Path, problems: list[Problem]) -> Entry | None:
    """Return the entry, or None after adding what is wrong with the file."""
    lines: dict[str, int] = {}
    faults: list[tuple[str, str]] = []
    try:
        data = _parse(path, lines, faults)
        faults.extend(_shape_faults(data, path.stem))
        entry = None if faults else _entry(data, lines, faults)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(Problem(path.name, line, "file", f"No YAML: {error.problem}."))
        return None
    except ValueError as error:
        faults, entry = [("file", f"Cannot be read: {error}.")], None
    for field, message in faults:
        line = lines.get(field) or lines.get(field.split(".")[0], 1)
        problems.append(Problem(path.name, line, field, message))
    return None if faults else entry


def _parse(
    path: Path, lines: dict[str, int], faults: list[tuple[str, str]]
) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    data = yaml.safe_load(text)
    if not isinstance(root, yaml.MappingNode) or not isinstance(data, dict):
        raise ValueError("it is no mapping of fields")
    for field, line in _key_lines(root):
        if field in lines:
            faults.append((field, "Stands twice."))
        lines[field] = line
    return data


def _key_lines(node: yaml.MappingNode, prefix: str = "") -> Iterator[tuple[str, int]]:
    for key, value in node.value:
        field = f"{prefix}{key.value}"
        yield field, key.start_mark.line + 1
        if isinstance(value, yaml.MappingNode):
            yield from _key_lines(value, f"{field}.")


def _text(value: Any) -> str:
    sound = isinstance(value, str) and value.strip()
    return "" if sound else "Give a text; quote what YAML takes for something else."


def _texts(value: Any) -> str:
    sound = isinstance(value, list) and not any(_text(one) for one in value)
    return "" if sound else "Give a list of texts."


def _whole(value: Any) -> str:
    sound = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return "" if sound else "Give a whole number from 1 on."


def _slug_or_null(value: Any) -> str:
    return "" if value is None else _text(value)


def _draft(value: Any) -> str:
    # a clinic signs what it uses; a file cannot sign for it
    return "" if value is None else "Library files are drafts: give null."


def _mapping(value: Any) -> str:
    return "" if isinstance(value, dict) else "Give a mapping."


def _figures(value: Any) -> str:
    """Check the words of each picture, and that its pose can be drawn."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return "Give a list of pictures."
    for figure in value:
        for words in (figure.get("description"), figure.get("caption")):
            if not isinstance(words, dict) or any(_text(words.get(x)) for x in WORDED):
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
SHAPES: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys((*TEXTS, "feel", "dosage_source", "source"), _text),
    **dict.fromkeys((*LISTS, "mistakes", "stop_if", "poses"), _texts),
    **dict.fromkeys(("cautions", "contraindications"), _texts),
    **dict.fromkeys(("difficulty", "version"), _whole),
    **dict.fromkeys(("easier", "harder"), _slug_or_null),
    "dosage": _mapping,
    "reviewed": _draft,
    "figures": _figures,
}
OPTIONAL = {"figures"}
# Fields of the file that are no columns of the row
APART = {"dosage", "version", "reviewed", "poses"}


def _shape_faults(data: dict[str, Any], stem: str) -> Iterator[tuple[str, str]]:
    for field in data:
        if field not in SHAPES:
            yield str(field), "There is no such field."
    for field, fault_of in SHAPES.items():
        if field not in data and field not in OPTIONAL:
            yield field, "Is missing."
        elif field in data and (fault := fault_of(data[field])):
            yield field, fault
    if data.get("slug") != stem:
        yield "slug", f"The file is named {stem}.yaml."


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
