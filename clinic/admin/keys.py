"""Pages on API keys."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.safestring import SafeString

from clinic.admin.base import ClinicModelAdmin, Nav, Tool
from clinic.admin.fields import TermsField
from clinic.admin.forms import ActorForm
from clinic.admin.rights import required_actor
from clinic.admin.words import badge, when
from clinic.keys import revoke_key
from clinic.models import ApiKey
from clinic.models.keys import validate_networks
from clinic.roles import KEY_SCOPES, Scope

LASTS = timedelta(days=365)


def scope_choices() -> list[tuple[str, str]]:
    """Return the scopes of a key, things together."""
    scopes = sorted(scope.value for scope in KEY_SCOPES)
    return [(scope, words_of(scope)) for scope in scopes]


def words_of(scope: str) -> str:
    """Return a scope such as ``audit:read`` as words."""
    words = scope.replace(":", ": ").capitalize()
    return words.replace("Fhir", "FHIR")


def in_a_year() -> str:
    """Return the day a year from today."""
    return (timezone.localdate() + LASTS).isoformat()


class ApiKeyForm(ActorForm):
    """A new key: for what, with which scopes, until when."""

    scopes = TermsField(
        scope_choices,
        required=True,
        error_messages={"required": "Choose at least one scope."},
    )
    last_day = forms.DateField(
        initial=in_a_year, widget=forms.DateInput(attrs={"type": "date"})
    )

    addresses = forms.CharField(
        required=False,
        label="Only from",
        help_text="Addresses or networks with spaces between; empty means from all.",
        widget=forms.TextInput(attrs={"placeholder": "203.0.113.0/24"}),
    )

    def clean_addresses(self) -> list[str]:
        """Refuse what is no network."""
        networks: list[str] = self.cleaned_data["addresses"].split()
        validate_networks(networks)
        return networks

    def clean_last_day(self) -> Any:
        """Refuse a day that has passed."""
        day = self.cleaned_data["last_day"]
        if day < timezone.localdate():
            raise forms.ValidationError("This day has passed.")
        return day


class ApiKeyAdmin(ClinicModelAdmin):
    """Integrations of the clinic."""

    read_scope = write_scope = Scope.KEYS_MANAGE
    nav = Nav("Clinic", 4, "key", "API keys")
    form = ApiKeyForm
    lead = "Other systems that read and write here. Each has a key of its own."
    empty = (
        "No keys yet. Make one for each system that shall read patients or send "
        "programs; what it may do is ticked there."
    )
    list_display = ["name", "prefix", "scope_words", "expires", "last_used", "state"]
    search_fields = ["name", "prefix"]
    fields = ["name", "scopes", "last_day", "addresses"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A key that exists is shown, not edited."""
        if obj is None:
            return self.fields
        return [
            "name",
            "prefix",
            "scope_words",
            "networks",
            "expires",
            "last_used",
            "state",
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A key that exists is shown, not edited."""
        return self.get_fields(request, obj) if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a key with other rights is another key."""
        return False

    @admin.display(description="Scopes")
    def scope_words(self, key: ApiKey) -> str:
        """What the key may do."""
        return ", ".join(words_of(scope) for scope in key.scopes)

    @admin.display(description="Only from")
    def networks(self, key: ApiKey) -> str:
        """Where it may be used."""
        return ", ".join(key.addresses) or "Everywhere"

    @admin.display(description="Works until", ordering="expires_at")
    def expires(self, key: ApiKey) -> str:
        """When the key ends by itself."""
        return when(key.expires_at)

    @admin.display(description="Last used", ordering="last_used_at")
    def last_used(self, key: ApiKey) -> str:
        """When it was used last."""
        return when(key.last_used_at)

    @admin.display(description="State")
    def state(self, key: ApiKey) -> SafeString:
        """Whether the key works."""
        if key.revoked_at:
            return badge("", "lock", "Revoked")
        if key.expires_at <= timezone.now():
            return badge("warn", "clock", "Expired")
        return badge("ok", "check", "Works")

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Mint the key; its secret lives no longer than this request."""
        clinic = required_actor(request).clinic
        zone = ZoneInfo(clinic.time_zone)
        last_day = form.cleaned_data["last_day"]
        minted, form.secret = ApiKey.objects.mint(
            clinic=clinic,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=datetime.combine(last_day, time(23, 59, 59), tzinfo=zone),
            addresses=form.cleaned_data["addresses"],
        )
        obj.pk, obj.prefix, obj.secret = minted.pk, minted.prefix, form.secret

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret, this once."""
        title = f"Key for {obj.name}"
        return self.page(
            request,
            "admin/secret.html",
            title,
            obj,
            label="Secret",
            secret=obj.secret,
            advice=(
                "This is shown once. Copy it into the other system now; we keep only "
                "its digest."
            ),
        )

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """Revoke."""
        if obj.revoked_at or not self.may(request, self.write_scope):
            return []
        return [
            Tool(
                "Revoke",
                "lock",
                self.url_of(obj, "revoke"),
                is_danger=True,
                confirm=f"The system that uses {obj} is refused from the next moment "
                "on. There is no way back: it would need a new key.",
                keep="Keep the key",
            )
        ]

    def get_urls(self) -> list[URLPattern]:
        """Add revoking."""
        return [self.step_path("revoke", self.revoke_view), *super().get_urls()]

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close the key for good."""
        key = self.object_or_404(request, object_id)
        if not self.may(request, self.write_scope):
            raise PermissionDenied
        if revoke_key(key, by=required_actor(request)):
            messages.success(request, f"{key} no longer works.")
        return redirect(self.url_of(key))
