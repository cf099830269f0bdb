"""Reminders by mail: chosen on the phone page, sent when due, stopped in one click."""

import logging
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction
from django.utils import timezone

from clinic import mail
from clinic.audit import record
from clinic.models import Channel, Consent
from prescriptions import documents, links, messages, phone
from prescriptions.models import (
    DiaryEntry,
    Message,
    PatientLink,
    Program,
    Reminder,
    Revision,
)
from prescriptions.models.message import REMINDERS_LAST

logger = logging.getLogger(__name__)

AT_ONCE = 200


def are_possible(program: Program) -> bool:
    """Tell whether there is a server for mail and an address to send it to."""
    return mail.is_set_up() and bool(program.patient.email)


def reminder_of(program: Program) -> Reminder | None:
    """Return the reminder that the patient wants."""
    mine = Reminder.objects.of_clinic(program.clinic_id).wanted()
    return mine.filter(program=program).first()


@transaction.atomic
def choose(program: Program, *, hour: int, time_zone: str) -> Reminder:
    """Store what the patient chose; an unknown time zone is taken as the clinic's."""
    known = time_zone in available_timezones()
    zone = time_zone if known else program.clinic.time_zone
    now = timezone.now()
    reminder, _ = Reminder.objects.of_clinic(program.clinic_id).update_or_create(
        program=program,
        defaults={
            "clinic_id": program.clinic_id,
            "hour": hour,
            "time_zone": zone,
            "next_at": next_time(hour, zone, now),
            "chosen_at": now,
            "stopped_at": None,
        },
    )
    record(None, "reminder.chosen", program, actor_kind="patient")
    return reminder


@transaction.atomic
def stop(reminder: Reminder, *, actor_kind: str = "patient") -> None:
    """Send no more; again, it changes nothing."""
    if Reminder.objects.stop(reminder):
        record(None, "reminder.stopped", reminder.program, actor_kind=actor_kind)


def stop_by(token: str) -> bool:
    """Stop the reminder that a mail names; False when it names none."""
    reminder_id = links.reminder_in(token)
    if reminder_id is None:
        return False
    rows = Reminder.objects.unscoped().filter(pk=reminder_id)
    reminder = rows.select_related("program").first()
    if reminder:
        stop(reminder)
    return reminder is not None


def next_time(hour: int, zone: str, after: datetime) -> datetime:
    """Return the next time that a clock in the zone shows the hour."""
    here = after.astimezone(ZoneInfo(zone))
    at = datetime.combine(here.date(), time(hour), tzinfo=here.tzinfo)
    return at if at > after else at + timedelta(days=1)


def send_due() -> int:
    """Queue the mails that are due; return how many."""
    rows = Reminder.objects.due().select_related("program__patient", "program__clinic")
    return sum(_sent(reminder) for reminder in rows[:AT_ONCE])


def _sent(reminder: Reminder) -> bool:
    try:
        return _send(reminder)
    except Exception:
        # The others are not made to wait for it.
        logger.exception("reminder %s could not be queued", reminder.pk)
        return False


@transaction.atomic
def _send(reminder: Reminder) -> bool:
    now = timezone.now()
    following = next_time(reminder.hour, reminder.time_zone, now)
    if not Reminder.objects.move_on(reminder, following):
        return False
    link = _link_of(reminder)
    if link is None:
        stop(reminder, actor_kind="system")
        return False
    if now - reminder.next_at > REMINDERS_LAST or not _has_something_to_do(reminder):
        return False
    messages.queue(
        reminder.program,
        kind=Message.Kind.REMINDER,
        channel=Channel.MAIL,
        link=link,
        address=reminder.program.patient.email,
    )
    return True


def _link_of(reminder: Reminder) -> PatientLink | None:
    """Return the link to send; None when there is nothing to remind of any more."""
    program = reminder.program
    if program.status != Program.Status.ACTIVE or not are_possible(program):
        return None
    consents = Consent.objects.of_clinic(program.clinic_id)
    taken_back = consents.filter(
        patient=program.patient_id,
        channel=Channel.MAIL,
        withdrawn_at__gt=reminder.chosen_at,
    )
    if taken_back.exists():
        return None
    live = PatientLink.objects.of_clinic(program.clinic_id).live()
    return live.filter(program=program).first()


def _has_something_to_do(reminder: Reminder) -> bool:
    """Tell whether something is due today and nothing written about it yet."""
    program = reminder.program
    if program.paused_at:
        return False
    today = timezone.localdate(timezone=ZoneInfo(reminder.time_zone))
    mine = Revision.objects.of_clinic(program.clinic_id).filter(program=program)
    revision = mine.current().first()
    if revision is None:
        return False
    document = documents.from_json(revision.document)
    if not phone.due(phone.phase_on(document, today), today):
        return False
    entries = DiaryEntry.objects.of_clinic(program.clinic_id)
    return not entries.filter(program=program, day=today).exists()
