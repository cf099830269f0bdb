"""The one writer of the audit trail."""

from typing import Any
from uuid import UUID

from django.db import DatabaseError, models

from clinic.context import current_request
from clinic.errors import Unavailable
from clinic.models import Actor, AuditEvent


def record(
    actor: Actor | None,
    action: str,
    target: models.Model | None = None,
    *,
    clinic_id: UUID | None = None,
    outcome: str = "ok",
    actor_kind: str = "system",
    **details: str | int | bool,
) -> None:
    """Add one event; ``details`` hold ids, counts and codes, never personal data.

    Without an actor ``actor_kind`` says who it was (``system``, ``patient``). A
    failure to write raises Unavailable: what cannot be recorded is not shown.
    """
    request = current_request.get()
    event = AuditEvent(
        clinic_id=_clinic_of(actor, target, clinic_id),
        actor_kind=actor.actor_kind if actor else actor_kind,
        actor_id=actor.pk if actor else None,
        action=action,
        target_kind=target._meta.model_name or "" if target else "",
        target_id=target.pk if target else None,
        patient_id=getattr(target, "patient_id", None),
        outcome=outcome,
        address=request.address or None,
        request_id=request.request_id,
        details=details,
    )
    try:
        event.save()
    except DatabaseError as error:
        raise Unavailable("not_recorded", "This cannot be recorded now.") from error


def _clinic_of(
    actor: Actor | None, target: models.Model | None, clinic_id: UUID | None
) -> Any:
    if clinic_id:
        return clinic_id
    return actor.clinic_id if actor else getattr(target, "clinic_id", None)
