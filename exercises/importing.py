"""The door of imports: files in, drafts out, with a line for each exercise.

Everything is tried dry in the same way as for good. An exercise is known again by
(source, source id); what was changed here since is not written over unless asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import DatabaseError, transaction
from django.db.models import Q

from clinic.audit import record
from clinic.errors import Forbidden
from clinic.models import Clinic, Membership
from clinic.roles import Scope
from exercises.imported_rows import Prepared, digest_of, prepare
from exercises.importers import Files, RowError, Rows, catcamel
from exercises.importers.text import one_line
from exercises.models import (
    Exercise,
    ExerciseTranslation,
    ExerciseVersion,
    ImportLine,
)
from exercises.own import free_slug

BATCH = 20
Kind = ImportLine.Outcome


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where exercises go: a clinic in somebody's name, or the shared library."""

    clinic: Clinic | None = None
    by: Membership | None = None
    apply: bool = False
    overwrite: bool = False
    unlicensed_pictures: bool = False

    def check(self) -> None:
        """Raise Forbidden unless the person may write exercises of the clinic."""
        may = self.by is None or self.by.can(Scope.EXERCISES_WRITE)
        if not may or (self.by and self.by.clinic_id != getattr(self.clinic, "pk", 0)):
            raise Forbidden("not_allowed", "Your role does not import exercises.")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one exercise of the file, or would become of it.

    Its texts quote the file; no database has to stumble over hidden characters in them.
    """

    row: int
    outcome: str
    source_id: str = ""
    name: str = ""
    reasons: tuple[str, ...] = ()
    exercise_id: UUID | None = None


@dataclass
class Batch:
    """Exercises prepared outside of any transaction, and those refused already."""

    ready: list[tuple[int, Prepared]] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)


def run_import(rows: Rows, files: Files, target: Target) -> Iterator[Outcome]:
    """Import all exercises, dry unless the target says otherwise.

    Yields one outcome each, in the order of the file; batches are committed one by
    one, and a bad row loses only itself.
    """
    target.check()
    seen: dict[str, int] = {}
    for start in range(0, len(rows.items), BATCH):
        batch = prepare_batch(rows, files, target, start, seen)
        with transaction.atomic():
            outcomes = store_batch(batch, target)
        yield from outcomes


def prepare_batch(
    rows: Rows, files: Files, target: Target, start: int, seen: dict[str, int]
) -> Batch:
    """Read the next exercises and their pictures; ``seen`` maps ids to their rows."""
    batch = Batch()
    for number, data in rows.items[start : start + BATCH]:
        try:
            imported = rows.build(data)
            _refuse_twin(imported.source_id, imported.name, seen)
            prepared = prepare(
                imported,
                files,
                clinic=target.clinic,
                unlicensed_pictures=target.unlicensed_pictures,
                store=target.apply,
            )
        except RowError as error:
            batch.refused.append(_refused(number, error))
        else:
            seen[imported.source_id] = number
            batch.ready.append((number, prepared))
    return batch


def _refuse_twin(source_id: str, name: str, seen: Mapping[str, int]) -> None:
    if first := seen.get(source_id):
        told = f"id: “{source_id}” stands twice in this file, first in row {first}."
        raise RowError([told], source_id, name)


def _refused(number: int, error: RowError) -> Outcome:
    return Outcome(
        row=number,
        outcome=Kind.REFUSED,
        source_id=error.source_id,
        name=one_line(error.name),
        reasons=tuple(map(one_line, error.faults)),
    )


def store_batch(batch: Batch, target: Target) -> list[Outcome]:
    """Compare, and store if it is for good; one savepoint for each exercise."""
    known = _Known([one for _, one in batch.ready], target)
    outcomes = [*batch.refused]
    for number, prepared in batch.ready:
        imported = prepared.imported
        try:
            with transaction.atomic():
                kind, reasons, row = _store(prepared, known.row_of(prepared), target)
        except (ValidationError, DatabaseError):
            told = "It could not be stored. Was it imported by somebody else just now?"
            kind, reasons, row = Kind.REFUSED, [told], None
        outcomes.append(
            Outcome(
                row=number,
                outcome=kind,
                source_id=imported.source_id,
                name=imported.name,
                reasons=tuple(map(one_line, (*reasons, *prepared.told))),
                exercise_id=row.pk if row else None,
            )
        )
    return sorted(outcomes, key=lambda one: one.row)


class _Known:
    """The exercises that are here already, looked up for a batch at once."""

    def __init__(self, batch: Sequence[Prepared], target: Target) -> None:
        self.target = target
        wanted = Q(pk__in=[])
        for one in batch:
            wanted |= Q(
                import_source=one.imported.source, import_id=one.imported.source_id
            )
            if (pk := _own_id(one)) is not None:
                wanted |= Q(pk=pk)
        rows = Exercise._base_manager.filter(wanted, clinic=target.clinic)
        if target.apply:
            rows = rows.select_for_update(of=("self",))
        found = list(rows.prefetch_related("translations"))
        self._by_key = {(one.import_source, one.import_id): one for one in found}
        self._by_pk = {one.pk: one for one in found}
        self._twins = self._same_slug(batch)

    def _same_slug(self, batch: Sequence[Prepared]) -> Mapping[str, Exercise]:
        """Return what stands under the slugs of a bundle, as the target sees it."""
        slugs = [one.imported.slug for one in batch if one.imported.slug]
        held = Q(clinic=self.target.clinic) | Q(clinic=None)
        rows = Exercise._base_manager.filter(held, slug__in=slugs)
        rows = rows.order_by("clinic_id").prefetch_related("translations")
        # The clinic's own comes last and so replaces a shared one
        ordered = sorted(rows, key=lambda one: one.clinic_id is not None)
        return {one.slug: one for one in ordered}

    def row_of(self, prepared: Prepared) -> Exercise | None:
        """Return the row that an exercise was imported to, or came from."""
        imported = prepared.imported
        key = (imported.source, imported.source_id)
        found = self._by_key.get(key)
        if found is None and (pk := _own_id(prepared)) is not None:
            found = self._by_pk.get(pk)
        twin = self._twins.get(imported.slug)
        if found is None and twin and digest_of(twin) == prepared.digest_over(None):
            return twin
        return found


def _own_id(prepared: Prepared) -> UUID | None:
    if prepared.imported.source != catcamel.SOURCE:
        return None
    try:
        return UUID(prepared.imported.source_id)
    except ValueError:
        return None


def _store(
    prepared: Prepared, row: Exercise | None, target: Target
) -> tuple[str, list[str], Exercise | None]:
    """Return what became of an exercise, why, and its row."""
    if row is None:
        return Kind.CREATED, [], _created(prepared, target) if target.apply else None
    is_mine = row.visibility == Exercise.Visibility.CLINIC or (
        target.by is not None and row.owner_id == target.by.practitioner_id
    )
    if not is_mine:
        return Kind.SKIPPED, ["A colleague keeps this exercise to themselves."], None
    now, later = digest_of(row), prepared.digest_over(row)
    if now == later:
        return Kind.SKIPPED, ["Nothing is new."], row
    is_edited = now != row.import_digest
    if is_edited and not target.overwrite:
        return Kind.SKIPPED, ["It was changed here since the import."], row
    reasons = ["Writes over what was changed here."] if is_edited else []
    if row.status == Exercise.Status.PUBLISHED:
        reasons.append("It was in use; it is a draft again until somebody reviews it.")
    if target.apply:
        _update(row, prepared, target)
    return Kind.UPDATED, reasons, row


def _created(prepared: Prepared, target: Target) -> Exercise:
    imported = prepared.imported
    row = prepared.fill(
        Exercise(
            clinic=target.clinic,
            owner=target.by.practitioner if target.by else None,
            slug=_slug(prepared, target.clinic),
            cloned_from=list(imported.cloned_from),
            version=imported.version,
            import_source=imported.source,
            import_id=imported.source_id,
            status=Exercise.Status.DRAFT,
        )
    )
    row.save()
    ExerciseVersion.objects.bulk_create(
        ExerciseVersion(exercise=row, version=version, content=content)
        for version, content in dict(prepared.former).items()
    )
    _finish(row, prepared, target)
    return row


def _slug(prepared: Prepared, clinic: Clinic | None) -> str:
    """Return the bundle's slug where nobody has it, else a free one.

    A clinic's own under the slug of a shared one would hide that from everybody.
    """
    imported = prepared.imported
    taken = Exercise._base_manager.filter(Q(clinic=clinic) | Q(clinic=None))
    if imported.slug and not taken.filter(slug=imported.slug).exists():
        try:
            validate_slug(imported.slug)
        except ValidationError:
            pass
        else:
            return imported.slug
    stem = imported.name if imported.slug else f"{imported.source} {imported.name}"
    return free_slug(stem, clinic)


def _update(row: Exercise, prepared: Prepared, target: Target) -> None:
    prepared.fill(row)
    if row.status == Exercise.Status.PUBLISHED:
        row.status = Exercise.Status.DRAFT
    row.save()
    _finish(row, prepared, target)


def _finish(row: Exercise, prepared: Prepared, target: Target) -> None:
    """Store the translations, and the digest that tells a later edit."""
    here = {x.language: x for x in row.translations.filter(clinic=target.clinic)}
    for code, spoken in prepared.translations.items():
        told = here.get(code) or ExerciseTranslation(
            exercise=row,
            clinic=target.clinic,
            language=code,
            version=max(prepared.imported.texts[code].version, 1),
            of_version=prepared.imported.texts[code].of_version or row.version,
        )
        told.exercise = row
        for name, value in spoken.items():
            setattr(told, name, value)
        told.save()
    stored = Exercise._base_manager.prefetch_related("translations").get(pk=row.pk)
    row.import_digest = digest_of(stored)
    row.save(update_fields=["import_digest", "updated_at"])
    record(
        target.by,
        "exercise.imported",
        row,
        source=prepared.imported.source,
        version=row.version,
    )
