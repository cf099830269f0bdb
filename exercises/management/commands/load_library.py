"""Loads the exercise library from its files."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exercises.catalog import LibraryError, load_library, read_library


class Command(BaseCommand):
    """Thin shell around ``exercises.catalog``."""

    help = "Load the shared exercise library; loading again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the dry run."""
        parser.add_argument(
            "--check", action="store_true", help="check the files and write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load or check, and tell what was done."""
        try:
            self.stdout.write(_checked() if options["check"] else _loaded())
        except LibraryError as error:
            count = len(error.problems)
            raise CommandError(f"{error}\nNothing loaded, {count} to mend.") from error


def _checked() -> str:
    return f"{len(read_library())} exercises are sound."


def _loaded() -> str:
    report = asdict(load_library())
    counts = ", ".join(f"{len(slugs)} {outcome}" for outcome, slugs in report.items())
    return f"Exercise library: {counts}."
