"""wger: the files of its releases, joined to what its API would answer.

A release carries Django fixtures: ``wger/exercises/fixtures`` (exercises, translations,
muscles, equipment, categories) and ``wger/core/fixtures`` (languages, licences). Up to
release 2.2 ``exercise`` is a translation of an ``exercisebase``; later releases call
them ``translation`` and ``exercise``.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from exercises.importers.mapping import tables
from exercises.importers.shape import FileError

Row = Mapping[str, Any]
Tables = dict[str, dict[int, dict[str, Any]]]


def is_fixture(row: Any) -> bool:
    """Tell whether a row is one of a Django fixture."""
    return (
        isinstance(row, Mapping)
        and isinstance(row.get("model"), str)
        and isinstance(row.get("fields"), Mapping)
    )


def as_answers(rows: Iterable[Row]) -> list[Row]:
    """Return the languages, then each exercise as ``/api/v2/exerciseinfo/`` has it.

    Raises FileError when the exercises or their texts are not among the files.
    """
    known = _tables(rows)
    is_old = "exercisebase" in known
    whole = known.get("exercisebase" if is_old else "exercise", {})
    texts = known.get("exercise" if is_old else "translation", {})
    if not (whole and texts):
        raise FileError(
            "Exercises and their texts are two files of wger's release: "
            "give the folder that holds both."
        )
    told = _grouped(texts.values(), "exercise_base" if is_old else "exercise")
    comments = _grouped(known.get("exercisecomment", {}).values(), "exercise")
    aliases = _grouped(known.get("alias", {}).values(), "exercise")
    for number, text in texts.items():
        text["notes"] = comments.get(number, [])
        text["aliases"] = aliases.get(number, [])
        _spell_licence(text, known)
    answers = [
        _answer(one, told.get(number, []), known) for number, one in whole.items()
    ]
    return [*known.get("language", {}).values(), *answers]


def _tables(rows: Iterable[Row]) -> Tables:
    """Return the fields of each row by model and number."""
    found: Tables = {}
    for row in rows:
        number = row.get("pk")
        if isinstance(number, int):
            model = row["model"].rpartition(".")[2].lower()
            found.setdefault(model, {})[number] = {**row["fields"], "id": number}
    return found


def _grouped(rows: Iterable[dict[str, Any]], key: str) -> dict[int, list[Row]]:
    """Return the rows by the number they point to."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        number = row.get(key)
        if isinstance(number, int):
            found.setdefault(number, []).append(row)
    return found


def _answer(fields: dict[str, Any], texts: list[Row], known: Tables) -> Row:
    answer = fields | {"translations": texts}
    answer["category"] = _pointed(known, "exercisecategory", fields.get("category"))
    for key in ("muscles", "muscles_secondary", "equipment"):
        numbers = fields.get(key)
        model = "equipment" if key == "equipment" else "muscle"
        listed = numbers if isinstance(numbers, list) else []
        answer[key] = [_pointed(known, model, one) for one in listed]
    _spell_licence(answer, known)
    return answer


def _pointed(known: Tables, model: str, number: Any) -> Row:
    """Return the row with this number; one that is missing is named by its number."""
    rows = known.get(model, {})
    if isinstance(number, int) and number in rows:
        return rows[number]
    return {"name": f"wger {model} {number}"[:60]}


def _spell_licence(row: dict[str, Any], known: Tables) -> None:
    """Replace a licence's number by its name, where files or the table tell it."""
    number = row.get("license")
    usual = tables()["wger_licences"]
    if isinstance(number, int):
        found = known.get("license", {}).get(number)
        name = found or ({"short_name": usual[number]} if number in usual else None)
        row["license"] = name or number
