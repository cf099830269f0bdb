"""Pages on reminders: chosen behind the gate, stopped from the mail without one."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from prescriptions import links, reminders, views
from prescriptions.models import PatientLink
from prescriptions.models.reminder import FIRST_HOUR, LAST_HOUR
from prescriptions.patient_pages import behind_the_gate


class ReminderForm(forms.Form):
    """At which hour, by the clock of the device."""

    hour = forms.TypedChoiceField(
        label=gettext_lazy("Time"),
        coerce=int,
        choices=[(n, f"{n}:00") for n in range(FIRST_HOUR, LAST_HOUR + 1)],
    )
    time_zone = forms.CharField(max_length=64, required=False)


@views.private
@require_POST
@behind_the_gate
def reminder_page(request: HttpRequest, link: PatientLink) -> HttpResponseBase:
    """Take the patient's choice: an hour, or to stop."""
    program = link.program
    form = ReminderForm(request.POST)
    if "stop" in request.POST:
        if reminder := reminders.reminder_of(program):
            reminders.stop(reminder)
    elif form.is_valid() and reminders.are_possible(program):
        reminders.choose(program, **form.cleaned_data)
    return redirect("link-page", token=links.token_of(link))


@csrf_exempt
@views.private
@require_http_methods(["GET", "HEAD", "POST"])
def stop_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Offer to stop; POST stops, also the one a mail program sends (RFC 8058).

    Whoever has the token has the mail; all it can do is to end the mails.
    """
    is_known = bool(links.reminder_in(token))
    if request.method == "POST":
        is_known = reminders.stop_by(token)
    if not is_known:
        return views.neutral()
    context: dict[str, Any] = {"is_done": request.method == "POST"}
    return views.page("patients/stop_reminders.html", context, request)
