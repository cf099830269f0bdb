"""What a phone may keep of a program: only behind the gate, nothing personal before."""

import json
from datetime import date, timedelta

import pytest
from django.core.cache import cache

from clinic.models import AuditEvent
from clinic.signing import sign_all
from prescriptions import links
from prescriptions.handouts import issue_program
from prescriptions.models import PatientLink, Phase
from prescriptions.programs import add_exercise
from tests.factories import make_exercise

RIGHT = {"day": "17", "month": "5", "year": "1980"}


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def link(program, practitioner) -> PatientLink:
    """The link of a program with a second phase on some days only."""
    later = Phase.objects.create(program=program, position=2, title="Stronger")
    first = program.phases.order_by("position")[0]
    first.weeks = 2
    first.save()
    bridge = make_exercise(name="Bridge", days_per_week=3)
    sign_all([bridge], by=practitioner)
    add_exercise(later, bridge)
    program.touch()
    revision, _ = issue_program(program, by=practitioner)
    return links.printed_link(revision.program)


@pytest.fixture
def address(link) -> str:
    return f"/l/{links.token_of(link)}"


@pytest.fixture
def inside(client, address):
    """The browser of a patient behind the gate."""
    client.post(address, RIGHT)
    return client


@pytest.mark.parametrize("path", ["offline", "offline-diary"])
def test_a_copy_is_made_only_behind_the_gate(client, address, path):
    response = client.get(f"{address}/{path}")
    assert (response.status_code, response["Location"]) == (302, address)


def test_the_copy_holds_all_phases_for_the_phone_to_choose_from(inside, address, link):
    page = inside.get(f"{address}/offline").content.decode()
    assert "Bridge" in page
    starts = f'data-phase="{link.program.start_date}"'
    later = link.program.start_date + timedelta(days=14)
    assert starts in page
    assert f'data-phase="{later}"' in page


def test_the_copy_tells_what_is_new_and_until_when(inside, address, link, practitioner):
    phase = link.program.phases.order_by("position")[1]
    phase.exercises.all().delete()
    link.program.touch()
    revision, _ = issue_program(link.program, by=practitioner)
    until = date.fromisoformat(revision.document["issued_on"]) + timedelta(days=13)
    page = inside.get(f"{address}/offline").content.decode()
    assert f'class="card news" data-until="{until}"' in page
    assert "Leave out:" in page


def test_the_kept_diary_offers_every_exercise(inside, address):
    page = inside.get(f"{address}/offline-diary").content.decode()
    assert page.count('name="done"') == 3
    assert 'data-kept="diary"' in page


def test_agreeing_is_recorded_once_and_only_by_who_passed_the_gate(
    client, address, link
):
    def events() -> int:
        rows = AuditEvent.objects.of_clinic(link.clinic_id)
        return rows.filter(action="link.kept", actor_kind="patient").count()

    client.post(f"{address}/keep")
    assert events() == 0
    client.post(address, RIGHT)
    assert client.get(f"{address}/keep").status_code == 405
    client.post(f"{address}/keep")
    assert events() == 1


def test_the_page_tells_the_phone_what_to_keep_and_until_when(inside, address, link):
    page = inside.get(address).content.decode()
    assert f'data-until="{link.expires_at.isoformat()[:10]}' in page
    assert "patients/page.js" in page.split("data-files=")[1].split('"')[1]


def test_the_worker_may_serve_its_own_link_alone(client, address):
    response = client.get(f"{address}/worker.js")
    assert response["Content-Type"] == "text/javascript"
    assert response["Service-Worker-Allowed"] == address


def test_the_manifest_holds_nothing_personal(client, address, link):
    response = client.get(f"{address}/app.webmanifest")
    told = json.loads(response.content)
    assert told["name"] == "Your page from the clinic"
    assert told["start_url"] == told["scope"] == address
    for secret in (link.patient.name, link.program.title, link.clinic.name):
        assert secret not in response.content.decode()


@pytest.mark.parametrize(
    "path", ["worker.js", "app.webmanifest", "offline", "offline-diary"]
)
def test_nothing_is_given_out_for_a_link_that_ended(inside, address, path):
    PatientLink.objects.unscoped().revoke()
    unknown = inside.get("/l/nonsense")
    assert inside.get(f"{address}/{path}").content == unknown.content


def test_the_page_of_an_ended_link_cleans_up(client, db):
    assert "patients/ended.js" in client.get("/l/nonsense").content.decode()
