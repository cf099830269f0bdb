"""Audit events as people read them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from clinic.models import Actor, ApiKey, AuditEvent, Membership

MOST_EVENTS = 200
EDITS = r"\.(created|changed|updated|signed|archived|restored)$"
KINDS = {
    "system": "Catcamel",
    "patient": "The patient",
    "integration": "An API key",
} | {"visitor": "Somebody at the sign-in"}


@dataclass(frozen=True)
class Event:
    """One line of a history."""

    at: datetime
    who: str
    what: str
    more: str
    is_refused: bool


def events_of(actor: Actor, target: Any) -> list[Event]:
    """Return the latest events about a row, newest first."""
    about = Q(target_id=target.pk)
    if target._meta.model_name == "patient":
        about |= Q(patient_id=target.pk)
    rows = list(AuditEvent.objects.visible_to(actor).filter(about)[:MOST_EVENTS])
    names = names_of(actor, [row.actor_id for row in rows if row.actor_id])
    return [_event(row, names) for row in rows]


def last_editor(actor: Membership, target: Any) -> str:
    """Return who changed a row last, "You" for the actor; empty when not known."""
    edits = AuditEvent.objects.visible_to(actor).filter(target_id=target.pk)
    row = edits.filter(action__regex=EDITS).first()
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
    nobody = KINDS.get(row.actor_kind, row.actor_kind)
    return Event(
        at=row.at,
        who=names.get(row.actor_id, nobody) if row.actor_id else nobody,
        what=words_of(row.action),
        more=", ".join(f"{key} {value}" for key, value in row.details.items() if value),
        is_refused=row.outcome != "ok",
    )


def words_of(action: str) -> str:
    """Return an action such as ``program.issued`` as words."""
    thing, _, verb = action.partition(".")
    return f"{thing.replace('_', ' ').capitalize()} {verb.replace('_', ' ')}"
