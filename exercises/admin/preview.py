"""What a patient will read, shown beside the form while it is written."""

from typing import Any

from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from clinic.admin import required_actor
from exercises import readability, tags
from exercises.admin.browse import LibraryPage
from exercises.admin.told import told
from exercises.dosage import errors_of, sentences
from exercises.models import Exercise

# What is read together; the name alone says nothing about how hard it reads
READ = ("start", "steps", "breathing", "feel", "mistakes", "stop_if")


class PreviewPages(LibraryPage):
    """The card of the handout, drawn from what is being typed."""

    def get_urls(self) -> list[URLPattern]:
        """Add the card of an exercise, and of one that is not there yet."""
        new = path(
            "preview/",
            self.admin_site.admin_view(self.new_preview_view),
            name="exercises_exercise_new_preview",
        )
        return [
            new,
            self.object_path("preview", self.preview_view),
            *super().get_urls(),
        ]

    def new_preview_view(self, request: HttpRequest) -> HttpResponse:
        """Show the card of an exercise that is not stored yet."""
        return self._preview(request, None)

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the card of an exercise with the edits at hand."""
        return self._preview(request, self.object_or_404(request, object_id))

    def _preview(self, request: HttpRequest, stored: Exercise | None) -> HttpResponse:
        if request.method != "POST" or not self.may(request, self.write_scope):
            raise PermissionDenied
        data = request.POST.copy()
        # Nothing is stored: who else saved meanwhile does not matter yet
        data.pop("seen", None)
        form: Any = self.get_form(request, stored, change=stored is not None)
        form = form(data, instance=stored or Exercise())
        form.is_valid()
        context = self.card_of(request, form.instance)
        return render(request, "admin/exercises/_preview.html", context)

    def card_of(self, request: HttpRequest, exercise: Exercise) -> dict[str, Any]:
        """Return what the card shows, and how it reads."""
        dosage = exercise.dosage
        units = required_actor(request).clinic.units
        is_sound = not errors_of(dosage)
        return {
            "exercise": exercise,
            "dosage": sentences(dosage, units=units) if is_sound else (),
            "needs": [tags.label(item) for item in exercise.equipment],
            "pictures": [
                {
                    "url": self.picture_url(exercise, figure["asset"]),
                    "alt": _said(figure["description"], exercise.language),
                    "caption": _said(figure.get("caption", {}), exercise.language),
                }
                for figure in exercise.figures
                if figure.get("asset")
            ],
            "hints": _hints(exercise),
        }

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Show the form beside the card."""
        form: AdminForm = context["adminform"]
        exercise = kwargs.get("obj") or form.form.instance
        name = "admin:exercises_exercise_"
        context |= self.card_of(request, exercise)
        if kwargs.get("obj"):
            context["told"] = told(exercise, required_actor(request))
        context["preview_url"] = (
            reverse(f"{name}preview", args=[exercise.pk])
            if kwargs.get("obj")
            else reverse(f"{name}new_preview")
        )
        return super().render_change_form(request, context, *args, **kwargs)


def _said(words: dict[str, str], language: str) -> str:
    return words.get(language) or next(iter(words.values()), "")


def _hints(exercise: Exercise) -> list[tuple[str, str]]:
    """Return what is hard to read, with the id of the field where it stands."""
    texts: dict[str, Any] = {name: getattr(exercise, name) for name in READ}
    texts = {name: text for name, text in texts.items() if text}
    found = readability.findings(texts, exercise.language, together=("start", "steps"))
    return [(one.field.split(" + ")[-1], one.message) for one in found]
