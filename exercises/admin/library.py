"""Pages on exercises: the shared library and the clinic's own."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from clinic.admin import ClinicModelAdmin, Nav, Tool, required_actor
from clinic.roles import Scope
from exercises import catalog, own
from exercises.admin.figures import FigurePages
from exercises.admin.form import PARTS, ExerciseForm
from exercises.admin.own_pages import OwnPages
from exercises.admin.preview import PreviewPages
from exercises.models import Exercise
from exercises.search import ranked


@admin.register(Exercise)
class ExerciseAdmin(PreviewPages, OwnPages, FigurePages, ClinicModelAdmin):
    """The library as the clinic sees it: shared exercises and its own."""

    read_scope, write_scope = Scope.EXERCISES_READ, Scope.EXERCISES_WRITE
    nav = Nav("Library", 1, "dumbbell")
    form = ExerciseForm
    lead = "Exercises to prescribe. Changing a shared one makes your clinic's own copy."
    # What choices by typing ask for; the search itself knows all names
    search_fields = ["name"]
    fieldsets = PARTS

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Search all names, best first; to prescribe, only what is in use."""
        is_choice = "autocomplete" in request.path
        rows = queryset.published() if is_choice else queryset
        return (ranked(rows, search_term) if search_term else rows), False

    # Writing

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Go on with the own copy where it has replaced a shared exercise meanwhile."""
        copy = self._replacement(request, object_id)
        if copy is None:
            return super().change_view(request, object_id, *args, **kwargs)
        if request.method == "POST":
            return super().change_view(request, str(copy.pk), *args, **kwargs)
        return redirect(self.url_of(copy))

    def _replacement(self, request: HttpRequest, object_id: str) -> Exercise | None:
        """Return the clinic's own copy of a shared exercise that it hides."""
        visible = self.get_queryset(request)
        try:
            shared = Exercise.objects.shared().filter(pk=UUID(object_id)).first()
        except ValueError:
            return None
        if shared is None:
            return None
        found: Exercise | None = visible.filter(
            slug=shared.slug, clinic__isnull=False
        ).first()
        return found

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer who sees it for the clinic's own exercises alone."""
        if obj is None or not obj.is_shared:
            return PARTS
        return [
            (title, options | {"fields": [f for f in fields if f != "visibility"]})
            for title, options in PARTS
            if (fields := options["fields"])
        ]

    @transaction.atomic
    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Store; what was shared becomes the clinic's own with the first change."""
        if change and not form.has_changed():
            return
        actor = required_actor(request)
        if not change:
            obj.slug = own.free_slug(obj.name, obj.clinic)
            obj.owner = actor.practitioner
        elif obj.is_shared:
            self._make_own(request, obj)
        if "visibility" in form.cleaned_data:
            own.keep_to(obj, form.cleaned_data["visibility"], actor)
        super().save_model(request, obj, form, change)

    def _make_own(self, request: HttpRequest, exercise: Exercise) -> None:
        """Turn the edited shared exercise into the edited own copy."""
        shared = Exercise.objects.shared().get(pk=exercise.pk)
        exercise.become(catalog.own_copy(shared, required_actor(request)))
        messages.info(
            request,
            f"{exercise.name} is now your clinic's own copy. "
            "The shared exercise stays as it is for others.",
        )

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """What can be done with the exercise."""
        tools = self.own_tools(request, obj)
        if self.may(request, self.write_scope):
            tools.insert(1, self.figure_tool(obj))
        return tools
