"""A paper diary typed in on a page like the printed grid."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.models import Membership
from prescriptions import diary
from prescriptions.diary import Written
from prescriptions.handouts import issue_program
from prescriptions.models import DiaryEntry, Revision
from tests.factories import make_membership

TODAY = timezone.localdate


@pytest.fixture
def revision(program, practitioner) -> Revision:
    """A program that began ten days ago; the second exercise is due on Mondays."""
    program.start_date = TODAY() - timedelta(days=10)
    program.save()
    program.prescribed_exercises.filter(position=2).update(
        weekdays=["mon"], days_per_week=1
    )
    program.touch()
    return issue_program(program, by=practitioner)[0]


@pytest.fixture
def address(client, revision, practitioner) -> str:
    client.force_login(practitioner.practitioner)
    return f"/admin/prescriptions/program/{revision.program_id}/paper/"


def entries(revision) -> dict:
    return diary.entries_of(revision.program)


def test_the_page_is_the_printed_grid_up_to_today(client, address):
    page = client.get(address).content.decode()
    mondays = sum((TODAY() - timedelta(days=n)).weekday() == 0 for n in range(11))
    assert page.count('type="checkbox"') == 11 + mondays
    assert page.count("day off") == 11 - mondays
    assert page.count('name="pain-') == 11


def test_days_that_were_filled_in_are_stored_in_the_name_of_the_typist(
    client, address, revision, practitioner
):
    day = TODAY() - timedelta(days=3)
    client.post(
        address, {"sheet": uuid4(), f"done-{day}-1": "on", f"pain-{TODAY()}": "4"}
    )
    found = entries(revision)
    assert set(found) == {day, TODAY()}
    assert (found[day].numbers_done, found[day].pain) == ({1}, None)
    assert (found[TODAY()].numbers_done, found[TODAY()].pain) == (set(), 4)
    assert found[day].source == DiaryEntry.Source.PAPER
    assert found[day].entered_by == practitioner.practitioner


def test_a_sheet_sent_twice_is_stored_once(client, address, revision):
    values = {"sheet": uuid4(), f"pain-{TODAY()}": "4"}
    for _ in range(2):
        client.post(address, values)
    rows = DiaryEntry.objects.of_clinic(revision.program.clinic_id)
    assert rows.count() == 1


def test_a_correction_keeps_what_paper_does_not_tell(client, address, revision):
    written = Written(
        client_id=uuid4(),
        day=TODAY(),
        written_at=timezone.now(),
        done=[{"number": 1, "slug": "x", "sets": 2}],
        comment="By phone",
        effort="hard",
    )
    diary.write(revision, written)
    values = {"sheet": uuid4(), f"done-{TODAY()}-1": "on", f"pain-{TODAY()}": "5"}
    client.post(address, values)
    entry = entries(revision)[TODAY()]
    assert (entry.pain, entry.comment, entry.effort) == (5, "By phone", "hard")
    assert entry.done[0]["sets"] == 2


def test_a_wrong_number_is_named_and_the_typing_stays(client, address, revision):
    day = TODAY() - timedelta(days=2)
    values = {"sheet": uuid4(), f"done-{day}-1": "on", f"pain-{TODAY()}": "44"}
    page = client.post(address, values).content.decode()
    assert "a number from 0 to 10" in page
    assert 'value="44"' in page
    assert "checked" in page
    assert entries(revision) == {}


def test_an_odd_date_in_the_address_shows_the_last_days(client, address):
    page = client.get(address + "?from=2026-99-99").content.decode()
    assert f'name="pain-{TODAY()}"' in page


def test_who_may_only_read_types_nothing_in(client, address, clinic):
    reader = make_membership(clinic=clinic, role=Membership.Role.READ_ONLY)
    client.force_login(reader.practitioner)
    assert client.get(address).status_code == 403


def test_another_clinics_diary_does_not_exist(client, address, outsider):
    client.force_login(outsider.practitioner)
    assert client.get(address).status_code == 404
