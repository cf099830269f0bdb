"""Sending a patient's link: the door, and what a worker does with the message."""

import logging
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clinic import consents, mail, sms
from clinic.audit import record
from clinic.errors import Conflict, NotSentError
from clinic.mail import Mail
from clinic.models import Channel, Clinic, Consent, Membership, Patient
from prescriptions import letters, links, messages
from prescriptions.handouts import share_with_patient
from prescriptions.letters import Letter
from prescriptions.models import Message, PatientLink, Program, Reminder
from prescriptions.models.message import REMINDERS_LAST

logger = logging.getLogger(__name__)

WORDED = {Channel.MAIL: letters.link_mail, Channel.SMS: letters.link_sms}
TOO_LATE = "The time of the reminder was over."
LINK_ENDED = "The link ended before the message was sent."


@dataclass(frozen=True)
class Way:
    """A way to write to a patient: where to, what is missing, what was agreed."""

    channel: Channel
    address: str
    missing: str
    consent: Consent | None


def ways_to(patient: Patient) -> list[Way]:
    """Return the ways this installation has, usable for the patient or not."""
    agreed = consents.consents_of(patient)
    found = []
    if mail.is_set_up():
        missing = "" if patient.email else "There is no e-mail address on record."
        found.append((Channel.MAIL, patient.email, missing))
    if sms.is_set_up():
        found.append((Channel.SMS, *_phone(patient)))
    return [Way(*way, consent=agreed.get(way[0])) for way in found]


def _phone(patient: Patient) -> tuple[str, str]:
    if not patient.phone:
        return "", "There is no phone number on record."
    if number := sms.number_of(patient.phone):
        return number, ""
    missing = "The phone number on record lacks its country, such as +49."
    return patient.phone, missing


@transaction.atomic
def send_link(program: Program, *, channel: Channel, by: Membership) -> Message:
    """Make a fresh link and send it; the one sent before is withdrawn.

    Raises Conflict without an address or a consent, and as ``share_with_patient``.
    """
    patient = program.patient
    way = next((way for way in ways_to(patient) if way.channel == channel), None)
    if way is None:
        raise Conflict("not_set_up", "This installation sends no such messages.")
    if way.missing:
        raise Conflict("no_address", way.missing)
    if way.consent is None:
        raise Conflict("no_consent", "Record first that the patient agreed to it.")
    link = share_with_patient(program, by=by)
    message = messages.queue(
        program,
        kind=Message.Kind.LINK,
        channel=channel,
        link=link,
        address=way.address,
        requested_by=by.practitioner,
    )
    record(by, "message.queued", message, channel=channel)
    return message


def sample(patient: Patient, channel: Channel) -> Letter:
    """Return what a message would say today; its address opens nothing."""
    clinic = patient.clinic
    until = timezone.localdate(timezone=ZoneInfo(clinic.time_zone))
    return _worded(
        clinic,
        channel,
        language=patient.language,
        url=f"{settings.PUBLIC_URL}/l/…",
        until=until + timedelta(days=clinic.sent_link_days),
    )


def deliver(message_id: UUID) -> None:
    """Make one attempt; losing the claim is normal."""
    token = Message.objects.claim(message_id)
    if token is None:
        return
    rows = Message.objects.job(message_id).select_related("clinic", "patient", "link")
    message = rows.get()
    message.claim_token = token
    try:
        _send(message)
    except NotSentError as error:
        logger.warning("message %s was not taken: %s", message_id, error.code)
        _not_sent(message, error)
    else:
        with transaction.atomic():
            if Message.objects.sent(message):
                record(None, "message.sent", message, channel=message.channel)


def _not_sent(message: Message, error: NotSentError) -> None:
    with transaction.atomic():
        Message.objects.not_sent(
            message, code=error.code, words=error.words, is_final=error.is_final
        )
        message.refresh_from_db(fields=["status"])
        if message.status == Message.Status.FAILED:
            record(None, "message.failed", message, code=error.code, outcome="refused")


def _send(message: Message) -> None:
    letter = _letter_of(message)
    if message.channel == Channel.SMS:
        sms.send(message.address, letter.text)
        return
    is_for_patient = message.kind != Message.Kind.ALERT
    mail.send(
        Mail(
            to=message.address,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            message_id=message.pk,
            headers=_headers(message),
            sender_name=message.clinic.mail_name if is_for_patient else "",
            reply_to=message.clinic.email if is_for_patient else "",
        )
    )


def _letter_of(message: Message) -> Letter:
    """Compose the message; raise NotSentError when what it brings has ended."""
    if message.link is None:
        return letters.alert_mail()
    if message.link.state(timezone.now()) != "live":
        raise NotSentError("link_ended", LINK_ENDED, is_final=True)
    if message.kind == Message.Kind.REMINDER:
        return _reminder(message, message.link)
    return _worded(
        message.clinic,
        Channel(message.channel),
        language=message.patient.language,
        url=links.url_of(message.link),
        until=message.link.expires_at.astimezone(
            ZoneInfo(message.clinic.time_zone)
        ).date(),
    )


def _reminder(message: Message, link: PatientLink) -> Letter:
    if timezone.now() - message.created_at > REMINDERS_LAST:
        raise NotSentError("too_late", TOO_LATE, is_final=True)
    return letters.reminder_mail(
        message.clinic,
        language=message.patient.language,
        url=links.url_of(link),
        stop_url=_stop_url(message),
    )


def _stop_url(message: Message) -> str:
    rows = Reminder.objects.of_clinic(message.clinic_id)
    return links.stop_url(rows.get(program=message.program_id).pk)


def _headers(message: Message) -> dict[str, str]:
    """Let mail programs offer to unsubscribe (RFC 8058)."""
    if message.kind != Message.Kind.REMINDER:
        return {}
    return {
        "List-Unsubscribe": f"<{_stop_url(message)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _worded(
    clinic: Clinic, channel: Channel, *, language: str, url: str, until: date
) -> Letter:
    return WORDED[channel](clinic, language=language, url=url, until=until)
