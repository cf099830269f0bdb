"""Loads the shared content of the library from its files."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exercises.data_files import LibraryError
from exercises.shared_rows import Loader, loaders


class Command(BaseCommand):
    """Thin shell around the loaders that the settings name."""

    help = "Load exercises, leaflets, templates and rules; again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the dry run."""
        parser.add_argument(
            "--check", action="store_true", help="check the files and write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load or check, and tell what was done."""
        work = _checked if options["check"] else _loaded
        for loader in loaders():
            try:
                self.stdout.write(f"{loader.things}: {work(loader)}")
            except LibraryError as error:
                count = len(error.problems)
                told = f"{error}\n{loader.things}: {count} to mend, nothing loaded."
                raise CommandError(told) from error


def _checked(loader: Loader) -> str:
    return f"{loader.check()} are sound."


def _loaded(loader: Loader) -> str:
    report = asdict(loader.load())
    counts = ", ".join(f"{len(names)} {outcome}" for outcome, names in report.items())
    return f"{counts}."
