"""Write the old part of the audit trail to a file, and take it out of the tables."""

from argparse import ArgumentParser
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from clinic import archive, chain


class Command(BaseCommand):
    """Archive events of the trail; removing them is a second step."""

    help = (
        "Write events of the audit trail from before a day to a file, which "
        "verify_audit --archive checks. --remove then takes archived events older than "
        "a year out of the tables; only the owner of the tables may (DATABASE_URL)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what to do."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--before", type=date.fromisoformat, metavar="YYYY-MM-DD")
        what.add_argument("--remove", action="store_true", help="what is archived")
        parser.add_argument(
            "--to", type=Path, default=Path(), help="folder of the file"
        )

    def handle(
        self, *args: Any, before: date | None, to: Path, remove: bool, **options: Any
    ) -> None:
        """Do it."""
        if remove:
            self._remove()
        elif before:
            self._write(datetime.combine(before, time.min, UTC), to)

    def _write(self, before: datetime, folder: Path) -> None:
        chain.seal()
        try:
            written = archive.write(folder, before)
        except (archive.ArchiveError, OSError) as error:
            raise CommandError(f"Nothing is archived: {error}") from error
        if written is None:
            self.stdout.write("There is nothing from before that day to archive.")
            return
        file, part = written
        archive.note(part)
        self.stdout.write(
            f"{part.events} events are in {file}.\n"
            f"Head: {part.upto.number}:{part.upto.digest}\n"
            "Keep the file where backups are; then run this again with --remove."
        )

    def _remove(self) -> None:
        try:
            removed = archive.remove()
        except DatabaseError as error:
            raise CommandError(
                "The database does not let this role remove events. Run it with the "
                "DATABASE_URL of the owner of the tables."
            ) from error
        self.stdout.write(f"{removed} events were taken out of the tables.")
