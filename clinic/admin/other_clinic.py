"""A form of one clinic, sent after its person has switched to another one."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse

from clinic.admin.rights import actor_of
from clinic.form_clinic import clinic_of_form
from clinic.models import Clinic, Practitioner

OURS = frozenset({"csrfmiddlewaretoken", "clinic", "next", "again"})


def stray_form(request: HttpRequest, site: AdminSite) -> TemplateResponse | None:
    """Return the page that asks where to go on; None for a form of this clinic."""
    actor = actor_of(request)
    made_in = clinic_of_form(request)
    if actor is None or made_in in ("", str(actor.clinic_id)) or _is_own(request):
        return None
    request.current_app = site.name
    context = {
        **site.each_context(request),
        "title": "This form belongs to another clinic",
        "mine": _clinic(request, made_in),
        "sent": None if request.FILES else _sent(request),
    }
    return TemplateResponse(request, "admin/other_clinic.html", context, status=409)


def _is_own(request: HttpRequest) -> bool:
    """Tell whether the form is about the person, in whichever clinic."""
    pages = (reverse("account"), reverse("admin:password_change"))
    return request.path.startswith(pages)


def _clinic(request: HttpRequest, made_in: str) -> Clinic | None:
    assert isinstance(request.user, Practitioner)  # noqa: S101 (narrows for mypy)
    mine = request.user.memberships.filter(is_active=True).select_related("clinic")
    return next((m.clinic for m in mine if str(m.clinic_id) == made_in), None)


def _sent(request: HttpRequest) -> list[tuple[str, str]]:
    lists = [
        (name, values) for name, values in request.POST.lists() if name not in OURS
    ]
    return [(name, str(value)) for name, values in lists for value in values]
