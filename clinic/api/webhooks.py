"""/webhooks: addresses that are told of events, and what was sent to them."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import webhooks
from clinic.api.filters import FilterSet, FlagFilter, IdFilter, OneOfFilter
from clinic.api.serializers import (
    ChoiceField,
    LineField,
    NothingSerializer,
    StrictModelSerializer,
    StrictSerializer,
)
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.audit import record
from clinic.models import WebhookDelivery, WebhookEndpoint
from clinic.models.webhooks import EVENTS, DeliveryStatus
from clinic.outbound import LONGEST_URL
from clinic.roles import Scope


class WebhookSerializer(StrictModelSerializer):
    """An address and the events that it is told of."""

    url = LineField(max_length=LONGEST_URL, help_text="https and public.")
    events = serializers.ListField(
        child=ChoiceField(sorted(EVENTS)), allow_empty=False, max_length=len(EVENTS)
    )
    disabled_reason = serializers.CharField(
        read_only=True, help_text="`gone` when the address answered 410."
    )

    class Meta:
        model = WebhookEndpoint
        fields = [
            "id",
            "url",
            "events",
            "is_active",
            "disabled_reason",
            "created_at",
            "updated_at",
        ]

    def validate_url(self, url: str) -> str:
        """Refuse what may not be called."""
        webhooks.check_url(url)
        return url


class WebhookSecretSerializer(WebhookSerializer):
    """A webhook with the secret that signs what it is sent; shown this once."""

    secret = serializers.CharField(read_only=True, help_text="`whsec_…`")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class AttemptSerializer(serializers.Serializer[Any]):
    """One attempt."""

    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(help_text="Why there was no answer; else empty.")
    milliseconds = serializers.IntegerField()


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """One event for one address."""

    webhook = serializers.UUIDField(source="endpoint_id")
    state = ChoiceField(DeliveryStatus.choices, source="status")
    payload = serializers.DictField()
    log = AttemptSerializer(many=True)

    class Meta:
        model = WebhookDelivery
        fields = [
            "id",
            "webhook",
            "event",
            "state",
            "payload",
            "attempts",
            "last_status",
            "due_at",
            "created_at",
            "finished_at",
            "log",
        ]


class ReplaySerializer(StrictSerializer):
    """Which deliveries to send again."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField(required=False)
    state = ChoiceField(["failed", "delivered"], required=False, default="failed")


class ReplayedSerializer(serializers.Serializer[Any]):
    """How many are sent again."""

    count = serializers.IntegerField()


class WebhookFilters(FilterSet):
    """Filters of the list."""

    is_active = FlagFilter(field_name="is_active")


@extend_schema_view(
    list=extend_schema(summary="List webhooks"),
    retrieve=extend_schema(summary="Read a webhook"),
)
class WebhookViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """Addresses of other systems, by the Standard Webhooks specification."""

    queryset = WebhookEndpoint.objects.all()
    serializer_class = WebhookSerializer
    filterset_class = WebhookFilters
    scopes = dict.fromkeys(
        (
            "list",
            "retrieve",
            "create",
            "partial_update",
            "destroy",
            "rotate",
            "test",
            "replay",
        ),
        Scope.WEBHOOKS_MANAGE,
    )
    secret_answers = ("create", "rotate")
    problems = dict.fromkeys(("create", "rotate", "test", "replay"), (409,))

    @extend_schema(
        summary="Add a webhook",
        request=WebhookSerializer,
        responses={201: WebhookSecretSerializer},
    )
    def create(self, request: Request, **kwargs: Any) -> Response:
        """Register an address; the answer shows its secret, this once."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        endpoint = webhooks.add_endpoint(**asked.validated_data, by=self.actor)
        answer = self._with_secret(endpoint, status.HTTP_201_CREATED)
        answer["Location"] = reverse("webhook-detail", args=[endpoint.pk])
        return answer

    @extend_schema(summary="Change members of a webhook")
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Change the address, the events, or turn it off and on."""
        endpoint = self.get_object()
        asked = self.get_serializer(endpoint, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        if asked.validated_data.get("is_active"):
            endpoint.disabled_reason = ""
        asked.save()
        record(self.actor, "webhook.changed", endpoint)
        return Response(asked.data)

    @extend_schema(summary="Delete a webhook")
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Delete the address with its deliveries."""
        endpoint = self.get_object()
        record(self.actor, "webhook.deleted", endpoint)
        endpoint.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Give a webhook a new secret",
        request=NothingSerializer,
        responses={200: WebhookSecretSerializer},
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, **kwargs: Any) -> Response:
        """Show a new secret, this once; for a day the former one signs too."""
        self._expect_nothing()
        endpoint = webhooks.rotate_secret(self.get_object(), by=self.actor)
        return self._with_secret(endpoint, status.HTTP_200_OK)

    @extend_schema(
        summary="Send a test event",
        request=NothingSerializer,
        responses={202: DeliverySerializer},
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, **kwargs: Any) -> Response:
        """Send `webhook.test`; the delivery tells what became of it."""
        self._expect_nothing()
        delivery = webhooks.send_test(self.get_object(), by=self.actor)
        delivery.refresh_from_db()
        answer = Response(DeliverySerializer(delivery).data, status.HTTP_202_ACCEPTED)
        answer["Location"] = reverse("webhook-delivery-detail", args=[delivery.pk])
        answer["Retry-After"] = "2"
        return answer

    @extend_schema(
        summary="Send deliveries of a time again",
        request=ReplaySerializer,
        responses={202: ReplayedSerializer},
    )
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, **kwargs: Any) -> Response:
        """Send again what was given up, or what was delivered, in a span of time."""
        asked = ReplaySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        endpoint = self.get_object()
        rows = WebhookDelivery.objects.visible_to(self.actor).filter(
            endpoint=endpoint, status=values["state"], created_at__gte=values["since"]
        )
        if until := values.get("until"):
            rows = rows.filter(created_at__lt=until)
        count = webhooks.replay(rows, endpoint, by=self.actor)
        return Response({"count": count}, status.HTTP_202_ACCEPTED)

    def _expect_nothing(self) -> None:
        NothingSerializer(data=self.request.data).is_valid(raise_exception=True)

    def _with_secret(self, endpoint: WebhookEndpoint, code: int) -> Response:
        body = {**self.get_serializer(endpoint).data, "secret": endpoint.secrets()[0]}
        return Response(body, code)


class DeliveryFilters(FilterSet):
    """Filters of the list."""

    webhook = IdFilter(field_name="endpoint_id")
    event = OneOfFilter(choices=[(name, name) for name in sorted(EVENTS)])
    state = OneOfFilter(field_name="status", choices=DeliveryStatus.choices)


@extend_schema_view(
    list=extend_schema(summary="List deliveries"),
    retrieve=extend_schema(summary="Read a delivery"),
)
class DeliveryViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """What was sent to webhooks; kept for 30 days."""

    queryset = WebhookDelivery.objects.all()
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilters
    scopes = dict.fromkeys(("list", "retrieve", "replay"), Scope.WEBHOOKS_MANAGE)
    problems = {"replay": (409,)}

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        """Deliveries with their endpoints."""
        return super().get_queryset().select_related("endpoint")

    @extend_schema(
        summary="Send a delivery again",
        request=NothingSerializer,
        responses={202: DeliverySerializer},
    )
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, **kwargs: Any) -> Response:
        """Start over what was delivered or given up, under the same message id."""
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        delivery = self.get_object()
        rows = WebhookDelivery.objects.visible_to(self.actor).filter(pk=delivery.pk)
        webhooks.replay(rows, delivery.endpoint, by=self.actor)
        delivery.refresh_from_db()
        answer = Response(DeliverySerializer(delivery).data, status.HTTP_202_ACCEPTED)
        answer["Retry-After"] = "2"
        return answer
