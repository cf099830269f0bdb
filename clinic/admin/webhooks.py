"""Pages on webhooks and on what was sent to them."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clinic import webhooks
from clinic.admin.base import ClinicModelAdmin, Nav, ReadOnlyAdmin, Tool
from clinic.admin.fields import TermsField
from clinic.admin.filters import titled
from clinic.admin.forms import ActorForm
from clinic.admin.rights import required_actor
from clinic.admin.words import badge, span, when, with_code
from clinic.audit import record
from clinic.errors import Conflict, DomainError, Invalid
from clinic.models import WebhookDelivery
from clinic.models.webhooks import EVENT_WORDS, EVENTS, DeliveryStatus
from clinic.roles import Scope

FIELDS = ["url", "events", "is_active"]
DELIVERY_FIELDS = ["webhook", "what", "state", "attempts", "due", "message", "course"]
ADVICE = (
    "This is shown once. Copy it into the other system now: with it the system tells "
    "our messages from anybody else's."
)


def event_choices() -> list[tuple[str, str]]:
    """Return the events in words."""
    return list(EVENTS.items())


class WebhookForm(ActorForm):
    """Where to send which events."""

    events = TermsField(
        event_choices,
        required=True,
        error_messages={"required": "Choose at least one event."},
    )

    class Meta:
        labels = {"url": "Address", "is_active": "In use"}

    def clean_url(self) -> str:
        """Refuse what may not be called."""
        url: str = self.cleaned_data["url"]
        try:
            webhooks.check_url(url)
        except Invalid as error:
            raise forms.ValidationError(error.message) from error
        return url


class WebhookEndpointAdmin(ClinicModelAdmin):
    """Addresses of other systems."""

    read_scope = write_scope = Scope.WEBHOOKS_MANAGE
    nav = Nav("Clinic", 6, "link", "Webhooks")
    form = WebhookForm
    lead = "Addresses of other systems that are told at once what happens here."
    empty = (
        "No webhooks yet. With one, your other systems hear at once that a program "
        "was issued or a handout is ready, without asking again and again."
    )
    list_display = ["url", "event_words", "state"]
    fields = [*FIELDS]

    @admin.display(description="Events")
    def event_words(self, endpoint: Any) -> SafeString | str:
        """What it is told."""
        if set(endpoint.events) == set(EVENTS):
            return "All events"
        words = [(EVENTS.get(name, name),) for name in endpoint.events]
        return format_html_join("", "<div>{}</div>", words)

    @admin.display(description="State")
    def state(self, endpoint: Any) -> SafeString:
        """Whether it is told anything."""
        if endpoint.is_active:
            return badge("ok", "check", "On")
        if endpoint.disabled_reason:
            return badge("warn", "lock", "Turned off: gone")
        return badge("", "lock", "Off")

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Store it; a new one by the same door as through the API."""
        if change:
            if obj.is_active:
                obj.disabled_reason = ""
            obj.save()
            return
        values = {name: form.cleaned_data[name] for name in FIELDS}
        added = webhooks.add_endpoint(**values, by=required_actor(request))
        obj.pk, obj.secret = added.pk, added.secrets()[0]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The door has recorded it."""

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret, this once."""
        return self._secret_page(request, obj, obj.secret)

    def _secret_page(self, request: HttpRequest, obj: Any, secret: str) -> HttpResponse:
        return self.page(
            request,
            "admin/secret.html",
            "Secret of the webhook",
            obj,
            label="Secret",
            secret=secret,
            advice=ADVICE,
        )

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """Test, and a new secret."""
        if not self.may(request, self.write_scope):
            return []
        return [
            Tool("Send a test", "send", self.url_of(obj, "test")),
            Tool("New secret", "key", self.url_of(obj, "rotate")),
            Tool(
                "Delete",
                "trash-2",
                self.url_of(obj, "delete"),
                is_danger=True,
                confirm="The address is told nothing any more, and the list of what "
                "was sent to it is deleted. What was done here stays in the audit.",
                keep="Keep the webhook",
            ),
        ]

    def get_urls(self) -> list[URLPattern]:
        """Add testing and rotating."""
        return [
            self.step_path("test", self.test_view),
            self.step_path("rotate", self.rotate_view),
            self.step_path("delete", self.remove_view),
            *super().get_urls(),
        ]

    def _posted(self, request: HttpRequest, object_id: str) -> Any:
        endpoint = self.object_or_404(request, object_id)
        if not self.may(request, self.write_scope):
            raise PermissionDenied
        return endpoint

    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a test event."""
        endpoint = self._posted(request, object_id)
        try:
            webhooks.send_test(endpoint, by=required_actor(request))
        except DomainError as error:
            messages.error(request, error.message)
            return redirect(self.url_of(endpoint))
        messages.success(request, "The test is on its way: see what became of it here.")
        return redirect("admin:clinic_webhookdelivery_changelist")

    def rotate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a new secret; the former one signs for another day."""
        endpoint = self._posted(request, object_id)
        try:
            fresh = webhooks.rotate_secret(endpoint, by=required_actor(request))
        except Conflict as error:
            messages.error(request, error.message)
            return redirect(self.url_of(endpoint))
        return self._secret_page(request, fresh, fresh.secrets()[0])

    def remove_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Delete the address with what was sent to it."""
        endpoint = self._posted(request, object_id)
        record(required_actor(request), "webhook.deleted", endpoint)
        endpoint.delete()
        messages.success(request, f"{endpoint} is told nothing any more.")
        return redirect("admin:clinic_webhookendpoint_changelist")


class EventFilter(admin.SimpleListFilter):
    """By event, in words."""

    title, parameter_name = "What", "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All events."""
        return list(EVENT_WORDS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        return queryset.filter(event=self.value()) if self.value() else None


class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """What was sent, what came of it, and sending it again."""

    read_scope = Scope.WEBHOOKS_MANAGE
    nav = Nav("Clinic", 7, "send", "Webhook deliveries")
    lead = "Kept for 30 days. What failed is tried again for a day."
    empty = "No deliveries yet. Each message to one of your webhooks is listed here."
    noun, plural = "delivery", "deliveries"
    list_display = ["moment", "what", "webhook", "state", "attempts", "answer"]
    list_display_links = ["moment"]
    list_filter = [("status", titled("State")), EventFilter]
    list_select_related = ["endpoint"]
    fields = [*DELIVERY_FIELDS]
    readonly_fields = [*DELIVERY_FIELDS]

    @admin.display(description="When", ordering="created_at")
    def moment(self, delivery: WebhookDelivery) -> str:
        """When the event was."""
        return when(delivery.created_at)

    @admin.display(description="What", ordering="event")
    def what(self, delivery: WebhookDelivery) -> SafeString:
        """The event in words, with its code."""
        return with_code(str(delivery), delivery.event)

    @admin.display(description="Webhook", ordering="endpoint__url")
    def webhook(self, delivery: WebhookDelivery) -> SafeString:
        """To which address it goes."""
        name = "admin:clinic_webhookendpoint_change"
        url = reverse(name, args=[delivery.endpoint_id])
        return format_html('<a href="{}">{}</a>', url, delivery.endpoint)

    @admin.display(description="Last answer", ordering="last_status")
    def answer(self, delivery: WebhookDelivery) -> str:
        """The status of HTTP that the other system answered with."""
        return str(delivery.last_status or "–")  # noqa: RUF001

    @admin.display(description="Message")
    def message(self, delivery: WebhookDelivery) -> SafeString:
        """What was sent: ids only."""
        return format_html('<span class="code">{}</span>', json.dumps(delivery.payload))

    @admin.display(description="Course")
    def course(self, delivery: WebhookDelivery) -> SafeString | str:
        """What each attempt came to."""
        lines = [
            (
                when(datetime.fromisoformat(entry["at"])),
                entry.get("error") or f"answered {entry.get('status')}",
                span(entry.get("milliseconds", 0) / 1000),
            )
            for entry in delivery.log
        ]
        return format_html_join("", "<div>{}: {}, after {}</div>", lines) or "None yet"

    @admin.display(description="Next attempt")
    def due(self, delivery: WebhookDelivery) -> str:
        """When it is tried next."""
        waits = delivery.status == DeliveryStatus.DUE
        return when(delivery.due_at) if waits else "None"

    @admin.display(description="State", ordering="status")
    def state(self, delivery: WebhookDelivery) -> SafeString:
        """How far it is."""
        label = str(DeliveryStatus(delivery.status).label)
        if delivery.status == DeliveryStatus.DELIVERED:
            return badge("ok", "check", label)
        if delivery.status == DeliveryStatus.FAILED:
            return badge("warn", "triangle-alert", label)
        return badge("", "clock", label)

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """Send again."""
        is_final = obj.status in (DeliveryStatus.DELIVERED, DeliveryStatus.FAILED)
        if not is_final or not self.may(request, self.read_scope):
            return []
        return [Tool("Send again", "send", self.url_of(obj, "replay"))]

    def get_urls(self) -> list[URLPattern]:
        """Add sending again."""
        return [self.step_path("replay", self.replay_view), *super().get_urls()]

    def replay_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send it again under the same message id."""
        delivery = self.object_or_404(request, object_id)
        if not self.may(request, self.read_scope):
            raise PermissionDenied
        rows = self.get_queryset(request).filter(pk=delivery.pk)
        try:
            webhooks.replay(rows, delivery.endpoint, by=required_actor(request))
            messages.success(request, "It is sent again.")
        except DomainError as error:
            messages.error(request, error.message)
        return redirect(self.url_of(delivery))
