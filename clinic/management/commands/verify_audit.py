"""Check that nobody has changed the audit trail."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import chain
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

    def handle(self, *args: Any, expect: str | None, **options: Any) -> None:
        """Check, and print what was found."""
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


def _holds(head: str) -> bool:
    """Tell whether the chain still runs through a head that was noted."""
    number, _, digest = head.partition(":")
    if not number.isdecimal() or not digest:
        raise CommandError("--expect takes what this command prints: NUMBER:DIGEST.")
    return AuditSeal.objects.filter(number=int(number), digest=digest).exists()
