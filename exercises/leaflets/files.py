"""Leaflet files: one YAML file for each leaflet and language."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError

from exercises.data_files import (
    Build,
    Fault,
    LibraryError,
    Lines,
    Problem,
    Shape,
    draft,
    read_file,
    refuse,
    text,
    texts,
    whole,
)
from exercises.models import Leaflet

FOLDER = Path(__file__).parent
# Filled in from the clinic, not from the leaflet's own numbers
OF_CLINIC = frozenset({"clinic_phone", "emergency_number"})
PLACEHOLDER = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class LeafletEntry:
    """One sound file: the columns of its row."""

    version: int
    columns: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of all that the row will hold."""
        return sha256(json.dumps(self.columns, sort_keys=True).encode()).hexdigest()


def read_leaflets(folder: Path = FOLDER) -> dict[str, LeafletEntry]:
    """Return all leaflets by ``language/slug``, or raise ``LibraryError``."""
    problems: list[Problem] = []
    entries: dict[str, LeafletEntry] = {}
    for path in sorted(folder.glob("*/*.yaml")):
        entry = read_file(path, problems, _build(path))
        if entry:
            entries[f"{path.parent.name}/{path.stem}"] = entry
    if not entries and not problems:
        raise LibraryError([Problem(folder.name, 1, "file", "There are no leaflets.")])
    refuse(problems)
    return entries


def unknown_placeholders(body: str, fields: Mapping[str, Any]) -> list[str]:
    """Return the names in braces that nothing fills in."""
    names = dict.fromkeys(PLACEHOLDER.findall(body))
    return [name for name in names if name not in fields and name not in OF_CLINIC]


def fields_fault(value: Any) -> str:
    """Return what is wrong with the numbers of a leaflet; empty when sound."""
    if not isinstance(value, dict):
        return "Give a mapping of names to value and unit."
    for name, number in value.items():
        is_pair = isinstance(number, dict) and set(number) == {"value", "unit"}
        if not is_pair or whole(number["value"]) or text(number["unit"]):
            return f"“{name}” has a value (a whole number from 1 on) and a unit."
    return ""


def optional_fault(value: Any) -> str:
    """Return what is wrong with the optional lines; empty when sound."""
    sound = isinstance(value, list) and all(
        isinstance(line, dict)
        and set(line) == {"text", "on"}
        and not text(line["text"])
        and isinstance(line["on"], bool)
        for line in value
    )
    return "" if sound else "Give a list of lines, each with text and on."


SHAPE = Shape(
    {
        **dict.fromkeys(("slug", "language", "title", "body", "source", "note"), text),
        "fields": fields_fault,
        "optional_lines": optional_fault,
        "ask_first_flags": texts,
        "version": whole,
        "reviewed": draft,
    },
    optional=frozenset({"fields", "optional_lines", "ask_first_flags", "note"}),
)
DEFAULTS: Mapping[str, Any] = {
    "fields": {},
    "optional_lines": [],
    "ask_first_flags": [],
    "note": "",
}


def _build(path: Path) -> Build[LeafletEntry]:
    def build(
        data: dict[str, Any], lines: Lines, faults: list[Fault]
    ) -> LeafletEntry | None:
        faults.extend(SHAPE.faults(data))
        faults.extend(_name_faults(data, path))
        if faults:
            return None
        apart = {"version", "reviewed"}
        columns = {**DEFAULTS, **{k: v for k, v in data.items() if k not in apart}}
        columns["body"] = columns["body"].strip()
        faults.extend(_column_faults(columns))
        return LeafletEntry(data["version"], columns)

    return build


def _name_faults(data: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if data.get("slug") != path.stem:
        yield "slug", f"The file is named {path.name}."
    if data.get("language") != path.parent.name:
        yield "language", f"The folder is named {path.parent.name}."


def _column_faults(columns: Mapping[str, Any]) -> Iterator[Fault]:
    """Check as the model does for a clinic's own leaflet."""
    try:
        Leaflet(**columns).full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            yield name, " ".join(messages)
    for name in unknown_placeholders(columns["body"], columns["fields"]):
        yield "body", f"Nothing fills in {{{name}}}."
