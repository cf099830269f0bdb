"""Audit events as people read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from clinic.models import Actor, ApiKey, AuditEvent, Membership
from clinic.tables import csv_of

MOST_EVENTS = 200
EDITS = r"\.(created|changed|updated|signed|archived|restored)$"
HEAD = (
    "time (UTC)",
    "who",
    "kind",
    "action",
    "outcome",
    "about",
    "id",
    "patient id",
    "address",
    "request id",
)
# What somebody did who looked, in contrast to having changed something
READS = r"\.(viewed|opened|downloaded|printed|exported|file_downloaded)$"
KINDS = {
    "system": "Catcamel",
    "patient": "The patient",
    "integration": "An API key",
    "operator": "The operator of the server",
} | {"visitor": "Somebody at the sign-in"}
# What models and events call it, where people have another word
THINGS = {
    "api_key": "API key",
    "apikey": "API key",
    "audittrail": "audit trail",
    "clinictext": "clinic text",
    "exercisetranslation": "translation",
    "membership": "team member",
    "programtemplate": "template",
    "safetylimit": "safety limit",
    "safetyrule": "safety rule",
    "templatephase": "phase of a template",
    "webhookendpoint": "webhook",
}


@dataclass(frozen=True)
class Event:
    """One line of a history."""

    at: datetime
    who: str
    what: str
    more: str
    is_refused: bool
    address: str


@dataclass(frozen=True)
class Reader:
    """Somebody who looked at a patient's data."""

    who: str
    times: int
    last: datetime


def events_of(actor: Actor, target: Any) -> list[Event]:
    """Return the latest events about a row, newest first."""
    about = Q(target_id=target.pk)
    if target._meta.model_name == "patient":
        about |= Q(patient_id__in=same_person(actor, target.pk))
    return latest(actor, AuditEvent.objects.visible_to(actor).filter(about))


def same_person(actor: Actor, patient_id: UUID) -> set[UUID]:
    """Return the id of a patient and of all records that were merged into this one."""
    merges = AuditEvent.objects.visible_to(actor).filter(action="patient.merged")
    found, new = set[UUID](), {patient_id}
    while new:
        found |= new
        told = merges.filter(target_id__in=new).values_list("details", flat=True)
        new = {UUID(details["merged"]) for details in told} - found
    return found


def looks_at(actor: Actor, patient_id: UUID) -> QuerySet[AuditEvent]:
    """Return the events in which somebody read what is kept about the patient."""
    ids = same_person(actor, patient_id)
    about = AuditEvent.objects.visible_to(actor).filter(patient_id__in=ids)
    return about.filter(action__regex=READS)


def latest(actor: Actor, events: QuerySet[AuditEvent]) -> list[Event]:
    """Return the newest of the events with the names of who did them."""
    rows = list(events[:MOST_EVENTS])
    names = names_of(actor, [row.actor_id for row in rows if row.actor_id])
    return [_event(row, names) for row in rows]


def readers_of(actor: Actor, events: QuerySet[AuditEvent]) -> list[Reader]:
    """Return each person once, with how often and when last; the latest first."""
    groups = (
        events.order_by()
        .values("actor_kind", "actor_id")
        .annotate(times=Count("pk"), last=Max("at"))
    )
    rows = list(groups.order_by("-last"))
    names = names_of(actor, [row["actor_id"] for row in rows if row["actor_id"]])
    return [
        Reader(
            who=_who(names, row["actor_id"], row["actor_kind"]),
            times=row["times"],
            last=row["last"],
        )
        for row in rows
    ]


def _who(names: dict[UUID, str], actor_id: UUID | None, kind: str) -> str:
    """Return a name, or what kind of actor it was."""
    return (names.get(actor_id) if actor_id else None) or KINDS.get(kind, kind)


def table_of(actor: Actor, events: QuerySet[AuditEvent]) -> bytes:
    """Return events as a CSV file: ids, codes and names of staff, no patient's name."""
    ids = events.order_by().values_list("actor_id", flat=True).distinct()
    names = names_of(actor, [pk for pk in ids if pk])
    return csv_of(HEAD, (_row(event, names) for event in events.iterator()))


def _row(event: AuditEvent, names: dict[UUID, str]) -> list[object]:
    return [
        event.at.astimezone(UTC).isoformat(timespec="seconds"),
        names.get(event.actor_id, "") if event.actor_id else "",
        event.actor_kind,
        event.action,
        event.outcome,
        event.target_kind,
        event.target_id,
        event.patient_id,
        event.address,
        event.request_id,
    ]


def last_edit(actor: Actor, target: Any) -> AuditEvent | None:
    """Return the event of the latest change of a row."""
    edits = AuditEvent.objects.visible_to(actor).filter(target_id=target.pk)
    return edits.filter(action__regex=EDITS).first()


def last_editor(actor: Membership, target: Any) -> str:
    """Return who changed a row last, "You" for the actor; empty when not known."""
    row = last_edit(actor, target)
    if row is None or row.actor_id is None:
        return ""
    if row.actor_id == actor.pk:
        return "You"
    return names_of(actor, [row.actor_id]).get(row.actor_id, "")


def names_of(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of people and integrations of the clinic, in two queries."""
    wanted = set(ids)
    members = Membership.objects.visible_to(actor).filter(pk__in=wanted)
    keys = ApiKey.objects.visible_to(actor).filter(pk__in=wanted)
    people = {row.pk: str(row.practitioner) for row in _with_names(members)}
    return people | {key.pk: str(key) for key in keys}


def _with_names(members: Any) -> Any:
    return members.select_related("practitioner")


def _event(row: AuditEvent, names: dict[UUID, str]) -> Event:
    return Event(
        at=row.at,
        who=_who(names, row.actor_id, row.actor_kind),
        what=words_of(row.action),
        more=details_of(row),
        is_refused=row.outcome != "ok",
        address=row.address or "",
    )


def details_of(row: AuditEvent) -> str:
    """Return what else an event tells, on one line."""
    told = ((key.replace("_", " "), value) for key, value in row.details.items())
    return ", ".join(f"{key} {value}" for key, value in told if value)


def words_of(action: str) -> str:
    """Return an action such as ``program.issued`` as words."""
    thing, _, verb = action.partition(".")
    words = THINGS.get(thing, thing.replace("_", " "))
    return f"{words[0].upper()}{words[1:]} {verb.replace('_', ' ')}"
