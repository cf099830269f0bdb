"""The page on which a licensed person reads what is unsigned, and signs it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.module_loading import import_string

from clinic.admin import ClinicModelAdmin, Nav, day, required_actor
from clinic.errors import DomainError
from clinic.models import SignOff
from clinic.roles import Scope
from clinic.signing import sign_all
from exercises import unsigned

ON_A_PAGE = 20


@admin.register(SignOff)
class SignOffAdmin(ClinicModelAdmin):
    """Signatures given, and the way to give more."""

    read_scope = Scope.PROGRAMS_READ
    nav = Nav("Library", 9, "shield-check", "Sign-off")
    lead = "Who signed what. Handouts say nothing that nobody answers for."
    list_display = ["kind", "version", "reviewed_by", "signed"]
    list_filter = ["kind", "reviewed_on"]
    list_display_links = None
    change_list_template = "admin/exercises/signatures.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a signature follows from reading."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what was signed stays signed."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Signatures of the clinic."""
        return SignOff.objects.visible_to(required_actor(request))

    @admin.display(description="On", ordering="reviewed_on")
    def signed(self, signature: SignOff) -> str:
        """When it was signed."""
        return day(signature.reviewed_on)

    def get_urls(self) -> list[URLPattern]:
        """Add the page to read and sign on, which comes first."""
        read = path(
            "read/",
            self.admin_site.admin_view(self.read_view),
            name="exercises_unsigned",
        )
        return [read, *super().get_urls()]

    def read_view(self, request: HttpRequest) -> HttpResponse:
        """Show what waits, one kind and language at a time; sign what was read."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._sign(request)
        actor = required_actor(request)
        counts = unsigned.tallies(actor)
        kind, language = _chosen(request, counts)
        in_use = import_string(settings.CONTENT_IN_USE)(actor)
        rows = unsigned.waiting(kind, language, actor, in_use) if kind else []
        page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Read and sign",
            "list_title": self.list_title,
            "list_url": reverse("admin:clinic_signoff_changelist"),
            "opts": self.opts,
            "counts": counts,
            "kind": kind,
            "language": language,
            "languages": dict(settings.LANGUAGES),
            "page": page,
            "readings": [unsigned.reading_of(row, actor) for row in page],
            "may_sign": actor.licensed and actor.can(Scope.CONTENT_SIGN),
        }
        return TemplateResponse(request, "admin/exercises/unsigned.html", context)

    def _sign(self, request: HttpRequest) -> HttpResponse:
        actor = required_actor(request)
        if not actor.can(Scope.CONTENT_SIGN):
            raise PermissionDenied
        read = dict(_sent(value) for value in request.POST.getlist("read"))
        rows = unsigned.still_as_read(read, actor)
        try:
            sign_all(rows, by=actor)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            _tell(request, len(rows), len(read) - len(rows))
        asked = {name: request.POST.get(name, "") for name in ("kind", "language")}
        return redirect(f"{reverse('admin:exercises_unsigned')}?{urlencode(asked)}")


def _chosen(request: HttpRequest, counts: list[unsigned.Tally]) -> tuple[Any, str]:
    """Return kind and language of the address, else the first with something to do."""
    asked = request.GET.get("kind"), request.GET.get("language")
    found = next((t for t in counts if (t.kind.key, t.language) == asked), None)
    found = found or next((t for t in counts if t.unsigned), None)
    return (found.kind, found.language) if found else (None, "")


def _sent(value: str) -> tuple[UUID, int]:
    """Return id and version of what was read; the page itself wrote them."""
    try:
        content_id, version = value.split(":")
        return UUID(content_id), int(version)
    except ValueError as error:
        raise PermissionDenied from error


def _tell(request: HttpRequest, signed: int, changed: int) -> None:
    if signed:
        messages.success(request, f"{signed} signed.")
    elif not changed:
        messages.info(request, "Nothing was ticked, so nothing is signed.")
    if changed:
        told = f"{changed} changed while you were reading. Read them again."
        messages.warning(request, told)
