"""everkinetic: ``dist/exercises.json`` of everkinetic/data, under CC BY-SA 4.0.

The older file at the root of the project, with numbers as ids and addresses of
pictures, is another one and is refused.
"""

from typing import Any

from exercises.importers.fields import Fields
from exercises.importers.files import Files
from exercises.importers.json_file import read_json
from exercises.importers.mapping import ADAPTED, Mapped, cautions_in
from exercises.importers.shape import (
    MOST_PICTURES,
    FileError,
    ImportedExercise,
    Picture,
    Rows,
    Texts,
)
from exercises.importers.text import first_as_start

SOURCE = "everkinetic"
ATTRIBUTION = "Everkinetic"
LICENCE = "CC BY-SA 4.0"
CAPTIONS = {"relaxation": "Start", "tension": "Move"}
OLD = {"id_num", "id_hex", "img"}


def read(files: Files) -> Rows:
    """Return the exercises of a project folder, its ZIP, or its file."""
    name = files.main or files.find("dist/exercises.json", "exercises.json")
    if not name:
        raise FileError("There is no exercises.json.")
    data = read_json(files, name)
    if not isinstance(data, list):
        raise FileError("This is no file of everkinetic: it is no list.")
    mappings = [one for one in data if isinstance(one, dict)]
    if any(one.keys() & OLD for one in mappings):
        raise FileError("This is the older file; give dist/exercises.json.")
    if data and not any(one.keys() >= {"title", "steps"} for one in mappings):
        raise FileError("This is no file of everkinetic.")
    items = list(enumerate(data, start=1))
    return Rows(items, lambda row: _exercise(row, files))


def _exercise(data: Any, files: Files) -> ImportedExercise:
    fields = Fields(data, name_key="title")
    source_id = fields.identity("id")
    name = fields.line("title", 100, required=True)
    steps, tips = fields.steps("steps"), fields.lines("tips")
    primer = fields.line("primer", 1000)
    mapped = Mapped(notes=fields.notes)
    category = mapped.category(_types(fields.line("type", 60)))
    mapped.add_muscles(fields.lines("primary", 60, 20))
    mapped.add_muscles(fields.lines("secondary", 60, 20))
    mapped.add_equipment(fields.lines("equipment", 60, 20))
    pictures = _pictures(fields, files, mapped)
    fields.refuse()
    start, rest = first_as_start(steps)
    cautions = cautions_in([*steps, *tips, primer])
    kept = [f"Tip there: “{tip}”"[:300] for tip in tips if not cautions_in([tip])]
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
                attribution=f"{ATTRIBUTION}, {ADAPTED}",
            )
        },
        category=category,
        regions=tuple(mapped.regions),
        muscles=tuple(mapped.muscles),
        equipment=tuple(mapped.equipment),
        difficulty=2,
        origin=SOURCE,
        pictures=pictures,
        review_notes=(*mapped.notes, *kept, *cautions),
        unmapped=tuple(mapped.told),
    )


def _types(text: str) -> list[str]:
    """Return the types, which are joined by commas in any order."""
    return [one.strip() for one in text.split(",") if one.strip()]


def _pictures(fields: Fields, files: Files, mapped: Mapped) -> tuple[Picture, ...]:
    paths = fields.lines("png", 200, MOST_PICTURES)
    if not paths and fields.lines("svg", 200, MOST_PICTURES):
        mapped.told.append("Its pictures are SVG alone, which is not taken.")
    found = []
    for path in paths:
        if not (at := files.find(f"dist/{path}", path)):
            mapped.told.append(f"Picture {path} is not among the files.")
            continue
        stem = path.rpartition(".")[0].rpartition("-")[2]
        caption = CAPTIONS.get(stem, "")
        found.append(
            Picture(
                path=at,
                description={"en": f"{fields.name}, {stem or 'picture'}"},
                caption={"en": caption} if caption else {},
                licence=LICENCE,
                attribution=ATTRIBUTION,
            )
        )
    return tuple(found)
