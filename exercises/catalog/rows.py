"""Rows of the library: shared ones from the files, a clinic's own by copying."""

from dataclasses import dataclass
from pathlib import Path

from django.db import IntegrityError, transaction

from clinic.audit import record
from clinic.errors import Forbidden, NotFound
from clinic.models import Actor, Clinic
from clinic.roles import Scope
from exercises import pictures
from exercises.catalog.files import LIBRARY, Entry, read_library
from exercises.models import Exercise


@dataclass(frozen=True)
class Report:
    """What loading did, by slug."""

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


def load_library(folder: Path = LIBRARY) -> Report:
    """Bring the shared rows in line with the files; raise before writing anything.

    A row rises in version when its content changes. A row whose file is gone is
    archived, never deleted: programs may hold it. Shared rows that came from no file
    are left alone. Loading again changes nothing.
    """
    entries = read_library(folder)
    done: dict[str, list[str]] = {"created": [], "changed": [], "untouched": []}
    with transaction.atomic():
        rows = {row.slug: row for row in Exercise.objects.shared()}
        for entry in entries:
            done[_store(entry, rows.get(entry.slug))].append(entry.slug)
        withdrawn = _withdraw(set(rows) - {entry.slug for entry in entries}, rows)
    return Report(**{k: tuple(v) for k, v in done.items()}, withdrawn=withdrawn)


def own_copy(exercise: Exercise, actor: Actor) -> Exercise:
    """Return the clinic's own copy of a shared exercise, made now if there is none.

    The copy has the slug of the shared one and replaces it in this clinic only. An
    exercise that is the clinic's own already comes back as it is.
    """
    if not actor.can(Scope.EXERCISES_WRITE):
        raise Forbidden("not_allowed", "Your role does not change exercises.")
    if exercise.clinic_id == actor.clinic_id:
        return exercise
    if not exercise.is_shared:
        raise NotFound("not_found", "There is no such exercise.")
    return _existing_copy(exercise, actor) or _new_copy(exercise, actor)


def _store(entry: Entry, row: Exercise | None) -> str:
    if row is None:
        row = entry.apply_to(Exercise(version=entry.version))
        row.content_digest = entry.digest
        _save_drawn(row)
        return "created"
    same = row.content_digest == entry.digest
    published = row.status == Exercise.Status.PUBLISHED
    if same and published and pictures.are_drawn(row.figures):
        return "untouched"
    if not same:
        entry.apply_to(row)
        row.version = max(row.version + 1, entry.version)
        row.content_digest = entry.digest
    row.status = Exercise.Status.PUBLISHED
    _save_drawn(row)
    return "changed"


def _save_drawn(row: Exercise) -> None:
    row.figures = pictures.draw_and_store(row.figures, row.slug)
    row.save()


def _withdraw(slugs: set[str], rows: dict[str, Exercise]) -> tuple[str, ...]:
    gone = [
        row
        for slug in sorted(slugs)
        if (row := rows[slug]).content_digest and row.status != Exercise.Status.ARCHIVED
    ]
    for row in gone:
        row.status = Exercise.Status.ARCHIVED
        row.save(update_fields=["status", "updated_at"])
    return tuple(row.slug for row in gone)


def _existing_copy(exercise: Exercise, actor: Actor) -> Exercise | None:
    own = Exercise.objects.visible_to(actor).filter(clinic__isnull=False)
    return own.filter(slug=exercise.slug).first()


def _new_copy(exercise: Exercise, actor: Actor) -> Exercise:
    copy = exercise.copy_for(Clinic.objects.get(pk=actor.clinic_id))
    try:
        with transaction.atomic():
            copy.save()
            record(actor, "exercise.copied", copy, source=str(exercise.pk))
    except IntegrityError:
        # a colleague made the copy at the same moment: there is one of it
        if existing := _existing_copy(exercise, actor):
            return existing
        raise
    return copy
