"""What a caller may do: each action names its scope, and no name means no."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from clinic.errors import Forbidden
from clinic.models import Actor
from clinic.roles import Scope

if TYPE_CHECKING:
    # DRF's views import this module through the settings
    from rest_framework.views import APIView


class ScopePermission(BasePermission):
    """Compares the actor's scopes with ``scopes`` of the view, action by action."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Tell whether the action may run; an undeclared one may not."""
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None:
            return False
        if is_unanswered(view):
            return True
        scope = scope_of(view)
        if scope and not actor.can(scope):
            raise Forbidden("missing_scope", f"This needs the scope {scope}.")
        return scope is not None


def scope_of(view: "APIView") -> Scope | None:
    """Return the scope that the view declares for the action in hand."""
    scopes: Mapping[str, Scope] = getattr(view, "scopes", {})
    return scopes.get(getattr(view, "action", None) or "")


def is_unanswered(view: "APIView") -> bool:
    """Whether the view has no handler for the verb: the framework answers 405."""
    return getattr(view, "action", "") in (None, "metadata")
