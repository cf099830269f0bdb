"""Patient pages: the gate in front of a link, today's page behind it, and the PDF.

What a patient reads here is one of four pages. Nothing about the patient or the
program is shown before the birth date has been given, and a link that does not open
looks the same whatever the reason. That goes for the patient's language too: up to
the gate the pages speak the language of the browser.
"""

import logging
import re
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe
from redis.exceptions import RedisError

from clinic import languages
from clinic.context import current_request
from clinic.errors import DomainError
from clinic.models import Clinic
from prescriptions import editions, links, phone, reminders
from prescriptions.downloads import pdf_response
from prescriptions.handouts import open_handout, shown_handout
from prescriptions.models import Handout, PatientLink, Revision
from prescriptions.models.reminder import FIRST_HOUR, LAST_HOUR
from prescriptions.patient_forms import PrintForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

logger = logging.getLogger(__name__)
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

# The prefix binds a cookie to https, and unlike "__Host-" allows a path.
GRANT_COOKIE = "__Secure-grant" if settings.HTTPS else "grant"
WINDOW_SECONDS = 10 * 60
TRIES_PER_LINK = 20
TRIES_PER_ADDRESS = 60
CODES_PER_ADDRESS = 20
FILES_PER_LINK = 60
# What a kept program needs besides its pages; the modules' names are those they import
KEPT = (
    "patient.css",
    "icon.svg",
    "icons.svg",
    "page.js",
    "timer.js",
    "sending.js",
    "keep.js",
    "offline.js",
    "ended.js",
)
WRONG_CODE = gettext_lazy(
    "Code and birth date do not match. Check both. Five wrong tries close the code."
)


def _number(
    part: str, label: "_StrPromise", mistake: "_StrPromise", least: int, most: int
) -> forms.IntegerField:
    """Return a field that old phones fill in and screen readers name."""
    attributes = {"inputmode": "numeric", "autocomplete": f"bday-{part}"}
    kinds = ["required", "invalid", "min_value", "max_value"]
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attributes),
        error_messages=dict.fromkeys(kinds, mistake),
    )


class BirthDateForm(forms.Form):
    """A birth date as three numbers; what is no date is not counted as a try."""

    use_required_attribute = False

    day = _number(
        "day",
        gettext_lazy("Day"),
        gettext_lazy("Type the day as a number from 1 to 31."),
        1,
        31,
    )
    month = _number(
        "month",
        gettext_lazy("Month"),
        gettext_lazy("Type the month as a number from 1 to 12."),
        1,
        12,
    )
    year = _number(
        "year",
        gettext_lazy("Year"),
        gettext_lazy("Type all four digits of the year."),
        1900,
        9999,
    )

    def clean(self) -> dict[str, Any]:
        """Put the three numbers together."""
        given = self.cleaned_data
        if {"day", "month", "year"} <= given.keys():
            try:
                given["birth_date"] = date(given["year"], given["month"], given["day"])
            except ValueError:
                self.add_error("day", gettext("There is no such day in that month."))
        if given.get("birth_date", date.min) > timezone.localdate():
            mistake = gettext("This date is in the future. Check the year.")
            self.add_error("year", mistake)
        return given


class CodeForm(BirthDateForm):
    """The code for typing together with the birth date."""

    code = forms.CharField(
        label=gettext_lazy("Code on your handout"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages=dict.fromkeys(
            ["required", "max_length"],
            gettext_lazy("Type the ten letters and numbers of the code."),
        ),
    )
    field_order = ["code"]


def private(view: View[P]) -> View[P]:
    """Speak the browser's language, and keep a page's address, a secret, to it.

    Addresses stay out of referrers and indexes.
    """

    @wraps(view)
    def guarded(
        request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        with translation.override(translation.get_language_from_request(request)):
            response = view(request, *args, **kwargs)
        patch_vary_headers(response, ["Accept-Language"])
        # The host alone: "no-referrer" would also blank the Origin header, without
        # which the CSRF check refuses the form.
        response.headers.setdefault("Referrer-Policy", "strict-origin")
        response.headers.setdefault("X-Robots-Tag", "noindex")
        return response

    return guarded


@private
@require_http_methods(["GET", "HEAD", "POST"])
def link_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the gate of a link, or the program to who has passed it; POST opens."""
    is_try = request.method == "POST"
    if is_try and not _may_try(token):
        return wait()
    link = links.find(token)
    if link is None:
        return neutral()
    if is_try:
        return _answer(request, link)
    if has_passed(request, link):
        return _program_page(request, link)
    return _gate(request, link, _form_for(link))


@private
@require_http_methods(["GET", "HEAD", "POST"])
def code_page(request: HttpRequest) -> HttpResponseBase:
    """Ask for code and birth date; both right lead to the link's own address."""
    if request.method != "POST":
        return _code_gate(request, CodeForm())
    if not _may_try_code():
        return wait()
    form = CodeForm(request.POST)
    if form.is_valid():
        link = links.find_by_code(form.cleaned_data["code"])
        birth_date = form.cleaned_data["birth_date"]
        if link and links.try_birth_date(link, birth_date).opened:
            return _enter(link)
        # One sentence whatever was wrong, so that nobody learns which codes exist
        form.add_error(None, WRONG_CODE)
    return _code_gate(request, form)


@private
@require_safe
def link_file(request: HttpRequest, token: str, *, inline: bool) -> HttpResponseBase:
    """Hand out the PDF to who has passed the gate; HEAD looks and takes nothing."""
    link = links.find(token)
    if link is None:
        return neutral()
    asked = request.GET.get("paper", "")
    handout = shown_handout(link, asked, language=language_for(request, link))
    if handout is None or not has_passed(request, link):
        return redirect("link-page", token=token)
    if request.method == "HEAD" and handout.status == Handout.Status.READY:
        return HttpResponse(content_type="application/pdf")
    if not within(FILES_PER_LINK, "file", str(link.pk), if_unknown=True):
        return wait()
    try:
        stream = open_handout(handout, link=link)
    except DomainError:
        return _program_page(request, link, cannot_open=True)
    return pdf_response(handout, stream, inline=inline)


def _form_for(link: PatientLink, data: Any = None) -> BirthDateForm:
    """Return the form with the parts of the date in the order of the clinic's land."""
    month_first = link.clinic.paper == Clinic.Paper.LETTER
    return BirthDateForm(data, field_order=["month", "day"] if month_first else None)


def _answer(request: HttpRequest, link: PatientLink) -> HttpResponseBase:
    form = _form_for(link, request.POST)
    if not form.is_valid():
        return _gate(request, link, form)
    answer = links.try_birth_date(link, form.cleaned_data["birth_date"])
    if answer.opened:
        return _enter(link)
    if not answer.tries_left:
        return neutral()
    mistake = ngettext(
        "This is not the birth date we have. You have %(tries)d try left.",
        "This is not the birth date we have. You have %(tries)d tries left.",
        answer.tries_left,
    )
    form.add_error(None, mistake % {"tries": answer.tries_left})
    return _gate(request, link, form)


def _enter(link: PatientLink) -> HttpResponseBase:
    """Lead behind the gate, with a proof that only this link's pages receive."""
    address = reverse("link-page", args=[links.token_of(link)])
    response = redirect(address)
    response.set_cookie(
        GRANT_COOKIE,
        links.grant_of(link),
        max_age=links.GRANT_SECONDS,
        path=address,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def has_passed(request: HttpRequest, link: PatientLink) -> bool:
    return links.holds_grant(link, request.COOKIES.get(GRANT_COOKIE, ""))


def _gate(
    request: HttpRequest, link: PatientLink, form: BirthDateForm
) -> HttpResponseBase:
    context = {"form": form, "clinic": link.clinic, "dial": dial(link.clinic.phone)}
    return page("patients/gate.html", context, request)


def _code_gate(request: HttpRequest, form: CodeForm) -> HttpResponseBase:
    return page("patients/gate.html", {"form": form, "code": form["code"]}, request)


def _program_page(
    request: HttpRequest, link: PatientLink, *, cannot_open: bool = False
) -> HttpResponseBase:
    language = language_for(request, link)
    handout = shown_handout(link, request.GET.get("paper", ""), language=language)
    ends = link.expires_at.astimezone(ZoneInfo(link.clinic.time_zone))
    with translation.override(language):
        frame = frame_of(link)
        context = frame | {
            "state": _state(handout, cannot_open=cannot_open),
            "size": _size(handout) if handout else "",
            "ends": languages.long_date(ends),
            "is_saved": "saved" in request.GET,
            "paper": handout,
            "paper_language": _spoken_in(handout),
            "print_form": _print_form(frame, handout),
            "link_ends": link.expires_at,
            "can_remind": reminders.are_possible(link.program),
            "link_email": link.patient.email,
            "reminder": reminders.reminder_of(link.program),
            "hours": range(FIRST_HOUR, LAST_HOUR + 1),
            "kept_files": " ".join(static(f"patients/{name}") for name in KEPT),
        }
        return page("patients/program.html", context, request)


def _print_form(frame: dict[str, Any], handout: Handout | None) -> PrintForm:
    """Return the form as the handout shown was made, in the language of the page."""
    initial = dict(handout.options) if handout else {}
    if document := frame.get("document"):
        initial["language"] = document.language
    return PrintForm(initial=initial, offers=frame.get("offers", ()))


def _spoken_in(handout: Handout | None) -> tuple[str, str]:
    """Return code and name of a handout's language; empty of older ones."""
    code = handout.options.get("language", "") if handout else ""
    return code, languages.name(code)


def language_for(request: HttpRequest, link: PatientLink) -> str:
    """Return the language chosen on this device, else the patient's."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else link.patient.language


def frame_of(link: PatientLink) -> dict[str, Any]:
    """Return what all pages behind the gate show: the program as issued, and help.

    It is in the language in force, if it was issued in that one.
    """
    revision = current_revision(link)
    today = timezone.localdate(timezone=ZoneInfo(link.clinic.time_zone))
    frame: dict[str, Any] = {
        "clinic": link.clinic,
        "dial": dial(link.clinic.phone),
        "token": links.token_of(link),
        "title": gettext("Your home program"),
        "title_language": link.patient.language,
        "is_paused": link.program.paused_at is not None,
        "today": today,
    }
    if revision is None:
        return frame
    spoken = (translation.get_language() or languages.SOURCE).partition("-")[0]
    offers = editions.offers(revision)
    is_offered = spoken in {offer.language for offer in offers}
    document = editions.document_of(revision, spoken if is_offered else "")
    return frame | {
        "revision": revision,
        "offers": offers,
        "document": document,
        "title": document.title,
        "title_language": document.own_language or document.language,
        "hint": languages.fallback_hint(document.language, spoken),
        "written_hint": languages.written_hint(document.own_language, spoken),
        "day": phone.day_of(document, today),
        "news": phone.news_on(document, today),
    }


def current_revision(link: PatientLink) -> Revision | None:
    """Return what the patient was given last."""
    mine = Revision.objects.of_clinic(link.clinic_id).filter(program=link.program_id)
    return mine.current().select_related("program__clinic").first()


def _state(handout: Handout | None, *, cannot_open: bool) -> str:
    if handout is None:
        return "none"
    if handout.status == Handout.Status.FAILED:
        return "missing"
    if handout.status != Handout.Status.READY:
        return "making"
    return "missing" if cannot_open else "ready"


def _size(handout: Handout) -> str:
    pages, kilobytes = handout.pdf_pages or 0, (handout.pdf_bytes or 0) / 1000
    if kilobytes < 1000:
        amount = gettext("%(size)s kB") % {"size": round(kilobytes)}
    else:
        size = number_format(kilobytes / 1000, decimal_pos=1)
        amount = gettext("%(size)s MB") % {"size": size}
    counted = ngettext("%(pages)d page", "%(pages)d pages", pages)
    return f"{counted % {'pages': pages}}, {amount}"


def dial(phone: str) -> str:
    """Return what a phone dials: no blanks, and no trunk zero such as "(0)"."""
    return re.sub(r"[^+0-9]", "", phone.replace("(0)", ""))


def neutral() -> HttpResponseBase:
    """One page, byte for byte, for every link that does not open."""
    return page("patients/neutral.html", status=404)


def wait() -> HttpResponseBase:
    response = page("patients/wait.html", status=429)
    response["Retry-After"] = str(WINDOW_SECONDS)
    return response


def page(
    template: str,
    context: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Return a page in the language in force."""
    html = render_to_string(template, context, request)
    response = HttpResponse(html, status=status)
    response["Content-Language"] = translation.get_language() or languages.SOURCE
    return response


def _may_try(token: str) -> bool:
    """Limit tries by link and by place; without a cache the link's row still counts."""
    place = current_request.get().place
    by_link = within(TRIES_PER_LINK, "link", token, if_unknown=True)
    return within(TRIES_PER_ADDRESS, "try", place, if_unknown=True) and by_link


def _may_try_code() -> bool:
    """Limit codes by place: a wrong code has no row that could count it."""
    return within(
        CODES_PER_ADDRESS, "code", current_request.get().place, if_unknown=False
    )


def within(limit: int, kind: str, who: str, *, if_unknown: bool) -> bool:
    """Count one more in the window; tell whether that is still within the limit."""
    # Neither tokens nor addresses stand in the cache.
    key = f"{kind}:{salted_hmac('prescriptions.views', who).hexdigest()}"
    try:
        cache.add(key, 0, WINDOW_SECONDS)
        return cache.incr(key) <= limit
    except ValueError:
        return True  # the window ended between the two calls
    except (RedisError, OSError):
        logger.warning("The cache is down: %s tries are not limited by it.", kind)
        return if_unknown
