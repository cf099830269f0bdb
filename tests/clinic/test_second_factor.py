"""The second step of signing in: a password alone opens nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from clinic import second_factor, vault
from clinic.models import (
    AuditEvent,
    Membership,
    Practitioner,
    RecoveryCode,
    SecondFactor,
)
from tests import factories

STEP = reverse("second-factor")
LOGIN = reverse("admin:login")
PATIENTS = reverse("admin:clinic_patient_changelist")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still: a code is of this half minute until it is moved."""
    cache.clear()
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def person(practitioner: Membership) -> Practitioner:
    return practitioner.practitioner


@pytest.fixture
def codes(person: Practitioner, clock: time_machine.Traveller) -> list[str]:
    """The recovery codes of a person whose factor has been set up a while ago."""
    codes = second_factor.confirm(person, app_code(second_factor.begin(person)))
    clock.shift(timedelta(minutes=5))
    return codes


def app_code(factor: SecondFactor) -> str:
    return second_factor.code_of(factor)


def current(person: Practitioner) -> str:
    return app_code(SecondFactor.objects.get(practitioner=person))


def with_password(person: Practitioner) -> Client:
    client = Client()
    sent = {"username": person.email, "password": factories.PASSWORD}
    assert client.post(LOGIN, sent).status_code == 302
    return client


@pytest.mark.requirement("A1")
def test_a1_a_password_alone_leads_to_the_second_step(
    person: Practitioner, codes: list[str]
) -> None:
    client = with_password(person)
    answer = client.get(PATIENTS, follow=True)
    assert answer.redirect_chain[-1][0].startswith(STEP)
    assert client.get("/api/v1/patients").status_code == 401
    assert client.get(reverse("admin:password_change")).status_code == 302


@pytest.mark.requirement("A1")
def test_a1_the_first_sign_in_sets_the_factor_up(person: Practitioner) -> None:
    client = with_password(person)
    page = client.get(STEP, {"next": PATIENTS})
    assert page.context["picture"].startswith("data:image/svg+xml")
    sent = {"code": current(person), "next": PATIENTS}
    answer = client.post(STEP, sent)
    assert len(answer.context["codes"]) == second_factor.RECOVERY_CODES
    assert client.get(PATIENTS).status_code == 200


@pytest.mark.requirement("A1")
def test_a_key_that_was_shown_to_somebody_else_is_not_set_up(
    person: Practitioner,
) -> None:
    thief, owner = with_password(person), with_password(person)
    seen = thief.get(STEP).context["key"]
    shown = owner.get(STEP).context["key"]
    assert seen != shown
    assert owner.get(STEP).context["key"] == shown
    assert owner.post(STEP, {"code": "000000"}).context["key"] == shown
    assert len(owner.post(STEP, {"code": current(person)}).context["codes"]) == 10


@pytest.mark.requirement("A1")
@pytest.mark.parametrize("name", ["session-end", "switch-clinic"])
def test_a_password_alone_neither_ends_sessions_nor_chooses_a_clinic(
    person: Practitioner, codes: list[str], name: str
) -> None:
    others = with_password(person)
    others.post(STEP, {"code": codes[0]})
    clinic = person.memberships.get().clinic_id
    answer = with_password(person).post(reverse(name), {"clinic": str(clinic)})
    assert answer["Location"] == LOGIN
    assert others.get(PATIENTS).status_code == 200
    assert not AuditEvent.objects.unscoped().filter(action="clinic.chosen")


@pytest.mark.requirement("A1")
def test_a1_a_code_lets_in_and_leads_on(person: Practitioner, codes: list[str]) -> None:
    client = with_password(person)
    answer = client.post(STEP, {"code": current(person), "next": PATIENTS})
    assert answer["Location"] == PATIENTS
    assert client.get(PATIENTS).status_code == 200


def test_a_page_elsewhere_is_not_gone_to(
    person: Practitioner, codes: list[str]
) -> None:
    sent = {"code": current(person), "next": "https://elsewhere.example/"}
    assert with_password(person).post(STEP, sent)["Location"] == reverse("admin:index")


@pytest.mark.requirement("A2")
def test_a2_a_code_works_once(person: Practitioner, codes: list[str]) -> None:
    code = current(person)
    assert second_factor.passes(person, f"{code[:3]} {code[3:]}")
    assert not second_factor.passes(person, code)


@pytest.mark.requirement("A2")
def test_a2_a_code_ends_within_a_minute(
    person: Practitioner, codes: list[str], clock: time_machine.Traveller
) -> None:
    code = current(person)
    clock.shift(timedelta(seconds=60))
    assert not second_factor.passes(person, code)


@pytest.mark.requirement("A2")
def test_a2_ten_wrong_codes_lock_even_the_right_one(
    person: Practitioner, codes: list[str], clock: time_machine.Traveller
) -> None:
    for _ in range(second_factor.MOST_WRONG):
        assert not second_factor.passes(person, "000000")
    assert not second_factor.passes(person, current(person))
    assert not second_factor.passes(person, codes[0])
    clock.shift(second_factor.LOCKED_FOR + timedelta(seconds=1))
    assert second_factor.passes(person, current(person))


@pytest.mark.requirement("A2")
def test_a2_the_seed_is_encrypted(person: Practitioner) -> None:
    factor = second_factor.begin(person)
    assert second_factor.key_of(factor) not in factor.seed
    assert len(vault.decrypted(factor.seed)) == 20


@pytest.mark.requirement("D7")
def test_a_recovery_code_works_once_and_is_stored_as_a_digest(
    person: Practitioner, codes: list[str]
) -> None:
    stored = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert not stored & set(codes)
    assert second_factor.passes(person, codes[0].upper().replace("-", " "))
    assert not second_factor.passes(person, codes[0])
    assert second_factor.codes_left(person) == second_factor.RECOVERY_CODES - 1


def test_a_wrong_code_is_told_and_in_the_trail(
    person: Practitioner, codes: list[str]
) -> None:
    answer = with_password(person).post(STEP, {"code": "123"})
    assert answer.status_code == 400
    assert "not right" in answer.text
    event = AuditEvent.objects.unscoped().get(action="second_factor.failed")
    assert (event.outcome, event.target_id) == ("refused", person.pk)


def test_the_key_is_shown_only_while_it_is_set_up(
    person: Practitioner, codes: list[str]
) -> None:
    page = with_password(person).get(STEP)
    assert "picture" not in page.context
    assert second_factor.key_of(person.second_factor) not in page.text


@pytest.mark.requirement("A4")
def test_the_way_back_in_resets_the_factor_and_ends_sessions(
    person: Practitioner, codes: list[str]
) -> None:
    client = with_password(person)
    client.post(STEP, {"code": current(person)})
    call_command("second_factor", person.email, reset=True)
    assert client.get(PATIENTS).status_code == 302
    assert not second_factor.is_set_up(person)


def test_an_unknown_address_is_told_by_the_command(db: None) -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("second_factor", "nobody@example.org", reset=True)


@pytest.mark.requirement("D10")
def test_d10_secrets_survive_a_new_key_and_are_rewritten(
    person: Practitioner, settings: Any
) -> None:
    key = second_factor.key_of(second_factor.begin(person))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one " + "z" * 50
    assert second_factor.key_of(second_factor.begin(person)) == key
    call_command("rotate_secrets")
    settings.SECRET_KEY_FALLBACKS = []
    assert second_factor.key_of(second_factor.begin(person)) == key


@pytest.mark.requirement("D10")
def test_a_lost_key_is_said(person: Practitioner, settings: Any) -> None:
    second_factor.begin(person)
    settings.SECRET_KEY = "a new one " + "z" * 50
    with pytest.raises(vault.SecretLostError):
        second_factor.key_of(second_factor.begin(person))
