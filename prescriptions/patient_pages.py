"""Patient pages that take something in: the diary, and the report of a warning sign."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST

from clinic.errors import DomainError
from prescriptions import diary, editions, handouts, links, phone, views
from prescriptions.models import PatientLink
from prescriptions.patient_forms import DiaryForm, PrintForm, initial_of

Behind = Callable[[HttpRequest, PatientLink], HttpResponseBase]
REPORTS_PER_LINK = 60


def behind_the_gate(view: Behind) -> Callable[..., HttpResponseBase]:
    """Call the view with the link of who has passed its gate, in their language."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponseBase:
        link = links.find(token)
        if link is None:
            return views.neutral()
        if not views.has_passed(request, link):
            # A module must not take the gate for an answer
            if _wants_json(request):
                return JsonResponse({"stored": False}, status=403)
            return redirect("link-page", token=token)
        if request.method == "POST" and not views.within(
            REPORTS_PER_LINK, "report", str(link.pk), if_unknown=True
        ):
            return views.wait()
        with translation.override(views.language_for(request, link)):
            return view(request, link)

    return guarded


@views.private
@require_http_methods(["GET", "HEAD", "POST"])
@behind_the_gate
def diary_page(request: HttpRequest, link: PatientLink) -> HttpResponseBase:
    """Show a day's form, with what was written before; POST stores it."""
    frame = views.frame_of(link)
    if "document" not in frame:
        return redirect("link-page", token=frame["token"])
    today, document = frame["today"], frame["document"]
    chosen = request.POST.get("day") or request.GET.get("day") or ""
    day = _day(chosen, today)
    form_values: dict[str, Any] = {
        "cards": phone.due(phone.phase_on(document, day), day),
        "today": today,
        "start": date.fromisoformat(document.start_date),
    }
    if request.method == "POST":
        form = DiaryForm(request.POST, **form_values)
        if form.is_valid():
            diary.write(frame["revision"], form.written())
            return _stored(request, frame["token"])
        if _wants_json(request):
            return JsonResponse({"stored": False}, status=400)
    else:
        entry = diary.entries_of(link.program).get(day)
        form = DiaryForm(initial=initial_of(entry, day), **form_values)
    context = {"form": form, "chosen": day, "yesterday": today - timedelta(days=1)}
    return views.page("patients/diary.html", frame | context, request)


@views.private
@require_POST
@behind_the_gate
def warning_page(request: HttpRequest, link: PatientLink) -> HttpResponseBase:
    """Take the report of a warning sign; show at once whom to call."""
    diary.report_warning_sign(link.program)
    if _wants_json(request):
        return JsonResponse({"stored": True})
    return views.page("patients/warning.html", views.frame_of(link), request)


@views.private
@require_POST
@behind_the_gate
def paper_page(request: HttpRequest, link: PatientLink) -> HttpResponseBase:
    """Make the PDF in the look that the patient chose, and show its state."""
    address = reverse("link-page", args=[links.token_of(link)])
    revision = views.current_revision(link)
    offers = editions.offers(revision) if revision else []
    form = PrintForm(request.POST, offers=offers)
    if not form.is_valid():
        return redirect(address)
    try:
        handout = handouts.request_by_patient(link, **form.cleaned_data)
    except DomainError:
        return redirect(address)
    return redirect(f"{address}?paper={handout.pk}#pdf" if handout else address)


@views.private
@require_POST
@behind_the_gate
def language_page(request: HttpRequest, link: PatientLink) -> HttpResponseBase:
    """Remember on this device in which language the patient reads the program."""
    address = reverse("link-page", args=[links.token_of(link)])
    answer = redirect(address)
    revision = views.current_revision(link)
    chosen = request.POST.get("language", "")
    if revision and chosen in editions.languages_of(revision):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            expires=link.expires_at,
            path=address,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
    return answer


def _stored(request: HttpRequest, token: str) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"stored": True})
    return redirect(reverse("link-page", args=[token]) + "?saved")


def _day(text: str, today: date) -> date:
    try:
        return parse_date(text) or today
    except ValueError:
        return today


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"
