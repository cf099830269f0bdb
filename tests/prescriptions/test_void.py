"""Programs that were declared void: what closes, what stays, who is told."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic.errors import Conflict, Invalid
from clinic.models import AuditEvent, Membership
from prescriptions import links
from prescriptions.fhir.bundle import status_of
from prescriptions.handouts import (
    HandoutOptions,
    issue_program,
    request_handout,
    share_with_patient,
)
from prescriptions.models import Handout, Program
from prescriptions.programs import end_program, void_program
from tests import factories
from tests.clinic.api.client import Api, pointers

REASON = "Issued for the wrong patient."


@pytest.fixture
def issued(program: Program, practitioner: Membership) -> Program:
    """A program with a handout and a link."""
    revision, _ = issue_program(program, by=practitioner)
    request_handout(revision, options=HandoutOptions(), by=practitioner)
    program.refresh_from_db()
    return program


@pytest.fixture
def client(practitioner: Membership) -> Client:
    """A practitioner's browser."""
    client = Client()
    client.force_login(practitioner.practitioner)
    return client


def url(program: Program, view: str) -> str:
    return reverse(f"admin:prescriptions_program_{view}", args=[program.pk])


def test_void_closes_links_and_handouts_and_keeps_who_when_and_why(
    issued: Program, practitioner: Membership
) -> None:
    token = links.token_of(share_with_patient(issued, by=practitioner))
    void_program(issued, reason=f" {REASON} ", by=practitioner)
    assert (issued.status, issued.void_reason) == ("void", REASON)
    assert issued.voided_by == practitioner.practitioner.signature
    assert issued.voided_at
    assert links.find(token) is None
    states = Handout.objects.of_clinic(issued.clinic_id).values_list("status")
    assert set(states) == {("revoked",)}
    trail = AuditEvent.objects.visible_to(practitioner).filter(action="program.voided")
    assert trail.get().target_id == issued.pk


def test_an_ended_program_can_be_void_and_a_void_one_is_closed(
    issued: Program, practitioner: Membership
) -> None:
    end_program(issued, by=practitioner)
    void_program(issued, reason=REASON, by=practitioner)
    with pytest.raises(Conflict, match="Only what was issued"):
        void_program(issued, reason=REASON, by=practitioner)
    with pytest.raises(Conflict) as refused:
        end_program(issued, by=practitioner)
    assert refused.value.code == "program_void"


def test_a_draft_and_a_missing_reason_are_refused(
    program: Program, practitioner: Membership
) -> None:
    with pytest.raises(Conflict):
        void_program(program, reason=REASON, by=practitioner)
    with pytest.raises(Invalid):
        void_program(program, reason="  ", by=practitioner)


def test_the_page_asks_why_and_every_page_says_void(
    client: Client, issued: Program
) -> None:
    page = client.post(url(issued, "void"), {"reason": ""})
    assert "Say why it is void" in page.text
    client.post(url(issued, "void"), {"reason": REASON})
    record = reverse("admin:prescriptions_program_record", args=[issued.patient_id])
    listed = reverse("admin:prescriptions_program_changelist") + "?status=void"
    handouts = reverse("admin:prescriptions_handout_changelist") + "?state=revoked"
    revisions = reverse("admin:prescriptions_revision_changelist")
    for address in (url(issued, "change"), record):
        assert REASON in client.get(address).text
    for address in (listed, handouts, revisions, record):
        assert "Void</span>" in client.get(address).text
    assert ">End program<" not in client.get(url(issued, "change")).text


def test_an_assistant_cannot_declare_void(issued: Program) -> None:
    assistant = factories.make_membership(
        clinic=issued.clinic, role=Membership.Role.ASSISTANT
    )
    client = Client()
    client.force_login(assistant.practitioner)
    assert client.post(url(issued, "void"), {"reason": REASON}).status_code == 403


def test_the_api_declares_void_and_tells_it(issued: Program) -> None:
    api = Api(issued.clinic)
    path = f"programs/{issued.pk}"
    assert pointers(api.post(f"{path}/void", {})) == {"/reason": "required"}
    answer = api.post(f"{path}/void", {"reason": REASON}).json()
    assert (answer["status"], answer["void_reason"]) == ("void", REASON)
    assert answer["voided_at"]
    (handout,) = api.get("handouts").json()["results"]
    assert (handout["state"], handout["program_status"]) == ("revoked", "void")
    assert api.post(f"{path}/issue").json()["code"] == "program_void"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"status": "draft"}, "draft"),
        ({"status": "active", "paused_at": "2026-01-01"}, "on-hold"),
        ({"status": "ended", "ending": "finished"}, "completed"),
        ({"status": "ended", "ending": "stopped"}, "revoked"),
        ({"status": "void"}, "entered-in-error"),
    ],
)
def test_fhir_has_a_code_for_each_state(values: dict[str, str], code: str) -> None:
    assert status_of(Program(**values)) == code
