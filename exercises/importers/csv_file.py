"""CSV: one exercise a row, a further row with the same id for another language.

Lists are parted by ``|`` or line breaks in a cell.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from clinic.tables import TableError, TableRow, decoded, read_table
from exercises import tags
from exercises.dosage import Dosage, DosageError, from_mapping
from exercises.importers.fields import Fields
from exercises.importers.files import Files
from exercises.importers.mapping import Mapped, cautions_in
from exercises.importers.shape import (
    FileError,
    ImportedExercise,
    Picture,
    Rows,
    Texts,
)
from exercises.licences import title_of

SOURCE = "csv"
LONGEST_CELL = 131_072
LISTS = re.compile(r"[|\n\r]+")
RANGE = re.compile(r"\s*(\d{1,5})\s*[-\u2013]\s*(\d{1,5})\s*")
WHOLE = re.compile(r"\d{1,6}")

TEXTS = (
    *("name", "also_called", "start", "steps", "breathing", "feel", "mistakes"),
    *("stop_if", "licence", "attribution"),
)
FACETS = (
    *("category", "regions", "muscles", "position", "direction", "equipment"),
    *("stages", "difficulty", "cautions", "contraindications"),
)
WHOLES = (
    *("sets", "repetitions", "repetitions_max", "hold_seconds", "hold_breaths"),
    *("rest_between_repetitions_seconds", "rest_between_sets_seconds"),
    *("tempo_seconds", "times_per_day", "every_hours", "days_per_week"),
)
NUMBER_LISTS = ("repetitions_per_set", "breath_pattern_seconds")
DECIMALS = ("load_value", "duration_minutes")
WORDS = ("kind", "load_unit", "side")
WORD_LISTS = ("weekdays", "time_of_day")
YES_NO = ("as_needed", "fill_in")
DOSAGE = (*WORDS, *WHOLES, *NUMBER_LISTS, *DECIMALS, *WORD_LISTS, *YES_NO)
PICTURE = ("picture", "picture_text", "picture_licence", "picture_attribution")
OTHERS = ("id", "language", "dosage_source", "video_url", "origin")
COLUMNS = frozenset((*OTHERS, *TEXTS, *FACETS, *DOSAGE, *PICTURE))
YES, NO = {"yes", "true", "1", "x"}, {"no", "false", "0", ""}


def read(files: Files) -> Rows:
    """Return the exercises of the one CSV among the files."""
    names = files.data_files(".csv")
    if len(names) != 1:
        raise FileError(f"Give one CSV file; there are {len(names)}.")
    rows = _rows(files.read(names[0]))
    groups: dict[str, list[TableRow]] = {}
    for row in rows:
        # Rows without an id stand alone: each is refused for itself
        key = row.cells.get("id", "").strip() or f"\0{row.line}"
        groups.setdefault(key, []).append(row)
    items = [(group[0].line, group) for group in groups.values()]
    return Rows(items, lambda group: _exercise(group, files))


def _rows(content: bytes) -> list[TableRow]:
    try:
        table = read_table(decoded(content))
        _check(table.header)
        return list(table.rows)
    except TableError as error:
        raise FileError(str(error)) from error


def _check(header: Sequence[str]) -> None:
    if missing := [name for name in ("id", "name") if name not in header]:
        raise FileError(f"There is no column {' and no column '.join(missing)}.")
    for name in header:
        if name not in COLUMNS:
            raise FileError(f"There is no column “{name[:40]}” in this format.")


def _exercise(group: list[TableRow], files: Files) -> ImportedExercise:
    first, *others = group
    fields = _fields(first)
    source_id = fields.identity("id")
    if any(row.fault for row in group):
        fields.fault("row", next(row.fault for row in group if row.fault))
    language = fields.line("language", 8) or "en"
    texts = {language: _texts(fields)}
    for row in others:
        told = _fields(row)
        code = told.line("language", 8)
        if not code or code in texts:
            told.fault("language", "The id stands twice in this language.")
        else:
            texts[code] = _texts(told)
        fields.faults += [f"line {row.line}, {fault}" for fault in told.faults]
    mapped = Mapped(notes=fields.notes)
    exercise = _facets(fields, mapped, source_id, language, texts)
    exercise = replace(
        exercise,
        dosage=_dosage(fields),
        pictures=_picture(fields, files, language, mapped),
        unmapped=tuple(mapped.told),
    )
    fields.refuse()
    return exercise


def _fields(row: TableRow) -> Fields:
    """Return the row as fields: lists as lists, empty cells as nothing."""
    data: dict[str, Any] = {}
    for name, cell in row.cells.items():
        if name in {"id", "name"} or cell.strip():
            data[name] = _list(cell) if name in LISTED else cell.strip()
    return Fields(data)


LISTED = {"also_called", "mistakes", "stop_if", "regions", "muscles", "equipment"}
LISTED |= {"stages", "cautions", "contraindications"}


def _list(cell: str) -> list[str]:
    return [part.strip() for part in LISTS.split(cell) if part.strip()]


def _texts(fields: Fields) -> Texts:
    steps = fields.data.get("steps") or ""
    return Texts(
        name=fields.line("name", 100, required=True),
        also_called=fields.lines("also_called", 100),
        start=fields.line("start", 1000),
        steps=fields.steps("steps", steps.replace("|", "\n")),
        breathing=fields.line("breathing", 500),
        feel=fields.line("feel", 500),
        mistakes=fields.lines("mistakes"),
        stop_if=fields.lines("stop_if"),
        licence=title_of(fields.line("licence", 80)),
        attribution=fields.line("attribution", 300),
    )


def _facets(
    fields: Fields,
    mapped: Mapped,
    source_id: str,
    language: str,
    texts: Mapping[str, Texts],
) -> ImportedExercise:
    mapped.add_muscles(fields.lines("muscles", 100))
    equipment = _known(fields, "equipment", mapped)
    words = [x for one in texts.values() for x in (one.start, *one.steps)]
    return ImportedExercise(
        source=SOURCE,
        source_id=source_id,
        language=language,
        texts=texts,
        category=_term(fields, "category", "strength"),
        position=_term(fields, "position", "other"),
        direction=_term(fields, "direction", "neutral"),
        regions=tuple(dict.fromkeys([*_terms(fields, "regions"), *mapped.regions])),
        muscles=tuple(mapped.muscles),
        equipment=equipment,
        stages=_terms(fields, "stages"),
        difficulty=_difficulty(fields),
        cautions=_tags(fields, "cautions"),
        contraindications=_tags(fields, "contraindications"),
        dosage_source=fields.line("dosage_source", 500),
        video_url=fields.line("video_url", 300),
        origin=fields.line("origin", 200) or SOURCE,
        review_notes=(*mapped.notes, *cautions_in(words)),
    )


def _known(fields: Fields, key: str, mapped: Mapped) -> tuple[str, ...]:
    """Return our terms; words of other collections are mapped, the rest noted."""
    words = fields.lines(key, 100)
    ours = tags.vocabulary().terms[key]
    own = [word for word in words if word in ours]
    mapped.add_equipment(word for word in words if word not in ours)
    return tuple(dict.fromkeys([*own, *mapped.equipment]))


def _term(fields: Fields, key: str, usual: str) -> str:
    value = fields.line(key, 40) or usual
    if told := tags.term_errors({key: value}):
        fields.fault(key, told[key][:300])
    return value


def _terms(fields: Fields, key: str) -> tuple[str, ...]:
    values = fields.lines(key, 100)
    if told := tags.term_errors({key: list(values)}):
        fields.fault(key, told[key][:300])
    return values


def _tags(fields: Fields, key: str) -> tuple[str, ...]:
    values = fields.lines(key, 100)
    if unknown := tags.unknown_tags(values):
        fields.fault(key, f"Unknown tag: {', '.join(unknown)[:200]}.")
    return values


def _difficulty(fields: Fields) -> int:
    cell = fields.line("difficulty", 20) or "1"
    if cell not in {"1", "2", "3", "4", "5"}:
        fields.fault("difficulty", "Give a number from 1 (very easy) to 5 (hard).")
        return 1
    return int(cell)


def _dosage(fields: Fields) -> Dosage:
    """Return the dosage of the row; gaps to fill in when none is given."""
    given = {name: fields.line(name, 100) for name in DOSAGE}
    given = {name: cell for name, cell in given.items() if cell}
    if not given:
        return Dosage(fill_in=True)
    if found := RANGE.fullmatch(given.get("repetitions", "")):
        given |= {"repetitions": found[1], "repetitions_max": found[2]}
    faults = len(fields.faults)
    values = {name: _number(fields, name, cell) for name, cell in given.items()}
    if len(fields.faults) > faults:
        return Dosage(fill_in=True)
    load = {part: values.pop(f"load_{part}", None) for part in ("value", "unit")}
    if any(load.values()):
        values["load"] = {part: value for part, value in load.items() if value}
    try:
        return from_mapping(values)
    except DosageError as error:
        for key, told in error.errors.items():
            fields.fault(key.replace("load.", "load_"), told)
    return Dosage(fill_in=True)


def _number(fields: Fields, name: str, cell: str) -> Any:
    """Return a cell of the dosage in its type; note what it cannot be."""
    if name in WORD_LISTS:
        return _list(cell)
    if name in YES_NO:
        if cell.lower() not in YES | NO:
            fields.fault(name, "Give yes or no.")
        return cell.lower() in YES
    if name in NUMBER_LISTS:
        parts = [part for part in re.split(r"[|,;\s]+", cell) if part]
        if not all(WHOLE.fullmatch(part) for part in parts):
            fields.fault(name, f"“{cell[:40]}” is no list of whole numbers.")
            return []
        return [int(part) for part in parts]
    if name in DECIMALS:
        return _decimal(fields, name, cell)
    if name in WHOLES:
        if not WHOLE.fullmatch(cell):
            fields.fault(name, f"“{cell[:40]}” is no whole number.")
            return None
        return int(cell)
    return cell


def _decimal(fields: Fields, name: str, cell: str) -> Decimal | None:
    """Return a number written with a point or a comma."""
    try:
        number = Decimal(cell.replace(",", "."))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 10_000:
        fields.fault(name, f"“{cell[:40]}” is no number.")
        return None
    return number


def _picture(
    fields: Fields, files: Files, language: str, mapped: Mapped
) -> tuple[Picture, ...]:
    path = fields.line("picture", 200)
    if not path:
        return ()
    alt = fields.line("picture_text", 300)
    if not alt:
        fields.fault("picture_text", "Tell what the picture shows.")
    at = files.find(path)
    if not at:
        mapped.told.append(f"Picture {path} is not among the files.")
        return ()
    return (
        Picture(
            path=at,
            description={language: alt},
            licence=title_of(fields.line("picture_licence", 80)),
            attribution=fields.line("picture_attribution", 300),
        ),
    )
