"""/clinics, /practitioners, /audit-events: who works here, and what was done."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from clinic.api.filters import FilterSet, FlagFilter, IdFilter, MomentFilter
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.models import AuditEvent, Clinic, Membership
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


class PractitionerSerializer(serializers.ModelSerializer[Membership]):
    """A member of the clinic."""

    id = serializers.UUIDField(
        source="practitioner_id", help_text="What programs name as `practitioner`."
    )
    name = serializers.CharField(source="practitioner.name")
    credential = serializers.CharField(source="practitioner.credential")
    email = serializers.EmailField(source="practitioner.email")

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
            "created_at",
        ]


class PractitionerFilters(FilterSet):
    """Filters of the list."""

    is_active = FlagFilter(field_name="is_active")


@extend_schema_view(
    list=extend_schema(summary="List practitioners"),
    retrieve=extend_schema(summary="Read a practitioner"),
)
class PractitionerViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """Members of the clinic, former ones too."""

    queryset = Membership.objects.all()
    serializer_class = PractitionerSerializer
    filterset_class = PractitionerFilters
    lookup_field = "practitioner_id"
    lookup_url_kwarg = "id"
    scopes = dict.fromkeys(("list", "retrieve"), Scope.PROGRAMS_READ)

    def get_queryset(self) -> QuerySet[Membership]:
        """Memberships with the people."""
        return super().get_queryset().select_related("practitioner")


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
