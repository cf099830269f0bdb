"""Whom to ask how it goes: not opened, not started, stopped, got worse."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from prescriptions import catalog, diary, links
from prescriptions.diary import Written
from prescriptions.following import Reason, to_follow_up
from prescriptions.handouts import issue_program
from prescriptions.models import PatientLink, Program, Revision

TODAY = timezone.localdate


@pytest.fixture
def revision(program, practitioner) -> Revision:
    """A program that began 20 days ago, with a link as old."""
    catalog.LIMITS.load()
    program.start_date = TODAY() - timedelta(days=20)
    program.save()
    revision, _ = issue_program(program, by=practitioner)
    link = links.printed_link(revision.program)
    change(link, created_at=timezone.now() - timedelta(days=20))
    return revision


def change(row, **values) -> None:
    type(row).objects.unscoped().filter(pk=row.pk).update(**values)


def opened(revision) -> None:
    PatientLink.objects.of_clinic(revision.program.clinic_id).update(
        last_opened_at=timezone.now()
    )


def write(revision, *pains_by_day: tuple[int, int]) -> None:
    for days_ago, pain in pains_by_day:
        written = Written(
            client_id=uuid4(),
            day=TODAY() - timedelta(days=days_ago),
            written_at=timezone.now(),
            pain=pain,
        )
        diary.write(revision, written)


def reasons(by) -> list[Reason]:
    return [reason for reason in Reason if to_follow_up(by, reason).exists()]


def test_a_link_that_nobody_opened(revision, practitioner):
    assert reasons(practitioner) == [Reason.UNOPENED]


def test_a_link_of_today_is_given_time(revision, practitioner):
    PatientLink.objects.visible_to(practitioner).update(created_at=timezone.now())
    assert reasons(practitioner) == []


def test_a_page_that_was_opened_without_a_diary(revision, practitioner):
    opened(revision)
    assert reasons(practitioner) == [Reason.UNSTARTED]


def test_a_diary_that_has_stopped(revision, practitioner):
    write(revision, (18, 3), (10, 3))
    assert reasons(practitioner) == [Reason.STOPPED]


def test_a_diary_on_paper_counts_though_no_link_was_opened(revision, practitioner):
    write(revision, (1, 3))
    assert reasons(practitioner) == []


@pytest.mark.parametrize(("of_late", "is_worse"), [(5, True), (4, False)])
def test_pain_is_worse_from_two_points_on(revision, practitioner, of_late, is_worse):
    write(revision, (20, 3), (19, 3), (2, of_late), (1, of_late))
    found = to_follow_up(practitioner, Reason.WORSE)
    assert found.exists() == is_worse


def test_of_a_day_that_was_corrected_the_last_word_counts(revision, practitioner):
    write(revision, (20, 3), (19, 3), (2, 9), (1, 9), (2, 3), (1, 3))
    assert not to_follow_up(practitioner, Reason.WORSE).exists()


def test_nobody_asks_about_a_paused_program(revision, practitioner):
    diary.report_warning_sign(revision.program)
    assert reasons(practitioner) == []


def test_another_clinic_sees_none_of_it(revision, outsider):
    assert reasons(outsider) == []


def test_today_and_the_list_of_programs_show_them(revision, client, practitioner):
    client.force_login(practitioner.practitioner)
    assert "Ask how it goes" in client.get("/admin/").content.decode()
    listed = client.get("/admin/prescriptions/program/?follow=unopened")
    others = client.get("/admin/prescriptions/program/?follow=worse")
    patient = Program.objects.visible_to(practitioner).get().patient.name
    row = f"program/{revision.program_id}/change"
    assert row in listed.content.decode()
    assert patient in listed.content.decode()
    assert row not in others.content.decode()
