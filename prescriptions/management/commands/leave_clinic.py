"""A clinic leaves: a copy of all that is its own, then, when told to, a wipe."""

import sys
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.errors import DomainError
from clinic.models import Clinic
from prescriptions.rights import leaving
from prescriptions.rights.copies import Contents


class Command(BaseCommand):
    """Write the copy, read it back, and wipe only after that."""

    help = (
        "Write everything of a clinic into a ZIP: each patient's record with PDFs, and "
        "the clinic's own content. With --wipe nothing of the clinic is left after."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which clinic, where to, and whether it goes."""
        parser.add_argument("clinic", type=UUID, metavar="ID")
        parser.add_argument("--to", type=Path, required=True, metavar="FILE.zip")
        parser.add_argument("--wipe", action="store_true", help="then erase the clinic")
        parser.add_argument("--name", help="the clinic's name, to be sure; else asked")
        parser.add_argument(
            "--despite-gaps",
            action="store_true",
            help="wipe although PDFs cannot be read and are not in the copy",
        )

    def handle(self, *args: Any, clinic: UUID, to: Path, **options: Any) -> None:
        """Copy; wipe if asked to, and nothing stands against it."""
        found = Clinic.objects.filter(pk=clinic).first()
        if found is None:
            known = "\n".join(f"{one.pk}  {one}" for one in Clinic.objects.all())
            raise CommandError(f"There is no clinic with this id. Here are:\n{known}")
        if options["wipe"]:
            self._refuse_unless_sure(found, options["name"])
        held = _write(found, to)
        self.stdout.write(f"{to} holds the clinic with {held.files} handouts.")
        if held.missing:
            self.stderr.write("Not to be read: " + ", ".join(held.missing))
        if not options["wipe"]:
            return
        if held.missing and not options["despite_gaps"]:
            raise CommandError("Nothing was wiped: PDFs are missing in the copy.")
        count = leaving.wipe(found)
        self.stdout.write(f"The clinic and {count} patients are erased.")

    def _refuse_unless_sure(self, clinic: Clinic, name: str | None) -> None:
        """Ask for the name at a terminal; refuse another one, and legal holds."""
        if name is None and sys.stdin.isatty():
            self.stdout.write(f"Everything of “{clinic}” will be erased for good.")
            name = input("Type the clinic's name to go on: ")
        if name != clinic.name:
            raise CommandError("Nothing was done: this is not the clinic's name.")
        try:
            leaving.check_may_wipe(clinic)
        except DomainError as error:
            raise CommandError(error.message) from error


def _write(clinic: Clinic, to: Path) -> Contents:
    """Write the file for the eyes of its owner alone, and read it back."""
    try:
        to.touch(mode=0o600, exist_ok=False)
        with zipfile.ZipFile(to, "w") as archive:
            held = leaving.write_everything(archive, clinic)
        with zipfile.ZipFile(to) as archive:
            damaged = archive.testzip()
    except OSError as error:
        raise CommandError(f"{to} cannot be written: {error.strerror}.") from error
    if damaged:
        raise CommandError(f"{damaged} was not written well. Nothing was wiped.")
    return held
