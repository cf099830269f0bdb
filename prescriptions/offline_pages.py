"""What a phone may keep of a program, once the patient agreed behind the gate.

The pages hold all of the program, without the day; modules on the phone leave what is
due. The service worker belongs to one link's address and serves nothing else.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from clinic.audit import record
from prescriptions import links, phone, views
from prescriptions.models import PatientLink
from prescriptions.patient_forms import DiaryForm, initial_of
from prescriptions.patient_pages import behind_the_gate

WORKER = Path(settings.BASE_DIR, "static", "patients", "worker.js")
ICONS = {"192x192": "icon-192.png", "512x512": "icon-512.png"}


@views.private
@require_safe
@behind_the_gate
def program_copy(request: HttpRequest, link: PatientLink) -> HttpResponseBase:
    """Return the page of all exercises, to be kept."""
    return _copy(request, link, "patients/offline.html")


@views.private
@require_safe
@behind_the_gate
def diary_copy(request: HttpRequest, link: PatientLink) -> HttpResponseBase:
    """Return the diary's form with all exercises, to be kept."""
    return _copy(request, link, "patients/offline_diary.html")


def _copy(request: HttpRequest, link: PatientLink, template: str) -> HttpResponseBase:
    frame = views.frame_of(link)
    if "document" not in frame:
        return redirect("link-page", token=frame["token"])
    document, today = frame["document"], frame["today"]
    form = DiaryForm(
        initial=initial_of(None, today),
        cards=list(document.cards),
        today=today,
        start=today,
    )
    more: dict[str, Any] = {"phases": phone.all_days(document), "form": form}
    return views.page(template, frame | more | {"chosen": today}, request)


@views.private
@require_POST
@behind_the_gate
def keep(request: HttpRequest, link: PatientLink) -> HttpResponseBase:
    """Record that the patient keeps the program on this phone."""
    record(None, "link.kept", link, actor_kind="patient")
    return JsonResponse({"recorded": True})


@views.private
@require_safe
def worker(request: HttpRequest, token: str) -> HttpResponseBase:
    """Return the service worker, for the pages of this link alone."""
    if links.find(token) is None:
        return views.neutral()
    response = HttpResponse(_worker(), content_type="text/javascript")
    response["Service-Worker-Allowed"] = reverse("link-page", args=[token])
    response["Cache-Control"] = "no-cache"
    return response


@views.private
@require_safe
def manifest(request: HttpRequest, token: str) -> HttpResponseBase:
    """Return what a phone needs to put the page among its apps; nothing personal."""
    if links.find(token) is None:
        return views.neutral()
    address = reverse("link-page", args=[token])
    icons = [
        {"src": static(f"patients/{name}"), "sizes": sizes, "type": "image/png"}
        for sizes, name in ICONS.items()
    ]
    told = {
        "name": gettext("Your page from the clinic"),
        "short_name": gettext("My page"),
        "id": address,
        "start_url": address,
        "scope": address,
        "display": "standalone",
        "background_color": "#f5f7f9",
        "theme_color": "#0b6478",
        "icons": icons,
    }
    return JsonResponse(told, content_type="application/manifest+json")


@lru_cache(maxsize=1)
def _worker() -> bytes:
    return WORKER.read_bytes()
