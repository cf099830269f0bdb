"""Passwords: what is refused, and the way back in for whoever has forgotten theirs."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic import way_back
from clinic.errors import Forbidden, Invalid, NotFound
from clinic.models import AuditEvent, Clinic, Membership, Practitioner
from tests import factories

GOOD = "quiet heron on slate roofs"
PAGE = reverse("new-password")


def reasons(password: str, person: Practitioner | None = None) -> set[str]:
    try:
        validate_password(password, person)
    except ValidationError as error:
        return {fault.code for fault in error.error_list}
    return set()


@pytest.mark.requirement("A6")
@pytest.mark.parametrize(
    "password",
    [
        "password12345",
        "P@ssw0rd2026!",
        "qwertyuiop[]12",
        "Summer2026!!",
        "abcabcabcabcabc",
        "iloveyou iloveyou",
        "Catcamel2026!",
    ],
)
def test_a6_what_is_soon_guessed_is_refused(password: str) -> None:
    assert "guessable" in reasons(password)


@pytest.mark.requirement("A6")
@pytest.mark.parametrize(
    "password", [GOOD, "ünïcödé wörds äre fine", "mV8#kqP2!xTz", f"{GOOD} " * 9]
)
def test_a6_any_signs_and_any_length_will_do(password: str) -> None:
    assert reasons(password) == set()


@pytest.mark.requirement("A6")
def test_a6_the_name_of_the_person_is_known_to_others() -> None:
    person = Practitioner(name="Wilhelmina Featherstone", email="w@example.org")
    assert "guessable" in reasons("Featherstone2026", person)


@pytest.mark.requirement("A6")
def test_a6_eleven_signs_are_too_short() -> None:
    assert reasons("xK9#mV8!qP2") == {"password_too_short"}


def digest_of(password: str) -> str:
    digest = hashlib.sha1(password.encode(), usedforsecurity=False)
    return digest.hexdigest().upper()


@pytest.fixture
def breached(tmp_path: Path, settings: Any) -> list[str]:
    """Passwords in a list such as Have I Been Pwned's."""
    known = [f"known secret of somebody {number}" for number in range(50)]
    digests = sorted(digest_of(one) for one in known)
    file = tmp_path / "pwned.txt"
    file.write_text("".join(f"{digest}:{at}\r\n" for at, digest in enumerate(digests)))
    settings.BREACHED_PASSWORDS = str(file)
    return known


@pytest.mark.requirement("A6")
def test_a6_passwords_of_breaches_are_refused(breached: list[str]) -> None:
    assert {frozenset(reasons(one)) for one in breached} == {frozenset({"breached"})}
    assert reasons(GOOD) == set()


@pytest.fixture
def person(practitioner: Membership) -> Practitioner:
    return practitioner.practitioner


@pytest.fixture
def owner(clinic: Clinic) -> Membership:
    return factories.make_membership(clinic=clinic, role="owner")


def token_of(link: str) -> str:
    return link.partition("#")[2]


@pytest.mark.requirement("A8")
def test_a8_a_link_sets_a_password_once_and_ends_sessions(
    person: Practitioner,
) -> None:
    client = Client()
    client.force_login(person)
    token = token_of(way_back.link_for(person))
    way_back.set_password(token, GOOD)
    person.refresh_from_db()
    assert person.check_password(GOOD)
    assert client.get(reverse("admin:index")).status_code == 302
    with pytest.raises(NotFound):
        way_back.set_password(token, f"{GOOD} again")


@pytest.mark.requirement("A8")
def test_a8_a_link_ends_after_an_hour(person: Practitioner) -> None:
    token = token_of(way_back.link_for(person))
    later = timezone.now() + timedelta(minutes=61)
    with time_machine.travel(later), pytest.raises(NotFound):
        way_back.set_password(token, GOOD)


@pytest.mark.requirement("A8")
def test_a8_a_new_password_does_not_stand_for_the_second_step(
    person: Practitioner,
) -> None:
    client = Client()
    sent = {"password": GOOD, "repeated": GOOD}
    sent["token"] = token_of(way_back.link_for(person))
    assert client.post(PAGE, sent)["Location"] == reverse("admin:login")
    client.post(reverse("admin:login"), {"username": person.email, "password": GOOD})
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("second-factor"))


@pytest.mark.parametrize("token", ["", "x", "00000000-0000-4000-8000-000000000000.x"])
def test_an_odd_link_is_told_on_the_page(db: None, token: str) -> None:
    sent = {"password": GOOD, "repeated": GOOD, "token": token}
    answer = Client().post(PAGE, sent)
    assert answer.status_code == 400
    assert GOOD not in answer.text


def test_a_weak_password_leaves_the_link_usable(person: Practitioner) -> None:
    token = token_of(way_back.link_for(person))
    with pytest.raises(Invalid):
        way_back.set_password(token, "password12345")
    assert way_back.set_password(token, GOOD) == person


def test_a_closed_account_is_not_opened_by_a_link(person: Practitioner) -> None:
    token = token_of(way_back.link_for(person))
    Practitioner.objects.filter(pk=person.pk).update(is_active=False)
    with pytest.raises(NotFound):
        way_back.set_password(token, GOOD)


def test_the_operator_gets_a_link(
    person: Practitioner, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("new_password", person.email)
    way_back.set_password(token_of(capsys.readouterr().out), GOOD)
    with pytest.raises(CommandError, match="no account"):
        call_command("new_password", "nobody@example.org")


def post_tool(owner: Membership, member: Membership, tool: str) -> Any:
    client = Client()
    client.force_login(owner.practitioner)
    address = reverse(f"admin:clinic_membership_{tool}", args=[member.pk])
    return client.post(address)


def test_an_owner_makes_a_link_for_a_member(
    owner: Membership, practitioner: Membership
) -> None:
    page = post_tool(owner, practitioner, "new_password")
    way_back.set_password(token_of(page.context["secret"]), GOOD)
    made = AuditEvent.objects.visible_to(owner).get(action="password.link_made")
    assert (made.actor_id, made.target_id) == (owner.pk, practitioner.practitioner_id)


def test_no_owner_makes_one_for_whoever_works_elsewhere_too(
    owner: Membership, person: Practitioner, outsider: Membership
) -> None:
    Membership.objects.create(practitioner=person, clinic=outsider.clinic)
    with pytest.raises(Forbidden):
        way_back.link_for(person, by=owner)


@pytest.mark.parametrize("tool", ["new_password", "sign_out"])
def test_tools_of_the_team_are_for_owners_of_the_clinic(
    practitioner: Membership, colleague: Membership, outsider: Membership, tool: str
) -> None:
    assert post_tool(colleague, practitioner, tool).status_code == 403
    assert post_tool(outsider, practitioner, tool).status_code == 404


@pytest.mark.requirement("A10")
def test_a10_an_owner_signs_a_member_out(
    owner: Membership, practitioner: Membership
) -> None:
    client = Client()
    client.force_login(practitioner.practitioner)
    assert post_tool(owner, practitioner, "sign_out").status_code == 302
    assert client.get(reverse("admin:index")).status_code == 302
