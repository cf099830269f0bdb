"""What a patient reads of a leaflet: numbers filled in, in a language there is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.models import Clinic, SignOff
from exercises.models import Leaflet

# The language that every shared leaflet exists in
FALLBACK = "en"
KINDS = {"# ": "heading", "! ": "action", "- ": "item"}


@dataclass(frozen=True)
class PrintedLeaflet:
    """One leaflet as printed.

    ``lines`` keep their marks: ``# `` heading, ``! `` must stand out, ``- `` item,
    none for a paragraph. ``language`` is the one really used.
    """

    id: UUID
    slug: str
    language: str
    title: str
    lines: tuple[str, ...]
    version: int
    is_signed: bool

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """Kind and text of each line: heading, action, item or paragraph."""
        return blocks_of(self.lines)


def blocks_of(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Return kind and text of lines with marks: heading, action, item or paragraph."""
    return [
        (KINDS[line[:2]], line[2:].strip())
        if line[:2] in KINDS
        else ("paragraph", line.strip())
        for line in lines
        if line.strip()
    ]


def leaflets_for(
    slugs: Iterable[str], language: str, clinic: Clinic
) -> list[PrintedLeaflet]:
    """Return the leaflets in the order of the slugs, each once, in one query.

    A leaflet that does not exist in the language comes in the clinic's, then in
    English; one that is archived or unknown is left out.
    """
    rows = rows_for(slugs, language, clinic)
    return [printed(row, clinic, is_signed=row.is_signed) for row in rows]


def rows_for(slugs: Iterable[str], language: str, clinic: Clinic) -> list[Any]:
    """Return the rows that ``leaflets_for`` prints, each marked with ``is_signed``."""
    wanted = list(dict.fromkeys(slugs))
    if not wanted:
        return []
    rows = Leaflet.objects.of_clinic(clinic).published().filter(slug__in=wanted)
    found: dict[tuple[str, str], Any] = {
        (row.slug, row.language): row for row in SignOff.objects.mark(rows, clinic)
    }
    order = (language, clinic.language, FALLBACK)
    chosen = [
        next((found[slug, one] for one in order if (slug, one) in found), None)
        for slug in wanted
    ]
    return [row for row in chosen if row]


def printed(leaflet: Leaflet, clinic: Clinic, *, is_signed: bool) -> PrintedLeaflet:
    """Return one leaflet as the clinic's patients read it."""
    values = _values(leaflet, clinic)
    extra = [f"- {line['text']}" for line in leaflet.optional_lines if line["on"]]
    lines = [line.strip() for line in [*leaflet.body.splitlines(), *extra]]
    return PrintedLeaflet(
        id=leaflet.pk,
        slug=leaflet.slug,
        language=leaflet.language,
        title=leaflet.title,
        lines=tuple(_filled(line, values) for line in lines if line),
        version=leaflet.version,
        is_signed=is_signed,
    )


def _values(leaflet: Leaflet, clinic: Clinic) -> dict[str, str]:
    numbers = {name: str(field["value"]) for name, field in leaflet.fields.items()}
    return numbers | {
        "clinic_phone": clinic.phone,
        "emergency_number": clinic.emergency_number,
    }


def _filled(line: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        line = line.replace(f"{{{name}}}", value)
    return line
