"""The PDF as the patient wants it: layout and size of type, asked for on the phone."""

import pytest
from django.core.cache import cache
from django.test import Client

from clinic.models import AuditEvent
from prescriptions import links, programs, storage
from prescriptions.handouts import issue_program
from prescriptions.models import Handout, PatientLink

RIGHT = {"day": "17", "month": "5", "year": "1980"}


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def link(program, practitioner) -> PatientLink:
    revision, _ = issue_program(program, by=practitioner)
    return links.printed_link(revision.program)


@pytest.fixture
def address(client, link) -> str:
    """The page of a patient who has passed the gate."""
    address = f"/l/{links.token_of(link)}"
    client.post(address, RIGHT)
    return address


def ask(client, address, **values):
    chosen = {"layout": "list", "size": "large"} | values
    return client.post(f"{address}/paper", chosen)


def made(link) -> list[Handout]:
    return list(Handout.objects.of_clinic(link.clinic_id))


def ready(handout) -> None:
    name, sha256 = storage.put(handout.pk, b"%PDF-1.7 as chosen")
    values = {"pdf_name": name, "pdf_sha256": sha256, "pdf_bytes": 18, "pdf_pages": 4}
    row = Handout.objects.unscoped().filter(pk=handout.pk)
    row.update(status="ready", **values)


def test_what_was_chosen_is_made_and_shown(client, address, link):
    answer = ask(client, address)
    (handout,) = made(link)
    assert handout.options["layout"] == "list"
    assert handout.options["size"] == "large"
    assert handout.options["paper"] == link.clinic.paper
    shown = client.get(answer["Location"]).content.decode()
    assert "Your program is being made." in shown
    ready(handout)
    shown = client.get(answer["Location"]).content.decode()
    assert f"{address}/program.pdf?paper={handout.pk}" in shown
    pdf = client.get(f"{address}/program.pdf?paper={handout.pk}")
    assert b"".join(pdf.streaming_content) == b"%PDF-1.7 as chosen"


def test_a_patient_whose_clinic_made_no_pdf_may_make_one(client, address):
    page = client.get(address).content.decode()
    assert "There is no PDF now." in page
    assert "<details open><summary>Another layout" in page
    assert "Call us and we send it to you." not in page


def test_the_same_choice_is_the_same_handout(client, address, link):
    ask(client, address)
    ask(client, address)
    assert len(made(link)) == 1


def test_the_trail_says_that_the_patient_asked(client, address, link):
    ask(client, address)
    events = AuditEvent.objects.of_clinic(link.clinic_id)
    event = events.get(action="handout.requested")
    assert (event.actor_kind, event.actor_id) == ("patient", link.pk)


@pytest.mark.parametrize("wrong", [{"layout": "poster"}, {"size": ""}])
def test_what_no_layout_is_made_for_is_refused(client, address, link, wrong):
    assert ask(client, address, **wrong).status_code == 302
    assert made(link) == []


def test_nothing_is_made_before_the_gate_or_after_the_end(
    client, address, link, practitioner
):
    assert ask(Client(), address)["Location"] == address
    programs.end_program(link.program, by=practitioner)
    assert ask(client, address).status_code == 404
    assert made(link) == []


@pytest.mark.parametrize("paper", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_another_paper_than_the_programs_own_is_not_shown(client, address, paper):
    page = client.get(f"{address}?paper={paper}")
    assert page.status_code == 200
    assert paper not in page.content.decode()
