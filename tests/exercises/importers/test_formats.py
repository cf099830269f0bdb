"""What each parser makes of a file of its project."""

from pathlib import Path

import pytest
from django.conf import settings

from exercises.importers import (
    FORMATS,
    FileError,
    ImportedExercise,
    RowError,
    csv_file,
    files_at,
)
from exercises.imports import files_of
from tests.exercises.importers import samples


def read(kind: str, content: bytes = b"") -> list[ImportedExercise]:
    rows = FORMATS[kind](files_of(content or samples.FILES[kind]))
    return [rows.build(data) for _, data in rows.items]


def test_free_exercise_db_gives_steps_and_what_to_look_at() -> None:
    slide, _ = read("free-exercise-db")
    assert (slide.source_id, slide.name) == ("Wall_Slide", "Wall Slide's Friend")
    assert slide.texts["en"].start.startswith("Stand with your back to a wall.")
    assert "" not in slide.texts["en"].steps
    assert slide.regions
    assert any("sore shoulder" in note for note in slide.review_notes)
    assert slide.dosage.fill_in
    assert len(slide.pictures) == 1


def test_words_without_a_place_in_our_lists_are_told_and_kept() -> None:
    _, sled = read("free-exercise-db")
    told = " ".join(sled.unmapped)
    assert "flux muscle" in told
    assert "moon sled" in told
    assert "flux muscle" in " ".join((*sled.muscles, *sled.review_notes))
    assert "moon sled" in " ".join(sled.review_notes)


def test_wger_gives_plain_steps_in_each_language_with_licence_and_author() -> None:
    (cat,) = read("wger")
    assert set(cat.texts) == {"en", "es"}
    text = cat.texts["en"]
    assert (text.start, text.steps) == ("Kneel down.", ("Round up.",))
    assert text.also_called == ("Cow and cat too",)
    assert (text.licence, text.attribution) == ("CC BY-SA 4.0", "Kim (wger), adapt.")
    assert any("987" in told for told in cat.unmapped)


def test_everkinetic_gives_its_licence_and_its_pictures_from_files() -> None:
    (plank,) = read("everkinetic")
    text = plank.texts["en"]
    assert (text.licence, text.attribution) == ("CC BY-SA 4.0", "Everkinetic, adapt.")
    (picture,) = plank.pictures
    assert (picture.caption, picture.licence) == ({"en": "Start"}, "CC BY-SA 4.0")
    assert any("tension" in told for told in plank.unmapped)
    assert any("breath" in note for note in plank.review_notes)


def test_a_table_gives_languages_and_dosage() -> None:
    (heel,) = read("csv")
    assert heel.texts["es"].steps == ("Póngase de pie.", "Suba sobre las puntas.")
    dosage = heel.dosage
    assert (dosage.sets, dosage.repetitions, dosage.repetitions_max) == (2, 8, 12)


def test_a_table_names_the_field_that_is_wrong() -> None:
    table = b"id,name,sets\n1,Squat,many\n"
    rows = FORMATS["csv"](files_of(table))
    with pytest.raises(RowError, match="sets"):
        rows.build(rows.items[0][1])


def test_the_guide_names_every_column_and_its_table_is_read() -> None:
    guide = (settings.BASE_DIR / "docs/importing.md").read_text()
    assert [one for one in csv_file.COLUMNS if f"`{one}`" not in guide] == []
    table = guide.partition("```csv\n")[2].partition("```")[0]
    (heel,) = read("csv", table.encode())
    assert set(heel.texts) == {"en", "es"}


def test_saved_pages_of_wger_are_read_with_their_pictures(tmp_path: Path) -> None:
    row = samples.WGER["results"][0]
    address = "https://wger.example/media/exercise-images/91/cat.png"
    first = row | {"images": [{"image": address, "license": 2}]}
    second = row | {"uuid": "other"}
    files = {
        "language.json": {"results": [{"id": 987, "short_name": "fr"}]},
        "page-1.json": {"count": 2, "next": "?offset=1", "results": [first]},
        "page-2.json": {"count": 2, "next": None, "results": [second]},
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(samples.as_bytes(data))
    picture = tmp_path / "exercise-images/91/cat.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(samples.photo("PNG"))
    rows = FORMATS["wger"](files_at(tmp_path))
    cat, other = [rows.build(data) for _, data in rows.items]
    assert set(cat.texts) == {"en", "es", "fr"}
    assert [one.path for one in cat.pictures] == ["exercise-images/91/cat.png"]
    assert cat.pictures[0].licence == "CC BY-SA 4.0"
    assert other.source_id == "other"


def fixture(model: str, number: int, **fields: object) -> dict[str, object]:
    """Return a row as a release of wger holds it."""
    return {"model": f"exercises.{model}", "pk": number, "fields": fields}


@pytest.mark.parametrize(
    ("whole", "text", "key"),
    [
        ("exercisebase", "exercise", "exercise_base"),
        ("exercise", "translation", "exercise"),
    ],
)
def test_a_release_of_wger_is_joined_from_its_files(
    tmp_path: Path, whole: str, text: str, key: str
) -> None:
    told = {"language": 2, "license": 2, "license_author": "Kim", key: 5}
    comment = fixture("exercisecomment", 3, exercise=7, comment="Hm")
    cat = fixture(text, 7, name="Cow and cat", description="<p>Kneel down.</p>", **told)
    parts = {"category": 10, "muscles": [1, 99], "equipment": [4]}
    files = {
        "exercise-base-data.json": [fixture(whole, 5, uuid="one", **parts)],
        "exercises.json": [cat, comment],
        "muscles.json": [fixture("muscle", 1, name="Erector spinae", name_en="")],
        "equipment.json": [fixture("equipment", 4, name="Gym mat")],
        "test-muscles.json": [fixture("muscle", 1, name="Of their tests")],
    }
    for name, rows in files.items():
        (tmp_path / name).write_bytes(samples.as_bytes(rows))
    rows = FORMATS["wger"](files_at(tmp_path))
    (found,) = [rows.build(data) for _, data in rows.items]
    text_found = found.texts["en"]
    assert (text_found.name, text_found.licence) == ("Cow and cat", "CC BY-SA 4.0")
    assert found.muscles[0] == "erector spinae"
    assert "wger muscle 99" in " ".join(found.unmapped)
    assert any("Hm" in note for note in found.review_notes)


def test_half_a_release_of_wger_says_which_folder_to_give(tmp_path: Path) -> None:
    rows = [fixture("exercise", 7, name="Cat", exercise_base=5)]
    (tmp_path / "exercises.json").write_bytes(samples.as_bytes(rows))
    with pytest.raises(FileError, match="the folder that holds both"):
        FORMATS["wger"](files_at(tmp_path))
