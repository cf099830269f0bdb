"""Rows of leaflets: shared ones from the files, a clinic's own by copying."""

from collections.abc import Mapping
from pathlib import Path

from clinic.models import Actor
from clinic.roles import Scope
from exercises.leaflets.files import FOLDER, LeafletEntry, read_leaflets
from exercises.models import Leaflet
from exercises.shared_rows import Loader, Report, Shelf, load_rows, own_copy


class LeafletShelf(Shelf[LeafletEntry, Leaflet]):
    """The shared leaflets."""

    def rows(self) -> Mapping[str, Leaflet]:
        """Return the leaflets by language and slug."""
        rows = Leaflet.objects.shared()
        return {f"{row.language}/{row.slug}": row for row in rows}

    def fill(self, entry: LeafletEntry, row: Leaflet | None) -> Leaflet:
        """Return the row with the entry's columns."""
        filled = row or Leaflet()
        for column, value in entry.columns.items():
            setattr(filled, column, value)
        filled.content_digest = entry.digest
        return filled

    def is_offered(self, row: Leaflet) -> bool:
        """Tell whether it may be given out."""
        return not row.is_archived

    def offer(self, row: Leaflet, offered: bool) -> None:
        """Archive, or bring back."""
        row.is_archived = not offered


def load_leaflets(folder: Path = FOLDER) -> Report:
    """Bring the shared leaflets in line with the files."""
    return load_rows(LeafletShelf(), read_leaflets(folder))


def own_leaflet(leaflet: Leaflet, actor: Actor) -> Leaflet:
    """Return the clinic's own copy of a leaflet, made now if there is none."""
    return own_copy(leaflet, actor, scope=Scope.EXERCISES_WRITE)


LOADER = Loader("Leaflets", lambda: len(read_leaflets()), load_leaflets)
