"""The handout in the browser, from the template that is printed.

A page of its own that only pages of the same origin may frame. Rules, pictures and
fonts have addresses: the page works under the strict policy of all pages.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode

from clinic.admin import ClinicModelAdmin, required_actor
from clinic.assets import StoredFileError, read_asset
from clinic.audit import record
from clinic.framing import framed
from clinic.models import Clinic, ClinicText
from prescriptions import documents, editions, links, pdf
from prescriptions.admin.printing import chosen_options
from prescriptions.admin.sample import sample_document
from prescriptions.documents import (
    OPTION_NAMES,
    HandoutDocument,
    HandoutOptions,
    HandoutSpec,
    PrintedLink,
)
from prescriptions.models import Program, Revision

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

# Addresses of the template; texts cannot hold one, since their quotes are escaped.
ADDRESS = re.compile(r'src="(?:figure|logo):([^"]+)"')
SIGNER = signing.Signer(salt="prescriptions.preview")
TYPES = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg"}
FOREVER = "private, max-age=31536000, immutable"
ADMIN = "admin:prescriptions_program_"
# Instead of a link that would have to be made
SAMPLE_CODE = "0000-0000"


class PreviewPages(Page):
    """Pages that show a handout without making one."""

    def preview_urls(self) -> list[URLPattern]:
        """Addresses of the pages and of what they load."""
        parts = {
            "preview-style/<str:look>.css": ("preview_style", self.style_view),
            "preview-picture/<str:signed>/": ("preview_picture", self.picture_view),
            "preview-font/<str:name>": ("preview_font", self.font_view),
            "sample/": ("sample", framed(self.sample_view)),
        }
        wrap = self.admin_site.admin_view
        named = [
            path(route, wrap(view), name=f"prescriptions_program_{name}")
            for route, (name, view) in parts.items()
        ]
        return [*named, self.object_path("preview", framed(self.preview_view))]

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the program as it would be printed now.

        A form is sent on to the address of its options, without the form's token.
        """
        self.object_or_404(request, object_id)
        if request.method == "POST":
            names = [*OPTION_NAMES, "language"]
            chosen = {k: request.POST[k] for k in names if k in request.POST}
            return redirect(f"{request.path}?{urlencode(chosen)}")
        actor = required_actor(request)
        rows = Program.objects.visible_to(actor).with_contents()
        program = rows.get(pk=object_id)
        record(actor, "program.viewed", program)
        options = chosen_options(program, request.GET)
        return _page(_document(program, options.language), options)

    def sample_view(self, request: HttpRequest) -> HttpResponse:
        """Show a made-up handout with the clinic's look as it is being typed."""
        clinic = Clinic.objects.get(pk=required_actor(request).clinic_id)
        document = sample_document(clinic, request.GET)
        return _page(document, HandoutOptions(paper=clinic.paper))

    def style_view(self, request: HttpRequest, look: str) -> HttpResponse:
        """Return the rules of one look."""
        try:
            sheet = pdf.sheet_from(look)
        except ValueError as error:
            raise Http404 from error
        fonts = reverse(f"{ADMIN}preview_font", args=["x"]).removesuffix("x")
        return _kept(pdf.screen_css(sheet, fonts), "text/css")

    def picture_view(self, request: HttpRequest, signed: str) -> HttpResponse:
        """Return a picture whose address one of these pages has shown."""
        try:
            name = SIGNER.unsign_object(signed)
            if name.startswith(("https:", "http:")):
                return _kept(pdf.qr_code(name), TYPES["svg"])
            return _kept(read_asset(name), TYPES.get(name.rpartition(".")[2], ""))
        except (signing.BadSignature, StoredFileError) as error:
            raise Http404 from error

    def font_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Return one of the shipped fonts."""
        font = pdf.font(name)
        if font is None:
            raise Http404
        return _kept(font, "font/ttf")


def _kept(content: bytes | str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Cache-Control"] = FOREVER
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _page(document: HandoutDocument, options: HandoutOptions) -> HttpResponse:
    link = PrintedLink(
        url=f"{settings.PUBLIC_URL}/",
        short_url=links.short_url(),
        code=SAMPLE_CODE,
        expires_on=document.review_date,
    )
    spec = HandoutSpec(document=document, options=options, link=link, key="")
    # "%s" stands for the look, which is known once the pages are filled.
    style = reverse(f"{ADMIN}preview_style", args=["look"]).replace("look", "%s")
    laid = pdf.lay_out(spec, stylesheet=style)
    made = pdf.qr_addresses(spec)
    return HttpResponse(ADDRESS.sub(lambda m: _signed(m[1], made), laid.html))


def _signed(name: str, made: Mapping[str, str]) -> str:
    signed = SIGNER.sign_object(made.get(name, name))
    return f'src="{reverse(f"{ADMIN}preview_picture", args=[signed])}"'


def _document(program: Program, language: str) -> HandoutDocument:
    """Return what is in force if nothing has changed since, else a draft."""
    draft = documents.compose(program, _texts(program))
    current = Revision.objects.of_clinic(program.clinic).current()
    issued: Any = current.filter(program=program).first()
    if issued and issued.content_digest == documents.content_digest(draft):
        is_kept = language in editions.languages_of(issued)
        return editions.document_of(issued, language if is_kept else "")
    further = documents.compose_further(program, editions.signed_texts(program))
    draft = further.get(language, draft)
    former = documents.from_json(issued.document) if issued else None
    news = documents.news_since(former, draft, program.clinic)
    return replace(draft, revision=0, issued_on="", news=news)


def _texts(program: Program) -> dict[str, ClinicText]:
    """Return the clinic's texts, signed or not: a draft may show both."""
    language = documents.language_of(program)
    rows = ClinicText.objects.of_clinic(program.clinic)
    found = rows.filter(language__in=[language, documents.LANGUAGE])
    empty = {kind: ClinicText(body="", language=language) for kind in ClinicText.Kind}
    in_order = sorted(found, key=lambda text: text.language == language)
    return empty | {text.kind: text for text in in_order}
