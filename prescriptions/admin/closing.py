"""Closing a program: ending it, or declaring it void."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern

from clinic.admin import ClinicModelAdmin, Tool, required_actor
from clinic.errors import DomainError
from clinic.models.plain import plain_text
from clinic.roles import Scope
from prescriptions import programs
from prescriptions.admin.steps import say
from prescriptions.models import Program

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object


class EndForm(forms.Form):
    """How a program came to its end."""

    ending = forms.ChoiceField(
        label="How did it end?",
        choices=Program.Ending.choices,
        initial=Program.Ending.FINISHED,
        required=False,
        widget=forms.RadioSelect,
    )


class VoidForm(forms.Form):
    """Why a program never held."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[plain_text],
        error_messages={"required": "Say why it is void: the record keeps it."},
        help_text="Such as: issued for the wrong patient. Kept in the record with "
        "your name and the time.",
    )


class ClosingPages(Page):
    """Pages that say what closing does, and close."""

    def closing_urls(self) -> list[URLPattern]:
        """Addresses of the pages."""
        return [
            self.object_path("end", self.end_view),
            self.object_path("void", self.void_view),
        ]

    def closing_tools(self, request: HttpRequest, program: Program) -> list[Tool]:
        """Buttons for what can still be done."""
        tools = []
        if not program.is_closed:
            url = self.url_of(program, "end")
            tools.append(Tool("End program", "lock", url, is_post=False))
        if _can_be_void(program) and self.may(request, Scope.PROGRAMS_ISSUE):
            url = self.url_of(program, "void")
            void = Tool("Declare void", "x", url, is_post=False, is_danger=True)
            tools.append(void)
        return tools

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what ending does; end."""
        program = self._to_close(request, object_id, Scope.PROGRAMS_WRITE)
        form = EndForm(_sent(request), label_suffix="")
        if form.is_valid():
            ending = form.cleaned_data["ending"] or Program.Ending.FINISHED
            try:
                programs.end_program(program, ending=ending, by=required_actor(request))
            except DomainError as error:
                say(request, error)
            else:
                messages.success(request, f"{program} has ended.")
            return redirect(self.url_of(program))
        template = "admin/prescriptions/program/end.html"
        return self.page(request, template, f"End “{program}”", program, form=form)

    def void_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what voiding does and ask why; declare void."""
        program = self._to_close(request, object_id, Scope.PROGRAMS_ISSUE)
        form = VoidForm(_sent(request), label_suffix="")
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            try:
                programs.void_program(
                    program, reason=reason, by=required_actor(request)
                )
            except DomainError as error:
                say(request, error)
            else:
                messages.success(request, f"{program} is void.")
            return redirect(self.url_of(program))
        template = "admin/prescriptions/program/void.html"
        title = f"Declare “{program}” void"
        return self.page(request, template, title, program, form=form)

    def _to_close(self, request: HttpRequest, object_id: str, scope: Scope) -> Program:
        program: Program = self.object_or_404(request, object_id)
        if not self.may(request, scope):
            raise PermissionDenied
        return program


def _sent(request: HttpRequest) -> QueryDict | None:
    """What was typed, even if that is nothing."""
    return request.POST if request.method == "POST" else None


def _can_be_void(program: Program) -> bool:
    return program.status in (Program.Status.ACTIVE, Program.Status.ENDED)
