"""Whom the load comes from: desks of clinics, with what each works on. Prints JSON.

Runs in the settings of the installation: sessions, links and keys are signed by them.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.test.utils import setup_test_environment
from django.utils import timezone

from clinic.models import ApiKey, Membership
from clinic.roles import KEY_SCOPES
from exercises.models import Exercise
from prescriptions import links
from prescriptions.answers import Given
from prescriptions.findings import judge
from prescriptions.handouts import issue_program
from prescriptions.models import Program
from prescriptions.views import GRANT_COOKIE
from tests import factories
from tests.bench import scale_data

DESKS = 32
CLINICS = 8
PATIENTS_EACH = 4
LINES = 6
CSRF = "l" * 32


@dataclass(frozen=True)
class Desk:
    """A practitioner who is signed in, a system's key, and patients with phones."""

    cookies: str
    key: str
    draft: str
    day: str
    issued: list[str]
    phones: list[tuple[str, str]]


def main(share: float) -> None:
    """Fill the database, then make the desks."""
    setup_test_environment()
    scale_data.grow(share)
    made = [asdict(make_desk(number)) for number in range(DESKS)]
    print(json.dumps(made))


def make_desk(number: int) -> Desk:
    """A new practitioner in one of the clinics that are there."""
    clinic = scale_data.membership_of(number % CLINICS).clinic
    member = factories.make_membership(clinic=clinic)
    factories.sign_texts(member)
    issued = [issued_program(member) for _ in range(PATIENTS_EACH)]
    return Desk(
        cookies=cookies_of(member),
        key=key_of(member),
        draft=str(program_of(member).pk),
        day=str(timezone.localdate(timezone=ZoneInfo(clinic.time_zone))),
        issued=[str(program.pk) for program in issued],
        phones=[phone_of(program) for program in issued],
    )


def program_of(member: Membership) -> Program:
    """A draft of so many exercises of the library."""
    rows = Exercise.objects.shared().order_by("slug")[:LINES]
    return factories.make_program(by=member, exercises=list(rows))


def issued_program(member: Membership) -> Program:
    """A program that a patient has, whatever is to be said about it."""
    program = program_of(member)
    loaded = Program.objects.visible_to(member).with_contents().get(pk=program.pk)
    warned = {found.code for found in judge(loaded).findings}
    issue_program(program, by=member, given=Given(ticked=warned))
    return program


def cookies_of(member: Membership) -> str:
    """What the browser of somebody sends who has taken both steps."""
    session = scale_data.browser_of(member).session.session_key
    names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
    return f"{names[0]}={session}; {names[1]}={CSRF}"


def key_of(member: Membership) -> str:
    """A key of the practitioner's clinic."""
    _, secret = ApiKey.objects.mint(
        clinic=member.clinic,
        name="Load",
        scopes=sorted(KEY_SCOPES),
        expires_at=timezone.now() + timedelta(hours=2),
    )
    return secret


def phone_of(program: Program) -> tuple[str, str]:
    """Token and cookies of a patient who has given the birth date."""
    link = links.printed_link(program)
    grant = f"{GRANT_COOKIE}={links.grant_of(link)}"
    return links.token_of(link), f"{grant}; {settings.CSRF_COOKIE_NAME}={CSRF}"
