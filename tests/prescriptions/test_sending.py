"""A patient's link by mail and text message: consent, words, delivery, refusals."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import consents, sms
from clinic.errors import Conflict, Forbidden
from clinic.models import AuditEvent, Channel, Clinic, Consent, Membership
from prescriptions import diary, links, message_tasks, messages, programs, sending
from prescriptions.handouts import issue_program
from prescriptions.models import Message, PatientLink, Program
from tests.factories import make_membership
from tests.services import smtp

MAIL = Channel.MAIL
# Words that would tell what somebody is treated for
OF_HEALTH = ("pain", "back", "exercise", "spine", "therap", "chiro", "patient")


@pytest.fixture
def issued(program, practitioner) -> Program:
    """An issued program of a patient with e-mail and phone."""
    patient = program.patient
    patient.email, patient.phone = "anna@example.net", "+49 (0)170 555 0199"
    patient.save()
    issue_program(program, by=practitioner)
    return Program.objects.visible_to(practitioner).get(pk=program.pk)


@pytest.fixture
def agreed(issued, practitioner) -> Program:
    """The same, of a patient who agreed to mail."""
    consents.give(issued.patient, MAIL, by=practitioner)
    return issued


def send(program, by, channel=MAIL) -> Message:
    return sending.send_link(program, channel=channel, by=by)


def state_of(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.status, message.code


def actions(program) -> list[str]:
    events = AuditEvent.objects.of_clinic(program.clinic_id).filter(
        patient_id=program.patient_id
    )
    return list(events.order_by("at").values_list("action", flat=True))


def use(settings, mailbox: smtp.Mailbox) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mailbox.port


# Before anything is sent


@pytest.mark.requirement("D16")
def test_without_a_consent_nothing_is_sent(issued, practitioner):
    with pytest.raises(Conflict, match="agreed"):
        send(issued, practitioner)
    assert not PatientLink.objects.of_clinic(issued.clinic_id).exists()


@pytest.mark.requirement("D16")
def test_a_consent_tells_when_and_who(agreed, practitioner):
    consent = consents.consents_of(agreed.patient)[MAIL]
    assert consent.recorded_by == practitioner.practitioner
    assert timezone.now() - consent.given_at < timedelta(minutes=1)
    assert "consent.given" in actions(agreed)


def test_a_consent_counts_for_its_channel_alone(agreed, practitioner):
    with pytest.raises(Conflict):
        send(agreed, practitioner, Channel.SMS)


def test_a_consent_can_be_taken_back_and_given_anew(agreed, practitioner):
    consents.withdraw(agreed.patient, MAIL, by=practitioner)
    with pytest.raises(Conflict):
        send(agreed, practitioner)
    consents.give(agreed.patient, MAIL, by=practitioner)
    assert Consent.objects.visible_to(practitioner).count() == 2


def test_who_may_only_read_neither_agrees_nor_sends(agreed, clinic):
    reader = make_membership(clinic=clinic, role=Membership.Role.READ_ONLY)
    with pytest.raises(Forbidden):
        consents.give(agreed.patient, Channel.SMS, by=reader)
    with pytest.raises(Forbidden):
        send(agreed, reader)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+49 (0)170 555-0199", "+491705550199"),
        ("0049 170 5550199", "+491705550199"),
        ("0170 5550199", ""),
        ("call me", ""),
    ],
)
def test_a_text_message_needs_the_country_of_the_number(typed, number):
    assert sms.number_of(typed) == number


# What is sent


def test_a_real_server_takes_the_mail(agreed, practitioner, settings):
    Clinic.objects.filter(pk=agreed.clinic_id).update(email="desk@example.org")
    agreed.patient.language = "de"
    agreed.patient.save()
    with smtp.running() as mailbox:
        use(settings, mailbox)
        message = send(agreed, practitioner)
        sending.deliver(message.pk)
        sending.deliver(message.pk)
    (mail,) = mailbox.mails
    assert state_of(message) == ("sent", "")
    assert (mail["To"], mail["Reply-To"]) == ("anna@example.net", "desk@example.org")
    assert mail["Message-ID"] == f"<{message.pk.hex}@example.org>"
    text, html = mail.get_body(["plain"]), mail.get_body(["html"])
    assert links.url_of(message.link) in text.get_content()
    assert 'lang="de"' in html.get_content()
    assert actions(agreed)[-2:] == ["message.queued", "message.sent"]


@pytest.mark.requirement("P3")
@pytest.mark.parametrize("language", ["en", "es", "fr", "de"])
@pytest.mark.parametrize("channel", Channel)
def test_no_message_names_the_patient_or_anything_of_health(issued, language, channel):
    issued.patient.language = language
    letter = sending.sample(issued.patient, channel)
    page = f"{letter.subject} {letter.text} {letter.html}".lower()
    for secret in (issued.patient.name, issued.title, "1980", issued.clinic.name):
        assert secret.lower() not in page
    words = f"{letter.subject} {letter.text}".lower()
    assert not [word for word in OF_HEALTH if word in words]


def test_each_language_has_its_own_words(issued):
    said = set()
    for language in ("en", "es", "fr", "de"):
        issued.patient.language = language
        letter = sending.sample(issued.patient, MAIL)
        said |= {letter.subject, letter.text.split("\n")[0]}
    assert len(said) == 8


def test_the_clinic_is_called_as_it_wishes(issued):
    issued.patient.clinic.mail_name = "Haus <am> Park"
    letter = sending.sample(issued.patient, MAIL)
    assert letter.subject == "Your page from Haus <am> Park"
    assert "Haus &lt;am&gt; Park has made a page" in letter.html


def test_a_text_message_goes_through_the_provider(issued, practitioner, capsys):
    consents.give(issued.patient, Channel.SMS, by=practitioner)
    message = send(issued, practitioner, Channel.SMS)
    sending.deliver(message.pk)
    said = capsys.readouterr().err
    assert said.startswith("SMS to +491705550199: Your page from the clinic: http")
    assert links.url_of(message.link) in said


def test_a_sent_link_replaces_the_one_before_and_lasts_as_the_clinic_says(
    agreed, practitioner
):
    printed = links.printed_link(agreed)
    Clinic.objects.filter(pk=agreed.clinic_id).update(sent_link_days=7)
    first, second = (send(agreed, practitioner).link for _ in range(2))
    live = set(PatientLink.objects.visible_to(practitioner).live())
    assert live == {printed, second}
    assert first not in live
    days = (second.expires_at - timezone.now()) / timedelta(days=1)
    assert 6.9 < days < 7.1


# What goes wrong


def test_a_refused_address_is_final_and_shown_on_the_record(
    agreed, practitioner, settings, client
):
    with smtp.running() as mailbox:
        use(settings, mailbox)
        mailbox.refusals["anna@example.net"] = "550 5.1.1 No such person here"
        message = send(agreed, practitioner)
        sending.deliver(message.pk)
    assert state_of(message) == ("failed", "550")
    client.force_login(practitioner.practitioner)
    record = f"/admin/prescriptions/program/record/{agreed.patient_id}/"
    page = client.get(record).content.decode()
    assert "5.1.1 No such person here (550)" in page
    assert "Not sent" in page


def test_a_busy_server_is_tried_again_later_and_less_often(
    agreed, practitioner, settings
):
    with smtp.running() as mailbox:
        use(settings, mailbox)
        mailbox.refusals["anna@example.net"] = "451 4.7.1 Try later"
        message = send(agreed, practitioner)
        with time_machine.travel(timezone.now(), tick=False):
            sending.deliver(message.pk)
            message.refresh_from_db()
            assert message.due_at == timezone.now() + timedelta(minutes=1)
    assert state_of(message) == ("due", "451")


def test_after_the_last_attempt_a_message_is_given_up(agreed, practitioner, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    message = send(agreed, practitioner)
    rows = Message.objects.job(message.pk)
    for _ in range(7):
        rows.update(due_at=timezone.now() - timedelta(seconds=1))
        sending.deliver(message.pk)
    assert state_of(message) == ("failed", "no_answer")
    assert actions(agreed)[-1] == "message.failed"


def test_a_link_that_ended_meanwhile_is_not_sent(agreed, practitioner, mailoutbox):
    message = send(agreed, practitioner)
    programs.end_program(agreed, by=practitioner)
    sending.deliver(message.pk)
    assert state_of(message) == ("failed", "link_ended")
    assert mailoutbox == []


def test_the_sweeper_rings_for_what_waits_and_takes_back_what_was_lost(
    agreed, practitioner, monkeypatch
):
    rung = []
    monkeypatch.setattr(
        messages.broker, "publish", lambda task, pk, queue: rung.append(pk) or True
    )
    message = send(agreed, practitioner)
    assert Message.objects.claim(message.pk)
    past = timezone.now() - timedelta(seconds=1)
    Message.objects.job(message.pk).update(lease_until=past)
    assert message_tasks.sweep_messages() == 1
    assert rung == [message.pk]
    assert message_tasks.sweep_messages() == 0


@pytest.mark.requirement("D4")
def test_no_log_line_names_the_address(agreed, practitioner, settings, caplog):
    with smtp.running() as mailbox:
        use(settings, mailbox)
        mailbox.refusals["anna@example.net"] = "550 anna@example.net is unknown"
        sending.deliver(send(agreed, practitioner).pk)
    ours = [r for r in caplog.records if r.name.startswith(("clinic", "prescriptions"))]
    assert ours
    assert "anna" not in str([r.getMessage() for r in ours])


# The clinic is told to look


def test_a_warning_sign_sends_a_mail_without_content(agreed, mailoutbox):
    Clinic.objects.filter(pk=agreed.clinic_id).update(email="desk@example.org")
    agreed.clinic.refresh_from_db()
    diary.report_warning_sign(agreed)
    diary.report_warning_sign(agreed)
    for message in Message.objects.of_clinic(agreed.clinic_id):
        sending.deliver(message.pk)
    addresses = {mail.to[0] for mail in mailoutbox}
    assert addresses == {"desk@example.org", agreed.practitioner.email}
    assert len(mailoutbox) == 2
    words = f"{mailoutbox[0].subject} {mailoutbox[0].body}"
    for secret in (agreed.patient.name, agreed.title, "/program/", "sign of"):
        assert secret not in words


def test_a_locked_link_tells_the_clinic_once(agreed):
    link = links.printed_link(agreed)
    wrong = agreed.patient.date_of_birth + timedelta(days=1)
    for _ in range(7):
        links.try_birth_date(link, wrong)
    kinds = Message.objects.of_clinic(agreed.clinic_id).values_list("kind", flat=True)
    assert list(kinds) == ["alert"]


# The pages


@pytest.fixture
def browser(client, practitioner):
    client.force_login(practitioner.practitioner)
    return client


def page_of(program) -> str:
    return f"/admin/prescriptions/program/{program.pk}/send/"


def test_the_page_asks_for_the_consent_and_sends(browser, issued, practitioner):
    refused = browser.post(page_of(issued), {"channel": "mail"})
    assert "Ask the patient" in refused.content.decode()
    assert not Message.objects.visible_to(practitioner).exists()
    done = browser.post(page_of(issued), {"channel": "mail", "agreed": "on"})
    record = f"/admin/prescriptions/program/record/{issued.patient_id}/#messages"
    assert done["Location"] == record
    text = browser.get(record).content.decode()
    assert "anna@example.net" in text
    assert "recorded by Mara Lind, DC" in text


def test_a_consent_is_withdrawn_on_the_record(browser, agreed):
    address = f"/admin/prescriptions/program/record/{agreed.patient_id}/withdraw/"
    browser.post(address, {"channel": "mail"})
    assert consents.consents_of(agreed.patient) == {}


def test_the_page_says_what_is_missing(browser, agreed):
    agreed.patient.email = ""
    agreed.patient.phone = "0170"
    agreed.patient.save()
    text = browser.get(page_of(agreed)).content.decode()
    assert "There is no e-mail address on record." in text
    assert "lacks its country" in text


def test_the_preview_shows_the_mail_under_a_strict_policy(browser, issued):
    address = f"/admin/prescriptions/program/{issued.pk}/mail/"
    answer = browser.get(address)
    assert "Open your page" in answer.content.decode()
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert "'sha256-" in answer["Content-Security-Policy"]


def test_the_program_offers_to_send_its_link(browser, agreed):
    page = browser.get(f"/admin/prescriptions/program/{agreed.pk}/change/")
    assert page_of(agreed) in page.content.decode()


def test_another_clinics_program_sends_nothing(client, issued, outsider):
    client.force_login(outsider.practitioner)
    assert client.get(page_of(issued)).status_code == 404


def test_many_messages_cost_as_many_queries_as_one(browser, agreed, practitioner):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            browser.get(f"/admin/prescriptions/program/record/{agreed.patient_id}/")
        return len(seen)

    send(agreed, practitioner)
    queries()
    before = queries()
    for _ in range(3):
        send(agreed, practitioner)
    assert queries() == before
