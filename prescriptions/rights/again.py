"""Applying the ledger of erasures after a restore."""

from collections.abc import Iterable

from clinic.models import Clinic
from prescriptions.rights import erasing, leaving, ledger


def apply(lines: Iterable[str] = ()) -> int:
    """Erase again whom the ledger names and a restore brought back; return how many.

    Clinics that have left are wiped again. Raises UnreadableLineError before anybody
    is erased.
    """
    count = 0
    for entry in list(ledger.known(lines)):
        if entry.is_of_clinic:
            for clinic in Clinic.objects.filter(pk=entry.clinic_id):
                count += leaving.wipe(clinic, entry)
        else:
            count += erasing.erase_again(entry)
    return count
