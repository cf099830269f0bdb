"""/keys: the key in use, and those of the clinic for whoever manages them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.filters import FilterSet, FlagFilter
from clinic.api.serializers import StrictSerializer, WholeField
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.keys import revoke_key, rotate_key
from clinic.models import Actor, ApiKey
from clinic.roles import Scope

MOST_OVERLAP_HOURS = 168
STATES = ["live", "revoked", "expired"]


class KeySerializer(serializers.ModelSerializer[ApiKey]):
    """A key without its secret."""

    scopes = serializers.ListField(child=serializers.CharField())
    addresses = serializers.ListField(
        child=serializers.CharField(),
        help_text="Networks it may be used from; empty means all.",
    )

    state = serializers.SerializerMethodField()

    class Meta:
        model = ApiKey
        fields = [
            "id",
            "name",
            "prefix",
            "scopes",
            "addresses",
            "state",
            "expires_at",
            "revoked_at",
            "last_used_at",
            "created_at",
        ]

    @extend_schema_field(serializers.ChoiceField(STATES))
    def get_state(self, key: ApiKey) -> str:
        """Return whether it works now."""
        return key.state(timezone.now())


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
    """The key that asks."""

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
        return rotated(self.get_object(), request.data, by=self.actor)


class KeyFilters(FilterSet):
    """Filters of the list."""

    is_live = FlagFilter(method="with_live", label="Keys that work now, or the others.")

    def with_live(self, rows: Any, name: str, value: bool) -> Any:
        """Live rows, or the others."""
        live = rows.live()
        return live if value else rows.exclude(pk__in=live.values("pk"))


@extend_schema_view(
    list=extend_schema(summary="List keys"),
    retrieve=extend_schema(summary="Read a key"),
)
class ClinicKeyViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """The keys of the clinic, without their secrets; people make them in the admin."""

    queryset = ApiKey.objects.all()
    serializer_class = KeySerializer
    filterset_class = KeyFilters
    scopes = dict.fromkeys(("list", "retrieve", "destroy"), Scope.KEYS_MANAGE) | {
        "rotate_one": Scope.KEYS_MANAGE
    }
    secret_answers = ("rotate_one",)
    problems = {"rotate_one": (409,)}

    @extend_schema(
        summary="Replace a key",
        request=RotationSerializer,
        responses={201: NewKeySerializer},
    )
    @action(detail=True, methods=["post"], url_path="rotate")
    def rotate_one(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a key with the same rights and end; the present one ends soon.

        A key replaces others only where it may do, and may go on, as much as they.
        """
        return rotated(self.get_object(), request.data, by=self.actor)

    @extend_schema(summary="Revoke a key")
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Close a key for good, at once; doing it again changes nothing."""
        revoke_key(self.get_object(), by=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)


def rotated(key: ApiKey, data: Any, *, by: Actor) -> Response:
    """Return the new key with its secret."""
    asked = RotationSerializer(data=data)
    asked.is_valid(raise_exception=True)
    hours = asked.validated_data["overlap_hours"]
    fresh, secret = rotate_key(key, overlap_hours=hours, by=by)
    body = {**KeySerializer(fresh).data, "secret": secret}
    return Response(body, status.HTTP_201_CREATED)
