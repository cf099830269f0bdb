"""Reminders by mail: chosen by the patient, in waking hours, stopped in one click."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from clinic import consents
from clinic.models import AuditEvent, Channel
from prescriptions import diary, links, message_tasks, programs, reminders, sending
from prescriptions.diary import Written
from prescriptions.handouts import issue_program
from prescriptions.models import Message, PatientLink, Program, Reminder

RIGHT = {"day": "17", "month": "5", "year": "1980"}
BERLIN = "Europe/Berlin"
# SQLite's own clock tells milliseconds, Python's tells more.
A_MOMENT = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def issued(program, practitioner) -> Program:
    """An issued program with a link, of a patient with an address."""
    program.patient.email = "anna@example.net"
    program.patient.save()
    revision, _ = issue_program(program, by=practitioner)
    links.printed_link(revision.program)
    return Program.objects.visible_to(practitioner).get(pk=program.pk)


@pytest.fixture
def reminder(issued) -> Reminder:
    """One for nine o'clock that is due now."""
    made = reminders.choose(issued, hour=9, time_zone=BERLIN)
    Reminder.objects.of_clinic(issued.clinic_id).update(
        next_at=timezone.now() - A_MOMENT
    )
    made.refresh_from_db()
    return made


def queued(program) -> list[Message]:
    return list(Message.objects.of_clinic(program.clinic_id))


def wanted(program) -> bool:
    return reminders.reminder_of(program) is not None


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-07-01T06:59", "2026-07-01T07:00"),
        ("2026-07-01T07:00", "2026-07-02T07:00"),
        ("2026-10-24T12:00", "2026-10-25T08:00"),  # the clock goes back that night
    ],
)
def test_the_hour_is_that_of_the_patients_clock(now, expected):
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = reminders.next_time(9, BERLIN, moment).astimezone(UTC)
    assert found.isoformat()[:16] == expected


def test_a_due_reminder_is_sent_once(issued, reminder):
    assert reminders.send_due() == 1
    assert reminders.send_due() == 0
    (message,) = queued(issued)
    assert (message.kind, message.address) == ("reminder", "anna@example.net")
    reminder.refresh_from_db()
    assert reminder.next_at > timezone.now()


def test_the_mail_can_be_stopped_in_one_click_and_tells_nothing(
    issued, reminder, mailoutbox
):
    message_tasks.sweep_messages()
    sending.deliver(queued(issued)[0].pk)
    (mail,) = mailoutbox
    stop = mail.extra_headers["List-Unsubscribe"].strip("<>")
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop in mail.body
    for secret in (issued.patient.name, issued.title, "exercise"):
        assert secret not in f"{mail.subject} {mail.body}"
    answer = Client(enforce_csrf_checks=True).post(
        stop.removeprefix("http://testserver"), {"List-Unsubscribe": "One-Click"}
    )
    assert "You get no more reminders" in answer.content.decode()
    assert not wanted(issued)


def test_a_mail_scanner_stops_nothing(client, issued, reminder):
    address = links.stop_url(reminder.pk).removeprefix("http://testserver")
    assert "Stop the reminders?" in client.get(address).content.decode()
    assert wanted(issued)


def test_an_address_that_was_made_up_stops_nothing(client, issued, reminder):
    made_up = f"/r/{reminder.pk.hex}.AAAA"
    assert client.post(made_up).status_code == client.get(made_up).status_code == 404
    assert wanted(issued)


def test_nothing_comes_once_the_diary_is_written(issued, reminder):
    revision = issued.revisions.get()
    today = timezone.localdate(timezone=reminders.ZoneInfo(BERLIN))
    entry = Written(client_id=uuid4(), day=today, written_at=timezone.now())
    diary.write(revision, entry)
    assert reminders.send_due() == 0


def test_nothing_comes_while_the_program_is_paused(issued, reminder):
    diary.report_warning_sign(issued)
    reminders.send_due()
    assert "reminder" not in [message.kind for message in queued(issued)]
    assert wanted(issued)


def test_what_is_late_does_not_come_at_night(issued, reminder):
    late = timezone.now() - timedelta(hours=3)
    Reminder.objects.of_clinic(issued.clinic_id).update(next_at=late)
    assert reminders.send_due() == 0


def test_what_could_not_be_delivered_in_time_is_dropped(issued, reminder, mailoutbox):
    reminders.send_due()
    with time_machine.travel(timezone.now() + timedelta(hours=3)):
        sending.deliver(queued(issued)[0].pk)
    assert queued(issued)[0].code == "too_late"
    assert mailoutbox == []


def test_the_end_of_program_link_or_consent_ends_the_reminders(
    issued, reminder, practitioner
):
    consents.give(issued.patient, Channel.MAIL, by=practitioner)
    consents.withdraw(issued.patient, Channel.MAIL, by=practitioner)
    assert reminders.send_due() == 0
    assert not wanted(issued)
    for end in (PatientLink.objects.visible_to(practitioner).revoke, None):
        again = reminders.choose(issued, hour=9, time_zone=BERLIN)
        Reminder.objects.visible_to(practitioner).update(
            next_at=timezone.now() - A_MOMENT
        )
        if end:
            end()
        else:
            programs.end_program(issued, by=practitioner)
        reminders.send_due()
        again.refresh_from_db()
        assert again.stopped_at


# On the phone


@pytest.fixture
def address(client, issued) -> str:
    """The page of a patient who has passed the gate."""
    link = PatientLink.objects.of_clinic(issued.clinic_id).get()
    address = f"/l/{links.token_of(link)}"
    client.post(address, RIGHT)
    return address


def test_the_patient_chooses_and_stops_on_the_phone(client, address, issued):
    assert "anna@example.net" in client.get(address).content.decode()
    values = {"hour": "18", "time_zone": "America/New_York"}
    page = client.post(f"{address}/reminder", values, follow=True)
    assert "You get an e-mail at 18:00" in page.content.decode()
    chosen = reminders.reminder_of(issued)
    assert (chosen.hour, chosen.time_zone) == (18, "America/New_York")
    client.post(f"{address}/reminder", {"stop": ""})
    assert not wanted(issued)
    events = AuditEvent.objects.of_clinic(issued.clinic_id).filter(actor_kind="patient")
    assert {"reminder.chosen", "reminder.stopped"} <= set(
        events.values_list("action", flat=True)
    )


@pytest.mark.parametrize("hour", ["6", "21", "x", ""])
def test_hours_of_sleep_are_refused(client, address, issued, hour):
    client.post(f"{address}/reminder", {"hour": hour})
    assert not wanted(issued)


def test_an_unknown_time_zone_is_the_clinics(client, address, issued):
    client.post(f"{address}/reminder", {"hour": "9", "time_zone": "Mars/Base"})
    assert reminders.reminder_of(issued).time_zone == issued.clinic.time_zone


def test_nobody_chooses_without_the_gate(issued):
    link = PatientLink.objects.of_clinic(issued.clinic_id).get()
    Client().post(f"/l/{links.token_of(link)}/reminder", {"hour": "9"})
    assert not wanted(issued)


def test_without_an_address_no_reminder_is_offered(client, address, issued):
    issued.patient.email = ""
    issued.patient.save()
    assert "Remind me" not in client.get(address).content.decode()


def test_old_reminders_are_deleted_and_links_stay(issued, reminder, practitioner):
    reminders.send_due()
    old = timezone.now() - timedelta(days=91)
    Message.objects.visible_to(practitioner).update(created_at=old, finished_at=old)
    assert message_tasks.drop_reminders() == 1
