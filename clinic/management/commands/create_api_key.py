"""Make an API key from the command line."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from clinic.audit import record
from clinic.models import ApiKey, Clinic
from clinic.roles import USUAL_KEY_SCOPES


class Command(BaseCommand):
    """Print the secret of a new key; it is shown this once and stored hashed."""

    help = "Make an API key of a clinic and print its secret."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the key's name, clinic, scopes and length of life."""
        parser.add_argument("name", help="the system that will use the key")
        parser.add_argument("--clinic", type=UUID, help="id; may be left out if one")
        parser.add_argument("--scopes", nargs="+", default=sorted(USUAL_KEY_SCOPES))
        parser.add_argument("--days", type=int, default=365)

    def handle(
        self,
        *args: Any,
        name: str,
        clinic: UUID | None,
        scopes: list[str],
        days: int,
        **options: Any,
    ) -> None:
        """Make the key."""
        owner = self._clinic(clinic)
        expires_at = timezone.now() + timedelta(days=days)
        try:
            with transaction.atomic():
                key, secret = ApiKey.objects.mint(
                    clinic=owner, name=name, scopes=scopes, expires_at=expires_at
                )
                record(None, "api_key.created", key)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(secret)

    def _clinic(self, clinic_id: UUID | None) -> Clinic:
        clinics = Clinic.objects.filter(pk=clinic_id) if clinic_id else Clinic.objects
        found = list(clinics.all()[:2])
        if len(found) != 1:
            raise CommandError(
                "Say which clinic with --clinic ID."
                if found
                else "There is no such clinic."
            )
        return found[0]
