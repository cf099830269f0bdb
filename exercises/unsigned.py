"""What a clinic has not signed yet: by kind and language, with the words to read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from clinic.models import Actor, ClinicText, SignOff
from exercises.dosage import sentences
from exercises.leaflets import printed
from exercises.models import Exercise, ExerciseTranslation, Leaflet
from exercises.sources import with_titles

WORDS = ("breathing", "feel")
LISTS = (("steps", ""), ("mistakes", "Avoid: "), ("stop_if", "Stop if: "))


@dataclass(frozen=True)
class Kind:
    """One kind of content: its key in addresses, its words, where its rows are."""

    key: str
    label: str
    model: Any

    def rows(self, actor: Actor) -> QuerySet[Any]:
        """Return the rows that the actor's clinic uses, marked with ``is_signed``."""
        rows = self.model.objects.visible_to(actor)
        if self.model is Exercise:
            rows = rows.published()
        if self.model is Leaflet:
            rows = rows.filter(is_archived=False)
        if self.model is ExerciseTranslation:
            rows = rows.exclude(steps=[]).select_related("exercise")
        return SignOff.objects.mark(rows, actor.clinic_id)


KINDS = (
    Kind("texts", "Safety texts", ClinicText),
    Kind("leaflets", "Leaflets", Leaflet),
    Kind("exercises", "Exercises", Exercise),
    Kind("translations", "Translations", ExerciseTranslation),
)


@dataclass(frozen=True)
class Tally:
    """How much of a kind is there in a language, and how much of it is signed."""

    kind: Kind
    language: str
    total: int
    unsigned: int


@dataclass(frozen=True)
class Reading:
    """One piece of content as the patient will read it."""

    id: UUID
    version: int
    title: str
    language: str
    lines: Sequence[str]
    source: str = ""
    is_outdated: bool = False


def tallies(actor: Actor) -> list[Tally]:
    """Count all content by kind and language, in a query for each kind."""
    found = []
    for kind in KINDS:
        counts: dict[str, list[int]] = {}
        rows = kind.rows(actor).order_by().values_list("language", "is_signed")
        for language, is_signed, count in rows.annotate(count=Count("pk")):
            total = counts.setdefault(language, [0, 0])
            total[0] += count
            total[1] += 0 if is_signed else count
        found += [Tally(kind, language, *pair) for language, pair in counts.items()]
    return found


def waiting(kind: Kind, language: str, actor: Actor, first: Iterable[str]) -> Any:
    """Return unsigned rows; those whose slug is in ``first`` come first."""
    rows = kind.rows(actor).filter(is_signed=False, language=language)
    used = set(first)
    return sorted(rows, key=lambda row: (_slug_of(row) not in used, str(row)))


def _slug_of(row: Any) -> str:
    owner = row.exercise if isinstance(row, ExerciseTranslation) else row
    return str(getattr(owner, "slug", ""))


def reading_of(row: Any, actor: Any) -> Reading:
    """Return what there is to read before signing."""
    if isinstance(row, Leaflet):
        told = printed(row, actor.clinic, is_signed=False)
        lines: list[str] = [line.lstrip("#!- ") for line in told.lines]
    elif isinstance(row, ClinicText):
        lines = [line.lstrip("#!- ") for line in row.body.splitlines() if line.strip()]
    else:
        lines = _lines_of(row)
    owner = row.exercise if isinstance(row, ExerciseTranslation) else row
    source = getattr(owner, "dosage_source", "") or getattr(owner, "source", "")
    return Reading(
        id=row.pk,
        version=row.version,
        title=row.name if isinstance(row, ExerciseTranslation) else str(row),
        language=row.language,
        lines=lines,
        source=with_titles(source),
        is_outdated=getattr(row, "is_outdated", False),
    )


def _lines_of(row: Any) -> list[str]:
    lines = [row.start]
    for name, lead in LISTS:
        lines += [f"{lead}{one}" for one in getattr(row, name)]
    lines += [getattr(row, name) for name in WORDS]
    if isinstance(row, Exercise):
        lines.append(" ".join(sentences(row.dosage)))
    return [line for line in lines if line]


def still_as_read(read: dict[UUID, int], actor: Actor) -> list[Any]:
    """Return the rows that were read, those that changed meanwhile left out."""
    found: list[Any] = []
    for kind in KINDS:
        rows = kind.rows(actor).filter(pk__in=read)
        found += [row for row in rows if row.version == read[row.pk]]
    return found
