"""A handout in another language than the program's: asked for, made, honest."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from clinic.errors import Invalid
from clinic.languages import written_hint
from clinic.signing import sign_all
from prescriptions import editions, pdf
from prescriptions.documents import HandoutDocument, HandoutOptions, HandoutSpec
from prescriptions.handouts import issue_program, request_handout
from prescriptions.models import Phase, Program, Revision
from prescriptions.tasks import spec_of
from tests.factories import make_translation, sign_texts

HINT = "Lo que escribió su profesional está en inglés."


@pytest.fixture
def revision(program, practitioner) -> Revision:
    """An English revision with notes, the first exercise of which exists in Spanish."""
    sign_texts(practitioner, "es")
    first = program.prescribed_exercises.order_by("position").first()
    sign_all([make_translation(first.exercise, "es")], by=practitioner)
    program.prescribed_exercises.update(note="Slowly.", why="It loosens.")
    Phase.objects.all().update(title="First weeks", criterion="it is easy")
    Program.objects.unscoped().update(goal="Walk to work.")
    return issue_program(program, by=practitioner)[0]


def laid(document: HandoutDocument, **options) -> Iterator[str]:
    chosen = HandoutOptions(**options)
    spec = HandoutSpec(document=document, options=chosen, link=None, key="0" * 8)
    return pdf.html(spec)


@pytest.mark.parametrize("layout", ["two", "four", "list", "chart"])
def test_every_layout_marks_the_practitioners_words_and_tells_of_them(revision, layout):
    page = laid(editions.document_of(revision, "es"), layout=layout)
    assert '<html lang="es"' in page
    assert '<h1 lang="en">Back care</h1>' in page
    assert page.count('<span lang="en">Slowly.</span>') == 2
    assert page.count(HINT) == 1


def test_goal_reason_and_phase_are_marked_too(revision):
    page = laid(editions.document_of(revision, "es"))
    for words in ("Walk to work.", "It loosens.", "First weeks", "it is easy"):
        assert f'<span lang="en">{words}</span>' in page


def test_the_programs_own_language_needs_no_marks(revision):
    page = laid(editions.document_of(revision, ""))
    assert "Slowly." in page
    assert 'lang="en">Slowly.' not in page
    assert written_hint("en", "en") == ""


def test_each_language_is_a_job_of_its_own_made_from_what_was_frozen(
    revision, practitioner
):
    def ask(**options):
        chosen = HandoutOptions(**options)
        return request_handout(revision, options=chosen, by=practitioner)

    own, spanish = ask(), ask(language="es")
    assert ask(language="en") == own
    assert ask(language="es") == spanish
    assert spec_of(own).document == editions.document_of(revision, "en")
    assert spec_of(spanish).document == editions.document_of(revision, "es")


def test_a_language_it_was_not_issued_in_is_refused(revision, practitioner):
    options = HandoutOptions(language="de")
    with pytest.raises(Invalid) as refused:
        request_handout(revision, options=options, by=practitioner)
    assert refused.value.errors[0].pointer == "/language"
    assert refused.value.members == {"available": ["en", "es"]}


@pytest.fixture
def browser(practitioner) -> Client:
    client = Client()
    client.force_login(practitioner.practitioner)
    return client


def test_the_builder_offers_the_languages_it_was_issued_in(browser, revision):
    change = reverse("admin:prescriptions_program_change", args=[revision.program_id])
    page = browser.get(change).content.decode()
    assert '<option value="en">English</option>' in page
    assert '<option value="es">Español (1 exercise not translated)</option>' in page
    assert '<option value="de">' not in page


def test_staff_have_a_handout_made_in_a_chosen_language(browser, revision):
    pages = "admin:prescriptions_program_"
    url = reverse(f"{pages}handout", args=[revision.program_id])
    browser.post(url, {"layout": "two", "language": "es"})
    (handout,) = revision.handouts.all()
    assert handout.options["language"] == "es"


def test_the_preview_speaks_the_chosen_language(browser, revision):
    preview = reverse("admin:prescriptions_program_preview", args=[revision.program_id])
    answer = browser.post(preview, {"layout": "two", "language": "es"})
    assert answer["Location"].endswith("?layout=two&language=es")
    page = browser.get(answer["Location"]).content.decode()
    assert "Redondee la espalda." in page
    revision.program.prescribed_exercises.update(note="Later.")
    draft = browser.get(preview, {"language": "es"}).content.decode()
    assert '<span lang="en">Later.</span>' in draft
