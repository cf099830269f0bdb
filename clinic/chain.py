"""The chain over the audit trail: each seal covers an event and all seals before it.

Events are written with what they speak of, in its transaction; the seals follow within
a minute, so that no request waits for another one's. Whoever changes, removes or slips
in an event later breaks the chain. Somebody who can write to every table could make it
anew: note the head (``manage.py verify_audit``) outside of the database now and then.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from clinic.models import AuditEvent, AuditSeal

ARCHIVED = "audit.archived"
BATCH = 500
MOST_BATCHES = 20
# Longer than any transaction: an event shows up once its transaction has ended.
LATE = timedelta(hours=1)


@dataclass
class Report:
    """What a walk along the chain found; ``faults`` name seals and events by id."""

    seals: int = 0
    head: str = ""
    unsealed: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Head:
    """A place in the chain: the number of a seal, and its digest."""

    number: int = 0
    digest: str = ""


def content_of(event: AuditEvent) -> dict[str, Any]:
    """Return what the chain covers of an event, ready for JSON."""
    return {
        "id": str(event.pk),
        "clinic": str(event.clinic_id or ""),
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": [event.actor_kind, str(event.actor_id or "")],
        "action": event.action,
        "target": [event.target_kind, str(event.target_id or "")],
        "patient": str(event.patient_id or ""),
        "outcome": event.outcome,
        "address": event.address or "",
        "request": event.request_id,
        "details": event.details,
    }


def digest_of(event: AuditEvent, former: str) -> str:
    """Return the SHA-256 (hex) of the event's content after the former digest."""
    return digest_over(content_of(event), former)


def digest_over(content: dict[str, Any], former: str) -> str:
    """Return the SHA-256 (hex) of an event's content after the former digest."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{former}\n{text}".encode()).hexdigest()


def seal() -> int:
    """Seal the events that came since; return how many."""
    total = 0
    for _ in range(MOST_BATCHES):
        sealed = _seal_batch()
        total += sealed
        if sealed < BATCH:
            break
    return total


def _seal_batch() -> int:
    """Seal some events; of two callers at the same time one wins."""
    last = AuditSeal.objects.order_by("-number").first()
    events = AuditEvent.objects.unscoped().unsealed()
    if last:
        events = events.filter(at__gt=last.event_at - LATE)
    number, digest = (last.number, last.digest) if last else (0, "")
    seals = []
    for event in events.order_by("at", "id")[:BATCH]:
        number, digest = number + 1, digest_of(event, digest)
        seals.append(
            AuditSeal(
                number=number, event_id=event.pk, event_at=event.at, digest=digest
            )
        )
    try:
        with transaction.atomic():
            AuditSeal.objects.bulk_create(seals)
    except IntegrityError:
        return 0
    return len(seals)


def verify() -> Report:
    """Walk along the chain, after what is archived, and say where it is broken."""
    begin = archived()
    report = Report(seals=begin.number, head=begin.digest)
    for seal_row, event in sealed(begin.number):
        report.seals += 1
        if seal_row.number != report.seals:
            report.faults.append(f"seals are missing before number {seal_row.number}")
            report.seals = seal_row.number
        if event is None:
            report.faults.append(f"event {seal_row.event_id} is gone")
        elif digest_of(event, report.head) != seal_row.digest:
            report.faults.append(f"event {event.pk} was changed")
        # Each fault is told once: the walk goes on from what the seal says.
        report.head = seal_row.digest
    late = AuditEvent.objects.unscoped().unsealed()
    report.unsealed = late.count()
    old = late.filter(at__lt=timezone.now() - 2 * LATE)
    report.faults += [f"event {row.pk} was slipped in" for row in old[:BATCH]]
    return report


def archived() -> Head:
    """Return how far the archive reaches by what the trail says; none, the start.

    It counts only while its seal is there as it was noted.
    """
    notes = AuditEvent.objects.unscoped().filter(action=ARCHIVED)
    told = {(note.details.get("number"), note.details.get("digest")) for note in notes}
    numbers = [number for number, _ in told if isinstance(number, int)]
    seals = AuditSeal.objects.filter(number__in=numbers).order_by("-number")
    found = (one for one in seals if (one.number, one.digest) in told)
    return next((Head(one.number, one.digest) for one in found), Head())


def sealed(
    after: int = 0, upto: int | None = None
) -> Iterator[tuple[AuditSeal, AuditEvent | None]]:
    """Yield seals in order with their events, a batch at a time."""
    at, rows = after, AuditSeal.objects.order_by("number")
    if upto is not None:
        rows = rows.filter(number__lte=upto)
    while batch := list(rows.filter(number__gt=at)[:BATCH]):
        ids = [row.event_id for row in batch]
        events = AuditEvent.objects.unscoped().in_bulk(ids)
        for row in batch:
            yield row, events.get(row.event_id)
        at = batch[-1].number
