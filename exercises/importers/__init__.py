"""Pure parsers of exercise collections: files in, ``ImportedExercise`` out.

One module a format, each with ``read(files)``, which returns ``Rows``. None of them
knows the database or the network.
"""

from collections.abc import Callable, Mapping

from exercises.importers import (
    catcamel,
    csv_file,
    everkinetic,
    free_exercise_db,
    wger,
)
from exercises.importers.files import Files, FolderFiles, OneFile, ZipFiles, files_at
from exercises.importers.shape import (
    FileError,
    Former,
    ImportedExercise,
    Picture,
    RowError,
    Rows,
    Texts,
)

FORMATS: Mapping[str, Callable[[Files], Rows]] = {
    "catcamel": catcamel.read,
    "free-exercise-db": free_exercise_db.read,
    "wger": wger.read,
    "everkinetic": everkinetic.read,
    "csv": csv_file.read,
}
LABELS = {
    "catcamel": "Catcamel bundle",
    "free-exercise-db": "free-exercise-db",
    "wger": "wger",
    "everkinetic": "everkinetic",
    "csv": "CSV table",
}

__all__ = [
    "FORMATS",
    "LABELS",
    "FileError",
    "Files",
    "FolderFiles",
    "Former",
    "ImportedExercise",
    "OneFile",
    "Picture",
    "RowError",
    "Rows",
    "Texts",
    "ZipFiles",
    "files_at",
]
