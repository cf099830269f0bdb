"""Ways into an empty program: a template, or a copy, taken over in the builder."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern

from clinic.admin import ClinicModelAdmin, required_actor
from clinic.errors import DomainError
from clinic.models import Actor
from clinic.roles import Scope
from prescriptions.copying import fill_with_copy
from prescriptions.models import Program, ProgramTemplate
from prescriptions.templates import fill_with_template

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

MOST_COPIES = 3


class FillPages(Page):
    """The address that fills a draft without exercises."""

    def fill_urls(self) -> list[URLPattern]:
        """Address of the step."""
        return [self.object_path("fill", self.fill_view)]

    def fill_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Fill the draft from ``template`` or ``program``; 409 says why not."""
        program: Program = self.object_or_404(request, object_id)
        if request.method != "POST" or not self.may(request, Scope.PROGRAMS_WRITE):
            raise PermissionDenied
        actor = required_actor(request)
        try:
            _fill(program, request.POST, actor)
        except DomainError as error:
            return JsonResponse({"detail": error.message}, status=409)
        return HttpResponse(status=204)


def _fill(program: Program, wish: Any, actor: Actor) -> None:
    if "template" in wish:
        templates = ProgramTemplate.objects.visible_to(actor)
        template = get_object_or_404(templates, pk=_id(wish["template"]))
        fill_with_template(program, template, by=actor)
    else:
        programs = Program.objects.visible_to(actor)
        source = get_object_or_404(programs, pk=_id(wish.get("program", "")))
        fill_with_copy(program, source, by=actor)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def ways_to_fill(program: Program, actor: Actor) -> dict[str, Any]:
    """Return templates by name, the clinic's own first, and the patient's programs."""
    templates = ProgramTemplate.objects.visible_to(actor).published()
    others = Program.objects.visible_to(actor).filter(patient=program.patient_id)
    filled = others.filter(prescribed_exercises__isnull=False).exclude(pk=program.pk)
    return {
        "templates": templates.order_by(F("clinic").asc(nulls_last=True), "name", "id"),
        "copies": filled.distinct().order_by("-updated_at", "id")[:MOST_COPIES],
    }
