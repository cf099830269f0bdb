"""Inviting people to the team, and taking it back."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import AuditEvent, Clinic, Invitation, Membership
from clinic.people import invite
from tests import factories

TEAM = "/admin/clinic/membership/"
ADD = "/admin/clinic/invitation/add/"
ROLES = Membership.Role


def signed_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.practitioner)
    return client


def withdraw(client: Client, invitation: Invitation) -> Any:
    return client.post(
        reverse("admin:clinic_invitation_withdraw", args=[invitation.pk])
    )


def actions(clinic: Clinic) -> list[str]:
    events = AuditEvent.objects.of_clinic(clinic)
    return list(events.order_by("at").values_list("action", flat=True))


@pytest.fixture
def owner(clinic: Clinic) -> Membership:
    return factories.make_membership(clinic=clinic, role=ROLES.OWNER, name="Mira Rossi")


@pytest.fixture
def invitation(owner: Membership) -> Invitation:
    return invite(owner.clinic, ROLES.ASSISTANT, licensed=True, by=owner)[0]


def test_the_address_is_shown_once_and_lets_somebody_in(owner: Membership) -> None:
    client = signed_in(owner)
    address = client.post(ADD, {"role": "practitioner"}).context["secret"]
    assert "/invitation#" in address
    assert address not in client.get(TEAM).text
    person = factories.make_membership(name="Ina New").practitioner
    joining = Client()
    joining.force_login(person)
    joining.post("/invitation", {"token": address.partition("#")[2]})
    membership = person.memberships.get(clinic=owner.clinic)
    assert (membership.role, membership.licensed) == ("practitioner", False)


def test_the_page_with_the_address_is_never_kept(owner: Membership) -> None:
    answer = signed_in(owner).post(ADD, {"role": "practitioner"})
    assert "no-store" in answer["Cache-Control"]


def test_inviting_is_recorded_once_in_the_owners_name(owner: Membership) -> None:
    signed_in(owner).post(ADD, {"role": "assistant", "licensed": "on"})
    event = AuditEvent.objects.visible_to(owner).get(action="invitation.created")
    assert (event.actor_id, event.details) == (owner.pk, {"role": "assistant"})
    assert actions(owner.clinic) == ["login.succeeded", "invitation.created"]


@pytest.mark.parametrize("role", ["", "king"])
def test_it_needs_a_role_that_exists(owner: Membership, role: str) -> None:
    answer = signed_in(owner).post(ADD, {"role": role})
    assert "role" in answer.context["adminform"].form.errors
    assert not Invitation.objects.of_clinic(owner.clinic).exists()


def test_open_invitations_stand_on_the_page_of_the_team(
    owner: Membership, invitation: Invitation
) -> None:
    page = signed_in(owner).get(TEAM)
    assert list(page.context["invitations"]) == [invitation]
    assert "Assistant, licensed" in page.text


def test_used_and_expired_ones_are_not_listed(owner: Membership) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=8)):
        invite(owner.clinic, ROLES.ASSISTANT, licensed=False)
    used, _ = invite(owner.clinic, ROLES.ASSISTANT, licensed=False)
    Invitation.objects.of_clinic(owner.clinic).filter(pk=used.pk).update(
        used_at=timezone.now()
    )
    assert "Open invitations" not in signed_in(owner).get(TEAM).text


def test_a_withdrawn_one_is_gone_and_recorded(
    owner: Membership, invitation: Invitation
) -> None:
    client = signed_in(owner)
    withdraw(client, invitation)
    assert not client.get(TEAM).context["invitations"]
    assert actions(owner.clinic)[-1] == "invitation.withdrawn"


def test_withdrawing_twice_says_so_and_is_recorded_once(
    owner: Membership, invitation: Invitation
) -> None:
    client = signed_in(owner)
    withdraw(client, invitation)
    answer = client.get(withdraw(client, invitation)["Location"])
    assert "has ended already" in answer.text
    assert actions(owner.clinic).count("invitation.withdrawn") == 1


def test_looking_at_the_address_of_withdrawing_changes_nothing(
    owner: Membership, invitation: Invitation
) -> None:
    address = reverse("admin:clinic_invitation_withdraw", args=[invitation.pk])
    assert signed_in(owner).get(address).status_code == 403
    assert Invitation.objects.of_clinic(owner.clinic).waiting().exists()


@pytest.mark.parametrize("role", [ROLES.PRACTITIONER, ROLES.ASSISTANT, ROLES.READ_ONLY])
def test_only_owners_invite_and_withdraw(
    owner: Membership, invitation: Invitation, role: str
) -> None:
    member = factories.make_membership(clinic=owner.clinic, role=role)
    client = signed_in(member)
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, {"role": "owner"}).status_code == 403
    assert withdraw(client, invitation).status_code == 403
    assert Invitation.objects.of_clinic(owner.clinic).waiting().count() == 1


def test_an_outsider_finds_no_invitation(
    invitation: Invitation, outsider: Membership
) -> None:
    client = signed_in(outsider)
    assert withdraw(client, invitation).status_code == 404
    assert not client.get(TEAM).context["invitations"]
    for view in ("change", "history"):
        address = reverse(f"admin:clinic_invitation_{view}", args=[invitation.pk])
        assert client.get(address).status_code == 404


def test_an_invitation_is_into_the_clinic_of_the_owner(
    owner: Membership, outsider: Membership
) -> None:
    sent = {"role": "owner", "clinic": str(outsider.clinic_id)}
    signed_in(owner).post(ADD, sent)
    assert Invitation.objects.of_clinic(owner.clinic).count() == 1
    assert not Invitation.objects.of_clinic(outsider.clinic).exists()


def test_the_list_of_invitations_is_the_page_of_the_team(owner: Membership) -> None:
    answer = signed_in(owner).get("/admin/clinic/invitation/")
    assert answer["Location"] == TEAM
