"""The pictures of a program: the clinic's look, the prescribed side, the words."""

import pytest

from clinic.models import Clinic, ClinicText
from exercises import pictures
from exercises.models import Exercise
from prescriptions import documents, pdf
from prescriptions.documents import HandoutDocument, Picture, picture_of
from prescriptions.handouts import issue_program
from prescriptions.models import Program
from tests.factories import library_entries, make_exercise, make_program
from tests.prescriptions.specs import (
    make_card,
    make_phase,
    make_picture,
    make_spec,
)

FIGURES = {entry.slug: entry.columns["figures"] for entry in library_entries()}


@pytest.fixture
def clamshell(db) -> Exercise:
    """An exercise that shows the right side."""
    drawn = pictures.draw_and_store(FIGURES["clamshell"], "clamshell")
    return make_exercise(figures=drawn)


@pytest.fixture
def program(practitioner, program, clamshell) -> Program:
    """A program of that exercise in a clinic whose texts are signed."""
    return make_program(by=practitioner, exercises=[clamshell])


def pictures_of(program: Program) -> list[Picture]:
    texts = {kind: ClinicText(body="x") for kind in ClinicText.Kind.values}
    loaded = Program.objects.of_clinic(program.clinic_id).with_contents()
    document = documents.compose(loaded.get(pk=program.pk), texts)
    return [picture for card in document.cards for picture in card.pictures]


def names(shown: list[Picture]) -> list[str]:
    return [picture.asset for picture in shown]


def prescribe(program: Program, side: str) -> None:
    program.prescribed_exercises.update(side=side)


def test_the_usual_look_takes_the_pictures_of_the_exercise(program, clamshell):
    expected = [figure["asset"] for figure in clamshell.figures]
    assert names(pictures_of(program)) == expected


def test_a_clinics_look_is_frozen_when_a_program_is_issued(practitioner, program):
    Clinic.objects.update(figure_skin="dark")
    revision, _ = issue_program(program, by=practitioner)
    Clinic.objects.update(figure_skin="medium")
    frozen = documents.from_json(revision.document).assets
    assert list(frozen) != names(pictures_of(program))
    Clinic.objects.update(figure_skin="dark")
    assert list(frozen) == names(pictures_of(program))


def test_the_left_side_is_shown_when_it_is_prescribed(program):
    prescribe(program, "right")
    right = names(pictures_of(program))
    prescribe(program, "left")
    left = names(pictures_of(program))
    prescribe(program, "each")
    assert names(pictures_of(program)) == right
    assert not set(left) & set(right)


def test_looks_and_sides_cost_no_query(
    practitioner, clamshell, django_assert_num_queries
):
    long = make_program(by=practitioner, exercises=[clamshell] * 8)
    prescribe(long, "left")
    Clinic.objects.update(figure_body="curved")
    texts = {kind: ClinicText(body="x") for kind in ClinicText.Kind.values}
    with django_assert_num_queries(5):
        rows = Program.objects.visible_to(practitioner).with_contents()
        documents.compose(rows.get(pk=long.pk), texts)


FIGURE = {
    "asset": "a.svg",
    "width": 1,
    "height": 1,
    "description": {"en": "Lying.", "es": "Boca arriba."},
    "caption": {"en": "Start", "es": "Inicio"},
}


def test_words_are_those_of_the_documents_language():
    spanish = picture_of(FIGURE, "es")
    assert (spanish.alt, spanish.caption) == ("Boca arriba.", "Inicio")
    assert spanish.language == ""


def test_words_missing_in_a_language_are_marked_as_english():
    german = picture_of(FIGURE, "de")
    assert (german.alt, german.language) == ("Lying.", "en")


def page(language: str) -> str:
    card = make_card(1, pictures=(make_picture(language=language),))
    return pdf.html(make_spec(phases=(make_phase((card,)),)))


def test_words_in_another_language_are_printed_as_such():
    assert 'alt="Lying down" lang="en"' in page("en")
    assert '<span lang="en">Start</span>' in page("en")
    assert 'alt="Lying down">' in page("")


def test_documents_without_the_field_are_still_read(program):
    document = HandoutDocument(**vars(make_spec().document))
    card = make_card(1, pictures=(make_picture(),))
    data = documents.to_json(
        HandoutDocument(**vars(document) | {"phases": (make_phase((card,)),)})
    )
    del data["phases"][0]["cards"][0]["pictures"][0]["language"]
    assert documents.from_json(data).cards[0].pictures[0].language == ""
