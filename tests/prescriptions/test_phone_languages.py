"""The phone page in the language that the patient chooses, and its PDF."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from clinic.signing import sign_all
from prescriptions import editions, links
from prescriptions.handouts import issue_program
from prescriptions.models import Edition, Handout, PatientLink, Program
from tests.factories import make_translation, sign_texts

RIGHT = {"day": "17", "month": "5", "year": "1980"}


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def link(program, practitioner) -> PatientLink:
    """A link to an English program that was issued in Spanish as well."""
    sign_texts(practitioner, "es")
    first = program.prescribed_exercises.order_by("position").first()
    sign_all([make_translation(first.exercise, "es")], by=practitioner)
    program.prescribed_exercises.update(note="Slowly.")
    Program.objects.unscoped().update(goal="Walk to work.")
    revision, _ = issue_program(program, by=practitioner)
    return links.printed_link(revision.program)


@pytest.fixture
def address(client, link) -> str:
    """The page of a patient who has passed the gate."""
    address = f"/l/{links.token_of(link)}"
    client.post(address, RIGHT)
    return address


@pytest.fixture
def spanish(client, address) -> str:
    """The same, after the patient chose Spanish."""
    client.post(f"{address}/language", {"language": "es"})
    return address


def shown(client, address) -> str:
    return client.get(address).content.decode()


def test_the_languages_stand_there_by_their_own_names(client, address):
    page = shown(client, address)
    found = re.findall(r'name="language" value="(\w+)" lang="\1"[^>]*>(\w+)<', page)
    assert found == [("en", "English"), ("es", "Español")]
    assert 'value="en" lang="en" aria-current="true"' in page


def test_the_page_is_in_the_chosen_language_until_another_is_chosen(client, spanish):
    page = shown(client, spanish)
    assert '<html lang="es"' in page
    assert "Redondee la espalda." in page
    client.post(f"{spanish}/language", {"language": "en"})
    assert '<html lang="en"' in shown(client, spanish)


@pytest.mark.parametrize("part", ["", "/diary", "/offline", "/offline-diary"])
def test_every_page_and_the_copy_for_the_phone_follow(client, spanish, part):
    page = shown(client, spanish + part)
    assert '<html lang="es"' in page
    assert 'lang="es">Gato</' in page


def test_warning_signs_are_in_the_chosen_language(client, spanish):
    page = shown(client, spanish)
    stop = page[page.index('id="stop"') :]
    assert '<div lang="es">' in stop
    assert "En una emergencia" in stop
    answer = client.post(f"{spanish}/warning").content.decode()
    assert '<html lang="es"' in answer


def test_what_is_not_spanish_says_so(client, spanish):
    page = shown(client, spanish)
    assert "Lo que escribió su profesional está en inglés." in page
    assert '<span lang="en">Slowly.</span>' in page
    assert '<span lang="en">Walk to work.</span>' in page
    assert page.count("Texto en inglés: aún no está traducido al español.") == 1


def test_choosing_is_no_get_and_nothing_else_than_was_issued(client, address):
    assert client.get(f"{address}/language?language=es").status_code == 405
    for wrong in ("de", "xx", ""):
        client.post(f"{address}/language", {"language": wrong})
        assert '<html lang="en"' in shown(client, address)


def test_nothing_is_chosen_before_the_gate(address):
    stranger = Client()
    answer = stranger.post(f"{address}/language", {"language": "es"})
    assert answer["Location"] == address
    assert "django_language" not in answer.cookies


def test_a_patient_reads_their_own_language_if_it_was_issued(client, address, link):
    link.patient.language = "es"
    link.patient.save()
    assert "Redondee la espalda." in shown(client, address)


def test_a_revision_of_before_offers_its_own_language_alone(client, address):
    Edition.objects.unscoped().delete()
    page = shown(client, address)
    assert "/language" not in page
    assert 'id="id_language"' not in page


def test_a_language_that_is_gone_shows_the_programs_own_and_says_so(client, spanish):
    Edition.objects.unscoped().delete()
    page = shown(client, spanish)
    assert '<html lang="es"' in page
    assert "Texto en inglés: aún no está traducido al español." in page


def test_the_pdf_comes_in_the_chosen_language(client, spanish, link):
    page = shown(client, spanish)
    assert '<option value="es" selected>Español (1 ejercicio sin traducir)' in page
    chosen = {"layout": "list", "size": "large", "language": "es"}
    answer = client.post(f"{spanish}/paper", chosen)
    (handout,) = Handout.objects.of_clinic(link.clinic_id)
    assert handout.options["language"] == "es"
    assert str(handout.pk) in answer["Location"]
    client.post(f"{spanish}/paper", chosen | {"language": "de"})
    assert Handout.objects.of_clinic(link.clinic_id).count() == 1


def test_the_pdf_in_the_pages_language_is_shown_first(client, spanish, link):
    for language in ("es", "en"):
        chosen = {"layout": "list", "size": "large", "language": language}
        client.post(f"{spanish}/paper", chosen)
    made = Handout.objects.of_clinic(link.clinic_id)
    made.update(status="ready", pdf_name="x", pdf_bytes=9, pdf_pages=2)
    mine = made.get(options__language="es")
    page = shown(client, spanish)
    assert f"?paper={mine.pk}" in page
    assert '<span lang="es">Español</span>, 2 páginas' in page
    assert {offer.language for offer in editions.offers(mine.revision)} == {"en", "es"}
