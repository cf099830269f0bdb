"""The old part of the audit trail: written to a file, then taken out of the tables.

The file holds each event with its seal, so that its part of the chain can be checked
without the database. An event of the trail notes how far the archive reaches; from
there on the chain in the database goes on as before.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from clinic import chain
from clinic.audit import record
from clinic.models import AuditEvent, AuditSeal

FORMAT = "catcamel.audit/1"
# Owners go on seeing who looked at a patient lately.
YOUNGEST = timedelta(days=365)
AT_ONCE = 1_000


class ArchiveError(RuntimeError):
    """The file is none of ours, or not as it was written."""


@dataclass(frozen=True)
class Part:
    """A part of the chain: after which seal it begins, and where it ends."""

    after: chain.Head
    upto: chain.Head
    events: int


def write(folder: Path, before: datetime) -> tuple[Path, Part] | None:
    """Write sealed events from before a moment to a file; None if there are none.

    Raises ArchiveError when the chain is broken there: mend nothing, ask why.
    """
    after = chain.archived()
    last = (
        AuditSeal.objects.filter(number__gt=after.number, event_at__lt=before)
        .order_by("number")
        .last()
    )
    if last is None:
        return None
    file = folder / f"audit-{after.number + 1}-{last.number}.jsonl.gz"
    half = file.with_suffix(".part")
    try:
        _write(half, after, last.number)
        part = read(half)
        half.rename(file)
    finally:
        half.unlink(missing_ok=True)
    return file, part


def _write(file: Path, after: chain.Head, upto: int) -> None:
    with file.open("xb") as raw, gzip.open(raw, "wt", encoding="utf-8") as text:
        file.chmod(0o600)
        head = {"format": FORMAT, "after": after.number, "digest": after.digest}
        text.write(_line(head))
        for seal, event in chain.sealed(after.number, upto):
            if event is None:
                raise ArchiveError(f"Event {seal.event_id} is gone.")
            line = {"number": seal.number, "digest": seal.digest}
            text.write(_line(line | {"event": chain.content_of(event)}))


def read(file: Path) -> Part:
    """Check a file's part of the chain from its first to its last event.

    Raises ArchiveError, which names the first event that is not as it was.
    """
    try:
        lines = _lines(file)
        head = next(lines)
        if head.get("format") != FORMAT:
            raise ArchiveError("This is no archive of an audit trail.")
        after = chain.Head(head["after"], head["digest"])
        number, digest = after.number, after.digest
        for line in lines:
            number, digest = number + 1, chain.digest_over(line["event"], digest)
            if (line["number"], line["digest"]) != (number, digest):
                raise ArchiveError(f"Event {line['event']['id']} was changed or moved.")
    except (OSError, EOFError, ValueError, KeyError, StopIteration) as error:
        raise ArchiveError("The file is damaged, or no archive.") from error
    return Part(after, chain.Head(number, digest), number - after.number)


def note(part: Part) -> None:
    """Let the trail say how far the archive reaches."""
    record(
        None,
        chain.ARCHIVED,
        actor_kind="operator",
        number=part.upto.number,
        digest=part.upto.digest,
        events=part.events,
    )
    chain.seal()


def remove() -> int:
    """Take out of the tables what is archived and old enough; return how many events.

    A thousand at a time, so that nobody waits. May be broken off and begun again. The
    last seal stays: the chain goes on from it.
    """
    upto, removed = chain.archived(), 0
    while True:
        seals = AuditSeal.objects.filter(
            number__lt=upto.number, event_at__lt=timezone.now() - YOUNGEST
        )
        part = list(seals.order_by("number")[:AT_ONCE])
        if not part:
            return removed
        ids = [seal.event_id for seal in part]
        events = AuditEvent.objects.unscoped().filter(pk__in=ids)
        # The trail's own way refuses; whose role may not, is refused by the database.
        QuerySet.delete(events)
        AuditSeal.objects.filter(number__lte=part[-1].number).delete()
        removed += len(part)


def _line(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True) + "\n"


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as text:
        for line in text:
            yield json.loads(line)
