"""Whose record need not be kept any longer, and who was erased."""

from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from clinic.admin import Nav, ReadOnlyAdmin, required_actor
from clinic.audit import record
from clinic.errors import DomainError
from clinic.models import Erasure, Membership
from clinic.roles import Scope
from prescriptions.rights import erasing, retention
from prescriptions.rights.retention import Due

# On one page, and erased by one request
AT_ONCE = 100
MOST_LINES = 50


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """The dry run: whose time is over; below it the ledger of erasures."""

    read_scope = Scope.PATIENTS_ERASE
    nav = Nav("Clinic", 8, "clock", "Retention")
    fields = ["patient_id", "reason", "erased_at", "finished_at"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show both; POST erases those whose box is ticked."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        actor = required_actor(request)
        found = list(
            islice(retention.due_in(actor.clinic, timezone.localdate()), AT_ONCE + 1)
        )
        if request.method == "POST":
            return self._erase(request, actor, found)
        record(actor, "retention.listed", actor.clinic, count=len(found))
        ledger = Erasure.objects.visible_to(actor)
        return self.page(
            request,
            "admin/prescriptions/retention.html",
            self.list_title,
            actor.clinic,
            list_title=self.list_title,
            found=found[:AT_ONCE],
            is_more=len(found) > AT_ONCE,
            free=sum(not one.is_held for one in found[:AT_ONCE]),
            years=actor.clinic.retention_years,
            ledger=ledger[:MOST_LINES],
            erased=ledger.count(),
        )

    def url_of(self, obj: Any, view: str = "change") -> str:
        """The page is about the clinic, not about a line of the ledger."""
        return super().url_of(obj, view) if isinstance(obj, Erasure) else ""

    def _erase(
        self, request: HttpRequest, actor: Membership, found: list[Due]
    ) -> HttpResponse:
        """Erase who was ticked, is still due and is not on hold."""
        wanted = _ids(request.POST.getlist("patient"))
        if not wanted or "sure" not in request.POST:
            told = "Nothing was erased: tick the patients, and that you are sure."
            messages.error(request, told)
            return redirect("admin:clinic_erasure_changelist")
        erased = 0
        for due in found:
            if due.patient.pk in wanted:
                try:
                    erasing.erase(
                        due.patient, reason=Erasure.Reason.RETENTION, by=actor
                    )
                    erased += 1
                except DomainError:
                    continue
        noun = "patient was" if erased == 1 else "patients were"
        messages.success(request, f"{erased} {noun} erased.")
        return redirect("admin:clinic_erasure_changelist")


def _ids(texts: list[str]) -> set[UUID]:
    """Return the ids among what a form sent."""
    try:
        return {UUID(text) for text in texts}
    except ValueError:
        return set()
