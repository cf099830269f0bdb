"""The ledger of erasures outside of the database: a small file for each, ids alone."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from clinic.models import Erasure
from prescriptions import storage


class UnreadableLineError(ValueError):
    """A line of a ledger that does not say whom it is about."""


def line_of(entry: Erasure) -> str:
    """Return an erasure as one line of JSON."""
    at = entry.erased_at.astimezone(UTC).isoformat()
    who = {"patient": str(entry.patient_id), "clinic": str(entry.clinic_id)}
    return json.dumps(who | {"reason": entry.reason, "at": at})


def entry_of(line: str) -> Erasure:
    """Return the erasure of a line, not stored; raise UnreadableLineError."""
    try:
        told = json.loads(line)
        return Erasure(
            patient_id=UUID(told["patient"]),
            clinic_id=UUID(told["clinic"]),
            reason=Erasure.Reason(told["reason"]),
            erased_at=datetime.fromisoformat(told["at"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableLineError("This is no line of a ledger of erasures.") from error


def write(entry: Erasure) -> None:
    """Store the erasure beside the handouts."""
    storage.put_erasure(entry.patient_id, f"{line_of(entry)}\n".encode())


def known(lines: Iterable[str] = ()) -> Iterator[Erasure]:
    """Yield each erasure once: of the database, of the stored files, of the lines."""
    seen: set[UUID] = set()
    for entry in _all(lines):
        if entry.patient_id not in seen:
            seen.add(entry.patient_id)
            yield entry


def _all(lines: Iterable[str]) -> Iterator[Erasure]:
    yield from Erasure.objects.unscoped()
    for content in storage.stored_erasures():
        yield entry_of(content.decode())
    for line in lines:
        if line.strip():
            yield entry_of(line)
