"""Safety rules, limits and screening questions: one YAML file, and their rows."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from clinic.models import Actor
from clinic.roles import Scope
from exercises.data_files import (
    Check,
    Fault,
    LibraryError,
    Lines,
    Problem,
    Shape,
    mapping,
    read_file,
    refuse,
    sequence,
    text,
    texts,
    whole,
)
from exercises.shared_rows import Report, Shelf, load_rows, own_copy
from prescriptions.catalog.protocols import worded, words_of
from prescriptions.models import SafetyLimit, SafetyRule
from prescriptions.screening import (
    HandoutFacts,
    ItemFacts,
    LeafletFacts,
    LogFacts,
    PatientFacts,
    PhaseFacts,
    ProgramFacts,
)
from prescriptions.screening.functions import FUNCTIONS
from prescriptions.screening.operators import LIMIT, OPERATORS

SAFETY = Path(__file__).parent.parent / "safety" / "rules.yaml"
LEVELS = ("emergency", "urgent")
CODE = re.compile(r"R\d{2}")
FACTS: Mapping[str, Any] = {
    "program": ProgramFacts,
    "patient": PatientFacts,
    "phase": PhaseFacts,
    "item": ItemFacts,
    "leaflet": LeafletFacts,
    "log": LogFacts,
    "handout": HandoutFacts,
}


@dataclass(frozen=True)
class RuleEntry:
    """One rule of the file: the columns of its row."""

    version: int
    columns: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 of all that the row will hold."""
        return sha256(json.dumps(self.columns, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Wording:
    """How people read a limit: what it bounds and in which unit."""

    label: str
    unit: str


@dataclass(frozen=True)
class LimitEntry:
    """One limit of the file."""

    name: str
    version: int
    value: int
    source: str
    wording: Wording

    @property
    def digest(self) -> str:
        """What the row will hold, as one text."""
        return f"{self.value} {self.source}"


@dataclass(frozen=True)
class Question:
    """One question of a red-flag screening, in each language."""

    id: str
    level: str
    text: Mapping[str, str]


@dataclass(frozen=True)
class Safety:
    """All that the file holds, by code, name and id."""

    rules: Mapping[str, RuleEntry]
    limits: Mapping[str, LimitEntry]
    questions: Mapping[str, Question]


def read_safety(path: Path = SAFETY) -> Safety:
    """Return rules, limits and questions, or raise ``LibraryError``."""
    problems: list[Problem] = []
    found = read_file(path, problems, _build)
    refuse(problems)
    if found is None:
        raise LibraryError([Problem(path.name, 1, "file", "Cannot be read.")])
    return found


@cache
def _shipped() -> Safety:
    return read_safety()


def questions() -> Mapping[str, Question]:
    """Return the questions of a screening by id, in order."""
    return _shipped().questions


def limit_wording(name: str) -> Wording:
    """Return how people read a limit; of a retired one, its name."""
    known = _shipped().limits.get(name)
    return known.wording if known else Wording(name.replace("_", " "), "")


def _choice(*known: str) -> Check:
    told = f"Give one of {', '.join(known)}."
    return lambda value: "" if value in known else told


SHAPE = Shape(
    {"version": whole, "limits": mapping, "rules": sequence, "questions": sequence}
)
RULE = Shape(
    {
        "code": lambda v: "" if CODE.fullmatch(str(v)) else "Give R and two digits.",
        "severity": _choice(*SafetyRule.Severity.values),
        "scope": _choice(*SafetyRule.Scope.values),
        "when": text,
        "match": _choice("all", "any"),
        "test": sequence,
        "function": _choice(*FUNCTIONS),
        "replaces": texts,
        "message": worded,
        "source": text,
        "version": whole,
    },
    optional=frozenset({"match", "test", "function", "replaces", "version"}),
)
LIMIT_SHAPE = Shape({"value": whole, "label": text, "unit": text, "source": text})
QUESTION = Shape({"id": text, "level": _choice(*LEVELS), "text": worded})


def _build(data: dict[str, Any], lines: Lines, faults: list[Fault]) -> Safety | None:
    faults.extend(SHAPE.faults(data))
    if faults:
        return None
    limits = dict(_limits(data["limits"], faults))
    rules: dict[str, RuleEntry] = {}
    for number, entry in enumerate(data["rules"]):
        prefix = f"rules.{number}."
        if found := list(_rule_faults(entry, prefix, limits)):
            faults.extend(found)
        elif entry["code"] in rules:
            faults.append((f"{prefix}code", "Stands twice."))
        else:
            rules[entry["code"]] = _rule(entry)
    asked = dict(_questions(data["questions"], faults))
    return Safety(rules, limits, asked)


def _limits(
    entries: Mapping[str, Any], faults: list[Fault]
) -> Iterator[tuple[str, LimitEntry]]:
    for name, entry in entries.items():
        prefix = f"limits.{name}."
        if found := list(_of_mapping(LIMIT_SHAPE, entry, prefix)):
            faults.extend(found)
        else:
            wording = Wording(entry["label"], entry["unit"])
            yield name, LimitEntry(name, 1, entry["value"], entry["source"], wording)


def _questions(
    entries: list[Any], faults: list[Fault]
) -> Iterator[tuple[str, Question]]:
    for number, entry in enumerate(entries):
        if found := list(_of_mapping(QUESTION, entry, f"questions.{number}.")):
            faults.extend(found)
        else:
            yield entry["id"], Question(entry["id"], entry["level"], entry["text"])


def _rule_faults(
    entry: Any, prefix: str, limits: Mapping[str, LimitEntry]
) -> Iterator[Fault]:
    yield from _of_mapping(RULE, entry, prefix)
    if not isinstance(entry, dict):
        return
    tests = entry.get("test", [])
    if not tests and not entry.get("function"):
        yield f"{prefix}test", "A rule has a test or a function."
    for number, line in enumerate(tests if isinstance(tests, list) else []):
        if fault := _line_fault(line, limits):
            yield f"{prefix}test.{number}", fault


def _line_fault(line: Any, limits: Mapping[str, LimitEntry]) -> str:
    if not isinstance(line, list) or len(line) != 3:
        return "Give fact, operator and value."
    name, operator, value = line
    if not is_fact(name):
        return f"There is no fact “{name}”."
    if operator not in OPERATORS:
        return f"“{operator}” is not one of {', '.join(OPERATORS)}."
    is_limit = isinstance(value, str) and value.startswith(LIMIT)
    if is_limit and value.removeprefix(LIMIT) not in limits:
        return f"There is no limit “{value.removeprefix(LIMIT)}”."
    return ""


def is_fact(name: Any) -> bool:
    """Tell whether rules can look at something of this name."""
    first, _, rest = str(name).partition(".")
    part, _, deeper = rest.partition(".")
    kind = FACTS.get(first)
    if kind is None or not part:
        return False
    known = {field.name for field in fields(kind)} | set(vars(kind))
    return part in known and (not deeper or part == "dosage")


def _of_mapping(shape: Shape, entry: Any, prefix: str) -> Iterator[Fault]:
    if isinstance(entry, dict):
        yield from shape.faults(entry, prefix)
    else:
        yield prefix.rstrip("."), "Give a mapping."


def _rule(entry: dict[str, Any]) -> RuleEntry:
    empty = {"match": "all", "test": [], "function": "", "replaces": []}
    apart = {"version", "message"}
    columns = {key: value for key, value in entry.items() if key not in apart}
    worded_columns = words_of(entry, "message")
    return RuleEntry(entry.get("version", 1), {**empty, **columns, **worded_columns})


# Rows


class RuleShelf(Shelf[RuleEntry, SafetyRule]):
    """The shared rules."""

    def rows(self) -> Mapping[str, SafetyRule]:
        """Return the rules by code."""
        return {row.code: row for row in SafetyRule.objects.shared()}

    def fill(self, entry: RuleEntry, row: SafetyRule | None) -> SafetyRule:
        """Return the row with the entry's columns."""
        filled = row or SafetyRule()
        for column, value in entry.columns.items():
            setattr(filled, column, value)
        filled.content_digest = entry.digest
        return filled

    def is_offered(self, row: SafetyRule) -> bool:
        """Tell whether it is in force."""
        return row.is_on

    def offer(self, row: SafetyRule, offered: bool) -> None:
        """Put in force, or switch off."""
        row.is_on = offered


class LimitShelf(Shelf[LimitEntry, SafetyLimit]):
    """The shared limits; a rule that is gone needs none, so they stay."""

    def rows(self) -> Mapping[str, SafetyLimit]:
        """Return the limits by name."""
        return {row.name: row for row in SafetyLimit.objects.shared()}

    def fill(self, entry: LimitEntry, row: SafetyLimit | None) -> SafetyLimit:
        """Return the row with value and source."""
        filled = row or SafetyLimit(name=entry.name)
        filled.value, filled.source = entry.value, entry.source
        return filled

    def digest_of(self, row: SafetyLimit) -> str:
        """Return what the row holds, as one text."""
        return f"{row.value} {row.source}"

    def is_offered(self, row: SafetyLimit) -> bool:
        """Always: a number alone does nothing."""
        return True

    def offer(self, row: SafetyLimit, offered: bool) -> None:
        """Nothing to switch."""


def load_rules(path: Path = SAFETY) -> Report:
    """Bring the shared rules in line with the file."""
    return load_rows(RuleShelf(), read_safety(path).rules)


def load_limits(path: Path = SAFETY) -> Report:
    """Bring the shared limits in line with the file."""
    return load_rows(LimitShelf(), read_safety(path).limits)


def own_rule(rule: SafetyRule, actor: Actor) -> SafetyRule:
    """Return the clinic's own version of a rule, made now if there is none."""
    return own_copy(rule, actor, scope=Scope.CLINIC_MANAGE)


def own_limit(limit: SafetyLimit, actor: Actor) -> SafetyLimit:
    """Return the clinic's own value of a limit, made now if there is none."""
    return own_copy(limit, actor, scope=Scope.CLINIC_MANAGE)
