"""Where facts of the library come from: titles for the codes of ``sources.yaml``.

Files tell their sources by codes such as P25b; people read titles. ``[J]`` marks a
judgment without a published figure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from exercises.data_files import (
    Fault,
    Lines,
    Problem,
    Shape,
    read_file,
    refuse,
    sequence,
    text,
    whole,
)

FILE = Path(__file__).with_name("sources.yaml")
JUDGMENT = "clinical judgment of the authors"
# "A0-A4" is a code of its own. A bare J is one where nobody's initial can stand.
CODE = re.compile(
    r"\b(?:A0-A4|A\d|P\d\d[a-z]?)\b"
    r"|(?P<mark>(?P<apart>[;,:])?\s*\[J\])"
    r"|(?P<bare>^J(?=$|,)|(?<=\d, )J$)"
)


@dataclass(frozen=True)
class Source:
    """One source: what pages call it, and where it was read."""

    code: str
    title: str
    kind: str
    year: int | None = None
    where: str = ""

    def __str__(self) -> str:
        return f"{self.title}, {self.year}" if self.year else self.title


def with_titles(told: str) -> str:
    """Return the text with titles for codes; what is not known stays as it is."""
    replaced = CODE.sub(_title, told)
    return replaced[:1].upper() + replaced[1:] if CODE.match(told) else replaced


def titles_in(told: str) -> tuple[str, ...]:
    """Return the titles of the sources that the text names, each once."""
    known = sources()
    titles = (str(known[code]) for code in _codes(told) if code in known)
    return tuple(dict.fromkeys(titles))


def unknown_codes(told: str) -> tuple[str, ...]:
    """Return the codes in the text that ``sources.yaml`` does not hold."""
    codes = (code for code in _codes(told) if code not in sources())
    return tuple(dict.fromkeys(codes))


@cache
def sources() -> dict[str, Source]:
    """Return all sources by code."""
    return read_sources()


def read_sources(path: Path = FILE) -> dict[str, Source]:
    """Return the sources of the file by code, or raise ``LibraryError``."""
    problems: list[Problem] = []
    found = read_file(path, problems, _build)
    refuse(problems)
    return found or {}


SHAPE = Shape({"version": whole, "sources": sequence})
ENTRY = Shape(
    {**dict.fromkeys(("code", "title", "kind", "where"), text), "year": whole},
    optional=frozenset({"year", "where"}),
)


def _build(
    data: dict[str, Any], lines: Lines, faults: list[Fault]
) -> dict[str, Source] | None:
    faults.extend(SHAPE.faults(data))
    if faults:
        return None
    found: dict[str, Source] = {}
    for number, entry in enumerate(data["sources"]):
        entry_faults = list(_entry_faults(entry, f"sources.{number}", found))
        faults.extend(entry_faults)
        if not entry_faults:
            found[entry["code"]] = Source(**entry)
    return found


def _entry_faults(entry: Any, place: str, known: dict[str, Source]) -> Iterator[Fault]:
    if not isinstance(entry, dict):
        yield place, "Give a mapping."
        return
    yield from ENTRY.faults(entry, f"{place}.")
    if entry.get("code") in known:
        yield f"{place}.code", "Stands twice."


def _codes(told: str) -> Iterator[str]:
    for found in CODE.finditer(told):
        if not found["mark"] and not found["bare"]:
            yield found[0]


def _title(found: re.Match[str]) -> str:
    if found["bare"]:
        return JUDGMENT
    if found["mark"]:
        if found["apart"]:
            return f"{found['apart']} {JUDGMENT}"
        return JUDGMENT if found.start() == 0 else f": {JUDGMENT}"
    source = sources().get(found[0])
    return str(source) if source else found[0]
