"""Writes exercises as a bundle that imports back without loss."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.errors import DomainError
from clinic.models import Clinic
from exercises.exporting import with_parts, write_bundle
from exercises.models import Exercise


class Command(BaseCommand):
    """Thin shell around the export."""

    help = "Write exercises, their translations, versions and pictures as one ZIP."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("out", type=Path, help="the ZIP to write")
        parser.add_argument(
            "--clinic",
            type=UUID,
            metavar="ID",
            help="that clinic's own exercises; default: the shared library",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write beside the name, then move into place."""
        out: Path = options["out"]
        rows = Exercise.objects.shared()
        if options["clinic"]:
            clinic = Clinic.objects.filter(pk=options["clinic"]).first()
            if clinic is None:
                raise CommandError("There is no clinic with this id.")
            rows = Exercise.objects.of_clinic(clinic).filter(clinic=clinic)
        beside = out.with_name(f".{out.name}.new")
        try:
            with beside.open("wb") as stream:
                count = write_bundle(with_parts(rows), stream)
            beside.replace(out)
        except DomainError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        finally:
            beside.unlink(missing_ok=True)
        self.stdout.write(f"{out}: {count} exercises.")
