"""Writes a copy of everything about one patient."""

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.models import Patient
from prescriptions.rights.copies import copy_of


class Command(BaseCommand):
    """Write the ZIP that the patient's record page offers."""

    help = "Write everything kept about a patient, as JSON and PDF, into a ZIP."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom, and where to."""
        parser.add_argument("patient", type=UUID, metavar="ID")
        parser.add_argument("--to", type=Path, required=True, metavar="FILE.zip")

    def handle(self, *args: Any, patient: UUID, to: Path, **options: Any) -> None:
        """Write the file, for the eyes of its owner alone."""
        rows = Patient.objects.unscoped().select_related("clinic")
        found = rows.filter(pk=patient).first()
        if found is None:
            raise CommandError("There is no patient with this id.")
        try:
            to.touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise CommandError(f"{to} cannot be made: {error.strerror}.") from error
        stream, held = copy_of(found, by=None)
        with stream, to.open("wb") as file:
            shutil.copyfileobj(stream, file)
        self.stdout.write(f"{to} holds the record and {held.files} handouts.")
        if held.missing:
            told = ", ".join(held.missing)
            self.stderr.write(f"Not to be read, see docs/operations.md: {told}")
