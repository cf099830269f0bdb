"""How the OpenAPI document tells of problems, scopes and keys."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from clinic.api.errors import MEDIA_TYPE
from clinic.roles import Scope

PROBLEMS = {
    "308": "It was merged; `Location` leads to what was kept.",
    "400": "A value, member or parameter does not fit; `errors` says which.",
    "401": "The key is missing, unknown, revoked or expired.",
    "403": "The key or role lacks the scope.",
    "404": "There is no such thing in this clinic.",
    "409": "It is in another state than this needs.",
    "410": "It has been withdrawn or superseded, or merged into another.",
    "412": "It has been changed since the ETag was seen.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The `Idempotency-Key` was used with another body.",
    "428": "`If-Match` is missing.",
    "429": "Too many requests; wait as long as `Retry-After` says.",
    "500": "Something went wrong; quote the `request_id`.",
    "503": "The database cannot be reached; try again.",
}
EVERYWHERE = ("400", "401", "403", "429", "500", "503")
WITH_BODY = ("413", "415")
# A request with the same key still runs, or was another one
WITH_KEY = ("409", "422")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    "header",
    description=(
        "Chosen by the caller, 1 to 255 ASCII characters. A repeat within 24 hours "
        "gets the first answer, with `Idempotent-Replayed: true`."
    ),
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", OpenApiTypes.STR, "header", description="ETag as held."
)
IF_MATCH = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, "header", required=True, description="ETag as read."
)
UNCHANGED = OpenApiResponse(description="It is as the ETag says.")


class ProblemErrorSerializer(serializers.Serializer[Any]):
    """One fault: where, which and in words."""

    pointer = serializers.CharField(
        help_text="JSON pointer into the body, or / and the name of a parameter."
    )
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """Every error has this shape (RFC 9457)."""

    type = serializers.CharField(help_text="A stable URN that ends in the code.")
    code = serializers.CharField(help_text="Stable; decide by it.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="For people; may be reworded.")
    request_id = serializers.CharField()
    errors = ProblemErrorSerializer(many=True)  # type: ignore[assignment]


class Schema(AutoSchema):
    """Adds the problems that an operation can answer with, and its scope."""

    def get_description(self) -> str:  # type: ignore[override]
        """Return the docstring of the action with the scope it needs."""
        scopes: Mapping[str, Scope] = getattr(self.view, "scopes", {})
        scope = scopes.get(getattr(self.view, "action", ""))
        told: str = super().get_description()
        return f"{told}\n\nScope: `{scope}`." if scope else told

    def get_override_parameters(self) -> list[Any]:
        """Return what every operation of the verb takes."""
        found: list[Any] = super().get_override_parameters()
        by_verb = {"POST": [IDEMPOTENCY_KEY], "GET": [IF_NONE_MATCH]}
        return [*by_verb.get(self.method, []), *found]

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        answers: dict[str, Any] = super()._get_response_bodies(direction)
        if self.method == "GET":
            answers["304"] = self._get_response_for_code(UNCHANGED, "304")  # type: ignore[no-untyped-call]
        for status in sorted(self._problem_statuses()):
            told = OpenApiResponse(ProblemSerializer, PROBLEMS[status])
            answers[status] = self._get_response_for_code(  # type: ignore[no-untyped-call]
                told, status, [MEDIA_TYPE]
            )
        return answers

    def _problem_statuses(self) -> set[str]:
        own: Mapping[str, tuple[int, ...]] = getattr(self.view, "problems", {})
        action: str = getattr(self.view, "action", "")
        found = {*EVERYWHERE, *map(str, own.get(action, ()))}
        if "{" in self.path:
            found.add("404")
        if self.method in ("POST", "PUT", "PATCH"):
            found.update(WITH_BODY)
        if self.method == "POST":
            found.update(WITH_KEY)
        return found


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The key of an integration."""

    target_class = "clinic.api.authentication.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Describe the header."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "ccm_…",
            "description": "An API key of the clinic, never in an address.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session of the admin's own pages."""

    target_class = "clinic.api.authentication.StaffSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Describe the cookie."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "session",
            "description": "For our own pages; unsafe verbs need X-CSRFToken.",
        }
