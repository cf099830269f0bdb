"""Imports a collection of exercises from files: dry unless told otherwise."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.models import Clinic
from exercises.importers import FORMATS, FileError, files_at
from exercises.importing import Outcome, Target, run_import


class Command(BaseCommand):
    """Thin shell around the door of imports."""

    help = (
        "Import a collection of exercises as drafts. Shows what would happen; --apply "
        "does it. Nothing is fetched from the network."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("path", type=Path, help="a file, a ZIP or a folder")
        parser.add_argument("--format", required=True, choices=FORMATS)
        parser.add_argument(
            "--clinic", type=UUID, metavar="ID", help="default: the shared library"
        )
        parser.add_argument("--apply", action="store_true", help="import for good")
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="write over what was changed here since an earlier import",
        )
        parser.add_argument(
            "--unlicensed-pictures",
            action="store_true",
            help="also take pictures of which the files tell no licence",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, import or try, and tell what became of each row."""
        target = Target(
            clinic=_clinic(options["clinic"]),
            apply=options["apply"],
            overwrite=options["overwrite"],
            unlicensed_pictures=options["unlicensed_pictures"],
        )
        counts: Counter[str] = Counter()
        try:
            with closing(files_at(options["path"])) as files:
                rows = FORMATS[options["format"]](files)
                for outcome in run_import(rows, files, target):
                    counts[outcome.outcome] += 1
                    self._tell(outcome, is_long=options["verbosity"] > 0)
        except FileError as error:
            raise CommandError(f"{options['path']}: {error}") from error
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        self.stdout.write(f"{told}.")
        if not target.apply:
            self.stdout.write("This was a dry run: --apply does it.")

    def _tell(self, outcome: Outcome, *, is_long: bool) -> None:
        if is_long:
            name = outcome.name or outcome.source_id
            self.stdout.write(f"{outcome.row:5}  {outcome.outcome:8} {name}")
            for reason in outcome.reasons:
                self.stdout.write(f"{'':16}{reason}")


def _clinic(wished: UUID | None) -> Clinic | None:
    if wished is None:
        return None
    found = Clinic.objects.filter(pk=wished).first()
    if found is None:
        raise CommandError("There is no clinic with this id.")
    return found
