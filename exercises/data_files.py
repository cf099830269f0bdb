"""Data files of the library: YAML read strictly, with the place of every fault."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

T = TypeVar("T")
# Ten times as fast where PyYAML was built with libyaml, as its wheels are
SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Lines = Mapping[str, int]
# Field and what is wrong with it
Fault = tuple[str, str]
Check = Callable[[Any], str]
Build = Callable[[dict[str, Any], Lines, list[Fault]], T | None]


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
class Shape:
    """Which fields a mapping has, and what each must look like."""

    checks: Mapping[str, Check]
    optional: frozenset[str] = frozenset()

    def faults(self, data: Mapping[str, Any], prefix: str = "") -> Iterator[Fault]:
        """Yield what is unknown, missing or of a wrong kind."""
        for field in data:
            if field not in self.checks:
                yield f"{prefix}{field}", "There is no such field."
        for field, fault_of in self.checks.items():
            if field not in data and field not in self.optional:
                yield f"{prefix}{field}", "Is missing."
            elif field in data and (fault := fault_of(data[field])):
                yield f"{prefix}{field}", fault


def read_file(path: Path, problems: list[Problem], build: Build[T]) -> T | None:
    """Return what ``build`` makes of the file, or None after adding what is wrong.

    ``build`` gets the mapping, the line of each field and a list for its faults.
    """
    lines: dict[str, int] = {}
    faults: list[Fault] = []
    name = path.name
    built: T | None = None
    try:
        data = _parse(path, lines, faults)
        built = None if faults else build(data, lines, faults)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(Problem(name, line, "file", f"No YAML: {error.problem}."))
        return None
    except ValueError as error:
        faults.append(("file", f"Cannot be read: {error}."))
    for field, message in faults:
        problems.append(Problem(name, _line_of(field, lines), field, message))
    return None if faults else built


def refuse(problems: Sequence[Problem]) -> None:
    """Raise ``LibraryError`` with the problems in order, if there are any."""
    if problems:
        raise LibraryError(sorted(problems, key=lambda p: (p.file, p.line)))


def _line_of(field: str, lines: Lines) -> int:
    """Return the line of the field, or of the nearest part that has one."""
    while field and field not in lines:
        field = field.rpartition(".")[0]
    return lines.get(field, 1)


def _parse(path: Path, lines: dict[str, int], faults: list[Fault]) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    root = yaml.compose(text, Loader=SAFE)
    data = yaml.load(text, Loader=SAFE)  # noqa: S506 (the safe loader, in C)
    if not isinstance(root, yaml.MappingNode) or not isinstance(data, dict):
        raise ValueError("it is no mapping of fields")
    for field, line in _key_lines(root):
        if field in lines:
            faults.append((field, "Stands twice."))
        lines[field] = line
    return data


def _key_lines(node: yaml.Node, prefix: str = "") -> Iterator[tuple[str, int]]:
    """Yield the line of each field; entries of lists are numbered from 0."""
    pairs: list[tuple[str, int, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        pairs = [(k.value, k.start_mark.line, value) for k, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        pairs = [(str(n), v.start_mark.line, v) for n, v in enumerate(node.value)]
    for name, line, value in pairs:
        yield f"{prefix}{name}", line + 1
        yield from _key_lines(value, f"{prefix}{name}.")


# Checks of single values: empty when sound, else a sentence


def text(value: Any) -> str:
    """A text that is not empty."""
    sound = isinstance(value, str) and value.strip()
    return "" if sound else "Give a text; quote what YAML takes for something else."


def texts(value: Any) -> str:
    """A list of texts."""
    sound = isinstance(value, list) and not any(text(one) for one in value)
    return "" if sound else "Give a list of texts."


def whole(value: Any) -> str:
    """A whole number from 1 on."""
    sound = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return "" if sound else "Give a whole number from 1 on."


def wholes(value: Any) -> str:
    """A list of whole numbers from 1 on."""
    sound = isinstance(value, list) and not any(whole(one) for one in value)
    return "" if sound else "Give a list of whole numbers from 1 on."


def text_or_null(value: Any) -> str:
    """A text, or nothing on purpose."""
    return "" if value is None else text(value)


def whole_or_null(value: Any) -> str:
    """A whole number from 1 on, or nothing on purpose."""
    return "" if value is None else whole(value)


def draft(value: Any) -> str:
    """Nothing: a clinic signs what it uses, a file cannot sign for it."""
    return "" if value is None else "Library files are drafts: give null."


def mapping(value: Any) -> str:
    """A mapping."""
    return "" if isinstance(value, dict) else "Give a mapping."


def sequence(value: Any) -> str:
    """A list."""
    return "" if isinstance(value, list) else "Give a list."
