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
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.module_loading import import_string

from clinic.admin import Nav, ReadOnlyAdmin, badge, by_day, day, required_actor
from clinic.errors import DomainError
from clinic.models import SignOff
from clinic.roles import Scope
from exercises import unsigned
from exercises.readability import CEILING

ON_A_PAGE = 20
REASON = "reason-"


class KindFilter(admin.SimpleListFilter):
    """By kind of content, in words."""

    title, parameter_name = "Kind", "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All kinds."""
        return [(kind.key, kind.label) for kind in unsigned.KINDS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        labels = {kind.key: kind.name for kind in unsigned.KINDS}
        chosen = labels.get(self.value() or "")
        return queryset.filter(kind=chosen) if chosen else None


@admin.register(SignOff)
class SignOffAdmin(ReadOnlyAdmin):
    """Signatures given, and the way to give more."""

    read_scope = Scope.PROGRAMS_READ
    nav = Nav("Library", 9, "signature", "Sign-off")
    noun, plural = "signature", "signatures"
    lead = "Who signed what. Handouts say nothing that nobody answers for."
    list_display = ["text", "kind_word", "state", "reviewed_by", "signed", "reason"]
    list_filter = [KindFilter, ("reviewed_on", by_day("Signed"))]
    search_fields = ["reviewed_by"]
    search_help_text = "Who signed"
    list_display_links = None
    change_list_template = "admin/exercises/signatures.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Signatures of the clinic."""
        return SignOff.objects.visible_to(required_actor(request))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Look up what was signed, for all of the page at once."""
        page = super().get_changelist_instance(request)
        page.result_list = list(page.result_list)
        contents = unsigned.contents_of(page.result_list)
        for signature in page.result_list:
            signature.content = contents.get(signature.content_id)
        return page

    @admin.display(description="Text")
    def text(self, signature: Any) -> str:
        """What was signed, with a link to it."""
        row = signature.content
        if row is None:
            return "Deleted since"
        title = unsigned.title_of(row)
        return format_html('<a href="{}">{}</a>', _page_of(row), title)

    @admin.display(description="Kind", ordering="kind")
    def kind_word(self, signature: Any) -> str:
        """The kind, with the language where there is one."""
        words = {kind.name: kind.label for kind in unsigned.KINDS}
        language = getattr(signature.content, "language", "")
        known = dict(settings.LANGUAGES).get(language, language)
        return ", ".join(filter(None, [words.get(signature.kind, ""), str(known)]))

    @admin.display(description="Version", ordering="version")
    def state(self, signature: Any) -> str:
        """Which version was signed, and whether that is the one of today."""
        told = str(signature.version)
        if signature.content and signature.content.version > signature.version:
            mark = badge("warn", "pencil", "Changed since")
            return format_html("{} {}", told, mark)
        return told

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
        used = import_string(settings.CONTENT_IN_USE)(actor)
        rows = unsigned.waiting(kind, language, actor, used) if kind else []
        only = request.GET.get("only", "")
        rows = [row for row in rows if only in ("", str(row.pk))]
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
            "only": only,
            "readings": [
                (unsigned.reading_of(row, actor, used), _page_of(row)) for row in page
            ],
            "ceiling": int(CEILING),
            "longest_reason": unsigned.LONGEST_REASON,
            "may_sign": actor.licensed and actor.can(Scope.CONTENT_SIGN),
        }
        return TemplateResponse(request, "admin/exercises/unsigned.html", context)

    def _sign(self, request: HttpRequest) -> HttpResponse:
        actor = required_actor(request)
        if not actor.can(Scope.CONTENT_SIGN):
            raise PermissionDenied
        read = dict(_sent(value) for value in request.POST.getlist("read"))
        reasons = {pk: request.POST.get(f"{REASON}{pk}", "") for pk in read}
        try:
            signed = unsigned.sign_read(read, reasons, by=actor)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            _tell(request, signed)
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


def _page_of(row: Any) -> str:
    """Return the address of the page on which a text is mended."""
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])


def _tell(request: HttpRequest, signed: unsigned.Signed) -> None:
    if signed.count:
        messages.success(request, f"{signed.count} signed.")
    elif not (signed.changed or signed.without_reason):
        messages.info(request, "Nothing was ticked, so nothing is signed.")
    if signed.changed:
        told = f"{signed.changed} changed while you were reading. Read them again."
        messages.warning(request, told)
    for title in signed.without_reason:
        told = f"“{title}” is hard to read. Make it plainer, or give a reason to sign."
        messages.warning(request, told)
