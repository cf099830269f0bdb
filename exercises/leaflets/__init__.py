"""Advice leaflets: read from files, kept as shared rows, filled in for printing.

``files`` reads ``<language>/<slug>.yaml``, ``rows`` brings them to the database,
``printed`` gives what a patient reads, ``linted`` the same to the lint, ``written``
makes and changes a clinic's own.
"""

from exercises.leaflets.files import FOLDER, LeafletEntry, read_leaflets
from exercises.leaflets.linted import texts_to_lint
from exercises.leaflets.printed import (
    PrintedLeaflet,
    blocks_of,
    leaflets_for,
    printed,
    rows_for,
)
from exercises.leaflets.rows import LOADER, load_leaflets, own_leaflet
from exercises.leaflets.written import (
    StaleLeafletError,
    change_leaflet,
    create_leaflet,
)

__all__ = [
    "FOLDER",
    "LOADER",
    "LeafletEntry",
    "PrintedLeaflet",
    "StaleLeafletError",
    "blocks_of",
    "change_leaflet",
    "create_leaflet",
    "leaflets_for",
    "load_leaflets",
    "own_leaflet",
    "printed",
    "read_leaflets",
    "rows_for",
    "texts_to_lint",
]
