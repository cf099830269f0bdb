"""free-exercise-db: ``dist/exercises.json``, or the files of single exercises.

The texts are English; neither dosage nor position is told. The project puts data and
photographs under the Unlicense, but where they come from is not told: pictures are
taken only on request.
"""

from typing import Any

from exercises.importers.fields import Fields
from exercises.importers.files import Files
from exercises.importers.json_file import read_json
from exercises.importers.mapping import Mapped, cautions_in, tables
from exercises.importers.shape import (
    MOST_PICTURES,
    FileError,
    ImportedExercise,
    Picture,
    Rows,
    Texts,
)
from exercises.importers.text import first_as_start

SOURCE = "free-exercise-db"
ATTRIBUTION = "free-exercise-db"
LICENCE = "Unlicense"
ORIGIN_NOTE = "The project does not tell who wrote this text."
PARTS = {"name", "instructions"}


def read(files: Files) -> Rows:
    """Return the exercises of a project folder, its ZIP, or one of its files."""
    whole = files.main or files.find("dist/exercises.json", "exercises.json")
    if whole:
        data = read_json(files, whole)
        found = data if isinstance(data, list) else [data]
    else:
        found = [read_json(files, name) for name in files.data_files(".json")]
        found = [one for one in found if isinstance(one, dict) and one.keys() >= PARTS]
    if found and not any(isinstance(x, dict) and PARTS & x.keys() for x in found):
        raise FileError("This is no file of free-exercise-db.")
    items = list(enumerate(found, start=1))
    return Rows(items, lambda data: _exercise(data, files))


def _exercise(data: Any, files: Files) -> ImportedExercise:
    fields = Fields(data)
    source_id = fields.identity("id")
    name = fields.line("name", 100, required=True)
    steps = fields.steps("instructions")
    mapped = Mapped(notes=fields.notes)
    category = mapped.category(filter(None, [fields.line("category", 60)]))
    mapped.add_muscles(fields.lines("primaryMuscles", 60, 20))
    mapped.add_muscles(fields.lines("secondaryMuscles", 60, 20))
    mapped.add_equipment(filter(None, [fields.line("equipment", 60)]))
    level = fields.line("level", 20)
    pictures = _pictures(fields, files, mapped)
    fields.refuse()
    start, rest = first_as_start(steps)
    return ImportedExercise(
        source=SOURCE,
        source_id=source_id,
        language="en",
        texts={
            "en": Texts(
                name=name,
                start=start,
                steps=rest,
                licence=LICENCE,
                attribution=ATTRIBUTION,
            )
        },
        category=category,
        regions=tuple(mapped.regions),
        muscles=tuple(mapped.muscles),
        equipment=tuple(mapped.equipment),
        difficulty=tables()["levels"].get(level, 3),
        origin=SOURCE,
        pictures=pictures,
        review_notes=(*mapped.notes, ORIGIN_NOTE, *cautions_in(steps)),
        unmapped=tuple(mapped.told),
    )


def _pictures(fields: Fields, files: Files, mapped: Mapped) -> tuple[Picture, ...]:
    found: list[Picture] = []
    for path in fields.lines("images", 200, MOST_PICTURES):
        if at := files.find(f"exercises/{path}", path):
            alt = {"en": f"{fields.name}, photo {len(found) + 1}"}
            found.append(Picture(path=at, description=alt, attribution=ATTRIBUTION))
        else:
            mapped.told.append(f"Picture {path} is not among the files.")
    return tuple(found)
