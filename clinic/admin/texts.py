"""Pages on the texts that a clinic signs."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clinic.admin.base import ClinicModelAdmin, Nav, Tool
from clinic.admin.rights import actor_of, required_actor
from clinic.admin.words import badge, day
from clinic.models import ClinicText
from clinic.roles import Scope
from clinic.signing import sign, signature_of

WHO_SIGNS = "A licensed practitioner signs it."


class ClinicTextAdmin(ClinicModelAdmin):
    """Safety net and pain rule: written here, in force once signed."""

    read_scope, write_scope = Scope.PROGRAMS_READ, Scope.CONTENT_SIGN
    nav = Nav("Clinic", 2, "life-buoy")
    lead = "What handouts say beside the exercises. Only a signed text is printed."
    noun, plural = "text", "texts"
    empty = (
        "No texts yet. Write two of them, when to get help and what pain is all right, "
        "and sign them: nothing is issued without."
    )
    list_display = ["kind", "language", "version", "signature"]
    list_filter = ["kind", "language"]
    fields = [("kind", "language"), "body", "source", "signature"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What a text is stays as it was made; the signature is given elsewhere."""
        return ["kind", "language", "signature"] if obj else ["signature"]

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Give the text room and say how it is written."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "body":
            field.widget.attrs |= {"rows": 18, "class": "lines"}
            field.help_text = (
                "“# ” begins a heading, “- ” a list item, “! ” a line that stands out. "
                "{clinic_phone} and {emergency_number} are filled in. "
                "A changed text has to be signed again."
            )
        return field

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Say so, and what waits for a signature now."""
        return self._told(request, obj, super().response_add(request, obj))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Say so, and what waits for a signature now."""
        return self._told(request, obj, super().response_change(request, obj))

    def _told(
        self, request: HttpRequest, text: ClinicText, answer: HttpResponse
    ) -> HttpResponse:
        if not signature_of(text, text.clinic_id):
            told = "It is not signed: nothing is issued in {} until it is. "
            language = text.get_language_display()
            link = '<a href="{}">Read and sign</a>' if self._may_sign(request) else ""
            way = format_html(link, self.url_of(text, "sign")) if link else WHO_SIGNS
            messages.warning(request, format_html(told + "{}", language, way))
        return answer

    @admin.display(description="Signature")
    def signature(self, text: ClinicText) -> SafeString | str:
        """Who answers for the text, if somebody does."""
        if signature := signature_of(text, text.clinic_id):
            told = f"{signature.reviewed_by}, {day(signature.reviewed_on)}"
            return badge("ok", "check", told)
        return badge("warn", "triangle-alert", "Not signed: not printed")

    def tools(self, request: HttpRequest, obj: Any) -> list[Tool]:
        """Read and sign."""
        if signature_of(obj, obj.clinic_id) or not self._may_sign(request):
            return []
        url = self.url_of(obj, "sign")
        return [Tool("Read and sign", "shield-check", url, is_post=False)]

    def _may_sign(self, request: HttpRequest) -> bool:
        actor = actor_of(request)
        return bool(actor and actor.licensed and actor.can(Scope.CONTENT_SIGN))

    def get_urls(self) -> list[URLPattern]:
        """Add the page to sign on."""
        return [self.object_path("sign", self.sign_view), *super().get_urls()]

    @transaction.atomic
    def sign_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the text to read; sign that very version."""
        text = self.object_or_404(request, object_id)
        if not self._may_sign(request):
            raise PermissionDenied
        if request.method != "POST":
            return self.page(request, "admin/sign.html", f"Sign “{text}”", text)
        if request.POST.get("version") != str(text.version):
            messages.error(request, "The text was changed meanwhile. Read it again.")
            return redirect(self.url_of(text, "sign"))
        sign(text, by=required_actor(request))
        messages.success(request, f"“{text}” is signed and will be printed.")
        return redirect(self.url_of(text))
