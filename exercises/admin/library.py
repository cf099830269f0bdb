"""Pages on exercises: the shared library and the clinic's own."""

from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.text import slugify

from clinic.admin import (
    ClinicModelAdmin,
    LinesField,
    Nav,
    TermsField,
    Tool,
    UsefulFirst,
    badge,
    required_actor,
)
from clinic.audit import record
from clinic.roles import Scope
from exercises import catalog, tags
from exercises.admin.dosage import COMMON, RARE, DosageForm
from exercises.admin.figures import FigurePages
from exercises.dosage import summary
from exercises.models import Exercise
from exercises.search import ranked


class ExerciseForm(DosageForm):
    """An exercise as a person writes it: lists as lines, terms as ticks."""

    category = forms.ChoiceField(choices=partial(tags.term_choices, "category"))
    position = forms.ChoiceField(choices=partial(tags.term_choices, "position"))
    direction = forms.ChoiceField(
        label="Spine direction",
        choices=partial(tags.term_choices, "direction"),
        initial="neutral",
    )
    also_called = LinesField(label="Other names", required=False, rows=2)
    steps = LinesField(help_text="One step a line, in short sentences.", rows=6)
    mistakes = LinesField(label="Common mistakes", required=False)
    stop_if = LinesField(label="Stop if", required=False)
    muscles = LinesField(required=False)
    regions = TermsField(partial(tags.term_choices, "regions"), label="Body regions")
    equipment = TermsField(partial(tags.term_choices, "equipment"))
    stages = TermsField(partial(tags.term_choices, "stages"))
    cautions = TermsField(
        tags.flag_groups, help_text="Needs care with a patient who has one of these."
    )
    contraindications = TermsField(
        tags.flag_groups, help_text="Not for a patient who has one of these."
    )


class TermFilter(admin.SimpleListFilter):
    """One term of a closed list."""

    @property
    def field(self) -> str:
        """The column."""
        return str(self.parameter_name)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All terms."""
        return tags.term_choices(self.field)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        return queryset.filter(**{self.field: self.value()}) if self.value() else None


class CategoryFilter(TermFilter):
    """By category."""

    title, parameter_name = "Category", "category"


class PositionFilter(TermFilter):
    """By starting position."""

    title, parameter_name = "Position", "position"


class RegionFilter(TermFilter):
    """By body region."""

    title, parameter_name = "Region", "regions"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter; the list's JSON holds the quoted term on every database."""
        if not self.value():
            return None
        rows = queryset.annotate(regions_text=Cast("regions", TextField()))
        return rows.filter(regions_text__contains=f'"{self.value()}"')


class OriginFilter(admin.SimpleListFilter):
    """Shared or own."""

    title, parameter_name = "Origin", "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("own", "Own"), ("shared", "Shared library")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        if not self.value():
            return None
        return queryset.filter(clinic__isnull=self.value() == "shared")


class StatusFilter(UsefulFirst):
    """Exercises that can be prescribed, unless asked otherwise."""

    title, parameter_name = "Status", "status"
    first, others = "In use", [("archived", "Archived"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        if self.value() == "all":
            return queryset
        return queryset.filter(status=self.value() or Exercise.Status.PUBLISHED)


@admin.register(Exercise)
class ExerciseAdmin(FigurePages, ClinicModelAdmin):
    """The library as the clinic sees it: shared exercises and its own."""

    read_scope, write_scope = Scope.EXERCISES_READ, Scope.EXERCISES_WRITE
    nav = Nav("Library", 1, "dumbbell")
    form = ExerciseForm
    lead = "Exercises to prescribe. Changing a shared one makes your clinic's own copy."
    list_display = [
        "name",
        "category_word",
        "region_words",
        "position_word",
        "usual_dosage",
        "origin",
    ]
    list_filter = [
        CategoryFilter,
        RegionFilter,
        PositionFilter,
        OriginFilter,
        StatusFilter,
    ]
    search_fields = ["name"]
    search_help_text = "Any name, region or muscle"
    fieldsets = [
        (
            "Exercise",
            {"fields": ["name", "also_called", ("category", "position", "difficulty")]},
        ),
        (
            "What the patient reads",
            {"fields": ["start", "steps", "breathing", "feel", "mistakes", "stop_if"]},
        ),
        (
            "Usual dosage",
            {"fields": [COMMON], "description": "Filled in when prescribed."},
        ),
        ("More of the dosage", {"fields": [RARE], "classes": ["collapse"]}),
        (
            "Suitability",
            {"fields": ["contraindications", "cautions", "stages", "direction"]},
        ),
        ("To find it", {"fields": ["regions", "equipment", "muscles"]}),
        (
            "Sources and relatives",
            {
                "fields": [("easier", "harder"), "source", "dosage_source"],
                "classes": ["collapse"],
            },
        ),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Search all names, best first; to prescribe, only what is in use."""
        is_choice = "autocomplete" in request.path
        rows = queryset.published() if is_choice else queryset
        return (ranked(rows, search_term) if search_term else rows), False

    @admin.display(description="Category", ordering="category")
    def category_word(self, exercise: Exercise) -> str:
        """The category in words."""
        return tags.label(exercise.category)

    @admin.display(description="Regions")
    def region_words(self, exercise: Exercise) -> str:
        """The regions in words."""
        return ", ".join(tags.label(region) for region in exercise.regions)

    @admin.display(description="Position", ordering="position")
    def position_word(self, exercise: Exercise) -> str:
        """The position in words."""
        return tags.label(exercise.position)

    @admin.display(description="Usual dosage")
    def usual_dosage(self, exercise: Exercise) -> str:
        """The dosage in shorthand."""
        return summary(exercise.dosage)

    @admin.display(description="Origin", ordering="clinic")
    def origin(self, exercise: Exercise) -> SafeString:
        """Shared or own, or no longer in use."""
        if exercise.status == Exercise.Status.ARCHIVED:
            return badge("", "lock", "Archived")
        if exercise.is_shared:
            return badge("", "book-open", "Shared")
        return badge("acc", "star", "Own")

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

    @transaction.atomic
    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Store; what was shared becomes the clinic's own with the first change."""
        if change and not form.has_changed():
            return
        if not change:
            obj.slug = _free_slug(obj.name, obj.clinic)
        elif obj.is_shared:
            self._make_own(request, obj)
        super().save_model(request, obj, form, change)

    def _make_own(self, request: HttpRequest, exercise: Exercise) -> None:
        """Turn the edited shared exercise into the edited own copy."""
        copy = _own_copy_of(exercise, request)
        exercise.become(copy)
        messages.info(
            request,
            f"{exercise.name} is now your clinic's own copy. "
            "The shared exercise stays as it is for others.",
        )

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """Take out of use, or bring back."""
        if not self.may(request, self.write_scope):
            return []
        is_archived = obj.status == Exercise.Status.ARCHIVED
        word = "Bring back" if is_archived else "Archive"
        archive = Tool(word, "history", self.url_of(obj, "archive"))
        return [self.figure_tool(obj), archive]

    def get_urls(self) -> list[URLPattern]:
        """Add archiving."""
        return [self.object_path("archive", self.archive_view), *super().get_urls()]

    @transaction.atomic
    def archive_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take an exercise out of use in this clinic, or bring it back."""
        exercise = self.object_or_404(request, object_id)
        if request.method != "POST" or not self.may(request, self.write_scope):
            raise PermissionDenied
        if exercise.is_shared:
            exercise = _own_copy_of(exercise, request)
        was_archived = exercise.status == Exercise.Status.ARCHIVED
        states = Exercise.Status
        exercise.status = states.PUBLISHED if was_archived else states.ARCHIVED
        exercise.save(update_fields=["status", "updated_at"])
        verb = "restored" if was_archived else "archived"
        record(required_actor(request), f"exercise.{verb}", exercise)
        messages.success(request, f"{exercise.name} is {verb}.")
        return redirect(self.url_of(exercise))


def _own_copy_of(exercise: Exercise, request: HttpRequest) -> Exercise:
    shared = Exercise.objects.shared().get(pk=exercise.pk)
    return catalog.own_copy(shared, required_actor(request))


def _free_slug(name: str, clinic: Any) -> str:
    """Return a slug that neither the clinic nor the shared library has."""
    stem = slugify(name)[:50] or "exercise"
    taken = Exercise.objects.unscoped().filter(Q(clinic=clinic) | Q(clinic=None))
    slugs = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    return next(slug for slug in slugs if not taken.filter(slug=slug).exists())
