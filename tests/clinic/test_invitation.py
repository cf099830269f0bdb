"""The single-use way into a clinic."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.errors import Conflict, Forbidden, Invalid, NotFound
from clinic.models import AuditEvent, Clinic, Invitation, Membership, Practitioner
from clinic.people import (
    accept_invitation,
    invite,
    join_clinic,
    withdraw_invitation,
)
from tests.factories import PASSWORD, make_membership

PERSON = {
    "email": "Ina.New@Example.org",
    "name": "Ina New",
    "credential": "PT",
    "password": PASSWORD,
}


@pytest.fixture
def token(clinic: Clinic) -> str:
    return invite(clinic, Membership.Role.PRACTITIONER, licensed=True)[1]


def accept(token: str, **changes: str) -> Membership:
    return accept_invitation(token, **PERSON | changes)


def send(client: Client, token: str, **changes: str) -> Any:
    form = PERSON | {"token": token, "repeated": PASSWORD} | changes
    return client.post("/invitation", form)


def test_it_gives_the_role_that_was_invited(token: str, clinic: Clinic) -> None:
    membership = accept(token)
    assert membership.clinic == clinic
    assert (membership.role, membership.licensed) == ("practitioner", True)


def test_the_new_person_can_sign_in(token: str, client: Client) -> None:
    accept(token)
    assert client.login(email="ina.new@example.org", password=PASSWORD)


def test_it_works_once(token: str) -> None:
    accept(token)
    with pytest.raises(NotFound):
        accept(token, email="second@example.org")


def test_it_ends_after_seven_days(clinic: Clinic, token: str) -> None:
    left = Invitation.objects.of_clinic(clinic).get().expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_an_expired_one_is_refused(clinic: Clinic) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=8)):
        token = invite(clinic, Membership.Role.OWNER, licensed=True)[1]
    with pytest.raises(NotFound):
        accept(token)


@pytest.mark.parametrize("password", ["short", "megaparol12345", "ina.new@example"])
def test_a_weak_password_leaves_it_usable(token: str, password: str) -> None:
    with pytest.raises(Invalid) as caught:
        accept(token, password=password)
    assert {error.pointer for error in caught.value.errors} == {"/password"}
    assert accept(token)


def test_a_wrong_field_leaves_it_usable(token: str) -> None:
    with pytest.raises(Invalid) as caught:
        accept(token, email="nobody")
    assert caught.value.errors[0].pointer == "/email"
    assert accept(token)


def test_it_never_changes_an_account_that_exists(
    token: str, practitioner: Membership
) -> None:
    email = practitioner.practitioner.email
    with pytest.raises(Conflict):
        accept(token, email=email, password="other-calm-otter-9")
    person = Practitioner.objects.get(email=email)
    assert person.check_password(PASSWORD)


def test_somebody_with_an_account_joins(token: str, outsider: Membership) -> None:
    membership = join_clinic(token, outsider.practitioner)
    assert membership.practitioner == outsider.practitioner


def test_a_member_cannot_join_twice(token: str, practitioner: Membership) -> None:
    with pytest.raises(Conflict):
        join_clinic(token, practitioner.practitioner)


def test_somebody_who_had_left_comes_back(token: str, practitioner: Membership) -> None:
    practitioner.is_active = False
    practitioner.save()
    assert join_clinic(token, practitioner.practitioner) == practitioner
    practitioner.refresh_from_db()
    assert practitioner.is_active


@pytest.mark.requirement("D9")
def test_the_token_is_not_stored(clinic: Clinic, token: str) -> None:
    row = Invitation.objects.of_clinic(clinic).values().get()
    assert token not in str(row)


def test_a_practitioner_may_not_invite(practitioner: Membership) -> None:
    with pytest.raises(Forbidden):
        invite(practitioner.clinic, "owner", licensed=True, by=practitioner)


def test_an_owner_may_not_invite_to_another_clinic(
    clinic: Clinic, outsider: Membership
) -> None:
    with pytest.raises(Forbidden):
        invite(clinic, "owner", licensed=True, by=outsider)


def test_accepting_is_audited_once(clinic: Clinic, token: str) -> None:
    membership = accept(token)
    events = AuditEvent.objects.of_clinic(clinic).filter(action="invitation.accepted")
    assert events.get().actor_id == membership.pk


@pytest.mark.requirement("W3")
@pytest.mark.django_db
def test_opening_the_page_changes_nothing(client: Client, token: str) -> None:
    response = client.get("/invitation")
    assert response.status_code == 200
    assert accept(token)


def test_sending_the_form_leads_to_the_admin(client: Client, token: str) -> None:
    response = send(client, token)
    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_an_error_stands_at_its_field(client: Client, token: str) -> None:
    response = send(client, token, password="short", repeated="short")
    assert response.status_code == 400
    assert "password" in response.context["form"].errors


def test_two_different_passwords_are_refused(client: Client, token: str) -> None:
    response = send(client, token, repeated="something-else-1")
    assert "repeated" in response.context["form"].errors


def test_a_used_up_one_is_told_in_the_page(client: Client, token: str) -> None:
    send(client, token)
    response = send(client, token, email="second@example.org")
    assert "Ask for a new one" in response.content.decode()


def test_the_password_is_never_sent_back(client: Client, token: str) -> None:
    response = send(client, "wrong")
    assert PASSWORD not in response.content.decode()


def test_who_has_signed_in_only_needs_the_token(
    client: Client, token: str, outsider: Membership, clinic: Clinic
) -> None:
    client.force_login(outsider.practitioner)
    client.post("/invitation", {"token": token})
    assert outsider.practitioner.memberships.filter(clinic=clinic).exists()


@pytest.mark.requirement("W3")
def test_the_form_needs_its_csrf_token(token: str) -> None:
    response = send(Client(enforce_csrf_checks=True), token)
    assert response.status_code == 403
    assert accept(token)


@pytest.mark.requirement("W2")
def test_the_page_runs_under_the_strict_policy(client: Client, db: None) -> None:
    response = client.get("/invitation")
    assert "unsafe" not in response["Content-Security-Policy"]
    assert " style=" not in response.content.decode()
    assert "<style" not in response.content.decode()


def test_who_joins_works_on_in_the_new_clinic(
    client: Client, token: str, outsider: Membership, clinic: Clinic
) -> None:
    client.force_login(outsider.practitioner)
    client.post("/invitation", {"token": token})
    assert client.get("/admin/").context["actor"].clinic == clinic


def test_who_works_nowhere_signs_in_to_join(
    client: Client, token: str, outsider: Membership, clinic: Clinic
) -> None:
    outsider.is_active = False
    outsider.save()
    person = {"username": outsider.practitioner.email, "password": PASSWORD}
    answer = client.post("/admin/login/?next=/invitation", person)
    assert answer["Location"] == "/invitation"
    assert "You are signed in as" in client.get("/invitation").text
    client.post("/invitation", {"token": token})
    assert (
        client.get("/admin/", follow=True)
        .redirect_chain[-1][0]
        .startswith(reverse("second-factor"))
    )


def test_a_signed_in_person_without_a_clinic_gets_no_further(
    client: Client, outsider: Membership
) -> None:
    outsider.is_active = False
    outsider.save()
    client.force_login(outsider.practitioner)
    answer = client.get("/admin/", follow=True)
    assert "has no access to this page" in answer.text


def test_a_withdrawn_one_is_refused(clinic: Clinic) -> None:
    owner = make_membership(clinic=clinic, role=Membership.Role.OWNER)
    invitation, token = invite(clinic, "assistant", licensed=False, by=owner)
    withdraw_invitation(invitation, by=owner)
    with pytest.raises(NotFound):
        accept(token)


def test_a_used_one_cannot_be_withdrawn(clinic: Clinic, token: str) -> None:
    owner = make_membership(clinic=clinic, role=Membership.Role.OWNER)
    accept(token)
    with pytest.raises(Conflict):
        withdraw_invitation(Invitation.objects.of_clinic(clinic).get(), by=owner)


def test_only_an_owner_of_the_clinic_withdraws(
    clinic: Clinic, token: str, practitioner: Membership, outsider: Membership
) -> None:
    invitation = Invitation.objects.of_clinic(clinic).get()
    for actor in (practitioner, outsider):
        with pytest.raises(Forbidden):
            withdraw_invitation(invitation, by=actor)
    assert accept(token)
