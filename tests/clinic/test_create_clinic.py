"""Setting up a clinic from the command line."""

import io
import re
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic.models import AuditEvent, Clinic, ClinicText, Practitioner
from clinic.people import accept_invitation
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
GIVEN = {"name": "Spine & Motion", "phone": "030 555 0142", "emergency_number": "112"}


def create(**options: Any) -> str:
    output = io.StringIO()
    call_command("create_clinic", **GIVEN | options, stdout=output)
    return output.getvalue()


def test_the_printed_invitation_makes_the_owner() -> None:
    found = re.search(r"http://testserver/invitation#(\S+)", create())
    assert found
    owner = accept_invitation(
        found[1],
        email="o@example.org",
        name="O",
        credential="",
        password=PASSWORD,
    )
    assert (owner.role, owner.licensed) == ("owner", True)


def test_it_says_how_long_the_invitation_is_valid() -> None:
    assert "once and for 7 days" in create()


@pytest.mark.requirement("A9")
def test_no_account_is_made() -> None:
    create()
    assert not Practitioner.objects.exists()


def test_the_clinic_starts_with_unsigned_texts() -> None:
    create()
    texts = ClinicText.objects.of_clinic(Clinic.objects.get())
    assert (texts.count(), texts.signed().count()) == (8, 0)


def test_a_wrong_value_is_named_with_its_option_and_nothing_is_made() -> None:
    with pytest.raises(CommandError, match=r"--time-zone: .*Berln"):
        create(time_zone="Europe/Berln")
    assert not Clinic.objects.exists()


def test_a_missing_value_is_named() -> None:
    with pytest.raises(CommandError, match="Give --phone"):
        create(phone=None)


def test_it_asks_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: " 555 ")
    create(phone=None, time_zone="UTC", language="en", paper="a4")
    assert Clinic.objects.get().phone == "555"


def test_clinic_and_invitation_are_audited_as_the_operators() -> None:
    create()
    events = AuditEvent.objects.of_clinic(Clinic.objects.get())
    found = events.order_by("at").values_list("actor_kind", "action")
    assert list(found) == [
        ("operator", "clinic.created"),
        ("operator", "invitation.created"),
    ]
