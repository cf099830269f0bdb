"""API keys: an integration's way in, bound to one clinic."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now

from clinic.models.plain import one_line
from clinic.models.tenancy import Clinic, TenantQuerySet
from clinic.roles import KEY_SCOPES

PREFIX = "ccm_"
MOST_NETWORKS = 20


def validate_scopes(scopes: Any) -> None:
    """Refuse scopes that an integration cannot hold."""
    if not isinstance(scopes, list) or not scopes:
        raise ValidationError("Choose at least one scope.")
    unknown = sorted(str(scope) for scope in scopes if scope not in KEY_SCOPES)
    if unknown:
        raise ValidationError(f"Not a scope of a key: {', '.join(unknown)}.")


def validate_networks(networks: Any) -> None:
    """Refuse what is no list of networks such as 203.0.113.0/24."""
    if not isinstance(networks, list) or len(networks) > MOST_NETWORKS:
        raise ValidationError(f"Give at most {MOST_NETWORKS} networks.")
    for network in networks:
        try:
            ip_network(str(network))
        except ValueError as error:
            message = "Give addresses or networks, such as 203.0.113.0/24."
            raise ValidationError(message) from error


class ApiKeyQuerySet(TenantQuerySet["ApiKey"]):
    """Keys by their secret."""

    def live(self) -> "ApiKeyQuerySet":
        """Keys that are neither revoked nor past their end, by database time."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=Now())

    def mint(
        self,
        *,
        clinic: Clinic,
        name: str,
        scopes: list[str],
        expires_at: Any,
        addresses: Sequence[str] = (),
    ) -> "tuple[ApiKey, str]":
        """Make a key; return the row and the secret, which is not stored."""
        secret = PREFIX + secrets.token_urlsafe(32)
        key = self.model(
            clinic=clinic,
            name=name,
            scopes=scopes,
            expires_at=expires_at,
            addresses=list(addresses),
            prefix=secret[:12],
            digest=digest_of(secret),
        )
        key.full_clean()
        key.save()
        return key, secret

    def find(self, secret: str) -> "ApiKey | None":
        """Return the live key with this secret, whichever clinic it belongs to."""
        live = self.unscoped().live().select_related("clinic")
        return live.filter(digest=digest_of(secret)).first()


def digest_of(secret: str) -> str:
    """SHA-256 of a secret with 256 random bits, for which no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiKey(models.Model):
    """An integration of one clinic: an actor."""

    actor_kind = "integration"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic, models.CASCADE, related_name="api_keys", editable=False
    )
    name = models.CharField(
        max_length=80, help_text="The system that uses the key.", validators=[one_line]
    )
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(validators=[validate_scopes])
    # Networks that it may be used from; an empty list means all
    addresses = models.JSONField(
        default=list, blank=True, validators=[validate_networks]
    )
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def state(self, at: datetime) -> str:
        """Word for the state at a time: live, revoked or expired."""
        if self.revoked_at:
            return "revoked"
        return "live" if self.expires_at > at else "expired"

    def can(self, scope: str) -> bool:
        """Tell whether the key was given the scope."""
        return scope in self.scopes

    def allows(self, address: str) -> bool:
        """Tell whether it may be used from a client's address."""
        if not self.addresses:
            return True
        if not address:
            return False
        return any(ip_address(address) in ip_network(net) for net in self.addresses)
