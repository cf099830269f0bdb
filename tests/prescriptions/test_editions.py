"""Further languages of a revision: what is frozen in which, and what is not."""

import pytest

from clinic.models import ClinicText, Membership
from clinic.signing import sign, sign_all
from exercises.models import Exercise
from prescriptions import documents, editions
from prescriptions.documents import HandoutDocument
from prescriptions.handouts import issue_program
from prescriptions.models import Edition, FrozenError, Program, Revision
from tests.factories import make_leaflet, make_translation, sign_texts


@pytest.fixture
def first(program: Program) -> Exercise:
    """The first of the program's two exercises."""
    return program.prescribed_exercises.order_by("position").first().exercise


@pytest.fixture
def spanish(practitioner: Membership) -> None:
    sign_texts(practitioner, "es")


def issue(program: Program, by: Membership) -> Revision:
    return issue_program(program, by=by)[0]


def in_spanish(revision: Revision) -> HandoutDocument:
    return editions.document_of(revision, "es")


def test_a_signed_translation_is_frozen_with_the_revision(
    program, first, spanish, practitioner
):
    sign_all([make_translation(first, "es")], by=practitioner)
    revision = issue(program, practitioner)
    document = in_spanish(revision)
    assert document.cards[0].steps == ("Redondee la espalda.",)
    assert document.cards[0].languages == ()
    assert document.safety_net_language == ""
    assert "día" in " ".join(document.cards[0].dosage)


def test_what_the_patient_got_stays_when_the_translation_is_changed(
    program, first, spanish, practitioner
):
    told = make_translation(first, "es")
    sign_all([told], by=practitioner)
    revision = issue(program, practitioner)
    told.steps = ["Otra cosa."]
    told.save()
    assert in_spanish(revision).cards[0].steps == ("Redondee la espalda.",)
    with pytest.raises(FrozenError):
        revision.editions.get().save()


def test_the_whole_document_is_read_again_as_it_was_issued(
    program, first, spanish, practitioner
):
    sign_all([make_translation(first, "es")], by=practitioner)
    revision = issue(program, practitioner)
    row = revision.editions.get()
    assert documents.digest(in_spanish(revision)) == row.sha256
    assert not {"clinic", "patient", "title"} & row.changes.keys()


def test_an_unsigned_translation_is_not_given_and_the_rest_tells_its_language(
    program, first, spanish, practitioner
):
    make_translation(first, "es")
    revision = issue(program, practitioner)
    card = in_spanish(revision).cards[0]
    assert (card.name, card.steps) == (first.name, tuple(first.steps))
    assert {dict(card.languages)[name] for name in ("name", "steps")} == {"en"}
    assert [(one.language, one.untranslated) for one in editions.offers(revision)] == [
        ("en", 0),
        ("es", 2),
    ]


def test_a_translated_name_needs_no_signature_as_everywhere(
    program, first, spanish, practitioner
):
    make_translation(first, "es", start="", steps=[])
    card = in_spanish(issue(program, practitioner)).cards[0]
    assert card.name == "Gato"
    assert dict(card.languages)["steps"] == "en"


def test_what_the_practitioner_wrote_keeps_its_language(program, spanish, practitioner):
    document = in_spanish(issue(program, practitioner))
    assert (document.language, document.own_language) == ("es", "en")
    assert document.title == program.title


@pytest.mark.parametrize("signed", [[], ["pain_rule"]])
def test_a_language_without_signed_safety_texts_is_not_offered(
    program, practitioner, signed
):
    for kind in signed:
        text = ClinicText.objects.create(
            clinic=practitioner.clinic, kind=kind, language="es", body="# Dolor"
        )
        sign(text, by=practitioner)
    revision = issue(program, practitioner)
    assert [offer.language for offer in editions.offers(revision)] == ["en"]
    with pytest.raises(Edition.DoesNotExist):
        in_spanish(revision)


def test_an_unsigned_leaflet_stays_in_the_programs_language(
    program, spanish, practitioner
):
    rows = [
        make_leaflet(slug=slug, language=code, title=f"{slug} {code}")
        for slug in ("heat", "cold")
        for code in ("en", "es")
    ]
    sign_all([rows[0], rows[1], rows[2]], by=practitioner)
    Program.objects.unscoped().update(leaflets=["heat", "cold"])
    found = in_spanish(issue(program, practitioner)).leaflets
    assert [(one.title, one.language) for one in found] == [
        ("heat es", ""),
        ("cold en", "en"),
    ]


def test_a_language_signed_later_makes_the_next_revision(program, first, practitioner):
    former = issue(program, practitioner)
    sign_texts(practitioner, "es")
    later, is_new = issue_program(program, by=practitioner)
    assert (is_new, later.number) == (True, former.number + 1)
    assert issue_program(program, by=practitioner) == (later, False)
    sign_all([make_translation(first, "es")], by=practitioner)
    assert issue_program(program, by=practitioner)[1]


def test_a_spanish_program_is_offered_in_english(program, first, spanish, practitioner):
    sign_all([make_translation(first, "es")], by=practitioner)
    Program.objects.unscoped().update(language="es")
    revision = issue(program, practitioner)
    document = editions.document_of(revision, "en")
    assert document.cards[0].steps == tuple(first.steps)
    assert document.own_language == "es"
