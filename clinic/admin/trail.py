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
from django.utils import timezone
from django.utils.safestring import SafeString

from clinic.admin.base import ClinicModelAdmin, Nav
from clinic.admin.filters import by_day
from clinic.admin.history import KINDS, THINGS, details_of, table_of, words_of
from clinic.admin.rights import required_actor
from clinic.admin.saving import csv_response
from clinic.admin.words import badge, when, with_code
from clinic.audit import record
from clinic.models import ApiKey, AuditEvent, Membership, Patient
from clinic.roles import Scope


class WhoFilter(admin.SimpleListFilter):
    """By what kind of actor it was."""

    title, parameter_name = "Who", "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All kinds, in words."""
        return [("practitioner", "Somebody of the team"), *KINDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        return queryset.filter(actor_kind=self.value()) if self.value() else None


class ResultFilter(admin.SimpleListFilter):
    """Done or refused."""

    title, parameter_name = "Result", "result"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("ok", "Done"), ("refused", "Refused")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        return queryset.filter(outcome=self.value()) if self.value() else None


class AuditEventAdmin(ClinicModelAdmin):
    """Who did what, when and from where."""

    read_scope = Scope.AUDIT_READ
    nav = Nav("Clinic", 5, "history", "Audit")
    noun, plural = "event", "events"
    lead = "Who did what, and when. Nobody can change or delete an event."
    change_list_template = "admin/clinic/auditevent/change_list.html"
    list_display = ["moment", "who", "what", "patient", "result", "address"]
    list_display_links = ["moment"]
    list_filter = [("at", by_day("When")), WhoFilter, ResultFilter]
    search_fields = ["action", "=target_id", "=patient_id", "=request_id"]
    search_help_text = "Action or id"
    ordering = ["-at"]
    fields = [
        ("second", "result"),
        ("who", "patient"),
        ("what", "about"),
        ("address", "request"),
        "told",
    ]
    readonly_fields = ["second", "result", "who", "what", "about", "request", "told"]

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

    def heading(self, obj: AuditEvent) -> str:
        """What was done."""
        return words_of(obj.action)

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

    @admin.display(description="When")
    def second(self, event: AuditEvent) -> str:
        """When it was, to the second, in the time of the clinic."""
        return f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description="Result", ordering="outcome")
    def result(self, event: AuditEvent) -> SafeString | str:
        """Whether it was done."""
        return "Done" if event.outcome == "ok" else badge("warn", "lock", "Refused")

    @admin.display(description="About")
    def about(self, event: AuditEvent) -> SafeString | str:
        """What it was done to, with the id by which other events name it."""
        if event.target_id is None:
            return "–"  # noqa: RUF001
        thing = THINGS.get(event.target_kind, event.target_kind)
        return with_code(thing, str(event.target_id))

    @admin.display(description="Request")
    def request(self, event: AuditEvent) -> str:
        """By which its lines in the log are found."""
        return event.request_id or "–"  # noqa: RUF001

    @admin.display(description="Details")
    def told(self, event: AuditEvent) -> str:
        """What else is on record, such as the names of changed fields."""
        return details_of(event) or "–"  # noqa: RUF001

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
