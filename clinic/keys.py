"""Verbs on API keys: replace one without a gap."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from clinic.audit import record
from clinic.models import ApiKey


@transaction.atomic
def rotate_key(key: ApiKey, *, overlap_hours: int) -> tuple[ApiKey, str]:
    """Make a key with the same rights and end; the present one ends after a while.

    Returns the new key and its secret, which is not stored. A key that ends earlier
    anyway keeps its end.
    """
    fresh, secret = ApiKey.objects.mint(
        clinic=key.clinic,
        name=key.name,
        scopes=key.scopes,
        expires_at=key.expires_at,
        addresses=key.addresses,
    )
    ends = timezone.now() + timedelta(hours=overlap_hours)
    mine = ApiKey.objects.visible_to(key).filter(pk=key.pk, expires_at__gt=ends)
    mine.update(expires_at=ends)
    record(key, "apikey.rotated", fresh, former=str(key.pk))
    return fresh, secret
