"""Handouts, to read and to take further."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinic import languages
from clinic.admin import (
    Nav,
    OnlyFilter,
    ReadOnlyAdmin,
    UsefulFirst,
    badge,
    by_day,
    required_actor,
    span,
    when,
)
from clinic.errors import DomainError
from clinic.roles import Scope
from prescriptions import downloads, handouts, operations
from prescriptions.documents import CHOICES, PARTS, HandoutOptions, options_from
from prescriptions.models import Handout, Program, Queue, Status

LOOKS = {
    Status.PENDING: ("", "clock"),
    Status.RENDERING: ("info", "refresh-cw"),
    Status.READY: ("ok", "check"),
    Status.FAILED: ("block", "octagon-alert"),
    Status.REVOKED: ("", "lock"),
}
POLL_SECONDS = "2"


@dataclass(frozen=True)
class HandoutState:
    """A handout's state as a page shows it."""

    state: str
    tone: str
    icon: str
    label: str
    reason: str
    is_final: bool


def state_of(handout: Handout) -> HandoutState:
    """Return the state in words and looks."""
    status = Status(handout.status)
    tone, icon = LOOKS[status]
    label = str(status.label)
    program = handout.revision.program
    if status == Status.REVOKED and program.status == Program.Status.VOID:
        label = "Void"
    return HandoutState(
        status, tone, icon, label, handout.failure_reason, status.is_final
    )


def paper_of(handout: Handout) -> str:
    """Return the print options in words, what is usual left out."""
    usual = HandoutOptions()
    chosen = options_from(handout.options)
    words = [
        str(dict(choices)[getattr(chosen, name)])
        for name, choices in CHOICES.items()
        if name == "paper" or getattr(chosen, name) != getattr(usual, name)
    ]
    if chosen.language:
        words.insert(1, languages.name(chosen.language))
    words += [f"without {name}" for name in PARTS if not getattr(chosen, name)]
    return ", ".join(words)


class StateFilter(UsefulFirst):
    """Handouts that are not withdrawn unless asked otherwise."""

    title, parameter_name = "State", "state"
    first = "All but withdrawn"
    others = [
        ("work", "In work"),
        ("failed", "Failed"),
        ("ready", "Ready"),
        ("revoked", "Withdrawn"),
    ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        if self.value() == "work":
            return queryset.filter(status__in=[Status.PENDING, Status.RENDERING])
        if self.value():
            return queryset.filter(status=self.value())
        return queryset.exclude(status=Status.REVOKED)


class HandoutProgramFilter(OnlyFilter):
    """Handouts of a program."""

    title, parameter_name, path = "Program", "program", "revision__program"


class HandoutPatientFilter(OnlyFilter):
    """Handouts of a patient."""

    title, parameter_name, path = "Patient", "patient", "revision__program__patient"


@admin.register(Handout)
class HandoutAdmin(ReadOnlyAdmin):
    """Handouts: failed and unfinished ones first."""

    read_scope = Scope.HANDOUTS_READ
    nav = Nav("", 3, "file-text")
    records_views = True
    lead = "What is being made and what was made; failed and unfinished ones first."
    empty = (
        "No handouts yet. Issue a program, then choose Make handout on its page: the "
        "PDF is ready in seconds."
    )
    list_display = ["patient", "program", "revision", "paper", "state", "requested"]
    list_select_related = ["revision__program__patient"]
    list_filter = [
        StateFilter,
        HandoutProgramFilter,
        HandoutPatientFilter,
        ("requested_at", by_day("Requested")),
    ]
    search_fields = ["revision__program__patient__name", "revision__program__title"]
    search_help_text = "Patient or program"
    fields = [
        ("patient", "program", "revision"),
        ("state", "paper"),
        ("requested_at", "finished_at"),
        ("pdf_pages", "pdf_bytes"),
        "pdf_sha256",
    ]
    readonly_fields = ["patient", "program", "state", "paper", "pdf_sha256"]
    change_form_template = "admin/prescriptions/handout/change_form.html"
    change_list_template = "admin/prescriptions/handout/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Handouts in the order in which they need somebody, without the document."""
        order = Case(
            When(status=Status.FAILED, then=Value(0)),
            When(status__in=[Status.PENDING, Status.RENDERING], then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        rows = Handout.objects.visible_to(required_actor(request))
        rows = rows.annotate(urgency=order).order_by(*self.get_ordering(request))
        rows = rows.select_related("revision__program__patient")
        return rows.defer("revision__document")

    def get_ordering(self, request: HttpRequest) -> Any:
        """What needs somebody first."""
        return ["urgency", "-requested_at", "id"]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> Any:
        """Show the handout with its buttons above the facts."""
        if handout := kwargs.get("obj"):
            context |= {
                "handout": handout,
                "look": state_of(handout),
                "paper": paper_of(handout),
                "may_make": self.may(request, Scope.HANDOUTS_WRITE),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def heading(self, obj: Handout) -> str:
        """Of what it is."""
        return f"Handout of “{obj.revision.program}”"

    @admin.display(description="Patient")
    def patient(self, handout: Handout) -> str:
        """For whom."""
        return str(handout.revision.program.patient)

    @admin.display(description="Program")
    def program(self, handout: Handout) -> SafeString:
        """Of which program."""
        program = handout.revision.program
        url = reverse("admin:prescriptions_program_change", args=[program.pk])
        return format_html('<a href="{}">{}</a>', url, program)

    @admin.display(description="Printed as")
    def paper(self, handout: Handout) -> str:
        """With which options."""
        return paper_of(handout)

    @admin.display(description="Requested", ordering="requested_at")
    def requested(self, handout: Handout) -> str:
        """When somebody asked for it."""
        return when(handout.requested_at)

    @admin.display(description="State", ordering="urgency")
    def state(self, handout: Handout) -> SafeString:
        """The state, with the reason of a failure."""
        look = state_of(handout)
        mark = badge(look.tone, look.icon, look.label)
        if not look.reason:
            return mark
        return format_html('{} <span class="reason">{}</span>', mark, look.reason)

    def operations_view(self, request: HttpRequest) -> HttpResponse:
        """Show how the making of the clinic's handouts goes."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        numbers = operations.of_clinic(required_actor(request).clinic_id)
        system = operations.system()
        context = {
            **self.admin_site.each_context(request),
            "title": "How handouts are made",
            "list_title": self.list_title,
            "list_url": reverse("admin:prescriptions_handout_changelist"),
            "opts": self.opts,
            "numbers": numbers,
            "lines": [
                (Queue(line.name).label, line.waiting, span(line.oldest_seconds))
                for line in numbers.lines
            ],
            "half_within": span(numbers.median_seconds),
            "most_within": span(numbers.p95_seconds),
            "failures": operations.failure_words(numbers.failures),
            "delayed": operations.waiting_words(numbers.delayed),
            "workers": system.workers,
            "has_sweeper": (system.signs or {}).get("sweeper"),
        }
        template = "admin/prescriptions/handout/operations.html"
        return TemplateResponse(request, template, context)

    # Steps

    def get_urls(self) -> list[URLPattern]:
        """Add the steps of a handout, and the page on all of them."""
        steps = [
            self.object_path("state", self.state_view),
            self.object_path("file", self.file_view),
            self.step_path("retry", self.retry_view),
            self.step_path("revoke", self.revoke_view),
        ]
        page = path(
            "operations/",
            self.admin_site.admin_view(self.operations_view),
            name="prescriptions_handout_operations",
        )
        return [page, *steps, *super().get_urls()]

    def _handout(self, request: HttpRequest, object_id: str, scope: Scope) -> Any:
        handout = self.object_or_404(request, object_id)
        if not self.may(request, scope):
            raise PermissionDenied
        return handout

    def state_view(self, request: HttpRequest, object_id: str) -> JsonResponse:
        """Tell the state to a page that waits, and when to ask again."""
        handout = self._handout(request, object_id, Scope.HANDOUTS_READ)
        response = JsonResponse(state_of(handout).__dict__)
        if not state_of(handout).is_final:
            response["Retry-After"] = POLL_SECONDS
        return response

    def file_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Give out the PDF: to look at, or to save."""
        handout = self._handout(request, object_id, Scope.HANDOUTS_READ)
        try:
            stream = handouts.open_handout(handout, actor=required_actor(request))
        except DomainError as error:
            messages.error(request, error.message)
            return self._back(handout)
        inline = "save" not in request.GET
        return downloads.pdf_response(handout, stream, inline=inline)

    def retry_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Start a failed handout over."""
        return self._step(request, object_id, handouts.retry_handout)

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Withdraw a handout."""
        return self._step(request, object_id, handouts.revoke_handout)

    def _step(self, request: HttpRequest, object_id: str, step: Any) -> HttpResponse:
        handout = self._handout(request, object_id, Scope.HANDOUTS_WRITE)
        try:
            step(handout, by=required_actor(request))
        except DomainError as error:
            messages.error(request, error.message)
        return self._back(handout)

    def _back(self, handout: Handout) -> HttpResponse:
        program = handout.revision.program_id
        url = reverse("admin:prescriptions_program_change", args=[program])
        return redirect(f"{url}#given")
