"""Pages on the texts of exercises in other languages, beside the original."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from clinic.admin import ActorForm, ClinicModelAdmin, LinesField, Nav, badge
from clinic.admin import required_actor as actor_of
from clinic.models import Actor, SignOff
from clinic.roles import Scope
from exercises.admin.leaflets import LanguageFilter
from exercises.admin.shared import OriginFilter, SharedPages
from exercises.models import Exercise, ExerciseTranslation
from exercises.own import length_faults
from exercises.shared_rows import own_copy

TEXTS = ("name", "start", "steps", "breathing", "feel", "mistakes", "stop_if")


class TranslationForm(ActorForm):
    """The patient's texts; lists are as long as those of the original."""

    steps = LinesField(rows=6, required=False)
    mistakes = LinesField(label="Common mistakes", required=False)
    stop_if = LinesField(label="Stop if", required=False)
    also_called = LinesField(label="Other names", required=False)

    class Meta:
        model = ExerciseTranslation
        fields = ["exercise", "language", "also_called", *TEXTS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            field = forms.ChoiceField(choices=settings.LANGUAGES)
            field.label_suffix = ""
            self.fields["language"] = field

    def clean(self) -> dict[str, Any]:
        """Refuse the language of the original, a second one, lists of odd length."""
        given = super().clean() or {}
        exercise = given.get("exercise") or getattr(self.instance, "exercise", None)
        if exercise is None:
            return given
        language = given.get("language", self.instance.language)
        if language == exercise.language:
            self.add_error("language", "The exercise itself is in this language.")
        elif self.instance._state.adding and self._exists(exercise, language):
            self.add_error("language", "There is a translation already. Edit that one.")
        for name, told in length_faults(exercise, given).items():
            self.add_error(name, ValidationError(told, code="odd_length"))
        return given

    def _exists(self, exercise: Exercise, language: str) -> bool:
        rows = ExerciseTranslation.objects.visible_to(self.actor)
        return rows.filter(exercise=exercise, language=language).exists()


class StateFilter(admin.SimpleListFilter):
    """By what is left to do."""

    title, parameter_name = "State", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All states."""
        return [
            ("draft", "Not signed"),
            ("signed", "Signed"),
            ("old", "Older than the original"),
            ("name", "Name only"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        chosen = {
            "draft": queryset.filter(is_signed=False).exclude(steps=[]),
            "signed": queryset.filter(is_signed=True),
            "old": queryset.filter(of_version__lt=F("exercise__version")),
            "name": queryset.filter(steps=[]),
        }
        return chosen.get(self.value() or "")


@admin.register(ExerciseTranslation)
class TranslationAdmin(SharedPages, ClinicModelAdmin):
    """Translations: the shared ones, and what the clinic corrected."""

    read_scope, write_scope = Scope.EXERCISES_READ, Scope.EXERCISES_WRITE
    nav = Nav("Library", 6, "languages", "Translations")
    noun, plural = "translation", "translations"
    lead = "What patients read in other languages. A correction is your clinic's own."
    form = TranslationForm
    change_form_template = "admin/exercises/translation.html"
    list_display = ["original", "name", "language_word", "state", "origin"]
    list_display_links = ["original", "name"]
    list_select_related = ["exercise"]
    list_filter = [LanguageFilter, StateFilter, OriginFilter]
    search_fields = ["name", "exercise__name"]
    search_help_text = "Name in either language"
    ordering = ["language", "exercise__name", "id"]
    autocomplete_fields = ["exercise"]

    def own(self, row: Any, actor: Actor) -> Any:
        """Return the clinic's own translation."""
        return own_copy(row, actor, scope=Scope.EXERCISES_WRITE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Translations of what the clinic sees, with whether it has signed them."""
        actor = actor_of(request)
        seen = Exercise.objects.visible_to(actor).values("pk")
        rows = ExerciseTranslation.objects.visible_to(actor).filter(exercise__in=seen)
        marked = SignOff.objects.mark(rows, actor.clinic_id)
        return marked.select_related("exercise").order_by(*self.ordering)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is translated is chosen once."""
        first = [] if obj else [("Of", {"fields": [("exercise", "language")]})]
        return [*first, ("Texts", {"fields": [*TEXTS, "also_called"]})]

    @admin.display(description="Exercise", ordering="exercise__name")
    def original(self, translation: ExerciseTranslation) -> str:
        """The exercise by its own name."""
        return translation.exercise.name

    @admin.display(description="Language", ordering="language")
    def language_word(self, translation: ExerciseTranslation) -> str:
        """The language by its own name."""
        known = dict(settings.LANGUAGES)
        return str(known.get(translation.language, translation.language))

    @admin.display(description="State")
    def state(self, translation: Any) -> SafeString:
        """What is left to do."""
        if translation.is_outdated:
            return badge("warn", "triangle-alert", "Older than the original")
        if not translation.is_whole:
            return badge("", "pencil", "Name only")
        if translation.is_signed:
            return badge("ok", "check", "Signed")
        return badge("warn", "pencil", "Draft")

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Show the original beside the form."""
        if obj := kwargs.get("obj"):
            context["exercise"] = obj.exercise
            context["state"] = self.state(obj) if hasattr(obj, "is_signed") else ""
            context["language_word"] = self.language_word(obj)
        return super().render_change_form(request, context, *args, **kwargs)
