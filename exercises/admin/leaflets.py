"""Pages on advice leaflets: the shared ones and the clinic's own."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from clinic.admin import (
    ActorForm,
    ClinicModelAdmin,
    Nav,
    TermsField,
    UsefulFirst,
    badge,
    required_actor,
)
from clinic.models import Actor, SignOff
from clinic.roles import Scope
from exercises import tags
from exercises.admin.shared import OriginFilter, SharedPages
from exercises.leaflets import own_leaflet, printed
from exercises.leaflets.files import unknown_placeholders
from exercises.models import Leaflet
from exercises.shared_rows import free_slug

NUMBER = "number_"
MOST = 1000


class LeafletForm(ActorForm):
    """A leaflet: its numbers as fields of their own, optional lines as ticks."""

    optional = forms.MultipleChoiceField(
        label="Print these lines too",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Off unless the clinic wants them: their proof is weak.",
    )
    ask_first_flags = TermsField(
        tags.flag_groups,
        label="Ask first with",
        help_text="A patient with one of these gives a warning.",
    )

    class Meta:
        model = Leaflet
        fields = ["title", "body", "note", "ask_first_flags", "language"]
        widgets = {"body": forms.Textarea(attrs={"rows": 18, "class": "lines"})}
        help_texts = {
            "body": "# heading, - item of a list, ! a line that must stand out. "
            "Names in braces are filled in with the numbers below."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = self.instance.optional_lines
        if "optional" in self.fields:
            field: Any = self.fields["optional"]
            field.choices = [(str(n), line["text"]) for n, line in enumerate(lines)]
            self.initial["optional"] = [str(n) for n, x in enumerate(lines) if x["on"]]
        for name, number in self.instance.fields.items():
            self.fields[NUMBER + name] = forms.IntegerField(
                label=f"{{{name}}} ({number['unit']})",
                min_value=1,
                max_value=MOST,
                initial=number["value"],
            )

    def clean(self) -> dict[str, Any]:
        """Put numbers and ticks into their columns; refuse names nothing fills in."""
        given = super().clean() or {}
        unknown = unknown_placeholders(given.get("body", ""), self.instance.fields)
        if unknown:
            names = ", ".join(f"{{{name}}}" for name in unknown)
            self.add_error("body", f"Nothing fills in {names}.")
        if not self.errors:
            self.instance.fields = {
                name: {**number, "value": given.get(NUMBER + name, number["value"])}
                for name, number in self.instance.fields.items()
            }
            ticked = given.get("optional", [])
            self.instance.optional_lines = [
                {**line, "on": str(n) in ticked}
                for n, line in enumerate(self.instance.optional_lines)
            ]
        return given


class LanguageFilter(admin.SimpleListFilter):
    """By language."""

    title, parameter_name = "Language", "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All languages."""
        return list(settings.LANGUAGES)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        return queryset.filter(language=self.value()) if self.value() else None


class UseFilter(UsefulFirst):
    """Rows in use unless asked otherwise."""

    title, parameter_name = "Status", "archived"
    first, others = "In use", [("yes", "Archived"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        if self.value() == "all":
            return queryset
        return queryset.filter(is_archived=self.value() == "yes")


@admin.register(Leaflet)
class LeafletAdmin(SharedPages, ClinicModelAdmin):
    """Advice that is printed with a program."""

    read_scope, write_scope = Scope.EXERCISES_READ, Scope.EXERCISES_WRITE
    nav = Nav("Library", 2, "scroll-text", "Leaflets")
    form = LeafletForm
    lead = "Advice to print with a program. Changing a shared one makes your own."
    change_form_template = "admin/exercises/leaflet.html"
    list_display = ["title", "language_word", "state", "origin", "version"]
    list_filter = [LanguageFilter, OriginFilter, UseFilter]
    search_fields = ["title", "body"]
    search_help_text = "Any word of a leaflet"
    ordering = ["language", "title", "id"]
    readonly_fields = ["source_titles"]

    def own(self, row: Any, actor: Actor) -> Any:
        """Return the clinic's own leaflet."""
        return own_leaflet(row, actor)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leaflets with whether the clinic has signed them."""
        rows = super().get_queryset(request)
        return SignOff.objects.mark(rows, required_actor(request).clinic_id)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show only what the leaflet has."""
        numbers = [NUMBER + name for name in obj.fields] if obj else []
        parts: list[Any] = [
            ("Leaflet", {"fields": ["title", *([] if obj else ["language"]), "body"]})
        ]
        if numbers:
            parts.append(("Numbers", {"fields": [tuple(numbers)]}))
        if obj and obj.optional_lines:
            parts.append(("Optional lines", {"fields": ["optional"]}))
        last = ["ask_first_flags", "note", "source_titles"]
        if obj and not obj.is_shared:
            last.append("is_archived")
        return [*parts, ("For the practitioner, not printed", {"fields": last})]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form; numbers are fields that it makes itself."""
        named = [
            name
            for _, part in self.get_fieldsets(request, obj)
            for field in part["fields"]
            for name in (field if isinstance(field, tuple) else (field,))
            if not name.startswith(NUMBER) and name != "source_titles"
        ]
        return super().get_form(request, obj, change, **kwargs | {"fields": named})

    @admin.display(description="Language", ordering="language")
    def language_word(self, leaflet: Leaflet) -> str:
        """The language by its own name."""
        return str(dict(settings.LANGUAGES).get(leaflet.language, leaflet.language))

    @admin.display(description="Signed")
    def state(self, leaflet: Any) -> SafeString:
        """Whether the clinic has signed this version."""
        if leaflet.is_signed:
            return badge("ok", "check", "Signed")
        return badge("warn", "pencil", "Draft")

    @transaction.atomic
    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Store; a new one gets an address of its own."""
        if not change:
            obj.slug = free_slug(obj.title, Leaflet, obj.clinic_id)
        super().save_model(request, obj, form, change)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Add how it looks in print."""
        if obj := kwargs.get("obj"):
            clinic = required_actor(request).clinic
            stored = Leaflet.objects.of_clinic(clinic).filter(pk=obj.pk).first()
            context["printed"] = stored and printed(stored, clinic, is_signed=False)
            context["state"] = self.state(obj) if hasattr(obj, "is_signed") else ""
            context["origin"] = self.origin(obj)
        return super().render_change_form(request, context, *args, **kwargs)
