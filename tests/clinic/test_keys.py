"""Keys of single letters, which a person can switch off; questions before a loss."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import ApiKey, Membership
from tests import factories

SWITCH = reverse("account-letter-keys")
TODAY = reverse("admin:index")


def client_of(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.practitioner)
    return client


def test_letters_are_on_and_the_table_of_keys_is_there(
    practitioner: Membership,
) -> None:
    page = client_of(practitioner).get(TODAY).text
    assert "data-letters" in page
    assert "Switch single-letter keys off" in page


def test_they_stay_off_once_switched_off(practitioner: Membership) -> None:
    client = client_of(practitioner)
    answer = client.post(SWITCH, {"letters": "off", "next": "/admin/"}, follow=True)
    assert "Single-letter keys are switched off." in answer.text
    assert "data-letters" not in client.get(TODAY).text


def test_they_can_be_switched_on_again(practitioner: Membership) -> None:
    client = client_of(practitioner)
    client.post(SWITCH, {"letters": "off"})
    client.post(SWITCH, {"letters": "on"})
    assert "data-letters" in client.get(TODAY).text


@pytest.mark.parametrize(("role", "count"), [("assistant", 1), ("read_only", 0)])
def test_the_key_for_a_new_program_is_for_who_may_begin_one(
    practitioner: Membership, role: str, count: int
) -> None:
    other = factories.make_membership(clinic=practitioner.clinic, role=role)
    page = client_of(other).get(TODAY).text
    assert page.count("New program for a patient") == count


def test_revoking_a_key_says_first_what_will_be_lost(practitioner: Membership) -> None:
    owner = factories.make_membership(
        clinic=practitioner.clinic, role=Membership.Role.OWNER
    )
    key, _ = ApiKey.objects.mint(
        clinic=owner.clinic,
        name="Front desk",
        scopes=["patients:read"],
        expires_at=timezone.now(),
    )
    page = client_of(owner).get(reverse("admin:clinic_apikey_change", args=[key.pk]))
    assert "There is no way back" in page.text
