"""The OpenAPI document and the page that shows it: public, and the same for all."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

MEDIA_TYPE = "application/yaml"


@cache
def document() -> bytes:
    """Return the committed document; making it anew takes half a second."""
    return Path(settings.BASE_DIR, "docs", "openapi.yaml").read_bytes()


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI document."""
    return HttpResponse(document(), content_type=MEDIA_TYPE)


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show the document as a readable page."""
    return render(request, "clinic/api_reference.html")
