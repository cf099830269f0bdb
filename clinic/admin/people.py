"""Pages on patients."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html_join
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from clinic.admin.base import ClinicInline, ClinicModelAdmin, Nav, Tool
from clinic.admin.fields import Groups, TermsField
from clinic.admin.filters import UsefulFirst
from clinic.admin.forms import ActorForm
from clinic.models import Clearance, ExternalId, Patient, Screening
from clinic.roles import Scope


def flag_choices() -> list[tuple[str, str]]:
    """Return the closed list of patient flags."""
    choices: list[tuple[str, str]] = import_string(settings.PATIENT_FLAG_CHOICES)()
    return choices


def flag_groups() -> Groups:
    """Return the closed list in groups, as the form shows it."""
    groups: Groups = import_string(settings.PATIENT_FLAG_GROUPS)()
    return groups


class PatientForm(ActorForm):
    """A patient, with flags to tick."""

    flags = TermsField(
        flag_groups,
        help_text="What an exercise may be unsuitable for; checked when prescribing.",
    )

    class Meta:
        labels = {"email": "E-mail"}


class ExternalIdInline(ClinicInline):
    """Numbers of the patient in other systems."""

    model = ExternalId
    read_scope, write_scope = Scope.PATIENTS_READ, Scope.PATIENTS_WRITE
    verbose_name, verbose_name_plural = "other number", "Numbers in other systems"
    fields = [("system", "value")]


class ScreeningInline(ClinicInline):
    """Days on which the red-flag questions were gone through."""

    model = Screening
    read_scope, write_scope = Scope.PATIENTS_READ, Scope.PATIENTS_WRITE
    verbose_name_plural = "Red-flag screenings"
    fields = [("answered_on", "note")]


class ClearanceInline(ClinicInline):
    """Consents of a doctor."""

    model = Clearance
    read_scope, write_scope = Scope.PATIENTS_READ, Scope.PATIENTS_WRITE
    verbose_name_plural = "Clearances by a doctor"
    fields = [("subject", "given_by", "given_on")]


class ArchivedFilter(UsefulFirst):
    """Patients under care unless asked otherwise."""

    title, parameter_name = "Patients", "archived"
    first, others = "Under care", [("yes", "Archived"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        if self.value() == "all":
            return queryset
        return queryset.filter(is_archived=self.value() == "yes")


class PatientAdmin(ClinicModelAdmin):
    """Patients of the clinic."""

    read_scope, write_scope = Scope.PATIENTS_READ, Scope.PATIENTS_WRITE
    nav = Nav("", 1, "users")
    records_views = True
    form = PatientForm
    lead = "Patients under care. Archived ones are one filter away."
    inlines = [ExternalIdInline, ScreeningInline, ClearanceInline]
    list_display = ["name", "date_of_birth", "number", "language", "flag_words"]
    list_filter = [ArchivedFilter, "language"]
    search_fields = ["name", "number"]
    search_help_text = "Name or clinic number"
    fieldsets = [
        (
            "Person",
            {
                "fields": [("name", "date_of_birth"), ("number", "language")],
                "description": "As printed at the head of a handout.",
            },
        ),
        ("Contact", {"fields": [("email", "phone")]}),
        ("Flags", {"fields": ["flags"]}),
        ("Record", {"fields": ["is_archived"]}),
    ]

    @admin.display(description="Flags")
    def flag_words(self, patient: Patient) -> SafeString | str:
        """The patient's flags in words."""
        words = dict(flag_choices())
        flags = [(words.get(flag, flag),) for flag in patient.flags]
        return format_html_join(" ", '<span class="flag">{}</span>', flags) or "–"  # noqa: RUF001

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Go on with the new patient: that is why somebody was added."""
        answer = super().response_add(request, obj, post_url_continue)
        is_popup = IS_POPUP_VAR in request.POST
        return answer if is_popup else redirect(self.url_of(obj))

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """Look at the record, screen the patient, and start a program."""
        try:
            screening = reverse("admin:prescriptions_program_screening", args=[obj.pk])
            blank = reverse("admin:prescriptions_program_start", args=[obj.pk])
            templates = reverse("admin:prescriptions_programtemplate_changelist")
        except NoReverseMatch:
            return []
        found = [Tool("Screening", "flag", screening, is_post=False)]
        if self.may(request, Scope.PROGRAMS_READ):
            record = reverse("admin:prescriptions_program_record", args=[obj.pk])
            found.insert(0, Tool("Record", "history", record, is_post=False))
        if obj.is_archived or not self.may(request, Scope.PROGRAMS_WRITE):
            return found
        chosen = f"{templates}?patient={obj.pk}"
        return [
            *found,
            Tool("From a template", "copy", chosen, is_post=False),
            Tool("New program", "plus", blank),
        ]
