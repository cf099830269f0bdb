"""Tells whose record need not be kept any longer; erases only when told to."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from clinic.errors import DomainError
from clinic.models import Clinic, Erasure
from prescriptions.rights.erasing import erase
from prescriptions.rights.retention import Due, due_in


class Command(BaseCommand):
    """A dry run unless told otherwise; ids and days, no names."""

    help = (
        "List by id the patients whose time of keeping is over, by the years of each "
        "clinic. With --erase they are erased, but for those on legal hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--clinic", type=UUID, metavar="ID", help="only this one")
        parser.add_argument("--erase", action="store_true", help="no dry run")

    def handle(
        self, *args: Any, clinic: UUID | None, erase: bool, **options: Any
    ) -> None:
        """Go through the clinics."""
        clinics = Clinic.objects.filter(pk=clinic) if clinic else Clinic.objects.all()
        if clinic and not clinics:
            raise CommandError("There is no clinic with this id.")
        for one in clinics.order_by("id"):
            due = held = erased = 0
            # Read in full before the first is erased
            for row in list(due_in(one, timezone.localdate())):
                due, held = due + 1, held + row.is_held
                self._tell(row)
                erased += erase and _erased(row)
            done = f"{erased} erased" if erase else "nothing was erased (dry run)"
            self.stdout.write(
                f"Clinic {one.pk}, {one.retention_years} years: {due} due, {held} of "
                f"them on hold; {done}."
            )

    def _tell(self, row: Due) -> None:
        mark = " (legal hold)" if row.is_held else ""
        days = f"last record {row.last}, kept until {row.until}"
        self.stdout.write(f"{row.patient.pk}  {days}{mark}")


def _erased(row: Due) -> bool:
    try:
        erase(row.patient, reason=Erasure.Reason.RETENTION, by=None)
    except DomainError:
        return False
    return True
