"""The way back in for whoever has forgotten the password."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import way_back
from clinic.models import Practitioner


class Command(BaseCommand):
    """Print a link with which a person sets a new password."""

    help = (
        "Print an address with which a person sets a new password: it works once, for "
        "an hour. Make sure first that it is the person who asks."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the account."""
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        """Do it."""
        person = Practitioner.objects.filter(email=email.strip().lower()).first()
        if person is None:
            raise CommandError(f"There is no account with the address {email}.")
        self.stdout.write(way_back.link_for(person))
