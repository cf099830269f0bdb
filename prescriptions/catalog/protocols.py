"""Program templates: one YAML file each, and their shared rows."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError

from clinic.models import Actor
from clinic.roles import Scope
from exercises.catalog import LIBRARY
from exercises.data_files import (
    Build,
    Fault,
    LibraryError,
    Lines,
    Problem,
    Shape,
    draft,
    mapping,
    read_file,
    refuse,
    sequence,
    text,
    texts,
    whole,
    whole_or_null,
    wholes,
)
from exercises.dosage import Dosage, DosageError, from_mapping, to_mapping
from exercises.leaflets import FOLDER
from exercises.shared_rows import Report, Shelf, load_rows, own_copy
from exercises.tags import vocabulary
from prescriptions.models import ProgramTemplate, TemplateExercise, TemplatePhase

PROTOCOLS = Path(__file__).parent.parent / "protocols"
FURTHER = ("es",)
# A given number of repetitions takes the place of a scheme or a range
REPETITIONS = ("repetitions_per_set", "repetitions_max")


@dataclass(frozen=True)
class ProtocolLine:
    """One exercise of a phase: columns of its row, and the whole dosage."""

    columns: Mapping[str, Any]
    dosage: Dosage


@dataclass(frozen=True)
class ProtocolPhase:
    """One phase: columns of its row, and its lines."""

    columns: Mapping[str, Any]
    lines: tuple[ProtocolLine, ...]


@dataclass(frozen=True)
class Protocol:
    """One sound file."""

    slug: str
    version: int
    columns: Mapping[str, Any]
    phases: tuple[ProtocolPhase, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of all that the rows will hold."""
        phases = [
            [
                phase.columns,
                [[line.columns, to_mapping(line.dosage)] for line in phase.lines],
            ]
            for phase in self.phases
        ]
        content = json.dumps([self.columns, phases], sort_keys=True)
        return sha256(content.encode()).hexdigest()


def read_protocols(folder: Path = PROTOCOLS) -> dict[str, Protocol]:
    """Return all templates by slug, or raise ``LibraryError`` with all problems."""
    problems: list[Problem] = []
    found: dict[str, Protocol] = {}
    for path in sorted(folder.glob("*.yaml")):
        if protocol := read_file(path, problems, _build(path.stem)):
            found[path.stem] = protocol
    if not found and not problems:
        raise LibraryError([Problem(folder.name, 1, "file", "There are no templates.")])
    refuse(problems)
    return found


def worded(value: Any) -> str:
    """Return what is wrong with a text in English and the further languages."""
    sound = isinstance(value, dict) and set(value) == {"en", *FURTHER}
    if not sound or any(text(one) for one in value.values()):
        return f"Give the text in en and {', '.join(FURTHER)}."
    return ""


def words_of(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the English texts as columns, those of other languages as ``words``."""
    given = [name for name in names if name in data]
    columns: dict[str, Any] = {name: data[name]["en"] for name in given}
    columns["words"] = {
        language: {name: data[name][language] for name in given} for language in FURTHER
    }
    return columns


def _stage(value: Any) -> str:
    known = list(vocabulary().terms["stages"])
    return "" if value in known else f"Give one of {', '.join(known)}."


def _leaflets(value: Any) -> str:
    if fault := texts(value):
        return fault
    lost = [slug for slug in value if not (FOLDER / "en" / f"{slug}.yaml").exists()]
    return f"There is no leaflet “{lost[0]}”." if lost else ""


TEMPLATE = Shape(
    {
        "slug": text,
        "name": worded,
        "stage": _stage,
        "goal": worded,
        "note": text,
        "leaflets": _leaflets,
        "review_after_days": wholes,
        "source": text,
        "version": whole,
        "reviewed": draft,
        "phases": sequence,
    },
    optional=frozenset({"note"}),
)
PHASE = Shape(
    {
        "title": worded,
        "stage": _stage,
        "days": whole_or_null,
        "criterion": worded,
        "exercises": sequence,
    },
    optional=frozenset({"criterion"}),
)
LINE = Shape(
    {
        "exercise": text,
        "dosage": mapping,
        "note": worded,
        "dosage_source": text,
    },
    optional=frozenset({"dosage", "note", "dosage_source"}),
)


def _build(stem: str) -> Build[Protocol]:
    def build(
        data: dict[str, Any], lines: Lines, faults: list[Fault]
    ) -> Protocol | None:
        faults.extend(TEMPLATE.faults(data))
        if data.get("slug") != stem:
            faults.append(("slug", f"The file is named {stem}.yaml."))
        if faults:
            return None
        phases = tuple(_phases(data["phases"], faults))
        apart = {"version", "reviewed", "phases", "name", "goal"}
        columns = {key: value for key, value in data.items() if key not in apart}
        columns = {"note": "", **columns, **words_of(data, "name", "goal")}
        faults.extend(_model_faults(ProgramTemplate(**columns)))
        return Protocol(stem, data["version"], columns, phases)

    return build


def _phases(entries: list[Any], faults: list[Fault]) -> Iterator[ProtocolPhase]:
    if not entries:
        faults.append(("phases", "Give at least one phase."))
    for number, entry in enumerate(entries):
        prefix = f"phases.{number}."
        if found := _faults_of(PHASE, entry, prefix):
            faults.extend(found)
            continue
        columns = words_of(entry, "title", "criterion") | {
            "position": number + 1,
            "stage": entry["stage"],
            "days": entry["days"],
        }
        faults.extend(_model_faults(TemplatePhase(**columns), prefix))
        lines = tuple(_lines(entry["exercises"], prefix, faults))
        yield ProtocolPhase(columns, lines)


def _lines(
    entries: list[Any], place: str, faults: list[Fault]
) -> Iterator[ProtocolLine]:
    for number, entry in enumerate(entries):
        prefix = f"{place}exercises.{number}."
        if found := _faults_of(LINE, entry, prefix):
            faults.extend(found)
            continue
        try:
            dosage = _dosage(entry["exercise"], entry.get("dosage", {}))
        except FileNotFoundError:
            told = f"There is no exercise “{entry['exercise']}”."
            faults.append((f"{prefix}exercise", told))
        except DosageError as error:
            for key, told in error.errors.items():
                faults.append((f"{prefix}dosage.{key}", told))
        else:
            columns = words_of(entry, "note") | {
                "position": number + 1,
                "exercise_slug": entry["exercise"],
                "dosage_source": entry.get("dosage_source", ""),
            }
            yield ProtocolLine(columns, dosage)


def _faults_of(shape: Shape, entry: Any, prefix: str) -> list[Fault]:
    if not isinstance(entry, dict):
        return [(prefix.rstrip("."), "Give a mapping.")]
    return list(shape.faults(entry, prefix))


def _dosage(slug: str, given: Mapping[str, Any]) -> Dosage:
    """Return the default dosage of the exercise with what is given over it."""
    base = _default_dosage(slug)
    if "repetitions" in given:
        base = {key: value for key, value in base.items() if key not in REPETITIONS}
    return from_mapping({**base, **given})


@cache
def _default_dosage(slug: str) -> dict[str, Any]:
    path = LIBRARY / f"{slug}.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    dosage: dict[str, Any] = data["dosage"]
    return dosage


def _model_faults(row: Any, prefix: str = "") -> Iterator[Fault]:
    """Check as the model does for a clinic's own."""
    parents = [f.name for f in row._meta.fields if f.is_relation]
    try:
        row.clean_fields(exclude=parents)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            yield f"{prefix}{name}", " ".join(messages)


# Rows


class TemplateShelf(Shelf[Protocol, ProgramTemplate]):
    """The shared templates."""

    def rows(self) -> Mapping[str, ProgramTemplate]:
        """Return the templates by slug."""
        return {row.slug: row for row in ProgramTemplate.objects.shared()}

    def fill(self, entry: Protocol, row: ProgramTemplate | None) -> ProgramTemplate:
        """Return the row with the entry's columns."""
        filled = row or ProgramTemplate()
        for column, value in entry.columns.items():
            setattr(filled, column, value)
        filled.content_digest = entry.digest
        return filled

    def is_offered(self, row: ProgramTemplate) -> bool:
        """Tell whether it may be applied."""
        return not row.is_archived

    def offer(self, row: ProgramTemplate, offered: bool) -> None:
        """Archive, or bring back."""
        row.is_archived = not offered

    def store(self, entry: Protocol, row: ProgramTemplate) -> None:
        """Save with phases and lines made anew: nothing points at them."""
        row.save()
        row.phases.all().delete()
        for part in entry.phases:
            phase = TemplatePhase.objects.create(template=row, **part.columns)
            lines = [TemplateExercise(phase=phase, **one.columns) for one in part.lines]
            for line, one in zip(lines, part.lines, strict=True):
                line.dosage = one.dosage
            TemplateExercise.objects.bulk_create(lines)


def load_templates(folder: Path = PROTOCOLS) -> Report:
    """Bring the shared templates in line with the files."""
    return load_rows(TemplateShelf(), read_protocols(folder))


def own_template(template: ProgramTemplate, actor: Actor) -> ProgramTemplate:
    """Return the clinic's own copy of a template, made now if there is none."""
    return own_copy(template, actor, scope=Scope.TEMPLATES_WRITE)
