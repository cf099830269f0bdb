"""Sending a program's link: how, with whose consent, and what the patient will read."""

import base64
import hashlib
from typing import TYPE_CHECKING, Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import get_template
from django.urls import URLPattern, path, reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin

from clinic import consents
from clinic.admin import ClinicModelAdmin, required_actor
from clinic.errors import DomainError
from clinic.models import Actor, Channel, Patient
from clinic.roles import Scope
from prescriptions import sending
from prescriptions.models import Message, Program
from prescriptions.sending import Way

if TYPE_CHECKING:
    Page = ClinicModelAdmin
else:
    Page = object

SHOWN = 20
WORDS = {Channel.MAIL: "e-mails", Channel.SMS: "text messages"}
LOOKS = {
    Message.Status.DUE: ("", "clock"),
    Message.Status.SENDING: ("info", "refresh-cw"),
    Message.Status.SENT: ("ok", "check"),
    Message.Status.FAILED: ("block", "octagon-alert"),
}


class SendForm(forms.Form):
    """The way to send, and that the patient agreed to it."""

    channel = forms.ChoiceField(label="Send by", widget=forms.RadioSelect)
    agreed = forms.BooleanField(required=False)

    def __init__(self, *args: Any, ways: list[Way], **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        usable = [way for way in ways if not way.missing]
        self.agreed_to = {way.channel for way in usable if way.consent}
        asked = [way for way in usable if not way.consent]
        self.asks = " or ".join(WORDS[way.channel] for way in asked)
        field: Any = self.fields["channel"]
        field.choices = [
            (way.channel, f"{way.channel.label} to {way.address}") for way in usable
        ]
        field.initial = usable[0].channel if usable else None

    def clean(self) -> dict[str, Any]:
        """Ask for the consent that the chosen way still lacks."""
        given = self.cleaned_data
        chosen = given.get("channel")
        if chosen and chosen not in self.agreed_to and not given["agreed"]:
            message = "Ask the patient, and tick that they agreed."
            self.add_error("agreed", message)
        return given


def _in_frame(view: Any) -> Any:
    """Let our own pages frame a mail with the styles it carries, and no others."""
    css = get_template("mails/mail.css").render().encode()
    digest = base64.b64encode(hashlib.sha256(css).digest()).decode()
    allowed = {"frame-ancestors": [SELF], "style-src": [f"'sha256-{digest}'"]}
    return xframe_options_sameorigin(csp_replace(allowed)(view))


class SendingPages(Page):
    """The page that sends a link, mixed into the pages on programs."""

    def sending_urls(self) -> list[URLPattern]:
        """Addresses of the page, of the mail in it, and of withdrawing a consent."""
        withdraw = path(
            "record/<uuid:patient_id>/withdraw/",
            self.admin_site.admin_view(self.withdraw_view),
            name="prescriptions_program_withdraw",
        )
        return [
            withdraw,
            self.object_path("send", self.send_view),
            self.object_path("mail", _in_frame(self.mail_view)),
        ]

    def send_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show ways and words; POST records the consent and sends."""
        program = self.object_or_404(request, object_id)
        if not self.may(request, Scope.HANDOUTS_WRITE):
            raise PermissionDenied
        patient = program.patient
        ways = sending.ways_to(patient)
        form = SendForm(request.POST or None, ways=ways)
        if request.method == "POST" and form.is_valid():
            if self._sent(request, program, form):
                return redirect(_record_url(patient))
            return redirect(self.url_of(program, "send"))
        return self.page(
            request,
            "admin/prescriptions/program/send.html",
            f"Send link to {patient}",
            program,
            form=form,
            ways=ways,
            can_send=any(not way.missing for way in ways),
            letters=[(way, sending.sample(patient, way.channel)) for way in ways],
            mail_name=program.clinic.mail_name,
            patient_url=reverse("admin:clinic_patient_change", args=[patient.pk]),
        )

    def _sent(self, request: HttpRequest, program: Program, form: SendForm) -> bool:
        actor = required_actor(request)
        channel = Channel(form.cleaned_data["channel"])
        try:
            if form.cleaned_data["agreed"]:
                consents.give(program.patient, channel, by=actor)
            message = sending.send_link(program, channel=channel, by=actor)
        except DomainError as error:
            messages.error(request, error.message)
            return False
        told = f"The link is on its way to {message.address}."
        messages.success(request, told)
        return True

    def mail_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the mail as the patient's mail program would."""
        program = self.object_or_404(request, object_id)
        letter = sending.sample(program.patient, Channel.MAIL)
        return HttpResponse(letter.html)

    def withdraw_view(self, request: HttpRequest, patient_id: str) -> HttpResponse:
        """Record that the patient takes a consent back."""
        actor = required_actor(request)
        if request.method != "POST":
            raise Http404
        rows = Patient.objects.visible_to(actor)
        patient = get_object_or_404(rows, pk=patient_id)
        if request.POST.get("channel") not in Channel.values:
            raise Http404
        channel = Channel(request.POST["channel"])
        try:
            consents.withdraw(patient, channel, by=actor)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            told = f"Nothing more is sent to {patient} by {channel.label.lower()}."
            messages.success(request, told)
        return redirect(_record_url(patient))


def messages_of(actor: Actor, patient: Patient) -> list[tuple[Message, str, str]]:
    """Return the patient's latest messages, each with tone and icon of its state."""
    rows = Message.objects.visible_to(actor).filter(patient=patient)
    # One a day and program: only those that did not arrive tell something.
    rows = rows.exclude(kind=Message.Kind.REMINDER, status=Message.Status.SENT)
    found = rows.select_related("requested_by", "program")[:SHOWN]
    return [(row, *LOOKS[Message.Status(row.status)]) for row in found]


def _record_url(patient: Patient) -> str:
    record = reverse("admin:prescriptions_program_record", args=[patient.pk])
    return f"{record}#messages"
