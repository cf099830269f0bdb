"""Shows the ledger of erasures, and applies it again after a restore."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from prescriptions.rights import again, ledger


class Command(BaseCommand):
    """Print the ledger; with --apply erase again whom a restore brought back."""

    help = (
        "Print who was erased, as lines of ids. With --apply: erase again whom a "
        "restore brought back, by the ledger here and by the files that are named."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the option."""
        parser.add_argument(
            "--apply", nargs="*", type=Path, metavar="FILE", help="lines printed before"
        )

    def handle(
        self, *args: Any, apply: list[Path] | None = None, **options: Any
    ) -> None:
        """Print or apply."""
        if apply is None:
            for entry in ledger.known():
                self.stdout.write(ledger.line_of(entry))
            return
        try:
            lines = [line for file in apply for line in file.read_text().splitlines()]
            count = again.apply(lines)
        except (OSError, ledger.UnreadableLineError) as error:
            raise CommandError(f"The ledger cannot be read: {error}") from error
        self.stdout.write(f"{count} patients were erased again.")
