"""/clinics, /practitioners, /audit-events: who works here, and what was done."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.authentication import actor_of
from clinic.api.external_ids import (
    MOST_EXTERNAL_IDS,
    ExternalIdSerializer,
    Pair,
    check_pairs,
    pair_of,
    replace_numbers,
)
from clinic.api.filters import FilterSet, FlagFilter, IdFilter, MomentFilter
from clinic.api.serializers import StrictModelSerializer
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.audit import record
from clinic.errors import Conflict
from clinic.models import Actor, AuditEvent, Clinic, MemberExternalId, Membership
from clinic.roles import Scope


class ClinicSerializer(serializers.ModelSerializer[Clinic]):
    """The clinic and its defaults."""

    class Meta:
        model = Clinic
        fields = [
            "id",
            "name",
            "address",
            "phone",
            "opening_hours",
            "email",
            "emergency_number",
            "time_zone",
            "language",
            "paper",
            "units",
            "created_at",
        ]


@extend_schema_view(
    list=extend_schema(summary="List clinics"),
    retrieve=extend_schema(summary="Read a clinic"),
)
class ClinicViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """The clinic of the key: a list of one, whose id other systems can store."""

    queryset = Clinic.objects.all()
    serializer_class = ClinicSerializer
    filterset_class = FilterSet
    scopes = dict.fromkeys(("list", "retrieve"), Scope.PROGRAMS_READ)

    def get_queryset(self) -> QuerySet[Clinic]:
        """Return the actor's own clinic."""
        return Clinic.objects.filter(pk=self.actor.clinic_id)


class PractitionerSerializer(StrictModelSerializer):
    """A member of the clinic; ``external_ids`` replaces the whole list."""

    id = serializers.UUIDField(
        source="practitioner_id",
        read_only=True,
        help_text="What programs name as `practitioner`.",
    )
    name = serializers.CharField(source="practitioner.name", read_only=True)
    credential = serializers.CharField(source="practitioner.credential", read_only=True)
    email = serializers.EmailField(source="practitioner.email", read_only=True)
    external_ids = ExternalIdSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_EXTERNAL_IDS
    )

    class Meta:
        model = Membership
        fields = [
            "id",
            "name",
            "credential",
            "email",
            "role",
            "licensed",
            "is_active",
            "external_ids",
            "created_at",
        ]
        read_only_fields = ["role", "licensed", "is_active"]

    def validate_external_ids(self, pairs: list[Pair]) -> list[Pair]:
        """Refuse a number that comes twice or belongs to another member."""
        return check_pairs(
            pairs, is_taken=self._is_taken, taken="Another practitioner has it."
        )

    def _is_taken(self, pair: Pair) -> bool:
        holder = member_with(actor_of(self.context["request"]), **pair)
        return holder is not None and holder != self.instance


def member_with(actor: Actor, system: str, value: str) -> Membership | None:
    """Return the member with this number in another system."""
    numbers = MemberExternalId.objects.visible_to(actor)
    found = numbers.filter(system=system, value=value)
    row = found.select_related("membership__practitioner").first()
    return row.membership if row else None


class PractitionerFilters(FilterSet):
    """Filters of the list."""

    is_active = FlagFilter(field_name="is_active")


@extend_schema_view(
    list=extend_schema(summary="List practitioners"),
    retrieve=extend_schema(summary="Read a practitioner"),
    partial_update=extend_schema(summary="Change external ids of a practitioner"),
)
class PractitionerViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """Members of the clinic, former ones too.

    People and owners write what stands in an account; other systems write the numbers
    that they know the members by.
    """

    queryset = Membership.objects.all()
    serializer_class = PractitionerSerializer
    filterset_class = PractitionerFilters
    lookup_field = "practitioner_id"
    lookup_url_kwarg = "id"
    scopes = {
        "list": Scope.PROGRAMS_READ,
        "retrieve": Scope.PROGRAMS_READ,
        "read_by_external": Scope.PROGRAMS_READ,
        "partial_update": Scope.PRACTITIONERS_WRITE,
    }
    problems = {"partial_update": (409,)}

    def get_queryset(self) -> QuerySet[Membership]:
        """Memberships with the people and their numbers."""
        rows = super().get_queryset().select_related("practitioner")
        return rows.prefetch_related("external_ids")

    @extend_schema(summary="Read a practitioner by external id")
    def read_by_external(self, request: Request, system: str, value: str) -> Response:
        """Return the member with this number in another system."""
        member = member_with(self.actor, **pair_of(system, value))
        if member is None:
            raise NotFound
        return Response(self.get_serializer(member).data)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace the numbers that other systems know the member by."""
        member: Membership = self.get_object()
        serializer = self.get_serializer(member, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        pairs = serializer.validated_data.get("external_ids")
        if pairs is not None:
            self._store(member, pairs)
        return Response(self.get_serializer(member).data)

    def _store(self, member: Membership, pairs: list[Pair]) -> None:
        try:
            with transaction.atomic():
                replace_numbers(member, pairs, membership=member)
                record(self.actor, "membership.updated", member)
        except IntegrityError as error:
            told = "Another practitioner was given this number just now."
            raise Conflict("external_id_taken", told) from error


class AuditEventSerializer(serializers.ModelSerializer[AuditEvent]):
    """Who did what; ids and codes only."""

    details = serializers.DictField()

    class Meta:
        model = AuditEvent
        fields = [
            "id",
            "at",
            "actor_kind",
            "actor_id",
            "action",
            "target_kind",
            "target_id",
            "patient_id",
            "outcome",
            "address",
            "request_id",
            "details",
        ]


class AuditEventFilters(FilterSet):
    """Filters of the list."""

    patient = IdFilter(field_name="patient_id")
    target = IdFilter(field_name="target_id")
    actor = IdFilter(field_name="actor_id")
    since = MomentFilter(field_name="at", lookup_expr="gte")
    until = MomentFilter(field_name="at", lookup_expr="lt")


@extend_schema_view(
    list=extend_schema(summary="List audit events"),
    retrieve=extend_schema(summary="Read an audit event"),
)
class AuditEventViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """The audit trail of the clinic; reading it is an event too."""

    queryset: Any = AuditEvent.objects.all()
    serializer_class = AuditEventSerializer
    filterset_class = AuditEventFilters
    audited = "auditevent"
    created_column = "at"
    scopes = dict.fromkeys(("list", "retrieve"), Scope.AUDIT_READ)
