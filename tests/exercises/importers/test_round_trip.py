"""A bundle written by the export comes back through the import without loss."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from exercises import own
from exercises.catalog import load_library, load_translations
from exercises.exporting import with_parts, write_bundle
from exercises.imported_rows import SPOKEN, digest_of
from exercises.importers import FORMATS, ZipFiles
from exercises.importing import Target, run_import
from exercises.models import Exercise, ExerciseTranslation
from exercises.uploads import encode

NEW = {"id", "clinic_id", "status", "owner_id", "created_at", "updated_at"}
NEW |= {"import_source", "import_id", "import_digest", "content_digest"}


def bundle_of(rows: Any) -> bytes:
    stream = BytesIO()
    write_bundle(with_parts(rows), stream)
    return stream.getvalue()


def bring(bundle: bytes, **target: Any) -> list[Any]:
    files = ZipFiles(BytesIO(bundle))
    rows = FORMATS["catcamel"](files)
    return list(run_import(rows, files, Target(apply=True, **target)))


def content(row: Exercise) -> dict[str, Any]:
    """All that a row says, with translations and older versions."""
    told = {
        one.language: {n: getattr(one, n) for n in (*SPOKEN, "version", "of_version")}
        for one in row.translations.all()
    }
    columns = {
        field.attname: getattr(row, field.attname)
        for field in Exercise._meta.concrete_fields
        if field.attname not in NEW
    }
    former = {one.version: without_ids(one.content) for one in row.versions.all()}
    return {**columns, "translations": told, "former": former}


def without_ids(content: dict[str, Any]) -> dict[str, Any]:
    """A former content without the ids of its translations, which are new here."""
    told = content.get("translations", {}).items()
    bare = {code: {k: v for k, v in x.items() if k != "id"} for code, x in told}
    return {**content, "translations": bare}


def everything(rows: Any) -> dict[str, Any]:
    return {row.slug: content(row) for row in with_parts(rows)}


def photo(color: str = "navy") -> BytesIO:
    stream = BytesIO()
    Image.linear_gradient("L").convert("RGB").save(stream, format="JPEG")
    stream.seek(0)
    return stream


@pytest.mark.full
def test_the_whole_shared_library_comes_back(db):
    load_library()
    load_translations()
    before = everything(Exercise.objects.shared())
    bundle = bundle_of(Exercise.objects.shared())
    Exercise.objects.shared().delete()
    outcomes = bring(bundle)
    assert {one.outcome for one in outcomes} == {"created"}, outcomes
    assert everything(Exercise.objects.shared()) == before
    assert len(before) == 56


@pytest.fixture
def own_exercise(practitioner):
    """An edited exercise of the clinic with a photo, a translation and a past."""
    row = Exercise.objects.create(
        clinic=practitioner.clinic,
        slug="our-bridge",
        name="Our bridge",
        category="strength",
        position="supine",
        start="Lie on your back.\nBend your knees.",
        steps=["1. Lift.", "* Lower."],
        sets=2,
        repetitions=8,
        times_per_day=1,
        load_value="2.50",
        load_unit="kg",
        licence="CC BY 4.0",
        attribution="Ann Author",
        review_notes=["Look twice."],
    )
    ExerciseTranslation.objects.create(
        clinic=practitioner.clinic,
        exercise=row,
        language="es",
        name="Nuestro puente",
        steps=["Suba.", "Baje."],
        licence="CC BY-SA 4.0",
    )
    own.add_picture(row, encode(photo()).store(), "A bridge", by=practitioner)
    edited = Exercise.objects.of_clinic(practitioner.clinic).get(slug="our-bridge")
    edited.steps = ["Lift.", "Hold.", "Lower."]
    edited.save()
    return edited


def test_an_own_exercise_with_a_photo_and_a_past_comes_back(own_exercise, practitioner):
    mine = Exercise.objects.of_clinic(practitioner.clinic).filter(slug="our-bridge")
    before, bundle = everything(mine), bundle_of(mine)
    own_exercise.delete()
    bring(bundle, clinic=practitioner.clinic, by=practitioner)
    assert everything(mine) == before
    assert before["our-bridge"]["former"]


def test_what_is_here_as_it_was_exported_is_left_alone(own_exercise, practitioner):
    mine = Exercise.objects.of_clinic(practitioner.clinic).filter(slug="our-bridge")
    (outcome,) = bring(bundle_of(mine), clinic=practitioner.clinic, by=practitioner)
    assert (outcome.outcome, outcome.reasons) == ("skipped", ("Nothing is new.",))


def test_another_clinic_gets_it_as_a_draft_of_its_own(own_exercise, outsider):
    rows = Exercise.objects.of_clinic(own_exercise.clinic).filter(pk=own_exercise.pk)
    bring(bundle_of(rows), clinic=outsider.clinic, by=outsider)
    copy = Exercise.objects.of_clinic(outsider.clinic).get(slug="our-bridge")
    assert copy.status == "draft"
    assert digest_of(copy) == digest_of(own_exercise)


def test_the_same_exercises_give_the_same_bytes(own_exercise):
    rows = Exercise.objects.of_clinic(own_exercise.clinic)
    assert bundle_of(rows.order_by("name")) == bundle_of(rows.order_by("-slug"))
