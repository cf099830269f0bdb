"""The page on one phase of a clinic's own template: its exercises in order."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from clinic.admin import ClinicInline, ClinicModelAdmin, required_actor
from clinic.models import Actor
from clinic.roles import Scope
from exercises.admin import DosageForm
from exercises.admin.dosage import COLUMNS, COMMON, RARE
from exercises.dosage import summary
from exercises.models import Exercise
from prescriptions.models import ProgramTemplate, TemplateExercise, TemplatePhase

MOST_ROWS = 30


def exercise_choices(actor: Actor) -> list[tuple[str, str]]:
    """Return slug and name of the exercises in use."""
    rows = Exercise.objects.visible_to(actor).published()
    return list(rows.order_by("name").values_list("slug", "name"))


def count_edit(template: ProgramTemplate, actor: Actor) -> None:
    """Count an edit of a template's parts."""
    rows = ProgramTemplate.objects.visible_to(actor).filter(pk=template.pk)
    rows.update(version=F("version") + 1, updated_at=timezone.now())


class TemplateLineForm(DosageForm):
    """One exercise of a phase; a dosage left empty is that of the exercise."""

    exercise_slug = forms.ChoiceField(label="Exercise")
    note_es = forms.CharField(
        label="Note in Spanish",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["note_es"] = self.instance.words.get("es", {}).get("note", "")
        if "position" in self.fields:
            self.fields["position"].widget.attrs |= {"class": "short", "min": 1}
            self.fields["position"].label = "Place"

    @property
    def sentence(self) -> str:
        """The stored dosage in shorthand."""
        return summary(self.instance.dosage)

    @property
    def has_rare(self) -> bool:
        """Whether the fields that are seldom needed hold something, or a fault."""
        shown = [name for name in RARE if name != "tempo_seconds"]
        stored = any(getattr(self.instance, name) for name in shown)
        return stored or any(self.has_error(name) for name in RARE if self.is_bound)

    def clean(self) -> dict[str, Any]:
        """Fill in the dosage of the exercise where none was typed."""
        given = super().clean() or {}
        slug = given.get("exercise_slug")
        numbers = [given.get(name) for name in COLUMNS if name != "kind"]
        if slug and self.actor and not self.errors and not any(numbers):
            rows = Exercise.objects.visible_to(self.actor).filter(slug=slug)
            exercise = rows.get()
            given |= {name: getattr(exercise, name) for name in COLUMNS}
        note = given.get("note_es", "").strip()
        self.instance.words = {**self.instance.words, "es": {"note": note}}
        return given


class TemplateLineInline(ClinicInline):
    """Exercises of a phase."""

    model = TemplateExercise
    form = TemplateLineForm
    read_scope, write_scope = Scope.TEMPLATES_READ, Scope.TEMPLATES_WRITE
    verbose_name, verbose_name_plural = "exercise", "Exercises"
    max_num = MOST_ROWS
    template = "admin/edit_inline/lines.html"
    fieldsets = [
        (None, {"fields": [("exercise_slug", "position")]}),
        (None, {"fields": [COMMON], "classes": ["dosage"]}),
        (None, {"fields": ["note", "note_es"]}),
        ("More", {"fields": [RARE, "dosage_source"], "classes": ["collapse"]}),
    ]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Offer the exercises in use, read once for all rows."""
        formset = super().get_formset(request, obj, **kwargs)
        choices = exercise_choices(required_actor(request))
        formset.form.base_fields["exercise_slug"].choices = choices
        return formset


@admin.register(TemplatePhase)
class TemplatePhaseAdmin(ClinicModelAdmin):
    """One phase of the clinic's own template with its exercises."""

    read_scope, write_scope = Scope.TEMPLATES_READ, Scope.TEMPLATES_WRITE
    inlines = [TemplateLineInline]
    change_form_template = "admin/prescriptions/template/phase.html"
    fields = [("title", "days"), "criterion"]

    @property
    def list_title(self) -> str:
        """The page that phases are listed on."""
        return "Templates"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody here: phases are added on the template's page."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Send to the templates: phases have no list of their own."""
        return redirect("admin:prescriptions_programtemplate_changelist")

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        """Number the lines anew and count the edit of the template."""
        super().save_related(request, form, formsets, change)
        for place, line in enumerate(form.instance.exercises.all(), start=1):
            TemplateExercise.objects.filter(pk=line.pk).update(position=place)
        if any(part.has_changed() for part in (form, *formsets)):
            count_edit(form.instance.template, required_actor(request))

    def response_post_save_change(
        self, request: HttpRequest, obj: Any
    ) -> HttpResponseRedirect:
        """Go back to the template."""
        name = "admin:prescriptions_programtemplate_change"
        return HttpResponseRedirect(reverse(name, args=[obj.template_id]))
