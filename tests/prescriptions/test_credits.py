"""Whose texts and pictures these are stands on paper where a licence asks for it."""

from dataclasses import replace
from typing import Any

import pytest

from clinic.models import ClinicText
from exercises.models import ExerciseTranslation
from prescriptions import documents, pdf
from prescriptions.documents import HandoutOptions
from prescriptions.models import Program
from tests.factories import make_exercise, make_program
from tests.prescriptions.specs import (
    ASSETS,
    make_cards,
    make_phase,
    make_spec,
    text_of,
)

BY_SA = {"licence": "CC BY-SA 4.0", "attribution": "Kim (wger)"}
LICENCE = "CC BY-SA 4.0, creativecommons.org/licenses/by-sa/4.0"
KIM = f"Kim (wger), {LICENCE}"
PHOTO = {
    "asset": "0" * 64 + ".jpg",
    "width": 1000,
    "height": 500,
    "description": {"en": "Lying down"},
}


def credit_on(program: Program) -> str:
    """Return what the first card of a program tells."""
    texts = {kind: ClinicText(body="x") for kind in ClinicText.Kind.values}
    loaded = Program.objects.of_clinic(program.clinic).with_contents()
    return documents.compose(loaded.get(pk=program.pk), texts).cards[0].attribution


def test_texts_and_pictures_of_one_author_are_told_once(practitioner):
    imported = make_exercise(figures=[PHOTO | BY_SA], **BY_SA)
    program = make_program(by=practitioner, exercises=[imported])
    assert credit_on(program) == KIM


def test_no_author_is_cut_off_however_many_there_are(practitioner):
    authors = [f"{'A' * 290} {number}" for number in range(6)]
    photos = [PHOTO | BY_SA | {"attribution": author} for author in authors]
    imported = make_exercise(figures=photos)
    program = make_program(by=practitioner, exercises=[imported])
    told = credit_on(program)
    assert all(f"{author}, {LICENCE}" in told for author in authors)


def test_our_own_exercises_need_no_line(program):
    assert credit_on(program) == ""


def test_a_translation_is_credited_with_its_original(practitioner):
    imported = make_exercise(**BY_SA)
    ExerciseTranslation.objects.create(
        exercise=imported,
        language="es",
        name="Puente",
        steps=["Suba."],
        licence="CC BY-SA 4.0",
        attribution="Eva",
    )
    program = make_program(by=practitioner, exercises=[imported], language="es")
    assert credit_on(program) == f"{KIM}; Eva, {LICENCE}"


def test_an_older_version_is_credited_as_it_was(practitioner):
    imported = make_exercise(**BY_SA)
    program = make_program(by=practitioner, exercises=[imported])
    imported.refresh_from_db()
    imported.licence, imported.attribution = "CC0 1.0", ""
    imported.save()
    assert credit_on(program) == KIM


def credited(layout: str, count: int = 6, **options: Any) -> documents.HandoutSpec:
    """Return a handout whose cards all have a credit of their own."""
    cards = make_cards(count, pictures=2)
    credited = [
        replace(one, attribution=f"Author {one.number}, {LICENCE}") for one in cards
    ]
    spec = make_spec(phases=(make_phase(tuple(credited)),))
    return replace(spec, options=HandoutOptions(layout=layout, **options))


@pytest.mark.parametrize("layout", ["one", "two", "four", "list", "chart"])
def test_every_layout_tells_each_credit_once(layout):
    page = pdf.html(credited(layout))
    for number in range(1, 7):
        assert page.count(f"Author {number}, ") == 1


def test_a_wall_chart_tells_a_credit_once_for_all_its_exercises():
    cards = [replace(one, attribution=KIM) for one in make_cards(3)]
    spec = make_spec(phases=(make_phase(tuple(cards)),))
    spec = replace(spec, options=HandoutOptions(layout="chart"))
    assert f">1, 2, 3: {KIM}<" in pdf.html(spec)


@pytest.mark.slow
def test_a_wall_chart_with_credits_is_one_page():
    made = pdf.render(credited("chart", 12, paper="letter"), ASSETS)
    assert made.pages == 1
    assert "Author 12, " in text_of(made.pdf)
