"""The red-flag screening of a patient: questions, answers, what cleared them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from clinic.admin import ClinicModelAdmin, required_actor
from clinic.audit import record
from clinic.models import Clearance, Patient, Screening
from clinic.models.plain import one_line, plain_text
from clinic.roles import Scope
from prescriptions import catalog
from prescriptions.findings import is_open

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

LEVELS = {
    "emergency": "Needs emergency help",
    "urgent": "Needs a doctor today or tomorrow",
}
AFFIRMED = "A sign was affirmed. It blocks programs until it is cleared."
AFFIRMED_BEFORE = (
    "A sign was affirmed on that day. It blocks no program: a later screening, or a "
    "clearance, is on record."
)
NAME = "prescriptions_program_screening"
MOST_SHOWN = 10


def day_field(label: str) -> forms.DateField:
    """Return a field for a day up to today."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, initial=timezone.localdate)


def _until_today(day: date) -> date:
    if day > timezone.localdate():
        raise forms.ValidationError("This day is still to come.")
    return day


class ScreeningForm(forms.Form):
    """All questions, none of them answered beforehand."""

    answered_on = day_field("Asked on")
    note = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[plain_text],
    )

    def __init__(self, *args: Any, language: str = "en", **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for question in catalog.questions().values():
            self.fields[question.id] = forms.TypedChoiceField(
                label=question.text.get(language, question.text["en"]),
                choices=[("no", "No"), ("yes", "Yes")],
                coerce=lambda value: value == "yes",
                widget=forms.RadioSelect,
                error_messages={"required": "Ask this too."},
            )

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the questions by what a yes means."""
        asked = catalog.questions().values()
        return [
            (heading, [self[one.id] for one in asked if one.level == level])
            for level, heading in LEVELS.items()
        ]

    def clean_answered_on(self) -> Any:
        """Refuse a day to come."""
        return _until_today(self.cleaned_data["answered_on"])

    def answers(self) -> dict[str, bool]:
        """Return the answers by question."""
        return {name: self.cleaned_data[name] for name in catalog.questions()}


class ClearForm(forms.Form):
    """Who looked into what was affirmed."""

    given_by = forms.CharField(
        label="Cleared by",
        max_length=160,
        validators=[one_line],
        error_messages={"required": "Say who cleared the signs."},
    )
    given_on = day_field("On")

    def clean_given_on(self) -> Any:
        """Refuse a day to come."""
        return _until_today(self.cleaned_data["given_on"])


@dataclass(frozen=True)
class PastScreening:
    """A screening with what was affirmed, in words."""

    screening: Screening
    affirmed: Sequence[str]
    denied: Sequence[str]
    is_open: bool


def _questions(one: Screening, known: Mapping[str, Any], *, yes: bool) -> list[str]:
    """Return the questions answered like this, in words; a retired one by its id."""
    return [
        known[name].text["en"] if name in known else name
        for name, answer in one.answers.items()
        if answer == yes
    ]


def past_screenings(patient: Patient) -> list[PastScreening]:
    """Return the screenings of a patient, the last one first, of a day an open one."""
    clearances = list(patient.clearances.all())
    known = catalog.questions()
    found = [
        PastScreening(
            one,
            affirmed=_questions(one, known, yes=True),
            denied=_questions(one, known, yes=False),
            is_open=is_open(one, clearances),
        )
        for one in patient.screenings.all()[:MOST_SHOWN]
    ]
    found.sort(key=lambda one: (one.screening.answered_on, one.is_open), reverse=True)
    return found


class ScreeningPages(Page):
    """The page of a patient's screening, mixed into the pages on programs."""

    def screening_urls(self) -> list[URLPattern]:
        """Addresses of the page and of clearing."""
        site = self.admin_site
        return [
            path(
                "screening/<uuid:patient_id>/",
                site.admin_view(self.screening_view),
                name=NAME,
            ),
            path(
                "screening/<uuid:patient_id>/clear/",
                site.admin_view(self.clear_view),
                name=f"{NAME}_clear",
            ),
        ]

    def screening_view(self, request: HttpRequest, patient_id: Any) -> HttpResponse:
        """Ask the questions, store the answers."""
        patient = self._patient(request, patient_id, Scope.PATIENTS_READ)
        may_write = self.may(request, Scope.PATIENTS_WRITE)
        form = ScreeningForm(request.POST or None)
        if request.method == "POST":
            if not may_write:
                raise PermissionDenied
            if form.is_valid():
                return self._stored(request, patient, form)
        else:
            record(required_actor(request), "screening.viewed", patient)
        past = past_screenings(patient)
        return self.page(
            request,
            "admin/prescriptions/program/screening.html",
            f"Red-flag screening: {patient}",
            patient,
            form=form,
            clear_form=ClearForm(label_suffix=""),
            past=past,
            is_open=bool(past and past[0].is_open),
            may_write=may_write,
            patient_url=_patient_url(patient),
            clear_url=reverse(f"admin:{NAME}_clear", args=[patient.pk]),
        )

    @transaction.atomic
    def _stored(
        self, request: HttpRequest, patient: Patient, form: ScreeningForm
    ) -> HttpResponse:
        actor = required_actor(request)
        answers = form.answers()
        patient.screenings.create(
            answered_on=form.cleaned_data["answered_on"],
            answers=answers,
            note=form.cleaned_data["note"],
            recorded_by=actor.practitioner.signature,
        )
        count = sum(answers.values())
        record(actor, "screening.created", patient, affirmed=count)
        if count:
            is_open = past_screenings(patient)[0].is_open
            messages.warning(request, AFFIRMED if is_open else AFFIRMED_BEFORE)
        else:
            messages.success(request, "The screening is on record: no signs.")
        return redirect(reverse(f"admin:{NAME}", args=[patient.pk]))

    @transaction.atomic
    def clear_view(self, request: HttpRequest, patient_id: Any) -> HttpResponse:
        """Put on record who cleared what was affirmed."""
        patient = self._patient(request, patient_id, Scope.PATIENTS_WRITE)
        actor = required_actor(request)
        if request.method != "POST" or not actor.licensed:
            raise PermissionDenied
        form = ClearForm(request.POST)
        if form.is_valid():
            Clearance.objects.create(
                patient=patient, subject=Clearance.RED_FLAGS, **form.cleaned_data
            )
            record(actor, "screening.cleared", patient)
            messages.success(request, "The signs are cleared.")
        else:
            for faults in form.errors.values():
                messages.error(request, f"Not cleared yet. {faults[0]}")
        return redirect(reverse(f"admin:{NAME}", args=[patient.pk]))

    def _patient(self, request: HttpRequest, patient_id: Any, scope: Scope) -> Patient:
        if not self.may(request, scope):
            raise PermissionDenied
        rows = Patient.objects.visible_to(required_actor(request))
        found = rows.filter(pk=patient_id).first()
        if found is None:
            raise Http404
        return found


def _patient_url(patient: Patient) -> str:
    return reverse("admin:clinic_patient_change", args=[patient.pk])
