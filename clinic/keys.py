"""Verbs on API keys: replace one without a gap, close one."""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from clinic.audit import record
from clinic.errors import Conflict, Forbidden
from clinic.models import Actor, ApiKey


@transaction.atomic
def rotate_key(key: ApiKey, *, overlap_hours: int, by: Actor) -> tuple[ApiKey, str]:
    """Make a key with the same rights and end; the present one ends after a while.

    Returns the new key and its secret, which is not stored. A key that ends earlier
    anyway keeps its end. Raises Conflict when the key works no more, Forbidden when an
    integration would get rights that it does not have.
    """
    if not ApiKey.objects.visible_to(by).live().filter(pk=key.pk).exists():
        raise Conflict("not_live", "This key works no more. Make a new one.")
    if isinstance(by, ApiKey) and not _covers(by, key):
        raise Forbidden("more_rights", "That key may do more than the one you use.")
    fresh, secret = ApiKey.objects.mint(
        clinic=key.clinic,
        name=key.name,
        scopes=key.scopes,
        expires_at=key.expires_at,
        addresses=key.addresses,
    )
    ends = timezone.now() + timedelta(hours=overlap_hours)
    mine = ApiKey.objects.visible_to(by).filter(pk=key.pk, expires_at__gt=ends)
    mine.update(expires_at=ends)
    record(by, "apikey.rotated", fresh, former=str(key.pk))
    return fresh, secret


@transaction.atomic
def revoke_key(key: ApiKey, *, by: Actor) -> bool:
    """Close a key for good; False when it was closed before."""
    rows = ApiKey.objects.visible_to(by).filter(pk=key.pk, revoked_at__isnull=True)
    is_closed_now = bool(rows.update(revoked_at=Now()))
    if is_closed_now:
        record(by, "apikey.revoked", key)
    return is_closed_now


def _covers(mine: ApiKey, other: ApiKey) -> bool:
    """Tell whether one key may do all that the other may, for as long and anywhere."""
    if mine.pk == other.pk:
        return True
    is_free = not mine.addresses or mine.addresses == other.addresses
    lasts = other.expires_at <= mine.expires_at
    return is_free and lasts and set(other.scopes) <= set(mine.scopes)
