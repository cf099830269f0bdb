"""The clinic's side of a diary: course, alerts, resuming."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from prescriptions import adherence, diary, documents
from prescriptions.diary import Written
from prescriptions.handouts import issue_program
from prescriptions.models import Alert, Revision
from tests.factories import make_membership


@pytest.fixture
def revision(program, practitioner) -> Revision:
    return issue_program(program, by=practitioner)[0]


@pytest.fixture
def page(revision) -> str:
    return f"/admin/prescriptions/program/{revision.program_id}/diary/"


def write(revision, *, day: date, numbers=(), **values):
    done = [{"number": number, "slug": "x"} for number in numbers]
    values |= {"client_id": uuid4(), "written_at": timezone.now(), "done": done}
    return diary.write(revision, Written(day=day, **values))


def course(revision, days: int) -> adherence.Course:
    document = documents.from_json(revision.document)
    entries = diary.entries_of(revision.program)
    start = date.fromisoformat(document.start_date)
    return adherence.course_of(document, entries, start + timedelta(days=days))


def test_a_day_without_an_entry_is_unknown_and_never_joined(revision):
    start = revision.program.start_date
    write(revision, day=start, numbers=(1, 2), pain=4)
    write(revision, day=start + timedelta(days=2), numbers=(1,), pain=2)
    seen = course(revision, days=2)
    assert [day.share for day in seen.days] == ["all", "unknown", "some"]
    assert seen.lines == []


def test_the_course_is_told_in_a_sentence(revision):
    start = revision.program.start_date
    write(revision, day=start, numbers=(1, 2), pain=4)
    write(revision, day=start + timedelta(days=1), pain=2)
    assert course(revision, days=2).sentence == (
        "2 of 3 days written down, on 1 all exercises done."
        " Pain first 4, last 2, highest 4."
    )


def test_no_more_than_four_weeks_are_shown(revision):
    assert len(course(revision, days=90).days) == adherence.MOST_DAYS


def test_the_page_shows_chart_and_table(client, practitioner, revision, page):
    client.force_login(practitioner.practitioner)
    write(revision, day=timezone.localdate(), numbers=(1,), pain=3, comment="Stiff")
    shown = client.get(page).content.decode()
    assert "<circle" in shown
    assert "Stiff" in shown


def test_today_names_a_warning_sign_until_somebody_resumes(
    client, practitioner, revision, page
):
    client.force_login(practitioner.practitioner)
    diary.report_warning_sign(revision.program)
    assert "Reported a warning sign" in client.get("/admin/").content.decode()
    client.post(page, {"resume": ""})
    assert "Reported a warning sign" not in client.get("/admin/").content.decode()
    revision.program.refresh_from_db()
    assert revision.program.paused_at is None


def test_who_is_not_licensed_cannot_resume(client, clinic, revision, page):
    assistant = make_membership(clinic=clinic, licensed=False)
    client.force_login(assistant.practitioner)
    diary.report_warning_sign(revision.program)
    answer = client.post(page, {"resume": ""}, follow=True).content.decode()
    assert "Only a licensed practitioner may resume." in answer
    revision.program.refresh_from_db()
    assert revision.program.paused_at


def test_another_alert_is_settled(client, practitioner, revision, page):
    client.force_login(practitioner.practitioner)
    owner = {"clinic": revision.clinic, "patient": revision.program.patient}
    Alert.objects.create(program=revision.program, kind="locked", **owner)
    client.post(page, {"settle": "locked"})
    assert not Alert.objects.of_clinic(revision.clinic).waiting()


def test_another_clinics_diary_does_not_exist(client, outsider, page):
    client.force_login(outsider.practitioner)
    assert client.get(page).status_code == 404
    assert client.post(page, {"resume": ""}).status_code == 404
