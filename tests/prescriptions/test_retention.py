"""Whose record need not be kept any longer (requirement D13)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import AuditEvent, Erasure, Membership, Patient
from prescriptions.models import Program
from prescriptions.rights import holds
from prescriptions.rights.retention import due_in, kept_until, years_after
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.each_database]
URL = reverse("admin:clinic_erasure_changelist")
OLD = datetime(2010, 3, 1, tzinfo=UTC)
TODAY = date(2026, 6, 1)


@pytest.fixture
def owner(clinic) -> Membership:
    return factories.make_membership(clinic=clinic, role="owner")


def make_old(owner: Membership, at: datetime = OLD, **values: Any) -> Patient:
    """A patient with an ended program, last touched at that moment."""
    patient = factories.make_patient(clinic=owner.clinic, **values)
    program = factories.make_program(by=owner, patient=patient, exercises=[])
    rows = Program.objects.of_clinic(owner.clinic).filter(pk=program.pk)
    rows.update(status=Program.Status.ENDED, updated_at=at)
    mine = Patient.objects.of_clinic(owner.clinic).filter(pk=patient.pk)
    mine.update(created_at=at, updated_at=at)
    return mine.get()


def due(owner: Membership, today: date = TODAY) -> list[Patient]:
    return [row.patient for row in due_in(owner.clinic, today)]


def browser(member: Membership) -> Client:
    client = Client()
    client.force_login(member.practitioner)
    return client


def test_a_record_is_due_when_the_clinics_years_are_over(owner):
    patient = make_old(owner)
    assert kept_until(patient) == date(2020, 3, 1)
    assert due(owner) == [patient]
    owner.clinic.retention_years = 30
    assert due(owner) == []


def test_years_count_from_the_last_thing_that_was_done(owner):
    patient = make_old(owner)
    patient.screenings.create(answered_on=date(2019, 1, 1))
    assert kept_until(patient) == date(2029, 1, 1)
    assert due(owner) == []


def test_a_childs_record_is_kept_from_the_18th_birthday_on(owner):
    patient = make_old(owner, date_of_birth=date(2004, 2, 29))
    assert kept_until(patient) == date(2032, 3, 1)


def test_whoever_follows_a_program_is_never_due(owner):
    patient = make_old(owner)
    Program.objects.of_clinic(owner.clinic).update(status=Program.Status.ACTIVE)
    assert kept_until(patient) is None
    assert due(owner) == []


def test_another_clinics_years_and_patients_do_not_count(owner, outsider):
    make_old(outsider)
    assert due(owner) == []


def test_a_leap_day_ends_on_the_first_of_march():
    assert years_after(date(2024, 2, 29), 10) == date(2034, 3, 1)


def test_many_patients_cost_as_many_queries_as_one(owner):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            due(owner)
        return len(seen)

    make_old(owner)
    first = queries()
    make_old(owner)
    make_old(owner)
    assert queries() == first


@pytest.mark.requirement("D13")
def test_the_command_is_a_dry_run_and_names_nobody(owner, capsys):
    patient = make_old(owner, name="Anna Quux")
    call_command("retention")
    told = capsys.readouterr().out
    assert "1 due, 0 of them on hold; nothing was erased (dry run)" in told
    assert str(patient.pk) in told
    assert "Quux" not in told
    assert due(owner) == [patient]


@pytest.mark.requirement("D13")
def test_the_command_erases_when_told_to_but_nobody_on_hold(owner, capsys):
    gone, held = make_old(owner), make_old(owner)
    holds.place(held, reason="Claim 7", by=owner)
    call_command("retention", "--clinic", str(owner.clinic_id), "--erase")
    assert "2 due, 1 of them on hold; 1 erased." in capsys.readouterr().out
    assert list(Patient.objects.of_clinic(owner.clinic)) == [held]
    entry = Erasure.objects.of_clinic(owner.clinic).get()
    assert (entry.patient_id, entry.reason) == (gone.pk, "retention")


@pytest.mark.requirement("D13")
def test_the_page_lists_who_is_due_and_erases_those_ticked(owner):
    first, second = make_old(owner, name="Anna A"), make_old(owner, name="Berta B")
    text = browser(owner).get(URL).content.decode()
    assert "Anna A" in text
    assert "Mar 1, 2020" in text
    browser(owner).post(URL, {"patient": [str(first.pk)], "sure": "yes"})
    assert list(Patient.objects.of_clinic(owner.clinic)) == [second]
    assert str(first.pk) in browser(owner).get(URL).content.decode()


@pytest.mark.parametrize("data", [{"sure": "yes"}, {"patient": "all"}, {}])
def test_the_page_erases_nobody_without_both_ticks(owner, data):
    patient = make_old(owner)
    if data == {}:
        data = {"patient": [str(patient.pk)]}
    browser(owner).post(URL, data)
    assert due(owner) == [patient]


def test_the_page_erases_nobody_who_is_not_due(owner):
    young = factories.make_patient(clinic=owner.clinic)
    browser(owner).post(URL, {"patient": [str(young.pk)], "sure": "yes"})
    assert Patient.objects.of_clinic(owner.clinic).get() == young


def test_looking_at_the_list_is_recorded_and_for_owners_alone(owner, practitioner):
    make_old(owner)
    browser(owner).get(URL)
    events = AuditEvent.objects.of_clinic(owner.clinic)
    assert events.get(action="retention.listed").details == {"count": 1}
    assert browser(practitioner).get(URL).status_code == 403
