"""Sessions of the staff: they end when idle, after a day's work, and when told to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent, Membership
from tests import factories

PATIENTS = reverse("admin:clinic_patient_changelist")
LEFT = reverse("session-left")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def client(practitioner: Membership, clock: time_machine.Traveller) -> Client:
    return client_of(practitioner)


def client_of(member: Membership) -> Client:
    client = Client()
    client.force_login(member.practitioner)
    return client


def gets_in(client: Client) -> bool:
    return client.get(PATIENTS).status_code == 200


@pytest.mark.requirement("A3")
def test_a3_fifteen_idle_minutes_end_it(
    client: Client, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=14))
    assert gets_in(client)
    clock.shift(timedelta(minutes=14))
    assert gets_in(client)
    clock.shift(timedelta(minutes=15))
    assert not gets_in(client)


@pytest.mark.requirement("A3")
def test_a3_what_a_page_asks_by_itself_is_no_activity(
    client: Client, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=10))
    by_itself = {"Sec-Fetch-Dest": "empty"}
    client.get(PATIENTS, headers=by_itself)
    assert client.get(LEFT, headers=by_itself).json()["seconds"] == 300


@pytest.mark.requirement("A3")
def test_a3_staying_signed_in_starts_the_clock_anew(
    client: Client, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(minutes=14))
    assert client.post(reverse("session-stay")).json()["seconds"] == 15 * 60


@pytest.mark.requirement("A3")
def test_a3_twelve_hours_end_it_whatever_is_done(
    client: Client, clock: time_machine.Traveller
) -> None:
    for _ in range(71):
        clock.shift(timedelta(minutes=10))
        assert client.post(reverse("session-stay")).json()["seconds"] > 0
    clock.shift(timedelta(minutes=10))
    assert not gets_in(client)


@pytest.mark.requirement("A3")
def test_the_password_alone_does_not_make_a_session_longer(
    client: Client, practitioner: Membership
) -> None:
    email = practitioner.practitioner.email
    sent = {"username": email, "password": factories.PASSWORD}
    assert client.post(reverse("admin:login"), sent).status_code == 302
    assert not gets_in(client)


def test_a_stranger_has_no_time_left(db: None) -> None:
    assert Client().get(LEFT).json()["seconds"] == 0


@pytest.mark.requirement("A4")
def test_a4_a_new_password_ends_all_other_sessions(
    client: Client, practitioner: Membership
) -> None:
    person = practitioner.practitioner
    person.set_password("another-otter-43-river")
    person.save()
    assert not gets_in(client)


@pytest.mark.requirement("A4")
def test_a4_a_new_role_ends_all_sessions(
    client: Client, practitioner: Membership
) -> None:
    owner = factories.make_membership(clinic=practitioner.clinic, role="owner")
    address = reverse("admin:clinic_membership_change", args=[practitioner.pk])
    browser = client_of(owner)
    seen = browser.get(address).context["adminform"].form["seen"].value()
    sent = {"role": "assistant", "is_active": "on", "seen": seen or ""}
    numbers = {"external_ids-TOTAL_FORMS": 0, "external_ids-INITIAL_FORMS": 0}
    assert browser.post(address, sent | numbers).status_code == 302
    assert not gets_in(client)


@pytest.mark.requirement("A4")
def test_signing_out_everywhere_ends_every_session(
    client: Client, practitioner: Membership
) -> None:
    elsewhere = client_of(practitioner)
    client.post(reverse("session-end"))
    assert not gets_in(client)
    assert not gets_in(elsewhere)
    assert AuditEvent.objects.visible_to(practitioner).filter(action="sessions.ended")


def test_the_page_is_told_whose_session_it_is(
    client: Client, practitioner: Membership
) -> None:
    person = practitioner.practitioner
    assert client.get(LEFT).json()["person"] == str(person.pk)
    assert f'data-person="{person.pk}"' in client.get(PATIENTS).text
    client.post(reverse("session-leave"))
    assert client.get(LEFT).json()["person"] == ""
