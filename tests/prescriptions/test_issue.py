"""Issuing a program through the door."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinic.errors import Conflict, Forbidden, Gone, Invalid
from clinic.models import AuditEvent, ClinicText, Membership
from prescriptions import programs
from prescriptions.handouts import (
    HandoutOptions,
    issue_program,
    request_handout,
    share_with_patient,
)
from prescriptions.models import FrozenError, Program, Revision
from tests.factories import make_exercise, make_membership, make_program


def codes(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(item.pointer, item.code) for item in error.value.errors]


def test_issuing_makes_the_program_active_and_records_it(practitioner, program):
    revision, created = issue_program(program, by=practitioner)
    program.refresh_from_db()
    assert (created, revision.number, program.status) == (True, 1, "active")
    events = AuditEvent.objects.visible_to(practitioner)
    assert events.get(action="program.issued").patient_id == program.patient_id


def test_an_unchanged_program_returns_its_current_revision(practitioner, program):
    first, _ = issue_program(program, by=practitioner)
    assert issue_program(program, by=practitioner) == (first, False)


def test_a_changed_program_supersedes_the_former_revision(practitioner, program):
    first, _ = issue_program(program, by=practitioner)
    Program.objects.visible_to(practitioner).update(title="Back care, part 2")
    second, _ = issue_program(program, by=practitioner)
    first.refresh_from_db()
    assert second.number == 2
    assert first.superseded_at
    assert second.superseded_at is None


@pytest.mark.requirement("D17")
def test_what_was_given_does_not_change_with_the_library(practitioner, program):
    revision, _ = issue_program(program, by=practitioner)
    exercise = program.prescribed_exercises.first().exercise
    exercise.name = "Other name"
    exercise.save()
    revision.refresh_from_db()
    assert "Other name" not in str(revision.document)


@pytest.mark.requirement("D17")
def test_a_revision_cannot_be_saved_again(practitioner, program):
    revision, _ = issue_program(program, by=practitioner)
    with pytest.raises(FrozenError):
        revision.save()


def test_a_program_without_exercises_is_refused(practitioner, program):
    program.prescribed_exercises.all().delete()
    with pytest.raises(Invalid) as error:
        issue_program(program, by=practitioner)
    assert codes(error) == [("/phases", "no_exercises")]


def test_an_archived_exercise_is_named_with_its_place(practitioner, program):
    archived = make_exercise(status="archived", name="Old twist")
    phase = program.phases.get()
    programs.add_exercise(phase, archived)
    with pytest.raises(Invalid, match="Old twist") as error:
        issue_program(program, by=practitioner)
    assert codes(error) == [("/phases/0/exercises/2/exercise", "archived_exercise")]


def test_an_unsigned_safety_text_stops_the_issue(practitioner, program):
    text = ClinicText.objects.visible_to(practitioner).get(kind="safety_net")
    text.body += "\n- Fever."
    text.save()
    with pytest.raises(Invalid, match="When to get help") as error:
        issue_program(program, by=practitioner)
    assert codes(error) == [("/clinic/texts", "unsigned_text")]
    assert not Revision.objects.visible_to(practitioner).exists()


def test_an_assistant_may_not_issue(clinic, program):
    assistant = make_membership(clinic=clinic, role=Membership.Role.ASSISTANT)
    with pytest.raises(Forbidden):
        issue_program(program, by=assistant)


def test_an_ended_program_is_closed(practitioner, program):
    programs.end_program(program, by=practitioner)
    with pytest.raises(Conflict):
        issue_program(program, by=practitioner)


def test_another_clinics_program_is_unknown(outsider, program):
    with pytest.raises(Program.DoesNotExist):
        issue_program(program, by=outsider)


def test_a_long_program_costs_as_many_queries_as_a_short_one(
    practitioner, program, django_assert_max_num_queries
):
    long = make_program(by=practitioner, exercises=12)
    with django_assert_max_num_queries(20):
        issue_program(long, by=practitioner)


def test_a_sign_that_cannot_be_printed_is_told_at_its_field(practitioner, program):
    line = program.prescribed_exercises.get(position=2)
    line.note = "Well done 🎉"
    line.save()
    with pytest.raises(Invalid, match="🎉") as error:
        issue_program(program, by=practitioner)
    assert codes(error) == [("/phases/0/exercises/1/note", "unprintable")]


def test_a_sign_in_the_library_text_is_told_at_the_exercise(practitioner, program):
    phase = program.phases.get()
    programs.add_exercise(phase, make_exercise(name="Plank 😀"))
    with pytest.raises(Invalid, match="😀") as error:
        issue_program(program, by=practitioner)
    assert codes(error) == [("/phases/0/exercises/2/exercise", "unprintable")]


def test_all_that_is_frozen_is_read_under_the_lock_of_the_program(
    practitioner, program
):
    with CaptureQueriesContext(connection) as seen:
        issue_program(program, by=practitioner)
    reads = [query["sql"] for query in seen if query["sql"].startswith("SELECT")]
    assert "prescriptions_program" in reads[0]
    if connection.features.has_select_for_update:
        assert "FOR UPDATE" in reads[0]


def test_nothing_is_given_out_for_a_program_that_ended_meanwhile(practitioner, program):
    revision, _ = issue_program(program, by=practitioner)
    as_seen_before = Program.objects.visible_to(practitioner).get()
    programs.end_program(program, by=practitioner)
    with pytest.raises(Gone):
        request_handout(revision, options=HandoutOptions(), by=practitioner)
    with pytest.raises(Conflict):
        share_with_patient(as_seen_before, by=practitioner)


def test_a_superseded_revision_is_not_printed_again(practitioner, program):
    former, _ = issue_program(program, by=practitioner)
    Program.objects.visible_to(practitioner).update(title="Back care, part 2")
    issue_program(program, by=practitioner)
    with pytest.raises(Gone):
        request_handout(former, options=HandoutOptions(), by=practitioner)


@pytest.mark.parametrize("field", ["phone", "emergency_number"])
def test_nothing_is_issued_without_a_number_to_call(
    program: Program, practitioner: Membership, field: str
) -> None:
    setattr(program.clinic, field, "")
    program.clinic.save()
    with pytest.raises(Invalid) as refused:
        issue_program(program, by=practitioner)
    assert refused.value.errors[0].pointer == f"/clinic/{field}"
