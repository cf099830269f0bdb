"""The page of a patient's record."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import AuditEvent, Membership, Patient
from clinic.signing import sign_all
from prescriptions import handouts
from prescriptions.documents import HandoutOptions, differences, from_json
from prescriptions.models import Program, Revision
from prescriptions.programs import add_exercise, end_program
from tests import factories

pytestmark = pytest.mark.django_db


def signed_in(membership: Membership) -> Client:
    """Return the person's browser."""
    client = Client()
    client.force_login(membership.practitioner)
    return client


def url(patient: Patient) -> str:
    """Return the address of the record."""
    return reverse("admin:prescriptions_program_record", args=[patient.pk])


def shown(by: Membership, patient: Patient) -> str:
    """Return the page as a member gets it."""
    return signed_in(by).get(url(patient)).content.decode()


def issue(program: Program, by: Membership) -> Revision:
    """Issue the program as it is now."""
    program.refresh_from_db()
    revision, _ = handouts.issue_program(program, by=by)
    return revision


def change(program: Program, by: Membership) -> None:
    """Change one dose, leave out an exercise, add another."""
    first, second = program.prescribed_exercises.order_by("position")
    first.repetitions = 12
    first.save()
    second.delete()
    added = factories.make_exercise(name="Bridge")
    sign_all([added], by=by)
    add_exercise(first.phase, added)
    program.touch()


def test_two_revisions_differ_by_what_was_added_changed_and_removed(
    program: Program, practitioner: Membership
) -> None:
    before = from_json(issue(program, practitioner).document)
    change(program, practitioner)
    after = from_json(issue(program, practitioner).document)
    lines = differences(before, after)
    assert [(line.mark, line.what) for line in lines] == [
        ("added", "Bridge"),
        ("changed", before.cards[0].name),
        ("removed", before.cards[1].name),
    ]
    assert (lines[1].field, "8" in lines[1].before) == ("dosage", True)
    assert "12" in lines[1].after


def test_a_new_phone_number_of_the_clinic_is_no_difference(
    program: Program, practitioner: Membership
) -> None:
    before = from_json(issue(program, practitioner).document)
    after = replace(before, clinic=replace(before.clinic, phone="+49 30 1"))
    assert differences(before, after) == []


def test_an_end_that_was_set_is_a_change_of_the_program(
    program: Program, practitioner: Membership
) -> None:
    before = from_json(issue(program, practitioner).document)
    (line,) = differences(before, replace(before, end_date="2030-01-01"))
    assert (line.what, line.field, line.after) == ("Program", "end", "January 1, 2030")


def test_the_record_shows_what_a_revision_changed(
    program: Program, practitioner: Membership
) -> None:
    issue(program, practitioner)
    change(program, practitioner)
    issue(program, practitioner)
    text = shown(practitioner, program.patient)
    assert "+ Added" in text
    assert "~ Changed" in text
    assert "The first one" in text


def test_the_record_tells_flags_handouts_screening_and_notes(
    program: Program, practitioner: Membership
) -> None:
    patient = program.patient
    patient.flags = ["hypertension"]
    patient.save()
    patient.screenings.create(answers={"chest_pain": False}, recorded_by="Mara Lind")
    program.practitioner_notes = "Prefers mornings."
    program.save()
    revision = issue(program, practitioner)
    options = HandoutOptions()
    handouts.request_handout(revision, options=options, by=practitioner)
    text = shown(practitioner, patient)
    for words in ("No signs", "Prefers mornings.", "Waiting", "revision 1 issued"):
        assert words in text
    assert "No flags." not in text


def test_a_record_without_anything_says_what_comes_next(
    practitioner: Membership,
) -> None:
    text = shown(practitioner, factories.make_patient(clinic=practitioner.clinic))
    assert "No program yet." in text
    assert "Not asked yet." in text


def test_an_ended_program_is_in_the_timeline(
    program: Program, practitioner: Membership
) -> None:
    issue(program, practitioner)
    program.refresh_from_db()
    end_program(program, by=practitioner)
    assert ": ended" in shown(practitioner, program.patient)


def test_the_list_of_patients_leads_to_their_records(
    practitioner: Membership, program: Program
) -> None:
    text = signed_in(practitioner).get("/admin/clinic/patient/").content.decode()
    assert f'href="{url(program.patient)}"' in text


def test_another_clinics_record_does_not_exist(
    program: Program, outsider: Membership
) -> None:
    assert signed_in(outsider).get(url(program.patient)).status_code == 404


def test_looking_at_a_record_is_recorded(
    program: Program, practitioner: Membership
) -> None:
    shown(practitioner, program.patient)
    events = AuditEvent.objects.visible_to(practitioner)
    assert events.filter(
        action="patient.viewed", patient_id=program.patient_id
    ).exists()


def test_four_programs_cost_as_many_queries_as_one(
    program: Program, practitioner: Membership
) -> None:
    def queries() -> int:
        client = signed_in(practitioner)
        with CaptureQueriesContext(connection) as seen:
            client.get(url(program.patient))
        return len(seen)

    def more(**values: Any) -> None:
        made = factories.make_program(
            by=practitioner, patient=program.patient, **values
        )
        issue(made, practitioner)

    issue(program, practitioner)
    queries()  # what is read once and kept
    first = queries()
    for _ in range(3):
        more(exercises=1)
    assert queries() == first


def test_a_reader_is_told_nothing_that_only_others_can_do(
    program: Program, practitioner: Membership
) -> None:
    reader = factories.make_membership(clinic=program.clinic, role="read_only")
    assert "All screenings" in shown(reader, program.patient)
    client = Client()
    client.force_login(reader.practitioner)
    assert "your role reads" in client.get(reverse("admin:index")).text
    page = reverse("admin:prescriptions_program_change", args=[program.pk])
    assert "a practitioner has to issue the program first" in client.get(page).text


@pytest.fixture
def archived(practitioner: Membership) -> Patient:
    """Somebody who is no longer under care."""
    clinic = practitioner.clinic
    return factories.make_patient(clinic=clinic, name="Gone Away", is_archived=True)


def test_nobody_who_is_archived_is_offered_for_a_program(
    archived: Patient, practitioner: Membership
) -> None:
    client = Client()
    client.force_login(practitioner.practitioner)
    query = {"app_label": "prescriptions", "field_name": "patient", "term": "Gone"}
    asked = query | {"model_name": "program"}
    assert client.get(reverse("admin:autocomplete"), asked).json()["results"] == []


def test_a_program_for_somebody_archived_says_what_to_do(
    program: Program, archived: Patient, practitioner: Membership
) -> None:
    client = Client()
    client.force_login(practitioner.practitioner)
    start = reverse("admin:prescriptions_program_start", args=[archived.pk])
    assert "Gone Away is archived." in client.post(start, follow=True).text
    copy = reverse("admin:prescriptions_program_copy", args=[program.pk])
    answer = client.post(copy, {"patient": archived.pk})
    assert "Choose a patient under care." in answer.text
    assert Program.objects.of_clinic(program.clinic).count() == 1
