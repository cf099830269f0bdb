"""/keys/current: what an integration may know of its own key, and a new secret."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.serializers import StrictSerializer, WholeField
from clinic.api.views import ApiViewSet
from clinic.keys import rotate_key
from clinic.models import ApiKey
from clinic.roles import Scope

MOST_OVERLAP_HOURS = 168


class KeySerializer(serializers.ModelSerializer[ApiKey]):
    """A key without its secret."""

    scopes = serializers.ListField(child=serializers.CharField())
    addresses = serializers.ListField(
        child=serializers.CharField(),
        help_text="Networks it may be used from; empty means all.",
    )

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "prefix",
            "scopes",
            "addresses",
            "expires_at",
            "last_used_at",
            "created_at",
        ]


class NewKeySerializer(KeySerializer):
    """A new key with its secret, which is shown this once."""

    secret = serializers.CharField()

    class Meta(KeySerializer.Meta):
        fields = [*KeySerializer.Meta.fields, "secret"]


class RotationSerializer(StrictSerializer):
    """How long the present secret goes on working."""

    overlap_hours = WholeField(
        required=False, default=24, min_value=0, max_value=MOST_OVERLAP_HOURS
    )


class KeyViewSet(ApiViewSet):
    """The key that asks; others are managed in the admin."""

    queryset = ApiKey.objects.all()
    serializer_class = KeySerializer
    scopes = {"read": Scope.KEYS_ROTATE, "rotate": Scope.KEYS_ROTATE}
    secret_answers = ("rotate",)
    problems = {"read": (404,), "rotate": (404,)}

    def get_object(self) -> ApiKey:
        """Return the caller's key; a signed-in person has none."""
        if not isinstance(self.actor, ApiKey):
            raise NotFound
        return self.actor

    @extend_schema(summary="Read the key in use")
    def read(self, request: Request, **kwargs: Any) -> Response:
        """Return what the key may do, and until when."""
        return Response(KeySerializer(self.get_object()).data)

    @extend_schema(
        summary="Replace the key in use",
        request=RotationSerializer,
        responses={201: NewKeySerializer},
    )
    def rotate(self, request: Request, **kwargs: Any) -> Response:
        """Give a new key with the same rights and end; the present one ends soon.

        For `overlap_hours` both work, so that no request is refused meanwhile. The
        secret is shown once: a repeat with the same `Idempotency-Key` is a 409.
        """
        asked = RotationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        hours = asked.validated_data["overlap_hours"]
        key, secret = rotate_key(self.get_object(), overlap_hours=hours)
        body = {**KeySerializer(key).data, "secret": secret}
        return Response(body, status.HTTP_201_CREATED)
