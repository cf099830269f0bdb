"""Buttons of a program's page: make a handout, link, leaflets, copy."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html

from clinic.admin import ClinicModelAdmin, ScopedSelect, choices_of, required_actor
from clinic.errors import DomainError, FieldError
from clinic.models import Patient
from clinic.roles import Scope
from prescriptions import handouts, links, programs
from prescriptions.admin.preview import PreviewPages
from prescriptions.admin.printing import (
    FOUR_IN_LARGE,
    LeafletsForm,
    OptionsForm,
    options_form,
)
from prescriptions.copying import copy_program
from prescriptions.documents import usual_options
from prescriptions.models import Program, Revision

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object


class CopyForm(forms.Form):
    """For whom to copy a program."""

    patient = forms.ModelChoiceField(queryset=Patient.objects.none())

    def __init__(self, *args: Any, request: HttpRequest, site: Any, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        field: Any = self.fields["patient"]
        field.widget = ScopedSelect(Program._meta.get_field("patient"), site)
        mine = choices_of(Patient, required_actor(request))
        field.queryset = mine.filter(is_archived=False)
        field.error_messages["invalid_choice"] = "Choose a patient under care."


def say(request: HttpRequest, error: DomainError) -> None:
    """Show what a door refused, one message a fault, with the page that mends it."""
    for fault in error.errors or [FieldError("", error.code, error.message)]:
        messages.error(request, _in_words(fault))


def _in_words(fault: FieldError) -> Any:
    if fault.code == "unsigned_text":
        url = reverse("admin:clinic_clinictext_changelist")
        return format_html('{} <a href="{}">Clinic texts</a>', fault.detail, url)
    if fault.code == "no_number":
        url = reverse("admin:clinic_clinic_changelist")
        return format_html('{} <a href="{}">Clinic</a>', fault.detail, url)
    place = " ".join(_places(fault.pointer))
    return f"{place}: {fault.detail}" if place else fault.detail


def _places(pointer: str) -> Iterator[str]:
    """Yield a pointer's places as people count: /phases/0/exercises/2 is 1 and 3."""
    parts = pointer.strip("/").split("/")
    words = {"phases": "Phase", "exercises": "exercise"}
    for thing, index in pairwise(parts):
        if thing in words and index.isdecimal():
            yield f"{words[thing]} {int(index) + 1}"


class ProgramSteps(PreviewPages, Page):
    """Pages behind the buttons; each calls a door and shows its answer."""

    def step_urls(self) -> list[URLPattern]:
        """Addresses of the steps."""
        return [
            self.step_path("handout", self.handout_view),
            self.step_path("share", self.share_view),
            self.step_path("newest", self.newest_view),
            self.object_path("copy", self.copy_view),
            self.object_path("leaflets", self.leaflets_view),
            *self.preview_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Add the form of print options."""
        if program := kwargs.get("obj"):
            context["printing"] = options_form(program)
            newer = programs.newer_lines(program, by=required_actor(request))
            context["newer"] = [line.exercise.name for line in newer]
        return super().render_change_form(request, context, *args, **kwargs)

    def _program(self, request: HttpRequest, object_id: str, scope: Scope) -> Any:
        program = self.object_or_404(request, object_id)
        if not self.may(request, scope):
            raise PermissionDenied
        return program

    def handout_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a handout of the current revision."""
        program = self._program(request, object_id, Scope.HANDOUTS_WRITE)
        actor = required_actor(request)
        revisions = Revision.objects.visible_to(actor).filter(program=program)
        current = revisions.current().select_related("program__clinic").first()
        form = OptionsForm(request.POST)
        if not form.is_valid():
            messages.error(request, "Choose from the lists.")
            return redirect(self.url_of(program) + "#given")
        if current is None:
            messages.error(request, "Issue the program first.")
            return redirect(self.url_of(program))
        try:
            options = form.options(usual_options(program))
            handouts.request_handout(current, options=options, by=actor)
            if options.printed_layout != options.layout:
                messages.info(request, FOUR_IN_LARGE)
        except DomainError as error:
            say(request, error)
        return redirect(self.url_of(program) + "#given")

    def leaflets_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Choose the leaflets that go with the program."""
        program = self._program(request, object_id, Scope.PROGRAMS_WRITE)
        actor = required_actor(request)
        form = LeafletsForm(request.POST or None, program=program, by=actor)
        if request.method == "POST" and form.is_valid():
            try:
                values = {"leaflets": form.in_order()}
                programs.change_program(program, values, None, by=actor)
            except DomainError as error:
                say(request, error)
            else:
                messages.success(request, "The leaflets are saved.")
            return redirect(self.url_of(program))
        template = "admin/prescriptions/program/leaflets.html"
        title = f"Leaflets for “{program}”"
        return self.page(request, template, title, program, form=form)

    def newest_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the newest texts of all exercises."""
        program = self._program(request, object_id, Scope.PROGRAMS_WRITE)
        try:
            count = programs.use_newest(program, by=required_actor(request))
        except DomainError as error:
            say(request, error)
        else:
            told = f"{count} exercise{'' if count == 1 else 's'} brought up to date. "
            messages.success(request, told + "Issue the program to hand it out.")
        return redirect(self.url_of(program))

    def share_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a fresh link for the patient, this once."""
        program = self._program(request, object_id, Scope.HANDOUTS_WRITE)
        try:
            link = handouts.share_with_patient(program, by=required_actor(request))
        except DomainError as error:
            say(request, error)
            return redirect(self.url_of(program))
        return self.page(
            request,
            "admin/prescriptions/program/link.html",
            f"Link for {program.patient}",
            program,
            address=links.url_of(link),
            link=link,
        )

    def copy_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Copy to the same patient or to another one."""
        program = self._program(request, object_id, Scope.PROGRAMS_WRITE)
        form = CopyForm(
            request.POST or None,
            request=request,
            site=self.admin_site,
            initial={"patient": program.patient_id},
        )
        if request.method == "POST" and form.is_valid():
            copy = copy_program(
                program,
                by=required_actor(request),
                patient=form.cleaned_data["patient"],
            )
            messages.success(request, f"This is the copy, a draft for {copy.patient}.")
            return redirect(self.url_of(copy, "build"))
        template = "admin/prescriptions/program/copy.html"
        title, media = f"Copy “{program}”", self.media + form.media
        return self.page(request, template, title, program, form=form, media=media)
