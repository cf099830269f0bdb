"""What a clinic has not signed yet: counted, with the words to read, and signed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, QuerySet

from clinic.errors import Invalid
from clinic.models import Actor, ClinicText, Membership, SignOff
from clinic.models.plain import one_line
from clinic.signing import require_licence, sign_all
from exercises.dosage import sentences
from exercises.leaflets import blocks_of, printed
from exercises.models import Exercise, ExerciseTranslation, Leaflet
from exercises.readability import CEILING, LEAST_WORDS, grade, sentences_of, words_of
from exercises.sources import with_titles

LONGEST_REASON = 300
# What a card says, in the order in which it is read
PARTS = (
    ("start", "Start"),
    ("steps", "Steps"),
    ("breathing", "Breathing"),
    ("feel", "You feel"),
    ("mistakes", "Avoid"),
    ("stop_if", "Stop if"),
)
# Graded as one: a line alone is too short
GRADED = ("start", "steps", "feel")


@dataclass(frozen=True)
class Kind:
    """One kind of content: its key in addresses, its words, where its rows are."""

    key: str
    label: str
    model: Any

    @property
    def name(self) -> str:
        """The name under which signatures have it."""
        return str(self.model._meta.label_lower)

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
    """One piece of content as the patient will read it.

    ``parts`` are label and lines of a card, ``blocks`` kind and text of each line of
    other texts. ``grade`` is the school grade it reads at; None if it cannot be told.
    """

    id: UUID
    version: int
    title: str
    language: str
    parts: Sequence[tuple[str, Sequence[str]]] = ()
    blocks: Sequence[tuple[str, str]] = ()
    dosage: str = ""
    source: str = ""
    grade: float | None = None
    is_used: bool = False
    is_outdated: bool = False

    @property
    def is_hard(self) -> bool:
        """Whether it takes a reason to sign it."""
        return self.grade is not None and self.grade > CEILING


@dataclass(frozen=True)
class Signed:
    """What signing did: how many are signed, and the rows that are not, and why."""

    count: int
    changed: int
    without_reason: Sequence[str]


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


def waiting(kind: Kind, language: str, actor: Actor, used: Collection[str]) -> Any:
    """Return unsigned rows; those whose slug is in ``used`` come first."""
    rows = kind.rows(actor).filter(is_signed=False, language=language)
    return sorted(rows, key=lambda row: (_slug_of(row) not in used, str(row)))


def count_in_use(actor: Membership, used: Collection[str]) -> int:
    """Count what is unsigned of the exercises and leaflets with these slugs.

    Translations and leaflets count in the clinic's own language alone.
    """
    language = actor.clinic.language
    filters: dict[str, dict[str, Any]] = {
        "leaflets": {"slug__in": used, "language": language},
        "exercises": {"slug__in": used},
        "translations": {"exercise__slug__in": used, "language": language},
    }
    return sum(
        kind.rows(actor).filter(is_signed=False, **filters[kind.key]).count()
        for kind in KINDS
        if kind.key in filters
    )


def _slug_of(row: Any) -> str:
    owner = row.exercise if isinstance(row, ExerciseTranslation) else row
    return str(getattr(owner, "slug", ""))


def reading_of(row: Any, actor: Any, used: Collection[str] = ()) -> Reading:
    """Return what there is to read before signing."""
    owner = row.exercise if isinstance(row, ExerciseTranslation) else row
    source = getattr(owner, "dosage_source", "") or getattr(owner, "source", "")
    values = {
        "id": row.pk,
        "version": row.version,
        "title": title_of(row),
        "language": row.language,
        "source": with_titles(source),
        "is_used": _slug_of(row) in used,
        "is_outdated": getattr(row, "is_outdated", False),
    }
    if isinstance(row, Leaflet | ClinicText):
        blocks = (
            printed(row, actor.clinic, is_signed=False).blocks
            if isinstance(row, Leaflet)
            else blocks_of(row.body.splitlines())
        )
        told = [text for _, text in blocks]
        return Reading(**values, blocks=blocks, grade=_grade(told, row.language))
    parts = [(label, _lines(getattr(row, name))) for name, label in PARTS]
    told = [line for name in GRADED for line in _lines(getattr(row, name))]
    dosage = " ".join(sentences(row.dosage)) if isinstance(row, Exercise) else ""
    return Reading(
        **values,
        parts=[(label, lines) for label, lines in parts if lines],
        dosage=dosage,
        grade=_grade(told, row.language),
    )


def title_of(row: Any) -> str:
    """Return what a piece of content is called."""
    return row.name if isinstance(row, ExerciseTranslation) else str(row)


def _lines(told: Any) -> list[str]:
    return [line for line in ([told] if isinstance(told, str) else told) if line]


def _grade(told: Sequence[str], language: str) -> float | None:
    count = sum(len(words_of(one)) for one in sentences_of(told))
    return grade(told, language) if count >= LEAST_WORDS else None


@transaction.atomic
def sign_read(
    read: Mapping[UUID, int], reasons: Mapping[UUID, str], *, by: Membership
) -> Signed:
    """Sign the versions that were read; what was edited meanwhile is left out.

    What is harder to read than the ceiling is signed with a reason alone. Raises
    Forbidden for who is not licensed, Invalid for a reason that cannot be kept.
    """
    require_licence(by)
    rows = _still_as_read(read, by)
    is_hard = {row.pk: reading_of(row, by).is_hard for row in rows}
    told = {pk: _reason(reasons[pk]) for pk in reasons if is_hard.get(pk)}
    easy = [row for row in rows if not is_hard[row.pk]]
    with_reason = [row for row in rows if told.get(row.pk)]
    sign_all(easy, by=by)
    for row in with_reason:
        sign_all([row], by=by, reason=told[row.pk])
    left = [row for row in rows if is_hard[row.pk] and not told.get(row.pk)]
    return Signed(
        count=len(easy) + len(with_reason),
        changed=len(read) - len(rows),
        without_reason=[title_of(row) for row in left],
    )


def _reason(given: str) -> str:
    reason = given.strip()
    try:
        one_line(reason)
    except ValidationError as error:
        raise Invalid("reason", " ".join(error.messages)) from error
    if len(reason) > LONGEST_REASON:
        raise Invalid("reason", f"A reason has at most {LONGEST_REASON} characters.")
    return reason


def _still_as_read(read: Mapping[UUID, int], actor: Actor) -> list[Any]:
    found: list[Any] = []
    for kind in KINDS:
        rows = kind.rows(actor).filter(pk__in=read)
        found += [row for row in rows if row.version == read[row.pk]]
    return found


def contents_of(signatures: Iterable[SignOff]) -> dict[UUID, Any]:
    """Return the rows of content under signatures by id, in a query for each kind."""
    ids = [signature.content_id for signature in signatures]
    # A clinic signs what it sees: whoever may read its signatures may read these.
    found = (kind.model._base_manager.in_bulk(ids) for kind in KINDS)
    return {pk: row for rows in found for pk, row in rows.items()}
