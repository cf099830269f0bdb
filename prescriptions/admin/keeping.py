"""Keeping a program as a template: a step of the program's page."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse

from clinic.admin import ClinicModelAdmin, Tool, required_actor
from clinic.models.plain import one_line
from clinic.roles import Scope
from prescriptions.models import ProgramTemplate
from prescriptions.templates import save_as_template

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object


class KeepForm(forms.Form):
    """What the template is called, and who sees it."""

    name = forms.CharField(max_length=120, validators=[one_line])
    visibility = forms.ChoiceField(
        label="Visible to",
        choices=ProgramTemplate.Visibility.choices,
        initial=ProgramTemplate.Visibility.CLINIC,
        widget=forms.RadioSelect,
    )


class KeepingPages(Page):
    """The page that makes a template, mixed into the pages on programs."""

    def keeping_urls(self) -> list[URLPattern]:
        """Address of the page."""
        return [self.object_path("keep", self.keep_view)]

    def keeping_tool(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """The button, for whoever may change templates."""
        if not self.may(request, Scope.TEMPLATES_WRITE):
            return []
        url = self.url_of(obj, "keep")
        return [Tool("Save as template", "star", url, is_post=False)]

    def keep_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a name; store the template and show it."""
        program = self.object_or_404(request, object_id)
        if not self.may(request, Scope.TEMPLATES_WRITE):
            raise PermissionDenied
        first = {"name": program.title}
        form = KeepForm(request.POST or None, initial=first, label_suffix="")
        if request.method == "POST" and form.is_valid():
            only_mine = form.cleaned_data["visibility"] == "owner"
            template = save_as_template(
                program,
                name=form.cleaned_data["name"],
                only_mine=only_mine,
                by=required_actor(request),
            )
            messages.success(request, f"“{template}” is a template now.")
            name = "admin:prescriptions_programtemplate_change"
            return redirect(reverse(name, args=[template.pk]))
        path = "admin/prescriptions/program/keep.html"
        title = f"Save “{program}” as a template"
        return self.page(request, path, title, program, form=form)
