"""The way back in for whoever has lost phone and recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clinic import second_factor
from clinic.models import Practitioner, SecondFactor


class Command(BaseCommand):
    """Reset a person's second factor; in a demo, print the code of the moment."""

    help = (
        "Reset the second factor of an account: its sessions end, and the next sign-in "
        "sets up a new one. Make sure first that it is the person who asks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the account and what to do."""
        parser.add_argument("email")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--reset", action="store_true", help="forget it")
        what.add_argument("--code", action="store_true", help="print a code; demo only")

    def handle(self, *args: Any, email: str, code: bool, **options: Any) -> None:
        """Do it."""
        person = Practitioner.objects.filter(email=email.strip().lower()).first()
        if person is None:
            raise CommandError(f"There is no account with the address {email}.")
        if code:
            self.stdout.write(_demo_code(person))
            return
        second_factor.reset(person)
        self.stdout.write(
            f"{email} sets up a new second factor with the next sign-in. "
            f"A new password, if needed: new_password {email}"
        )


def _demo_code(person: Practitioner) -> str:
    """Return the code that the app would show; an account of a real clinic has none."""
    clinics = [row.clinic for row in person.memberships.select_related("clinic")]
    is_demo = bool(clinics) and all(clinic.is_demo for clinic in clinics)
    if settings.HTTPS or not is_demo:
        raise CommandError("Codes are printed for the demo clinic alone.")
    factor = SecondFactor.objects.filter(practitioner=person).first()
    if factor is None or factor.confirmed_at is None:
        raise CommandError("This account has not set up its second factor yet.")
    return second_factor.code_of(factor)
