"""Our own bundle: ``manifest.json``, ``exercises.json`` and pictures, in ZIP or folder.

What ``exercises.exporting`` writes comes back without loss. A stranger may have
written it all the same, so that nothing in it is believed.
"""

import json
from collections.abc import Mapping
from typing import Any

from exercises import tags
from exercises.dosage import Dosage, DosageError, from_mapping
from exercises.importers.fields import MOST_SHORT, Fields
from exercises.importers.files import Files
from exercises.importers.json_file import read_json
from exercises.importers.shape import (
    MOST_ID,
    MOST_PICTURES,
    FileError,
    Former,
    ImportedExercise,
    Picture,
    RowError,
    Rows,
    Texts,
)
from exercises.importers.text import CONTROL

SOURCE = "catcamel"
FORMAT, SCHEMA = "catcamel-exercises", 1
MANIFEST, EXERCISES, PICTURES = "manifest.json", "exercises.json", "pictures"
MOST_LANGUAGES = 20
MOST_FORMER = 200
MOST_VERSION = 1_000_000
MOST_POSE = 20_000
FIELDS = frozenset(
    [
        "id",
        "source",
        "slug",
        "cloned_from",
        "language",
        "version",
        "texts",
        "category",
        "regions",
        "muscles",
        "position",
        "direction",
        "equipment",
        "stages",
        "difficulty",
        "cautions",
        "contraindications",
        "dosage",
        "dosage_source",
        "easier",
        "harder",
        "video_url",
        "origin",
        "figures",
        "review_notes",
        "former",
    ]
)
FILE_KEYS = frozenset(
    ["file", "description", "caption", "licence", "attribution", "original"]
)


def read(files: Files) -> Rows:
    """Return the exercises of a bundle, checked against its manifest."""
    if files.main and not files.main.endswith(MANIFEST):
        raise FileError("Give the bundle's ZIP, its folder or its manifest.json.")
    name = files.main or files.find(MANIFEST)
    if not name:
        raise FileError("There is no manifest.json: this is no bundle of Catcamel.")
    manifest = read_json(files, name)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise FileError("This is no bundle of Catcamel.")
    if manifest.get("schema") != SCHEMA:
        told = str(manifest.get("schema"))[:20]
        raise FileError(f"A bundle of schema {told}; this version reads {SCHEMA}.")
    base = name.removesuffix(MANIFEST)
    data = read_json(files, base + EXERCISES)
    if not isinstance(data, list) or len(data) != manifest.get("count"):
        raise FileError("The bundle holds other exercises than its manifest tells.")
    items = list(enumerate(data, start=1))
    return Rows(items, lambda row: _exercise(row, base))


def _exercise(data: Any, base: str) -> ImportedExercise:
    fields = Fields(data, name_key="slug", exact=True)
    for key in sorted(map(str, fields.data.keys() - FIELDS))[:5]:
        fields.fault(key[:40], "There is no such field.")
    source_id = fields.identity("id")
    language = fields.line("language", 8, required=True)
    texts = {
        code: _texts(fields, code, row)
        for code, row in _by_language(fields, "texts").items()
    }
    if language not in texts:
        fields.fault("texts", f"There is none in {language or 'the language'}.")
        fields.refuse()
    fields.name = texts[language].name
    lists = {
        name: fields.lines(name, 100)
        for name in ("regions", "equipment", "stages", "cautions", "contraindications")
    }
    exercise = ImportedExercise(
        source=fields.line("source", 40, required=True),
        source_id=source_id,
        language=language,
        texts=texts,
        category=fields.line("category", 20, required=True),
        position=fields.line("position", 20, required=True),
        direction=fields.line("direction", 20, required=True),
        muscles=fields.lines("muscles", 100),
        **lists,
        difficulty=fields.whole("difficulty", 1, 5, 1),
        dosage=_dosage(fields),
        dosage_source=fields.line("dosage_source", MOST_SHORT),
        easier=fields.line("easier", 60),
        harder=fields.line("harder", 60),
        video_url=fields.line("video_url", 300),
        origin=fields.line("origin", 200),
        pictures=_pictures(fields, fields.data.get("figures"), base),
        review_notes=fields.lines("review_notes", 300, 60),
        slug=fields.line("slug", 60),
        cloned_from=fields.lines("cloned_from", 60),
        version=fields.whole("version", 1, MOST_VERSION, 1),
        former=_former(fields, base),
    )
    _check_terms(fields, exercise)
    fields.refuse()
    return exercise


def _by_language(fields: Fields, key: str) -> Mapping[str, Any]:
    found = fields.mapping(key)
    fields.bounded(key, list(found), MOST_LANGUAGES)
    for code in found:
        if not isinstance(code, str) or not 0 < len(code) <= 8 or not code.isascii():
            fields.fault(key, "A language is a code such as en.")
            return {}
    return found


def _texts(fields: Fields, code: str, row: Any) -> Texts:
    try:
        told = Fields(row, exact=True)
    except RowError:
        fields.fault(f"texts.{code}", "Give a mapping of names to texts.")
        return Texts(name="")
    texts = Texts(
        name=told.line("name", 100, required=True),
        also_called=told.lines("also_called", 100),
        start=told.line("start", 1000),
        steps=told.lines("steps"),
        breathing=told.line("breathing", 500),
        feel=told.line("feel", 500),
        mistakes=told.lines("mistakes"),
        stop_if=told.lines("stop_if"),
        licence=told.line("licence", 80),
        attribution=told.line("attribution", 300),
        version=told.whole("version", 0, MOST_VERSION, 0),
        of_version=told.whole("of_version", 0, MOST_VERSION, 0),
    )
    fields.faults += [f"texts.{code}.{fault}" for fault in told.faults]
    fields.notes += [note for note in told.notes if note not in fields.notes]
    return texts


def _dosage(fields: Fields) -> Dosage:
    data = fields.mapping("dosage")
    if not data:
        return Dosage(fill_in=True)
    try:
        return from_mapping(data)
    except DosageError as error:
        for key, told in error.errors.items():
            fields.fault(f"dosage.{str(key)[:40]}", told)
    except (TypeError, ValueError, ArithmeticError):
        fields.fault("dosage", "Give numbers, texts and lists as in an export.")
    return Dosage(fill_in=True)


def _pictures(fields: Fields, data: Any, base: str) -> tuple[Picture, ...]:
    figures = [] if data is None else data
    if not isinstance(figures, list) or not all(isinstance(x, dict) for x in figures):
        fields.fault("figures", "Give a list of mappings.")
        return ()
    fields.bounded("figures", figures, MOST_PICTURES)
    return tuple(_picture(fields, figure, base) for figure in figures[:MOST_PICTURES])


def _picture(fields: Fields, data: Mapping[str, Any], base: str) -> Picture:
    if "file" not in data:
        if fault := _pose_fault(data):
            fields.fault("figures", fault)
            return Picture()
        return Picture(pose=data)
    told = Fields(data, exact=True)
    for key in sorted(map(str, data.keys() - FILE_KEYS))[:5]:
        told.fault(key[:40], "There is no such field.")
    file = told.line("file", MOST_ID, required=True)
    picture = Picture(
        path=f"{base}{file}",
        description=_words(told, "description", 300),
        caption=_words(told, "caption", 60),
        licence=told.line("licence", 80),
        attribution=told.line("attribution", 300),
        original=told.line("original", 64),
    )
    if not picture.description:
        told.fault("description", "Is missing.")
    fields.faults += [f"figures.{one}" for one in told.faults]
    return picture


def _pose_fault(data: Mapping[str, Any]) -> str:
    written = json.dumps(data, ensure_ascii=False)
    if len(written) > MOST_POSE:
        return "A pose is longer than any can be."
    # JSON writes control characters as numbers
    is_odd = "\\u00" in written or CONTROL.search(written)
    return "Control characters are not allowed." if is_odd else ""


def _words(told: Fields, key: str, most: int) -> dict[str, str]:
    words = Fields(_by_language(told, key), exact=True)
    found = {code: words.line(code, most) for code in words.data}
    told.faults += [f"{key}.{fault}" for fault in words.faults]
    return found


def _former(fields: Fields, base: str) -> tuple[Former, ...]:
    return tuple(
        _former_version(fields, row, base) for row in fields.rows("former", MOST_FORMER)
    )


def _former_version(fields: Fields, row: Mapping[str, Any], base: str) -> Former:
    told = Fields(row, exact=True)
    language = told.line("language", 8, required=True)
    texts = {
        code: _texts(told, code, one)
        for code, one in _by_language(told, "texts").items()
    }
    if language not in texts:
        told.fault("texts", "There is none in the exercise's language.")
    former = Former(
        version=told.whole("version", 1, MOST_VERSION, 0),
        language=language,
        texts=texts,
        equipment=told.lines("equipment", 100),
        cautions=told.lines("cautions", 100),
        contraindications=told.lines("contraindications", 100),
        video_url=told.line("video_url", 300),
        pictures=_pictures(told, row.get("figures"), base),
    )
    fields.faults += [f"former.{fault}" for fault in told.faults]
    return former


def _check_terms(fields: Fields, exercise: ImportedExercise) -> None:
    listed = ("regions", "equipment", "stages")
    values: dict[str, Any] = {name: list(getattr(exercise, name)) for name in listed}
    for name in ("category", "position", "direction"):
        values[name] = getattr(exercise, name)
    for name, told in tags.term_errors(values).items():
        fields.fault(name, told[:300])
    for name in ("cautions", "contraindications"):
        if unknown := tags.unknown_tags(getattr(exercise, name)):
            fields.fault(name, f"Unknown tag: {', '.join(unknown)[:200]}.")
