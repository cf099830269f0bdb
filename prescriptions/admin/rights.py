"""A patient's rights, from the page of the record: a copy, an erasure, a hold on it."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from clinic.admin import ClinicModelAdmin, required_actor
from clinic.errors import DomainError
from clinic.models import Erasure, Membership, Patient
from clinic.models.plain import plain_text
from clinic.roles import Scope
from prescriptions import downloads
from prescriptions.rights import copies, erasing, holds, retention

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

PLACED = "The hold is in force: nothing of this record can be erased."
LIFTED = "The hold is lifted: the record can be erased again."
TEMPLATES = "admin/prescriptions/program"
REASONS = [choice for choice in Erasure.Reason.choices if choice[0] != "left"]


def may_copy(actor: Membership) -> bool:
    """Tell whether the person may take everything about a patient away."""
    is_owner = actor.role == Membership.Role.OWNER
    return actor.can(Scope.PATIENTS_EXPORT) and (actor.licensed or is_owner)


def may_erase(actor: Membership) -> bool:
    """Tell whether the person may erase patients, and place or lift holds."""
    return actor.can(Scope.PATIENTS_ERASE)


class EraseForm(forms.Form):
    """Why, and a look at whom."""

    reason = forms.ChoiceField(
        label="Reason, kept on record",
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the reason."},
    )
    born = forms.DateField(
        label="The patient's date of birth",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Give it, to be sure it is the right patient."},
    )

    def __init__(self, patient: Patient, data: Any) -> None:
        super().__init__(data, label_suffix="")
        self.patient = patient

    def clean_born(self) -> Any:
        """Refuse another day than the patient's."""
        born = self.cleaned_data["born"]
        if born != self.patient.date_of_birth:
            raise ValidationError("This is not the date of birth of this patient.")
        return born


class HoldForm(forms.Form):
    """Why nothing may be erased."""

    reason = forms.CharField(
        max_length=500,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why: whoever wants to erase has to know."},
    )


class RightsPages(Page):
    """What a patient may ask for, mixed into the pages on programs."""

    def rights_urls(self) -> list[URLPattern]:
        """Addresses below the record."""
        views = {
            "copy_all": self.copy_all_view,
            "erase": self.erase_view,
            "hold": self.hold_view,
        }
        return [
            path(
                f"record/<uuid:patient_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"prescriptions_program_{name}",
            )
            for name, view in views.items()
        ]

    def copy_all_view(self, request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
        """Save a copy of everything about the patient."""
        patient = _patient_or_404(request, patient_id)
        if not may_copy(required_actor(request)):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        stream, _ = copies.copy_of(patient, by=required_actor(request))
        return downloads.copy_response(patient, stream)

    def erase_view(self, request: HttpRequest, patient_id: UUID) -> HttpResponse:
        """Ask for the reason and a look at the patient; POST erases."""
        patient = _patient_or_404(request, patient_id)
        actor = required_actor(request)
        if not may_erase(actor):
            raise PermissionDenied
        form = EraseForm(patient, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                erasing.erase(patient, reason=form.cleaned_data["reason"], by=actor)
            except DomainError as error:
                messages.error(request, error.message)
                return redirect(record_url(patient))
            # No name: messages wait in a cookie.
            messages.success(request, "The patient is erased.")
            return redirect("admin:clinic_patient_changelist")
        return self.page(
            request,
            f"{TEMPLATES}/erase.html",
            f"Erase {patient}",
            patient,
            form=form,
            counts=erasing.counts_of(patient),
            hold=holds.hold_on(patient),
            until=retention.kept_until(patient),
            today=timezone.localdate(),
            years=patient.clinic.retention_years,
            record_url=record_url(patient),
        )

    def hold_view(self, request: HttpRequest, patient_id: UUID) -> HttpResponse:
        """Show the hold; POST places one, or lifts the one in force."""
        patient = _patient_or_404(request, patient_id)
        actor = required_actor(request)
        if not may_erase(actor):
            raise PermissionDenied
        form = HoldForm(request.POST or None, label_suffix="")
        lifts = "lift" in request.POST
        if request.method == "POST" and (lifts or form.is_valid()):
            try:
                if lifts:
                    holds.lift(patient, by=actor)
                else:
                    holds.place(patient, by=actor, **form.cleaned_data)
            except DomainError as error:
                messages.error(request, error.message)
            else:
                messages.success(request, LIFTED if lifts else PLACED)
            return redirect(record_url(patient))
        return self.page(
            request,
            f"{TEMPLATES}/hold.html",
            f"Legal hold: {patient}",
            patient,
            form=form,
            hold=holds.hold_on(patient),
            record_url=record_url(patient),
        )


def record_url(patient: Patient) -> str:
    """Return the address of the record."""
    return reverse("admin:prescriptions_program_record", args=[patient.pk])


def _patient_or_404(request: HttpRequest, patient_id: UUID) -> Patient:
    mine = Patient.objects.visible_to(required_actor(request))
    found = mine.select_related("clinic").filter(pk=patient_id).first()
    if found is None:
        raise Http404
    return found
