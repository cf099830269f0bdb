"""Shared rows from data files, and the clinic's own rows made from them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, Protocol, TypeVar

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.module_loading import import_string
from django.utils.text import slugify

from clinic.audit import record
from clinic.errors import Forbidden, NotFound
from clinic.models import Actor, Clinic

# Any number that no other advisory lock of the database has
LOADING = 0x0CA7_CA3E


@dataclass(frozen=True)
class Report:
    """What loading did, by name."""

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loader:
    """One kind of shared content: its word, a check of its files, and loading them."""

    things: str
    check: Callable[[], int]
    load: Callable[[], Report]


def loaders() -> list[Loader]:
    """Return the loaders of this installation, in the order they run."""
    return [import_string(name) for name in settings.LIBRARY_LOADERS]


class SharedEntry(Protocol):
    """What a file says of one row."""

    @property
    def version(self) -> int:
        """The version that the file itself tells."""

    @property
    def digest(self) -> str:
        """SHA-256 of all that the row will hold."""


E = TypeVar("E", bound=SharedEntry)
R = TypeVar("R", bound=Any)


class Shelf(ABC, Generic[E, R]):
    """The shared rows of one model, as loading sees them."""

    @abstractmethod
    def rows(self) -> Mapping[str, R]:
        """Return the shared rows by name."""

    @abstractmethod
    def fill(self, entry: E, row: R | None) -> R:
        """Return the row, a new one if there is none, with the entry's content."""

    @abstractmethod
    def is_offered(self, row: R) -> bool:
        """Tell whether the row may be used."""

    def is_complete(self, row: R) -> bool:
        """Tell whether nothing has to be made anew, such as pictures."""
        return True

    @abstractmethod
    def offer(self, row: R, offered: bool) -> None:
        """Offer the row, or withdraw it; unsaved."""

    def raise_version(self, entry: E, row: R) -> None:
        """Count the changed content as a new version; unsaved."""
        row.version = max(row.version + 1, entry.version)

    def digest_of(self, row: R) -> str:
        """Return the digest of what the row was loaded from."""
        return str(row.content_digest)

    def came_from_a_file(self, row: R) -> bool:
        """Tell whether a file once made the row."""
        return bool(self.digest_of(row))

    def store(self, entry: E, row: R) -> None:
        """Save the row with what hangs on it."""
        row.save()


def load_rows(shelf: Shelf[E, R], entries: Mapping[str, E]) -> Report:
    """Bring the shared rows in line with the entries, in one transaction.

    A row rises in version when its content changes. A row without an entry is
    withdrawn, never deleted: others may point at it. Rows that came from no file are
    left alone. Loading again changes nothing. Of two loads at once one waits.
    """
    done: dict[str, list[str]] = {"created": [], "changed": [], "untouched": []}
    with transaction.atomic():
        _wait_for_others()
        rows = shelf.rows()
        for name, entry in entries.items():
            done[_load_row(shelf, entry, rows.get(name))].append(name)
        gone = [(name, row) for name, row in rows.items() if name not in entries]
        withdrawn = _withdraw(shelf, gone)
    return Report(**{k: tuple(v) for k, v in done.items()}, withdrawn=withdrawn)


def _wait_for_others() -> None:
    """Let other loads finish first; SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOADING])


def _load_row(shelf: Shelf[E, R], entry: E, row: R | None) -> str:
    if row is None:
        new = shelf.fill(entry, None)
        new.version = entry.version
        shelf.offer(new, True)
        shelf.store(entry, new)
        return "created"
    same = shelf.digest_of(row) == entry.digest
    if same and shelf.is_offered(row) and shelf.is_complete(row):
        return "untouched"
    if not same:
        row = shelf.fill(entry, row)
        shelf.raise_version(entry, row)
    shelf.offer(row, True)
    shelf.store(entry, row)
    return "changed"


def _withdraw(shelf: Shelf[E, R], rows: Sequence[tuple[str, R]]) -> tuple[str, ...]:
    names = []
    for name, row in sorted(rows, key=lambda pair: pair[0]):
        if shelf.came_from_a_file(row) and shelf.is_offered(row):
            shelf.offer(row, False)
            row.save()
            names.append(name)
    return tuple(names)


def own_copy(row: R, actor: Actor, *, scope: str) -> R:
    """Return the clinic's own copy of a shared row, made now if there is none.

    The copy has the key of the shared row and replaces it in this clinic only. A row
    that is the clinic's own already comes back as it is.
    """
    if not actor.can(scope):
        things = row._meta.verbose_name_plural
        raise Forbidden("not_allowed", f"Your role does not change {things}.")
    if row.clinic_id == actor.clinic_id:
        return row
    if not row.is_shared:
        raise NotFound("not_found", f"There is no such {row._meta.verbose_name}.")
    return existing_copy(row, actor) or _new_copy(row, actor)


def existing_copy(row: R, actor: Actor) -> R | None:
    """Return the clinic's own row that replaces a shared one, if there is one."""
    own = type(row).objects.of_clinic(actor.clinic_id).filter(clinic__isnull=False)
    found: R | None = own.filter(**row.key).first()
    return found


def free_slug(name: str, model: Any, clinic_id: Any) -> str:
    """Return a slug that neither the clinic nor the shared library has."""
    stem = slugify(name)[:50] or str(model._meta.model_name)
    taken = model._base_manager.filter(Q(clinic=clinic_id) | Q(clinic=None))
    slugs = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    return next(slug for slug in slugs if not taken.filter(slug=slug).exists())


def _new_copy(row: R, actor: Actor) -> R:
    copy: R = row.copy_for(Clinic.objects.get(pk=actor.clinic_id))
    try:
        with transaction.atomic():
            copy.save()
            row.copy_parts(copy)
            action = f"{row._meta.model_name}.copied"
            record(actor, action, copy, source=str(row.pk))
    except IntegrityError:
        # a colleague made the copy at the same moment: there is one of it
        if existing := existing_copy(row, actor):
            return existing
        raise
    return copy
