"""The door to the library: reads its files, keeps the shared rows, copies for a clinic.

``files`` reads and checks the YAML files, ``rows`` brings them to the database,
``translations`` does the same for texts in other languages, ``linted`` gives both to
the lint, ``drafts`` judges and stores figures that a person edits.
"""

from exercises.catalog.drafts import Draft, Fault, judge, store_figures
from exercises.catalog.files import LIBRARY, Entry, read_library
from exercises.catalog.linted import texts_to_lint
from exercises.catalog.rows import LOADER, load_library, own_copy
from exercises.catalog.translations import (
    TRANSLATIONS,
    load_translations,
    read_translations,
)
from exercises.data_files import LibraryError, Problem
from exercises.shared_rows import Report

__all__ = [
    "LIBRARY",
    "LOADER",
    "TRANSLATIONS",
    "Draft",
    "Entry",
    "Fault",
    "LibraryError",
    "Problem",
    "Report",
    "judge",
    "load_library",
    "load_translations",
    "own_copy",
    "read_library",
    "read_translations",
    "store_figures",
    "texts_to_lint",
]
