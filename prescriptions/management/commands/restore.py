"""Restores a backup into an empty system."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from prescriptions.backups import reading
from prescriptions.backups.rows import OtherReleaseError
from prescriptions.backups.sealing import SealedReader, SealError
from prescriptions.rights import again, ledger

REFUSALS = (
    OSError,
    SealError,
    OtherReleaseError,
    reading.NotEmptyError,
    reading.OtherKeysError,
    reading.IncompleteError,
    ledger.UnreadableLineError,
)


class Command(BaseCommand):
    """Read all of it, erase again whom the ledger names, and prove it is complete."""

    help = (
        "Restore a backup into an empty database and store, and verify it. Patients "
        "who were erased since are erased again, by all ledgers beside the backup."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, and how."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--check", action="store_true", help="only read it; nothing is stored"
        )
        parser.add_argument(
            "--mend",
            action="store_true",
            help="only put back PDFs that are missing or damaged here",
        )
        parser.add_argument(
            "--ledger",
            type=Path,
            nargs="+",
            default=[],
            metavar="FILE",
            help="more ledgers of erasures, such as of the system that was lost",
        )
        parser.add_argument(
            "--other-keys",
            action="store_true",
            help="go on although SECRET_KEY or LINK_KEY has changed",
        )

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Restore or check, or say why not."""
        try:
            with file.open("rb") as stream:
                backup = reading.opened(SealedReader(stream, settings.BACKUP_KEY))
                if options["check"]:
                    manifest = reading.look_through(backup)
                    told = f"{manifest.files} files, trail {manifest.head or 'empty'}"
                    rows = sum(manifest.tables.values())
                    self.stdout.write(f"Whole: {backup.made_at}, {rows} rows, {told}")
                    return
                if options["mend"]:
                    self._tell_mended(*reading.mend(backup))
                    return
                lines = _lines(file, options["ledger"])
                manifest = reading.restore(
                    backup, with_other_keys=options["other_keys"]
                )
            verdict = reading.verify(manifest)
            erased = again.apply(lines)
        except REFUSALS as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored as of {backup.made_at}: {verdict.rows} rows, {verdict.pdfs} "
            f"handouts whose bytes are those that were given. {erased} patients were "
            "erased again."
        )
        if verdict.faults:
            raise CommandError("Not complete:\n" + "\n".join(verdict.faults))
        self.stdout.write("Rows, PDFs and the audit trail are complete.")

    def _tell_mended(self, mended: list[str], left: list[str]) -> None:
        self.stdout.write("\n".join(mended) or "No PDF of this backup was missing.")
        if left:
            told = "Still missing or damaged, and not whole in this backup:\n"
            raise CommandError(told + "\n".join(left))


def _lines(file: Path, more: list[Path]) -> list[str]:
    """Return the lines of all ledgers beside the backup, and of those named."""
    found = [*sorted(file.parent.glob("*.erasures")), *more]
    lines = [line for one in found for line in one.read_text().splitlines()]
    for line in lines:
        ledger.entry_of(line)
    return lines
