"""Who looked at a patient: a page and a file for owners."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern

from clinic.admin.base import ClinicModelAdmin, Tool
from clinic.admin.history import (
    MOST_EVENTS,
    latest,
    looks_at,
    readers_of,
    table_of,
)
from clinic.admin.rights import required_actor
from clinic.admin.saving import csv_response
from clinic.audit import record
from clinic.models import Patient
from clinic.roles import Scope


class LookedAtAdmin(ClinicModelAdmin):
    """Pages on patients, each with a page that tells who read it."""

    def get_urls(self) -> list[URLPattern]:
        """Add who looked at a patient."""
        return [self.object_path("looked", self.looked_view), *super().get_urls()]

    def looked_tools(self, request: HttpRequest, patient: Patient) -> list[Tool]:
        """The way there, for whoever may read the trail."""
        if not self.may(request, Scope.AUDIT_READ):
            return []
        address = self.url_of(patient, "looked")
        return [Tool("Who looked", "eye", address, is_post=False)]

    def looked_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Show or save who read what is kept about the patient."""
        patient = self.object_or_404(request, object_id)
        if not self.may(request, Scope.AUDIT_READ):
            raise PermissionDenied
        actor = required_actor(request)
        looks = looks_at(actor, patient.pk)
        if "csv" in request.GET:
            record(actor, "audittrail.saved", patient, count=looks.count())
            return csv_response(table_of(actor, looks), f"looked-{patient.pk.hex[:8]}")
        context = {
            "readers": readers_of(actor, looks),
            "events": latest(actor, looks),
            "most": MOST_EVENTS,
        }
        title = f"Who looked at {patient}"
        template = "admin/clinic/patient/looked.html"
        return self.page(request, template, title, patient, **context)
