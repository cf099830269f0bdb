"""Rows of the library: shared ones from the files, a clinic's own by copying."""

from collections.abc import Mapping
from pathlib import Path

from clinic.models import Actor
from clinic.roles import Scope
from exercises import pictures, shared_rows
from exercises.catalog.files import LIBRARY, Entry, read_library
from exercises.models import Exercise
from exercises.shared_rows import Loader, Report, Shelf, load_rows


class ExerciseShelf(Shelf[Entry, Exercise]):
    """The shared exercises with their pictures."""

    def rows(self) -> Mapping[str, Exercise]:
        """Return the exercises by slug."""
        return {row.slug: row for row in Exercise.objects.shared()}

    def fill(self, entry: Entry, row: Exercise | None) -> Exercise:
        """Return the row with the entry's columns and dosage."""
        filled = entry.apply_to(row or Exercise())
        filled.content_digest = entry.digest
        return filled

    def is_offered(self, row: Exercise) -> bool:
        """Tell whether it may be prescribed."""
        return row.status == Exercise.Status.PUBLISHED

    def is_complete(self, row: Exercise) -> bool:
        """Tell whether its pictures are those that the code of today draws."""
        return pictures.are_drawn(row.figures)

    def raise_version(self, entry: Entry, row: Exercise) -> None:
        """Leave it to saving, which knows what patients see and keeps it."""
        row.version = max(row.version, entry.version)

    def offer(self, row: Exercise, offered: bool) -> None:
        """Publish or archive."""
        states = Exercise.Status
        row.status = states.PUBLISHED if offered else states.ARCHIVED

    def store(self, entry: Entry, row: Exercise) -> None:
        """Save with drawn pictures."""
        row.figures = pictures.draw_and_store(row.figures, row.slug)
        row.save()


def load_library(folder: Path = LIBRARY) -> Report:
    """Bring the shared exercises in line with the files; raise before writing."""
    entries = {entry.slug: entry for entry in read_library(folder)}
    return load_rows(ExerciseShelf(), entries)


def own_copy(exercise: Exercise, actor: Actor) -> Exercise:
    """Return the clinic's own copy of a shared exercise, made now if there is none."""
    return shared_rows.own_copy(exercise, actor, scope=Scope.EXERCISES_WRITE)


LOADER = Loader("Exercise library", lambda: len(read_library()), load_library)
