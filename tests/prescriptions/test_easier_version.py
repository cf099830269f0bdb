"""The easier version of an exercise, shown on the phone where it is allowed."""

import pytest
from django.core.cache import cache

from clinic.signing import sign_all
from prescriptions import documents, links
from prescriptions.documents import from_json
from prescriptions.handouts import issue_program
from prescriptions.models import Revision
from tests.factories import make_exercise, make_patient, make_program, sign_texts


@pytest.fixture
def issue(practitioner):
    """Issue a program of an exercise that has an easier version."""

    def made(*, flags=(), is_signed=True, **easier) -> Revision:
        sign_texts(practitioner)
        other = make_exercise(slug="soft", name="Soft bridge", **easier)
        if is_signed:
            sign_all([other], by=practitioner)
        patient = make_patient(clinic=practitioner.clinic, flags=list(flags))
        exercises = [make_exercise(name="Bridge", easier="soft")]
        program = make_program(by=practitioner, patient=patient, exercises=exercises)
        return issue_program(program, by=practitioner)[0]

    return made


def how(revision):
    (card,) = from_json(revision.document).cards
    return card.easier_how


def test_the_document_holds_how_to_do_it(issue):
    found = how(issue(steps=["Lift a little."], stop_if=["It hurts."]))
    assert (found.steps, found.stop_if) == (("Lift a little.",), ("It hurts.",))


def test_it_is_left_out_where_a_tag_of_the_patient_speaks_against_it(issue):
    assert how(issue(flags=["pregnancy"], cautions=["pregnancy"])) is None


def test_it_is_left_out_while_its_text_is_not_signed(issue):
    assert how(issue(is_signed=False)) is None


def test_a_document_of_an_earlier_schema_has_none(issue):
    data = issue().document
    data["schema"] = 3
    for phase in data["phases"]:
        for card in phase["cards"]:
            del card["easier_how"]
    (card,) = from_json(data).cards
    assert card.easier_how is None
    assert documents.to_json(from_json(data))["schema"] == 3


def test_the_phone_shows_it_below_the_exercise(issue, client):
    cache.clear()
    revision = issue(steps=["Lift a little."])
    address = f"/l/{links.token_of(links.printed_link(revision.program))}"
    client.post(address, {"day": "17", "month": "5", "year": "1980"})
    page = client.get(address).content.decode()
    assert "Show the easier version" in page
    assert "Lift a little." in page
