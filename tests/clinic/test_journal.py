"""The keys of what a browser keeps: whom they are given to, and whom not."""

from base64 import b64decode
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import sessions, vault
from clinic.models import Membership

JOURNAL = reverse("session-journal")
pytestmark = pytest.mark.requirement("D18")


def given(member: Membership) -> Any:
    client = Client()
    client.force_login(member.practitioner)
    return client.post(JOURNAL).json()


def test_the_same_person_is_given_the_same_keys_again(practitioner: Membership) -> None:
    first = given(practitioner)
    assert first == given(practitioner)
    assert [len(b64decode(key)) for key in first["keys"]] == [32]


def test_nobody_is_given_the_keys_of_somebody_else(
    practitioner: Membership, colleague: Membership, outsider: Membership
) -> None:
    owners = [given(one) for one in (practitioner, colleague, outsider)]
    assert len({key for owner in owners for key in owner["keys"]}) == 3


def test_the_same_person_has_other_keys_in_another_clinic(
    client: Client, practitioner: Membership, outsider: Membership
) -> None:
    person = practitioner.practitioner
    Membership.objects.create(practitioner=person, clinic=outsider.clinic)
    client.force_login(person)
    here = client.post(JOURNAL).json()
    client.post(reverse("switch-clinic"), {"clinic": str(outsider.clinic_id)})
    assert client.post(JOURNAL).json()["keys"] != here["keys"]


def test_a_password_alone_is_given_no_key(
    client: Client, practitioner: Membership
) -> None:
    client.force_login(practitioner.practitioner)
    session = client.session
    del session["second_factor"]
    session.save()
    assert not sessions.is_proven(session)
    assert client.post(JOURNAL).status_code == 403


def test_no_key_is_given_by_looking_or_without_the_token_of_forms(
    practitioner: Membership,
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(practitioner.practitioner)
    answers = [client.get(JOURNAL), client.post(JOURNAL)]
    assert [answer.status_code for answer in answers] == [405, 403]


def test_keys_are_kept_in_no_cache(client: Client, practitioner: Membership) -> None:
    client.force_login(practitioner.practitioner)
    assert client.post(JOURNAL)["Cache-Control"] == "no-store"


@pytest.mark.requirement("D10")
def test_a_new_secret_key_seals_and_the_former_one_still_opens(
    practitioner: Membership, settings: Any
) -> None:
    (former,) = vault.journal_keys(practitioner.pk)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one " + "z" * 50
    newest, other = vault.journal_keys(practitioner.pk)
    assert (other, newest != former) == (former, True)
