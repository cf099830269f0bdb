"""Verbs on a clinic's own leaflets: make one, change one."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinic.audit import record
from clinic.errors import Conflict, FieldError, Forbidden, Invalid
from clinic.models import Actor
from clinic.roles import Scope
from exercises.leaflets.files import unknown_placeholders
from exercises.models import Leaflet
from exercises.shared_rows import free_slug


class StaleLeafletError(Conflict):
    """The leaflet is no longer as the caller saw it."""

    def __init__(self) -> None:
        super().__init__("changed_meanwhile", "The leaflet was changed meanwhile.")


@transaction.atomic
def create_leaflet(leaflet: Leaflet, *, by: Actor) -> None:
    """Store a new leaflet of the clinic's own.

    Raises Forbidden, Invalid for names in braces that nothing fills in, and
    ValidationError by column.
    """
    _require_write(by)
    _refuse_unknown(leaflet)
    leaflet.clinic_id = by.clinic_id
    leaflet.slug = free_slug(leaflet.title, Leaflet, by.clinic_id)
    leaflet.full_clean()
    leaflet.save(force_insert=True)
    record(by, "leaflet.created", leaflet)


@transaction.atomic
def change_leaflet(leaflet: Leaflet, values: Mapping[str, Any], *, by: Actor) -> None:
    """Store new values of a leaflet as it was loaded; handouts keep what was issued.

    Raises Conflict for a shared one, StaleLeafletError when it was changed since it
    was loaded, and what ``create_leaflet`` raises.
    """
    _require_write(by)
    if leaflet.is_shared:
        told = "Shared leaflets stay as they are. Make it your clinic's own first."
        raise Conflict("shared_leaflet", told)
    for name, value in values.items():
        setattr(leaflet, name, value)
    _refuse_unknown(leaflet)
    leaflet.full_clean()
    rows = Leaflet.objects.visible_to(by)
    edit = {"version": F("version") + 1, "updated_at": timezone.now(), **values}
    if not rows.filter(pk=leaflet.pk, version=leaflet.version).update(**edit):
        raise StaleLeafletError
    record(by, "leaflet.changed", leaflet)


def _require_write(by: Actor) -> None:
    if not by.can(Scope.EXERCISES_WRITE):
        raise Forbidden("not_allowed", "Your role does not change leaflets.")


def _refuse_unknown(leaflet: Leaflet) -> None:
    if unknown := unknown_placeholders(leaflet.body, leaflet.fields):
        names = ", ".join(f"{{{name}}}" for name in unknown)
        told = f"Nothing fills in {names}."
        error = FieldError("/body", "unknown_placeholder", told)
        raise Invalid("invalid", told, errors=[error])
