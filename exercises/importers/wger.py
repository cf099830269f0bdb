"""wger: answers of ``/api/v2/exerciseinfo/``, one file a page or many, or a release.

Licence and author stand with each translation and each picture. Languages are numbers
of the server: ``/api/v2/language/``, saved beside the pages, tells what they mean;
without it those that every server is set up with are taken.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from exercises.importers.fields import Fields
from exercises.importers.files import Files
from exercises.importers.json_file import read_json
from exercises.importers.mapping import ADAPTED, Mapped, cautions_in, tables
from exercises.importers.shape import (
    MOST_PICTURES,
    FileError,
    ImportedExercise,
    Picture,
    RowError,
    Rows,
    Texts,
)
from exercises.importers.text import first_as_start, one_line, plain_line
from exercises.importers.wger_fixtures import as_answers, is_fixture
from exercises.licences import title_of

SOURCE = "wger"
MOST_TRANSLATIONS = 40
MOST_ALIASES = 20
MOST_AUTHOR = 200
MEDIA = "/media/"


def read(files: Files) -> Rows:
    """Return the exercises of all pages, in the order of the files' names."""
    languages = dict(tables()["wger_languages"])
    names = [one for one in files.data_files(".json") if not _is_of_tests(one)]
    given = [row for name in names for row in _rows(read_json(files, name))]
    fixtures = [row for row in given if is_fixture(row)]
    found: list[Any] = []
    for row in as_answers(fixtures) if fixtures else given:
        if isinstance(row, Mapping) and "short_name" in row:
            _learn(languages, row)
        else:
            found.append(row)
    if found and not any(isinstance(x, Mapping) and "translations" in x for x in found):
        raise FileError("This is no answer of wger's /api/v2/exerciseinfo/.")
    items = list(enumerate(found, start=1))
    return Rows(items, lambda data: _exercise(data, files, languages))


def _is_of_tests(name: str) -> bool:
    """Tell whether a file of a release is data of wger's own tests."""
    return PurePosixPath(name).name.startswith("test-")


def _rows(data: Any) -> Iterator[Any]:
    """Yield the rows of a page, of a list of pages, or of a bare list."""
    for one in data if isinstance(data, list) else [data]:
        results = one.get("results") if isinstance(one, Mapping) else None
        if isinstance(results, list):
            yield from results
        else:
            yield one


def _learn(languages: dict[int, str], row: Mapping[str, Any]) -> None:
    number, code = row.get("id"), row.get("short_name")
    if isinstance(number, int) and isinstance(code, str) and len(code) <= 8:
        languages[number] = code


def _exercise(
    data: Any, files: Files, languages: Mapping[int, str]
) -> ImportedExercise:
    fields = Fields(data, id_key="uuid")
    source_id = fields.identity("uuid")
    mapped = Mapped(notes=fields.notes)
    category = _category(fields, mapped)
    for key in ("muscles", "muscles_secondary"):
        mapped.add_muscles(_names(fields.rows(key, 30), "name_en", "name"))
    mapped.add_equipment(_names(fields.rows("equipment", 30), "name"))
    texts = _texts(fields, mapped, languages)
    pictures = _pictures(fields, files, mapped, texts)
    fields.refuse()
    if not texts:
        raise RowError(["translations: None is in a known language."], source_id)
    language = "en" if "en" in texts else next(iter(texts))
    read_by_all = [x for one in texts.values() for x in (one.start, *one.steps)]
    return ImportedExercise(
        source=SOURCE,
        source_id=source_id,
        language=language,
        texts=texts,
        category=category,
        regions=tuple(mapped.regions),
        muscles=tuple(mapped.muscles),
        equipment=tuple(mapped.equipment),
        difficulty=2,
        origin=SOURCE,
        pictures=pictures,
        review_notes=(*mapped.notes, *cautions_in(read_by_all)),
        unmapped=tuple(mapped.told),
    )


def _category(fields: Fields, mapped: Mapped) -> str:
    word = _names([fields.mapping("category")], "name")
    for one in word:
        mapped.add_region(one)
    return mapped.category(word)


def _names(rows: list[Mapping[str, Any]], *keys: str) -> list[str]:
    """Return of each row the first text under one of the keys."""
    texts = ([row.get(key) for key in keys] for row in rows)
    found = (next((x for x in one if isinstance(x, str) and x), "") for one in texts)
    return [told for text in found if (told := plain_line(text[:300])[:60])]


def _texts(
    fields: Fields, mapped: Mapped, languages: Mapping[int, str]
) -> dict[str, Texts]:
    found: dict[str, Texts] = {}
    for row in fields.rows("translations", MOST_TRANSLATIONS):
        number = row.get("language")
        code = languages.get(number) if isinstance(number, int) else None
        if code is None:
            told = one_line(str(number))[:20]
            mapped.told.append(f"Language {told} is not known: its text is left out.")
        elif code in found:
            mapped.told.append(f"A second text in {code} is left out.")
        else:
            found[code] = _translation(row, fields, mapped)
    if "en" in found:
        fields.name = found["en"].name
    return found


def _translation(row: Mapping[str, Any], fields: Fields, mapped: Mapped) -> Texts:
    told = Fields(row)
    name = told.line("name", 100, required=True)
    source = row.get("description_source") or row.get("description")
    start, steps = first_as_start(told.steps("description", source or ""))
    aliases = tuple(_names(told.rows("aliases", MOST_ALIASES), "alias"))
    notes = told.rows("notes", 30)
    comments = [told.plain("notes", text, 1000) for text in _long(notes, "comment")]
    mapped.notes += [f"Note there: “{one}”"[:300] for one in comments if one]
    mapped.notes += [one for one in told.notes if one not in mapped.notes]
    fields.faults += told.faults
    return Texts(
        name=name,
        also_called=tuple(told.plain("aliases", one, 100) for one in aliases),
        start=start,
        steps=steps,
        licence=_licence(row, fields.data),
        attribution=f"{_author(row) or _author(fields.data) or SOURCE}, {ADAPTED}",
    )


def _long(rows: list[Mapping[str, Any]], key: str) -> list[str]:
    return [text for row in rows if isinstance(text := row.get(key), str)]


def _licence(row: Mapping[str, Any], exercise: Mapping[str, Any]) -> str:
    """Return the licence of a text or picture; else that of the exercise.

    It is a mapping with names, or the number of one the exercise spells out.
    """
    whole = exercise.get("license")
    given = row.get("license")
    if isinstance(given, Mapping):
        whole = given
    elif isinstance(whole, Mapping) and given not in (None, whole.get("id")):
        return title_of(plain_line(f"wger licence {given}"[:300])[:80])
    names = _names([whole] if isinstance(whole, Mapping) else [], "short_name")
    return title_of(names[0]) if names else ""


def _author(row: Mapping[str, Any]) -> str:
    """Return author and project, in one line."""
    author = row.get("license_author")
    if not isinstance(author, str) or not author.strip():
        return ""
    plain = Fields({"author": author}).line("author", MOST_AUTHOR)
    return f"{plain[:MOST_AUTHOR]} ({SOURCE})"


def _pictures(
    fields: Fields, files: Files, mapped: Mapped, texts: Mapping[str, Texts]
) -> tuple[Picture, ...]:
    found: list[Picture] = []
    for row in fields.rows("images", 30):
        url = row.get("image")
        path = urlsplit(url).path if isinstance(url, str) and "[" not in url else ""
        local = path.partition(MEDIA)[2] or path.lstrip("/")
        at = files.find(local, local.rpartition("/")[2]) if local else ""
        if not at:
            mapped.told.append(
                f"Picture {one_line(local)[:100]} is not among the files."
            )
            continue
        if row.get("is_ai_generated") is True:
            mapped.notes.append("A picture was made by a machine: look at it.")
        number = len(found) + 1
        found.append(
            Picture(
                path=at,
                description={
                    code: f"{one.name}, picture {number}" for code, one in texts.items()
                },
                licence=_licence(row, fields.data),
                attribution=_author(row) or SOURCE,
            )
        )
    return tuple(found[:MOST_PICTURES])
