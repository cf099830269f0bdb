"""Pages on patients."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.html import format_html, format_html_join
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from clinic.admin.base import ClinicInline, Nav, Rows, Tool
from clinic.admin.fields import Groups, TermsField
from clinic.admin.filters import UsefulFirst
from clinic.admin.forms import ActorForm, SeenField
from clinic.admin.importing import ImportPages
from clinic.admin.looked import LookedAtAdmin
from clinic.admin.merging import MergePages
from clinic.duplicates import namesakes
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
        help_texts = {
            "is_archived": "No longer listed, and nobody begins a program. Active "
            "programs and their links go on until they are ended."
        }
        error_messages = {
            "name": {"required": "Give the patient's name."},
            "date_of_birth": {
                "required": "Give the date of birth: it opens the patient's link.",
                "invalid": "Give a date as year, month, day: 1980-04-01.",
            },
            "email": {"invalid": "Give a whole address, such as name@example.org."},
            "guardian_name": {"required": "Give the guardian's name."},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.fields["seen"] = SeenField(required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse once to add somebody who may be on record already."""
        is_new = self.instance._state.adding
        seen = self.cleaned_data.pop("seen", "") if is_new else ""
        given = super().clean()
        if is_new and self.actor and not self.errors:
            self._tell_of(
                seen,
                namesakes(
                    self.actor,
                    name=given["name"],
                    born=given["date_of_birth"],
                    number=given["number"],
                ),
            )
        return given

    def _tell_of(self, seen: str, found: list[Patient]) -> None:
        """Name who was found, unless the person has been told of the same ones."""
        ids = ",".join(sorted(str(patient.pk) for patient in found))
        told = salted_hmac("clinic.admin.people", ids).hexdigest()
        if not found or seen == told:
            return
        data: Any = self.data
        self.data = data = data.copy()
        data[self.add_prefix("seen")] = told
        raise ValidationError(
            format_html(
                "On record already: {}. Open that page to go on there, or save again "
                "to add another person.",
                format_html_join("; ", "{}", [(_link_to(one),) for one in found]),
            ),
            code="duplicate",
        )


def _link_to(patient: Patient) -> SafeString:
    """Return a link that tells the person apart."""
    url = reverse("admin:clinic_patient_change", args=[patient.pk])
    number = f", No. {patient.number}" if patient.number else ""
    archived = ", archived" if patient.is_archived else ""
    more = f"born {patient.date_of_birth:%Y-%m-%d}{number}{archived}"
    return format_html('<a href="{}">{}</a>, {}', url, patient, more)


class ExternalIdInline(ClinicInline):
    """Numbers of the patient in other systems."""

    model = ExternalId
    read_scope, write_scope = Scope.PATIENTS_READ, Scope.PATIENTS_WRITE
    verbose_name, verbose_name_plural = "other number", "Numbers in other systems"
    fields = [("system", "value")]


def _until_today(day: date) -> date:
    if day > timezone.localdate():
        raise ValidationError("This day is still to come.")
    return day


class ScreeningForm(ActorForm):
    """A day on which somebody asked."""

    def clean_answered_on(self) -> date:
        """Refuse a day to come: until then no other screening would count."""
        return _until_today(self.cleaned_data["answered_on"])


class ClearanceForm(ActorForm):
    """A doctor's consent; signs are cleared on the page of the screening."""

    def clean_subject(self) -> str:
        """Leave red flags to the page that asks for a licensed practitioner."""
        subject: str = self.cleaned_data["subject"]
        if subject == Clearance.RED_FLAGS:
            told = "Signs are cleared under “Screening”, by a licensed practitioner."
            raise ValidationError(told)
        return subject

    def clean_given_on(self) -> date:
        """Refuse a day to come."""
        return _until_today(self.cleaned_data["given_on"])


class ScreeningInline(ClinicInline):
    """Days on which the red-flag questions were gone through.

    What was asked stays as it was answered; asking again makes another row.
    """

    model = Screening
    form = ScreeningForm
    read_scope, write_scope = Scope.PATIENTS_READ, Scope.PATIENTS_WRITE
    verbose_name_plural = "Red-flag screenings"
    fields = [("answered_on", "note")]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


class ClearanceInline(ClinicInline):
    """Consents of a doctor."""

    model = Clearance
    form = ClearanceForm
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


class PatientRows(Rows):
    """Patients, each leading to the record, which is read far oftener than changed."""

    def url_for_result(self, result: Any) -> str:
        """Return the address of the record; its form is one step further."""
        return reverse("admin:prescriptions_program_record", args=[result.pk])


class PatientAdmin(ImportPages, MergePages, LookedAtAdmin):
    """Patients of the clinic."""

    read_scope, write_scope = Scope.PATIENTS_READ, Scope.PATIENTS_WRITE
    nav = Nav("", 1, "users")
    records_views = True
    form = PatientForm
    lead = "Patients under care. Archived ones are one filter away."
    empty = (
        "No patients yet. Add somebody, or import a list from your other system: both "
        "buttons are above. A program begins on the patient's page."
    )
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
        (
            "Guardian",
            {"fields": ["guardian_name", ("guardian_relation", "guardian_phone")]},
        ),
        ("Flags", {"fields": ["flags"]}),
        ("Record", {"fields": ["is_archived"]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> Any:
        """Offer nobody for a program who is no longer under care."""
        if request.GET.get("model_name") == "program":
            queryset = queryset.filter(is_archived=False)
        return super().get_search_results(request, queryset, search_term)

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

    def response_post_save_change(
        self, request: HttpRequest, obj: Any
    ) -> HttpResponseRedirect:
        """Go back to the record, which most came from."""
        if not self.may(request, Scope.PROGRAMS_READ):
            return super().response_post_save_change(request, obj)
        return redirect("admin:prescriptions_program_record", obj.pk)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Rows]:
        """Rows that lead to the record, for whom may see it."""
        return PatientRows if self.may(request, Scope.PROGRAMS_READ) else Rows

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """Look at the record, screen the patient, and start a program."""
        try:
            screening = reverse("admin:prescriptions_program_screening", args=[obj.pk])
            blank = reverse("admin:prescriptions_program_start", args=[obj.pk])
            templates = reverse("admin:prescriptions_programtemplate_changelist")
        except NoReverseMatch:
            return []
        found = [
            *self.looked_tools(request, obj),
            *self.merge_tools(request, obj),
            Tool("Screening", "flag", screening, is_post=False),
        ]
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
