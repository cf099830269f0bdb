"""Who asks: an integration by its key, or a signed-in practitioner."""

from datetime import timedelta

from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from clinic.api.errors import NO_KEY
from clinic.context import current_request
from clinic.errors import Forbidden
from clinic.models import Actor, ApiKey, Practitioner
from clinic.models.keys import PREFIX

USE_NOTED_EVERY = timedelta(minutes=1)


def actor_of(request: HttpRequest | Request) -> Actor:
    """Return who asks; raise NotAuthenticated when nobody is known."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise NotAuthenticated
    return actor


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer ccm_…``; a key that does not open is an error."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        """Return the key, None without the header."""
        header = request.headers.get("Authorization")
        if header is None:
            return None
        scheme, _, secret = header.partition(" ")
        if scheme.lower() != "bearer" or not secret.startswith(PREFIX):
            raise AuthenticationFailed(NO_KEY, code="invalid_key")
        key = ApiKey.objects.find(secret.strip())
        if key is None:
            raise AuthenticationFailed(
                "This key is unknown, revoked or expired.", code="invalid_key"
            )
        if not key.allows(current_request.get().address):
            raise Forbidden(
                "address_not_allowed", "This key may not be used from this address."
            )
        _note_use(key)
        # A browser may send its session too: the key is what was asked with.
        request._request.actor = request.actor = key  # type: ignore[attr-defined]
        return None, key

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, which makes the answer a 401."""
        return 'Bearer realm="catcamel"'


def _note_use(key: ApiKey) -> None:
    """Store the time of use, but not with every request."""
    if key.last_used_at and key.last_used_at > timezone.now() - USE_NOTED_EVERY:
        return
    ApiKey.objects.visible_to(key).filter(pk=key.pk).update(last_used_at=Now())


class StaffSessionAuthentication(SessionAuthentication):
    """The session of the admin, for pages of our own; unsafe verbs need the token.

    ``ActorMiddleware`` has set the membership; whoever has none is nobody here.
    """

    def authenticate(self, request: Request) -> tuple[Practitioner, None] | None:
        """Return the practitioner, None without a membership."""
        if getattr(request._request, "actor", None) is None:
            return None
        return super().authenticate(request)
