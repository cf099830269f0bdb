"""The command that makes an API key."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clinic.models import ApiKey
from tests.factories import make_clinic


def create(*arguments: str) -> str:
    out = StringIO()
    call_command("create_api_key", *arguments, stdout=out)
    return out.getvalue().strip()


def test_the_printed_secret_opens_the_clinic(clinic):
    secret = create("Practice system")
    key = ApiKey.objects.find(secret)
    assert key
    assert key.clinic == clinic
    assert secret not in str(ApiKey.objects.of_clinic(clinic).values())


def test_two_clinics_need_a_choice(clinic):
    make_clinic()
    with pytest.raises(CommandError, match="--clinic"):
        create("Practice system")


def test_a_scope_that_keys_cannot_hold_is_refused(clinic):
    with pytest.raises(CommandError, match="content:sign"):
        create("Practice system", "--scopes", "content:sign")
