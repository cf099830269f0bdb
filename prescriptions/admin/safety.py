"""Pages on safety rules and limits: as they hold in the clinic."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from clinic.admin import (
    ActorForm,
    ClinicModelAdmin,
    Nav,
    badge,
    required_actor,
    titled,
)
from clinic.audit import record
from clinic.models import Actor
from clinic.roles import Scope
from exercises.admin.shared import OriginFilter, SharedPages
from prescriptions import catalog
from prescriptions.admin.findings import SEVERITIES
from prescriptions.models import SafetyLimit, SafetyRule
from prescriptions.models.safety import BLANKS, readable

MOST = 10_000
FILLED_IN = "Words in braces are filled in: " + ", ".join(
    f"{{{name}}} {words}" for name, words in BLANKS.items()
)


class RuleForm(ActorForm):
    """What a clinic decides about a rule; another severity needs a reason."""

    message_es = forms.CharField(
        label="Message in Spanish",
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    class Meta:
        model = SafetyRule
        fields = ["severity", "is_on", "reason", "message"]
        labels = {"reason": "Why severity or use is other than shared"}
        help_texts = {"message": FILLED_IN}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = self.instance.words.get("es", {})
        self.initial["message_es"] = words.get("message", "")

    def clean_message(self) -> str:
        """Refuse a name in braces that nothing is filled in for."""
        return _filled_in(self.cleaned_data["message"])

    def clean_message_es(self) -> str:
        """Likewise in Spanish."""
        return _filled_in(self.cleaned_data["message_es"])

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where the clinic judges otherwise than the shared rule."""
        given = super().clean() or {}
        shared = SafetyRule.objects.shared().get(code=self.instance.code)
        differs = (given.get("severity"), given.get("is_on")) != (
            shared.severity,
            shared.is_on,
        )
        if differs and not given.get("reason", "").strip():
            self.add_error("reason", "Say why: it goes on record with your name.")
        if text := given.get("message_es", "").strip():
            self.instance.words = {**self.instance.words, "es": {"message": text}}
        return given


def _filled_in(message: str) -> str:
    unknown = [name for name in re.findall(r"{(.*?)}", message) if name not in BLANKS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in BLANKS)
        told = f"Nothing is filled in for {{{unknown[0]}}}. There are: {known}."
        raise forms.ValidationError(told)
    return message


class SeverityFilter(admin.SimpleListFilter):
    """By severity."""

    title, parameter_name = "Severity", "severity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All of them, in words."""
        return [(name, word) for name, (word, _, _) in SEVERITIES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        return queryset.filter(severity=self.value()) if self.value() else None


class SafetyPages(SharedPages):
    """Read by whoever reads programs, changed by who manages the clinic."""

    read_scope, write_scope = Scope.PROGRAMS_READ, Scope.CLINIC_MANAGE

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a new kind of rule is code with a test."""
        return False

    @admin.display(description="Version")
    def version_word(self, row: Any) -> str:
        """The version, and whose it is."""
        return f"{row.version} ({'shared' if row.is_shared else 'own'})"


@admin.register(SafetyRule)
class SafetyRuleAdmin(SafetyPages, ClinicModelAdmin):
    """What is found in a program, how severe it is, and what it says."""

    nav = Nav("Library", 4, "shield-check", "Safety rules")
    form = RuleForm
    lead = "What is looked for in every program. The owner sets severity and words."
    list_display = ["code", "says", "severity_word", "concerns", "origin", "version"]
    list_display_links = ["code", "says"]
    list_filter = [SeverityFilter, ("scope", titled("Concerns")), OriginFilter]
    search_fields = ["code", "message", "when"]
    search_help_text = "Code or words of a rule"
    list_per_page = 100
    readonly_fields = [
        "code",
        "applies",
        "concerns",
        "version_word",
        "source_titles",
        "shared_says",
    ]
    fieldsets = [
        (
            "The rule",
            {"fields": ["applies", ("concerns", "version_word"), "source_titles"]},
        ),
        (
            "In this clinic",
            {
                "fields": [("severity", "is_on"), "reason", "message", "message_es"],
                "description": "Blocks issuing: needs the reason of a licensed "
                "practitioner. Check: needs a tick. Hint: nothing to do.",
            },
        ),
        ("Shared", {"fields": ["shared_says"]}),
    ]

    def heading(self, obj: SafetyRule) -> str:
        """Code and message, unlike its name in full."""
        return f"{obj.code}: {readable(obj.message)}"

    def own(self, row: Any, actor: Actor) -> Any:
        """Return the clinic's own version of the rule."""
        return catalog.own_rule(row, actor)

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer the severities in the words that findings carry."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "severity":
            field.choices = [(name, word) for name, (word, _, _) in SEVERITIES.items()]
        if db_field.name in {"message", "reason"}:
            field.widget.attrs["rows"] = 2
        return field

    @admin.display(description="Says", ordering="message")
    def says(self, rule: SafetyRule) -> str:
        """The message."""
        return readable(rule.message)

    @admin.display(description="Severity", ordering="severity")
    def severity_word(self, rule: SafetyRule) -> SafeString:
        """The severity as a badge; a rule that is off does nothing."""
        if not rule.is_on:
            return badge("", "x", "Off")
        word, tone, icon = SEVERITIES[rule.severity]
        return badge(tone, icon, word)

    @admin.display(description="Applies when")
    def applies(self, rule: SafetyRule) -> str:
        """The rule in words."""
        return rule.when

    @admin.display(description="Concerns", ordering="scope")
    def concerns(self, rule: SafetyRule) -> str:
        """What a finding hangs on."""
        return SafetyRule.Scope(rule.scope).label

    @admin.display(description="The shared rule")
    def shared_says(self, rule: SafetyRule) -> str:
        """What holds where nothing was changed."""
        shared = SafetyRule.objects.shared().filter(code=rule.code).first()
        if shared is None:
            return ""
        word = SEVERITIES[shared.severity][0]
        return f"Version {shared.version}: {word}. {readable(shared.message)}"

    @transaction.atomic
    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Store; another severity, or switching, is an event of its own."""
        super().save_model(request, obj, form, change)
        if {"severity", "is_on", "reason"} & set(form.changed_data):
            record(
                required_actor(request),
                "safetyrule.judged",
                obj,
                rule=obj.code,
                severity=obj.severity,
                is_on=obj.is_on,
            )


class LimitForm(ActorForm):
    """A limit with its unit in words."""

    class Meta:
        model = SafetyLimit
        fields = ["value"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "value" in self.fields:
            wording = catalog.limit_wording(self.instance.name)
            field: Any = self.fields["value"]
            field.label, field.help_text = wording.label, wording.unit
            field.min_value, field.max_value = 1, MOST
            field.widget.attrs |= {"min": 1, "max": MOST, "class": "short"}

    def clean_value(self) -> int:
        """Refuse nothing and nonsense: zero would switch rules off unseen."""
        value: int = self.cleaned_data["value"]
        if not 1 <= value <= MOST:
            raise forms.ValidationError(f"Give a number from 1 to {MOST:,}.")
        return value


@admin.register(SafetyLimit)
class SafetyLimitAdmin(SafetyPages, ClinicModelAdmin):
    """Numbers that rules compare with."""

    nav = Nav("Library", 5, "gauge", "Safety limits")
    form = LimitForm
    lead = "The numbers that safety rules compare with. The owner changes them."
    list_display = ["label", "number", "origin", "source_titles"]
    list_filter = [OriginFilter]
    list_per_page = 100
    fields = ["value", "source_titles", "version_word", "shared_number"]
    readonly_fields = ["source_titles", "version_word", "shared_number"]

    def heading(self, obj: SafetyLimit) -> str:
        """What it bounds."""
        return catalog.limit_wording(obj.name).label

    def own(self, row: Any, actor: Actor) -> Any:
        """Return the clinic's own value."""
        return catalog.own_limit(row, actor)

    @admin.display(description="Limit", ordering="name")
    def label(self, limit: SafetyLimit) -> str:
        """What it bounds."""
        return catalog.limit_wording(limit.name).label

    @admin.display(description="Value", ordering="value")
    def number(self, limit: SafetyLimit) -> str:
        """The value with its unit."""
        return f"{limit.value} {catalog.limit_wording(limit.name).unit}"

    @admin.display(description="Shared value")
    def shared_number(self, limit: SafetyLimit) -> str:
        """What holds where nothing was changed."""
        shared = SafetyLimit.objects.shared().filter(name=limit.name).first()
        return self.number(shared) if shared else ""
