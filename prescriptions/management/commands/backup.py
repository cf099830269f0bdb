"""Makes a backup of everything: rows of all clinics, stored files."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinic.audit import record
from prescriptions.backups.making import Manifest, make
from prescriptions.backups.reading import IncompleteError, look_through, opened
from prescriptions.backups.rows import OtherReleaseError
from prescriptions.backups.sealing import SealedReader, SealedWriter, SealError
from prescriptions.rights import ledger

NAME = "catcamel-%Y%m%dT%H%M%SZ"
ENDING, LEDGER = ".backup", ".erasures"


class Command(BaseCommand):
    """Write one encrypted file, read it back whole, and throw old ones away."""

    help = (
        "Write an encrypted backup of database and files into a folder, and read it "
        "back. Beside it stands the ledger of erasures, which restore needs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to, and for how long."""
        parser.add_argument("--to", type=Path, required=True, metavar="FOLDER")
        parser.add_argument(
            "--keep-days",
            type=int,
            metavar="N",
            help="throw backups of this folder away that are older",
        )

    def handle(
        self, *args: Any, to: Path, keep_days: int | None, **options: Any
    ) -> None:
        """Make it, or say in one line why not."""
        at = timezone.now()
        try:
            to.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = to / (at.strftime(NAME) + ENDING)
            manifest = _write(file, at)
            _write_ledger(file.with_suffix(LEDGER))
        except (OSError, OtherReleaseError, SealError, IncompleteError) as error:
            raise CommandError(f"There is no backup: {error}") from error
        rows = sum(manifest.tables.values())
        record(None, "system.backed_up", rows=rows, files=manifest.files)
        self.stdout.write(_told(file, manifest))
        if keep_days is not None:
            gone = _throw_away(to, at - timedelta(days=keep_days))
            self.stdout.write(f"{gone} older backups were thrown away.")
        if faults := [*manifest.missing, *manifest.damaged]:
            names = "\n".join(faults)
            told = f"The backup is made, but these files are not whole here:\n{names}"
            raise CommandError(told)


def _write(file: Path, at: datetime) -> Manifest:
    """Write under another name, read back, then give it its own."""
    beside = file.with_suffix(".part")
    try:
        beside.touch(mode=0o600, exist_ok=False)
        with (
            beside.open("wb") as stream,
            SealedWriter(stream, settings.BACKUP_KEY) as out,
        ):
            manifest = make(out, at)
        with beside.open("rb") as written:
            look_through(opened(SealedReader(written, settings.BACKUP_KEY)))
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return manifest


def _write_ledger(file: Path) -> None:
    lines = [ledger.line_of(entry) + "\n" for entry in ledger.known()]
    file.write_text("".join(lines))


def _throw_away(folder: Path, before: datetime) -> int:
    """Delete old backups; ledgers stay: they are small and name nobody."""
    oldest = before.strftime(NAME) + ENDING
    old = [file for file in folder.glob(f"catcamel-*{ENDING}") if file.name < oldest]
    for file in old:
        file.unlink()
    return len(old)


def _told(file: Path, manifest: Manifest) -> str:
    rows = sum(manifest.tables.values())
    size = file.stat().st_size / 1e6
    return (
        f"{file}: {rows} rows, {manifest.files} files, {manifest.pdfs} of them "
        f"handouts, {size:.1f} MB, read back whole. Trail: {manifest.head or 'empty'}"
    )
