"""The audit trail, to read."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path

from clinic.admin.base import ClinicModelAdmin, Nav, required_actor
from clinic.admin.history import KINDS, table_of, words_of
from clinic.admin.saving import csv_response
from clinic.admin.words import when
from clinic.audit import record
from clinic.models import ApiKey, AuditEvent, Membership, Patient
from clinic.roles import Scope


class AuditEventAdmin(ClinicModelAdmin):
    """Who did what, when and from where."""

    read_scope = Scope.AUDIT_READ
    nav = Nav("Clinic", 5, "history", "Audit")
    lead = "Who did what, and when. Nobody can change or delete an event."
    change_list_template = "admin/clinic/auditevent/change_list.html"
    list_display = ["moment", "who", "what", "patient", "outcome", "address"]
    list_display_links = ["moment"]
    list_filter = ["at", "actor_kind", "outcome"]
    search_fields = ["action", "=target_id", "=patient_id", "=request_id"]
    search_help_text = "Action or id"
    ordering = ["-at"]
    fields = [
        ("at", "outcome"),
        ("who", "patient"),
        ("action", "target_kind", "target_id"),
        ("address", "request_id"),
        "details",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Events with the names that their ids stand for."""
        clinic = required_actor(request).clinic
        members = Membership.objects.of_clinic(clinic).filter(pk=OuterRef("actor_id"))
        keys = ApiKey.objects.of_clinic(clinic).filter(pk=OuterRef("actor_id"))
        patients = Patient.objects.of_clinic(clinic).filter(pk=OuterRef("patient_id"))
        rows: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                actor_name=Coalesce(
                    Subquery(members.order_by().values("practitioner__name")[:1]),
                    Subquery(keys.order_by().values("name")[:1]),
                    Value(""),
                    output_field=CharField(),
                ),
                patient_name=Coalesce(
                    Subquery(patients.order_by().values("name")[:1]), Value("")
                ),
            )
        )
        return rows

    @admin.display(description="When", ordering="at")
    def moment(self, event: AuditEvent) -> str:
        """When it was."""
        return when(event.at)

    @admin.display(description="Who")
    def who(self, event: Any) -> str:
        """Name, or what kind of actor it was."""
        return str(event.actor_name or KINDS.get(event.actor_kind, event.actor_kind))

    @admin.display(description="What", ordering="action")
    def what(self, event: AuditEvent) -> str:
        """The action in words."""
        return words_of(event.action)

    @admin.display(description="Patient")
    def patient(self, event: Any) -> str:
        """Whom it is about."""
        return event.patient_name or "–"  # noqa: RUF001

    def get_urls(self) -> list[URLPattern]:
        """Add the list as a file."""
        view = self.admin_site.admin_view(self.csv_view)
        name = "clinic_auditevent_csv"
        return [path("csv/", view, name=name), *super().get_urls()]

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        """Save the events that the list's search and filters leave."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        actor = required_actor(request)
        try:
            chosen = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return redirect("admin:clinic_auditevent_changelist")
        events = AuditEvent.objects.visible_to(actor).filter(pk__in=chosen.values("pk"))
        record(actor, "audittrail.saved", actor.clinic, count=events.count())
        return csv_response(table_of(actor, events), "audit")
