"""A person's own sign-in: where they are signed in, another phone, new codes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from clinic import second_factor, sign_in
from clinic.devices import device_of
from clinic.models import AuditEvent, Membership, Practitioner, StaffSession
from clinic.tasks import drop_sessions
from tests import factories

ACCOUNT = reverse("account")
CODES, PHONE = reverse("account-codes"), reverse("account-phone")
NEW_PHONE = reverse("account-phone-new")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/6"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    cache.clear()
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def person(practitioner: Membership) -> Practitioner:
    return practitioner.practitioner


@pytest.fixture
def codes(person: Practitioner, clock: time_machine.Traveller) -> list[str]:
    factor = second_factor.begin(person)
    codes = second_factor.confirm(person, second_factor.code_of(factor))
    clock.shift(timedelta(minutes=5))
    return codes


@pytest.fixture
def client(person: Practitioner, codes: list[str]) -> Client:
    client = Client()
    client.force_login(person)
    return client


def proof(code: str, password: str = factories.PASSWORD) -> dict[str, str]:
    return {"password": password, "code": code}


def actions(person: Practitioner) -> set[str]:
    rows = AuditEvent.objects.unscoped().filter(target_id=person.pk)
    return set(rows.values_list("action", flat=True))


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox on Windows"),
        (IPHONE, "Safari on iPhone"),
        ("X11; Linux Chrome/140 Safari/537 Edg/140", "Edge on Linux"),
        ("<script>", "A browser"),
    ],
)
def test_a_device_is_named_in_plain_words(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device


def test_a_session_notes_the_device_it_began_on(person: Practitioner) -> None:
    sent = {"username": person.email, "password": factories.PASSWORD}
    client = Client(headers={"User-Agent": FIREFOX})
    client.post(reverse("admin:login"), sent, REMOTE_ADDR="10.0.0.7")
    data = StaffSession.objects.get(practitioner_id=person.pk).get_decoded()
    assert (data["device"], data["address"]) == ("Firefox on Windows", "10.0.0.7")


@pytest.mark.requirement("A10")
def test_one_session_is_ended_and_others_go_on(
    client: Client, person: Practitioner
) -> None:
    elsewhere = Client()
    elsewhere.force_login(person)
    shown = client.get(ACCOUNT).context["sessions"]
    assert [one.is_this for one in shown] == [True, False]
    client.post(reverse("account-session-end", args=[shown[1].id]))
    assert elsewhere.get(ACCOUNT).status_code == 302
    assert len(client.get(ACCOUNT).context["sessions"]) == 1
    assert "session.ended" in actions(person)


@pytest.mark.requirement("A10")
def test_nobody_ends_or_sees_the_session_of_somebody_else(
    client: Client, colleague: Membership
) -> None:
    theirs = Client()
    theirs.force_login(colleague.practitioner)
    one = theirs.get(ACCOUNT).context["sessions"][0]
    address = reverse("account-session-end", args=[one.id])
    assert client.post(address).status_code == 404
    assert one.id not in client.get(ACCOUNT).text
    assert theirs.get(ACCOUNT).status_code == 200


def test_sessions_that_are_over_are_not_shown(
    client: Client, person: Practitioner, clock: time_machine.Traveller
) -> None:
    Client().force_login(person)
    clock.shift(timedelta(minutes=10))
    client.post(reverse("session-stay"))
    clock.shift(timedelta(minutes=10))
    assert len(client.get(ACCOUNT).context["sessions"]) == 1


@pytest.mark.requirement("A4")
def test_a4_a_new_password_keeps_this_session_alone(
    client: Client, person: Practitioner
) -> None:
    elsewhere = Client()
    elsewhere.force_login(person)
    new = "quiet heron on slate roofs"
    sent = {
        "old_password": factories.PASSWORD,
        "new_password1": new,
        "new_password2": new,
    }
    client.post(reverse("admin:password_change"), sent)
    assert len(client.get(ACCOUNT).context["sessions"]) == 1
    assert elsewhere.get(ACCOUNT).status_code == 302
    assert "password.changed" in actions(person)


@pytest.mark.requirement("A7")
def test_a7_the_present_password_cannot_be_guessed_at_an_open_computer(
    client: Client, codes: list[str]
) -> None:
    for _ in range(sign_in.MOST_TRIES):
        assert client.post(CODES, proof("1", "wrong")).status_code == 400
    answer = client.post(CODES, proof(codes[0]))
    assert "tried too often" in answer.text


def test_new_recovery_codes_end_the_former_ones(
    client: Client, person: Practitioner, codes: list[str]
) -> None:
    fresh = client.post(CODES, proof(codes[0])).context["codes"]
    assert len(fresh) == second_factor.RECOVERY_CODES
    assert not second_factor.passes(person, codes[1])
    assert second_factor.passes(person, fresh[1])


@pytest.mark.parametrize("password", [factories.PASSWORD, "wrong"])
def test_new_codes_need_password_and_code(client: Client, password: str) -> None:
    answer = client.post(CODES, proof("000000", password))
    assert answer.status_code == 400
    assert "codes" not in answer.context


@pytest.mark.requirement("A4")
def test_another_phone_is_set_up_after_a_proof(
    client: Client, person: Practitioner, codes: list[str]
) -> None:
    elsewhere = Client()
    elsewhere.force_login(person)
    former = second_factor.key_of(person.second_factor)
    assert client.post(PHONE, proof(codes[0]))["Location"] == NEW_PHONE
    assert client.get(NEW_PHONE).context["key"] != former
    sent = {"code": code_of_new_phone(person)}
    fresh = client.post(NEW_PHONE, sent).context["codes"]
    person.second_factor.refresh_from_db()
    assert second_factor.key_of(person.second_factor) != former
    assert not second_factor.passes(person, codes[1])
    assert second_factor.passes(person, fresh[0])
    assert client.get(ACCOUNT).status_code == 200
    assert elsewhere.get(ACCOUNT).status_code == 302


def code_of_new_phone(person: Practitioner) -> str:
    factor = person.second_factor
    factor.refresh_from_db()
    factor.seed = factor.new_seed
    return second_factor.code_of(factor)


def test_until_then_the_present_phone_works(
    client: Client, person: Practitioner, codes: list[str]
) -> None:
    client.post(PHONE, proof(codes[0]))
    assert client.post(NEW_PHONE, {"code": "000000"}).status_code == 400
    person.second_factor.refresh_from_db()
    assert second_factor.passes(person, second_factor.code_of(person.second_factor))


def test_without_a_proof_there_is_no_picture(
    client: Client, codes: list[str], clock: time_machine.Traveller
) -> None:
    assert client.get(NEW_PHONE)["Location"] == PHONE
    client.post(PHONE, proof(codes[0]))
    clock.shift(timedelta(minutes=11))
    assert client.post(NEW_PHONE, {"code": "000000"})["Location"] == PHONE


def test_sessions_that_are_over_are_deleted(
    client: Client, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(hours=13))
    assert drop_sessions() == 1
    assert not StaffSession.objects.exists()


def test_faults_stand_on_top_as_links(practitioner: Membership) -> None:
    client = Client()
    client.force_login(practitioner.practitioner)
    assert 'href="#id_password">Your password: ' in client.post(CODES, {}).text
    change = client.post(reverse("admin:password_change"), {}).text
    assert 'href="#id_old_password">Old password: ' in change
