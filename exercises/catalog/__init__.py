"""The door to the library: reads its files, keeps the shared rows, copies for a clinic.

``files`` reads and checks the YAML files, ``rows`` brings them to the database.
"""

from exercises.catalog.files import (
    LIBRARY,
    Entry,
    LibraryError,
    Problem,
    read_library,
)
from exercises.catalog.rows import Report, load_library, own_copy

__all__ = [
    "LIBRARY",
    "Entry",
    "LibraryError",
    "Problem",
    "Report",
    "load_library",
    "own_copy",
    "read_library",
]
