"""Rows of a program's page: its phases, and its exercises in order."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from clinic.admin import ClinicInline, NamedRows, actor_of
from clinic.roles import Scope
from exercises.admin.dosage import COLUMNS, COMMON, RARE, DosageForm
from exercises.dosage import summary
from exercises.models import Exercise
from exercises.own import starting_columns
from exercises.tags import term_choices
from prescriptions.models import Phase, PrescribedExercise, Program

MOST_ROWS = 60


class PhaseRows(NamedRows):
    """Phases, told apart by their numbers."""

    def numbers(self) -> list[int]:
        """Return the numbers of the phases as they will be; 1 is always there."""
        kept = [form for form in self.forms if _stays(form)]
        given = [form.cleaned_data.get("position") for form in kept]
        return [number for number in given if number] or [1]

    def clean(self) -> None:
        """Refuse two phases with one number."""
        super().clean()
        numbers = self.numbers()
        if len(set(numbers)) < len(numbers):
            raise ValidationError("Each phase has a number of its own.")


def stage_field() -> forms.ChoiceField:
    """Return a choice of stages, none among them."""
    choices = [("", "No stage"), *term_choices("stages")]
    return forms.ChoiceField(label="Stage", choices=choices, required=False)


def _stays(form: Any) -> bool:
    """Tell whether the row will be there once the page is saved."""
    given = getattr(form, "cleaned_data", {})
    is_there = not form.instance._state.adding or form.has_changed()
    return is_there and not given.get("DELETE")


class PhaseInline(ClinicInline):
    """Phases of a program."""

    model = Phase
    formset = PhaseRows
    read_scope, write_scope = Scope.PROGRAMS_READ, Scope.PROGRAMS_WRITE
    max_num = 12
    fields = [("position", "title", "weeks", "days"), ("stage", "criterion")]
    template = "admin/edit_inline/rows.html"

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Call the position what it is for people; stages are a closed list."""
        if db_field.name == "stage":
            return stage_field()
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "position":
            field.label, field.min_value = "Number", 1
            field.widget.attrs |= {"class": "short", "min": 1}
        if db_field.name == "weeks":
            field.help_text = "Both empty: open end"
        if db_field.name in {"weeks", "days"}:
            field.widget.attrs |= {"class": "short", "min": 0}
        return field


class LineForm(DosageForm):
    """One prescribed exercise; a dosage left empty is that of the exercise."""

    phase_number = forms.IntegerField(label="Phase", min_value=1, initial=1)
    position = forms.IntegerField(label="Place", min_value=1, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding and "exercise" in self.fields:
            self.initial["phase_number"] = self.instance.phase.position
            widget: Any = self.fields["exercise"].widget
            exercise = self.instance.exercise
            getattr(widget, "widget", widget).known = {exercise.pk: str(exercise)}
        for name in ("phase_number", "position"):
            if name in self.fields:
                self.fields[name].widget.attrs["class"] = "short"

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

    def clean_exercise(self) -> Exercise:
        """Refuse an exercise that is no longer in use, unless it was there before."""
        exercise: Exercise = self.cleaned_data["exercise"]
        is_new = "exercise" in self.changed_data
        if is_new and exercise.status == Exercise.Status.ARCHIVED:
            message = f"“{exercise.name}” is archived. Choose another exercise."
            raise ValidationError(message, code="archived_exercise")
        return exercise

    def clean(self) -> dict[str, Any]:
        """Fill in what this person starts with where no dosage was typed."""
        given = super().clean() or {}
        exercise = given.get("exercise")
        if exercise and not self.errors and self._has_no_dosage(given):
            start = starting_columns(exercise, self.actor)
            given |= {name: getattr(start, name) for name in COLUMNS}
        return given

    def _has_no_dosage(self, given: dict[str, Any]) -> bool:
        numbers = [given.get(name) for name in COLUMNS if name != "kind"]
        return not any(numbers) and "kind" not in self.changed_data

    def place(self, phases: dict[int, Phase]) -> PrescribedExercise:
        """Return the line, put into its phase."""
        line: PrescribedExercise = self.instance
        line.phase = phases[self.cleaned_data["phase_number"]]
        if "exercise" in self.changed_data:
            line.exercise_version = line.exercise.version
        line.position = self.cleaned_data.get("position") or MOST_ROWS
        return line


class LineRows(NamedRows):
    """Exercises in order; each is in a phase that is there."""

    phases: PhaseRows

    def clean(self) -> None:
        """Refuse a phase that is not there."""
        super().clean()
        known = set(self.phases.numbers())
        for form in self.forms:
            number = getattr(form, "cleaned_data", {}).get("phase_number")
            if _stays(form) and number and number not in known:
                form.add_error("phase_number", f"There is no phase {number}.")

    def write(self, program: Program) -> None:
        """Store the rows in their phases and number them anew."""
        phases = {phase.position: phase for phase in program.phases.all()}
        self.save(commit=False)
        for line in self.deleted_objects:
            line.delete()
        lines = [form.place(phases) for form in self.forms if _stays(form)]
        lines.sort(key=lambda line: (line.phase.position, line.position))
        last = {phase.pk: 0 for phase in phases.values()}
        for line in lines:
            last[line.phase.pk] += 1
            line.position = last[line.phase.pk]
            line.save()


class LineInline(ClinicInline):
    """Exercises of a program."""

    model = PrescribedExercise
    fk_name = "program"
    form = LineForm
    formset = LineRows
    read_scope, write_scope = Scope.PROGRAMS_READ, Scope.PROGRAMS_WRITE
    verbose_name, verbose_name_plural = "exercise", "Exercises"
    max_num = MOST_ROWS
    autocomplete_fields = ["exercise"]
    template = "admin/edit_inline/lines.html"
    fieldsets = [
        (None, {"fields": [("exercise", "phase_number", "position")]}),
        (None, {"fields": [COMMON], "classes": ["dosage"]}),
        (None, {"fields": ["why", "note"]}),
        (
            "More",
            {"fields": [RARE, "practitioner_note"], "classes": ["collapse"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Lines in order, with what they show."""
        rows = super().get_queryset(request).select_related("exercise", "phase")
        return rows.order_by("phase__position", "position", "id")

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Short notes in a row, and no link to new exercises in it."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("note", "practitioner_note"):
            field.widget.attrs["rows"] = 2
        if db_field.name == "exercise":
            field.widget.can_add_related = False
        return field

    @admin.display(description="Phase")
    def phase_number(self, line: PrescribedExercise) -> int:
        """The number of the phase, where the row is only shown."""
        return line.phase.position

    def get_field_queryset(
        self, db: str | None, db_field: Any, request: HttpRequest
    ) -> QuerySet[Any]:
        """Shared and own exercises, also those that an own copy replaced since."""
        if db_field.name != "exercise":
            return super().get_field_queryset(db, db_field, request)
        actor = actor_of(request)
        reach = Q(clinic=None) | Q(clinic=actor.clinic_id if actor else None)
        return Exercise.objects.unscoped().filter(reach)
