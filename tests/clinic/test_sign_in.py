"""Signing in: what is told, how often it may be tried, what the trail holds."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from clinic import sign_in
from clinic.models import AuditEvent, Membership
from tests import factories

LOGIN = reverse("admin:login")
NEUTRAL = "This e-mail address and password do not go together."
WAIT = f"{NEUTRAL} Try again in 15 minutes."


class BrokenCache:
    """A cache whose server cannot be reached."""

    def add(self, *args: object) -> bool:
        raise RedisConnectionError("down")

    incr = decr = delete = add


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def email(practitioner: Membership) -> str:
    return practitioner.practitioner.email


def attempt(email: str, typed: str = "wrong", address: str = "10.0.0.1") -> Any:
    sent = {"username": email, "password": typed}
    return Client().post(LOGIN, sent, REMOTE_ADDR=address)


def told(answer: Any) -> list[str]:
    return list(answer.context["form"].non_field_errors())


def events() -> list[AuditEvent]:
    return list(AuditEvent.objects.unscoped().order_by("at"))


@pytest.mark.requirement("A7")
def test_what_is_wrong_is_not_told(email: str) -> None:
    for wrong in (attempt(email), attempt("nobody@example.org")):
        assert told(wrong) == [NEUTRAL]
        assert "staff" not in wrong.text


def test_a_closed_account_looks_like_none(practitioner: Membership) -> None:
    person = practitioner.practitioner
    person.is_active = False
    person.save()
    assert told(attempt(person.email, factories.PASSWORD)) == [NEUTRAL]


@pytest.mark.requirement("A7")
def test_after_ten_wrong_tries_even_the_right_password_waits(email: str) -> None:
    for number in range(sign_in.MOST_TRIES):
        assert told(attempt(email.upper(), address=f"10.0.1.{number}")) == [NEUTRAL]
    assert told(attempt(email, factories.PASSWORD)) == [WAIT]
    later = timezone.now() + timedelta(minutes=16)
    with time_machine.travel(later):
        assert attempt(email, factories.PASSWORD).status_code == 302


@pytest.mark.requirement("A7")
def test_an_account_that_does_not_exist_is_limited_alike(db: None) -> None:
    for number in range(sign_in.MOST_TRIES):
        attempt("nobody@example.org", address=f"10.0.1.{number}")
    assert told(attempt("nobody@example.org", address="10.0.2.1")) == [WAIT]


@pytest.mark.requirement("A7")
def test_tries_from_one_address_are_limited(email: str) -> None:
    for number in range(sign_in.MOST_TRIES):
        attempt(f"p{number}@example.net")
    assert told(attempt(email, factories.PASSWORD)) == [WAIT]
    elsewhere = attempt(email, factories.PASSWORD, address="10.9.9.9")
    assert elsewhere.status_code == 302


@pytest.mark.requirement("A7")
def test_one_network_of_ipv6_is_one_address(email: str) -> None:
    for number in range(sign_in.MOST_TRIES):
        attempt(f"p{number}@example.net", address=f"2001:db8::{number}")
    assert told(attempt(email, factories.PASSWORD, "2001:db8::ffff")) == [WAIT]


def test_right_passwords_are_no_tries(email: str) -> None:
    for _ in range(sign_in.MOST_TRIES + 2):
        assert attempt(email, factories.PASSWORD).status_code == 302


def test_without_a_cache_people_still_get_in(
    email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "cache", BrokenCache())
    assert told(attempt(email)) == [NEUTRAL]
    assert attempt(email, factories.PASSWORD).status_code == 302


@pytest.mark.requirement("D1")
def test_signing_in_and_out_is_in_the_trail(
    practitioner: Membership, email: str
) -> None:
    client = Client()
    client.post(LOGIN, {"username": email, "password": factories.PASSWORD})
    client.post(reverse("session-leave"))
    assert [(event.action, event.actor_id) for event in events()] == [
        ("login.succeeded", practitioner.pk),
        ("logout", practitioner.pk),
    ]
    assert {event.clinic_id for event in events()} == {practitioner.clinic_id}


@pytest.mark.requirement("D1")
def test_a_failure_names_the_account_and_nothing_typed(
    practitioner: Membership, email: str
) -> None:
    attempt(email)
    attempt("nobody@example.org")
    known, unknown = events()
    assert (known.action, known.outcome) == ("login.failed", "refused")
    assert known.target_id == practitioner.practitioner_id
    assert (known.clinic_id, known.actor_id) == (practitioner.clinic_id, None)
    assert (unknown.clinic_id, unknown.target_id) == (None, None)
    assert known.details == unknown.details == {}
