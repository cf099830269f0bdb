"""The diary that comes back: stored once, corrected, judged; warning signs."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.utils import timezone

from clinic.errors import Conflict, Forbidden
from clinic.models import AuditEvent
from prescriptions import catalog, diary, links
from prescriptions.diary import Written
from prescriptions.handouts import issue_program
from prescriptions.models import Alert, DiaryEntry, PatientLink, Revision
from tests.factories import make_membership

pytestmark = pytest.mark.each_database

RIGHT = {"day": "17", "month": "5", "year": "1980"}
TODAY = timezone.localdate


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def revision(program, practitioner) -> Revision:
    return issue_program(program, by=practitioner)[0]


@pytest.fixture
def link(revision) -> PatientLink:
    return links.printed_link(revision.program)


@pytest.fixture
def address(client, link) -> str:
    """The page of a patient who has passed the gate."""
    address = f"/l/{links.token_of(link)}"
    client.post(address, RIGHT)
    return address


def day(**values) -> Written:
    defaults = {"client_id": uuid4(), "day": TODAY(), "written_at": timezone.now()}
    return Written(**defaults | values)


def entries(program) -> list[DiaryEntry]:
    return list(DiaryEntry.objects.of_clinic(program.clinic_id))


def alerts(program) -> list[str]:
    waiting = Alert.objects.of_clinic(program.clinic_id).waiting()
    return sorted(waiting.values_list("kind", flat=True))


def form(**values) -> dict[str, object]:
    return {"client_id": str(uuid4()), "day": TODAY().isoformat()} | values


# What is written


def test_an_entry_sent_twice_is_stored_once(revision):
    written = day(pain=3)
    first = diary.write(revision, written)
    assert diary.write(revision, written) == first
    assert len(entries(revision.program)) == 1


def test_the_entry_written_last_counts_though_it_arrives_first(revision):
    earlier = timezone.now() - timedelta(hours=2)
    diary.write(revision, day(pain=2))
    diary.write(revision, day(pain=7, written_at=earlier))
    assert diary.entries_of(revision.program)[TODAY()].pain == 2


def test_a_clock_that_is_ahead_does_not_outlive_a_correction(revision):
    diary.write(revision, day(pain=7, written_at=timezone.now() + timedelta(days=9)))
    diary.write(revision, day(pain=2))
    assert diary.entries_of(revision.program)[TODAY()].pain == 2


def test_the_phone_stores_what_was_ticked_and_counted(client, address, program):
    values = form(done=["1", "2"], sets_1="2", pain="3", effort="hard", comment="Ok")
    client.post(f"{address}/diary", values)
    (entry,) = entries(program)
    assert [item["number"] for item in entry.done] == [1, 2]
    assert entry.done[0]["sets"] == 2
    assert (entry.pain, entry.effort, entry.comment) == (3, "hard", "Ok")


def test_a_saved_diary_leads_to_the_page_of_today(client, address):
    page = client.post(f"{address}/diary", form(pain="1"), follow=True)
    assert "Your diary is saved." in page.content.decode()


def test_a_day_written_before_is_shown_for_correction(client, address, revision):
    diary.write(revision, day(pain=6, comment="Bad night"))
    page = client.get(f"{address}/diary").content.decode()
    assert "Bad night" in page
    assert 'name="pain" value="6" checked' in page


def test_looking_at_the_diary_changes_nothing(client, address, program):
    client.get(f"{address}/diary")
    client.head(f"{address}/diary")
    assert entries(program) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"pain": "11"},
        {"done": ["99"]},
        {"sets_1": "-1"},
        {"client_id": "x"},
        {"day": "2001-01-01"},
        {"comment": "x" * 501},
        {"comment": "a\u202eb"},
    ],
)
def test_what_no_diary_holds_is_refused(client, address, program, wrong):
    response = client.post(f"{address}/diary", form(**wrong))
    assert response.status_code == 200
    assert entries(program) == []


def test_a_module_is_told_in_json(client, address):
    sent = {"headers": {"accept": "application/json"}}
    stored = client.post(f"{address}/diary", form(pain="1"), **sent)
    refused = client.post(f"{address}/diary", form(pain="99"), **sent)
    assert stored.json() == {"stored": True}
    assert refused.status_code == 400


@pytest.mark.parametrize("path", ["diary", "warning"])
def test_nothing_is_taken_from_who_has_not_passed_the_gate(client, link, path):
    address = f"/l/{links.token_of(link)}/{path}"
    response = client.post(address, form(pain="9"))
    asked = client.post(address, form(), headers={"accept": "application/json"})
    assert (response.status_code, asked.status_code) == (302, 403)
    assert entries(link.program) == alerts(link.program) == []


@pytest.mark.parametrize("path", ["diary", "warning"])
def test_a_closed_link_takes_nothing(client, address, program, path):
    PatientLink.objects.unscoped().revoke()
    assert client.post(f"{address}/{path}", form(pain="9")).status_code == 404
    assert entries(program) == []


def test_writing_is_recorded_as_the_patients_without_a_word_of_it(client, address):
    client.post(f"{address}/diary", form(comment="Secret pain"))
    event = AuditEvent.objects.unscoped().get(action="diary.written")
    assert event.actor_kind == "patient"
    assert "Secret" not in str(event.__dict__)


# What the clinic is told


def test_two_bad_days_in_a_row_alert_the_clinic(revision):
    catalog.load_rules()
    catalog.load_limits()
    diary.write(revision, day(pain=8, day=TODAY() - timedelta(days=1)))
    assert alerts(revision.program) == []
    diary.write(revision, day(pain=8))
    assert alerts(revision.program) == ["pain"]


def test_a_locked_link_alerts_the_clinic(client, link):
    for _ in range(5):
        client.post(f"/l/{links.token_of(link)}", RIGHT | {"day": "18"})
    assert alerts(link.program) == ["locked"]


def test_a_warning_sign_shows_whom_to_call_and_pauses(client, address, program):
    program.clinic.opening_hours = "Mon to Fri 8:00-18:00"
    program.clinic.save()
    page = client.post(f"{address}/warning").content.decode()
    assert "Get help now" in page
    assert "Mon to Fri 8:00-18:00" in page
    assert 'href="tel:112"' in page
    program.refresh_from_db()
    assert program.paused_at
    assert alerts(program) == ["red_flag"]


def test_a_paused_page_shows_no_exercises(client, address, program):
    client.post(f"{address}/warning")
    page = client.get(address).content.decode()
    assert "Stop your exercises for now" in page
    assert "exercise-1" not in page


def test_a_second_report_adds_no_second_alert(revision):
    diary.report_warning_sign(revision.program)
    diary.report_warning_sign(revision.program)
    assert alerts(revision.program) == ["red_flag"]


def test_a_licensed_person_resumes_and_the_alert_is_settled(revision, practitioner):
    diary.report_warning_sign(revision.program)
    diary.resume(revision.program, by=practitioner)
    revision.program.refresh_from_db()
    assert revision.program.paused_at is None
    assert alerts(revision.program) == []


def test_nobody_else_resumes(revision, clinic, outsider):
    diary.report_warning_sign(revision.program)
    assistant = make_membership(clinic=clinic, licensed=False)
    with pytest.raises(Forbidden):
        diary.resume(revision.program, by=assistant)
    with pytest.raises(Conflict):
        diary.resume(revision.program, by=outsider)


def test_a_warning_sign_cannot_be_settled_while_the_program_is_paused(
    revision, practitioner
):
    diary.report_warning_sign(revision.program)
    alert = Alert.objects.of_clinic(revision.clinic_id).get()
    with pytest.raises(Conflict):
        diary.settle(alert, by=practitioner)
