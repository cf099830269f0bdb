"""Check that nobody has changed the audit trail."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import archive, chain
from clinic.models import AuditSeal


class Command(BaseCommand):
    """Walk along the chain of the trail; fails and names the place if it is broken."""

    help = (
        "Check the audit trail against its chain. Prints the head: note it outside of "
        "this installation, and check later that it is still part of the chain."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add a head that was noted earlier."""
        parser.add_argument("--expect", help="a head noted before, NUMBER:DIGEST")
        parser.add_argument(
            "--archive",
            type=Path,
            dest="file",
            help="a file of archive_audit to check instead",
        )

    def handle(
        self, *args: Any, expect: str | None, file: Path | None, **options: Any
    ) -> None:
        """Check, and print what was found."""
        if file:
            self.stdout.write(_told_of(file))
            return
        chain.seal()
        report = chain.verify()
        if expect and not _holds(expect):
            report.faults.append(f"{expect} is not part of the chain")
        if report.faults:
            raise CommandError(
                "The audit trail is broken:\n" + "\n".join(report.faults)
            )
        self.stdout.write(
            f"{report.seals} events, in order. {report.unsealed} waiting."
        )
        self.stdout.write(f"Head: {report.seals}:{report.head}")


def _told_of(file: Path) -> str:
    try:
        part = archive.read(file)
    except archive.ArchiveError as error:
        raise CommandError(f"{file}: {error}") from error
    after, upto = part.after, part.upto
    return (
        f"{part.events} events, in order, after {after.number}:{after.digest or '-'}\n"
        f"Head: {upto.number}:{upto.digest}"
    )


def _holds(head: str) -> bool:
    """Tell whether the chain still runs through a head that was noted."""
    number, _, digest = head.partition(":")
    if not number.isdecimal() or not digest:
        raise CommandError("--expect takes what this command prints: NUMBER:DIGEST.")
    return AuditSeal.objects.filter(number=int(number), digest=digest).exists()
