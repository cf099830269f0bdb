"""A colleague leaves: access ends, and what was in hand goes to somebody else."""

from collections.abc import Callable, Collection
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from clinic import sessions
from clinic.audit import record
from clinic.errors import Conflict, FieldError, Forbidden, Invalid
from clinic.models import ApiKey, AuditEvent, Membership
from clinic.roles import Scope

TREATING = (Membership.Role.OWNER, Membership.Role.PRACTITIONER)


def in_hand(member: Membership) -> int:
    """Return how many open programs name the member as the person to ask."""
    count: Callable[[Membership], int] = import_string(settings.WORK_IN_HAND)
    return count(member)


def heirs_of(member: Membership) -> QuerySet[Membership]:
    """Return the colleagues who can take over."""
    rows = Membership.objects.of_clinic(member.clinic_id).exclude(pk=member.pk)
    open_rows = rows.filter(is_active=True, practitioner__is_active=True)
    return open_rows.filter(role__in=TREATING).select_related("practitioner")


def keys_of(member: Membership) -> QuerySet[ApiKey]:
    """Return the live keys that the member has made, and so may have kept."""
    made = AuditEvent.objects.of_clinic(member.clinic_id).filter(
        actor_id=member.pk, action="apikey.created"
    )
    mine = ApiKey.objects.of_clinic(member.clinic_id)
    return mine.live().filter(pk__in=made.values("target_id"))


@transaction.atomic
def leave(
    member: Membership,
    *,
    heir: Membership | None,
    keys: Collection[UUID] = (),
    by: Membership,
) -> int:
    """Close the member's access; return how many programs went to the heir.

    All sessions of the person end, and so do those of ``keys_of(member)`` that
    ``keys`` names. Raises Forbidden, Invalid while there are programs and no heir who
    can take them, Conflict when the member has left already.
    """
    is_owner = by.can(Scope.STAFF_MANAGE) and by.clinic_id == member.clinic_id
    if not is_owner or by.pk == member.pk:
        raise Forbidden("not_allowed", "Another owner of the clinic does that.")
    if heir and not heirs_of(member).filter(pk=heir.pk).exists():
        raise _no_heir("Choose somebody who treats patients here.")
    if heir is None and in_hand(member):
        raise _no_heir("Choose who takes over the programs.")
    row = Membership.objects.visible_to(by).filter(pk=member.pk, is_active=True)
    if not row.update(is_active=False):
        raise Conflict("left_already", "This person has left already.")
    member.refresh_from_db(fields=["is_active"])
    sessions.end_all(member.practitioner)
    for key in keys_of(member).filter(pk__in=keys):
        ApiKey.objects.visible_to(by).filter(pk=key.pk).update(revoked_at=Now())
        record(by, "apikey.revoked", key)
    moved = _hand_over(member, heir, by) if heir else 0
    record(by, "membership.left", member, programs=moved)
    return moved


def _no_heir(detail: str) -> Invalid:
    errors = [FieldError("/heir", "no_heir", detail)]
    return Invalid("no_heir", detail, errors=errors)


def _hand_over(member: Membership, heir: Membership, by: Membership) -> int:
    verb: Callable[..., int] = import_string(settings.HAND_OVER)
    return verb(member, heir, by=by)
