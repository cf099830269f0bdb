"""The admin page on a program."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import AuditEvent, Membership, SignOff
from exercises.models import Exercise
from prescriptions.models import Handout, PrescribedExercise, Program, Revision
from tests import factories

LIST = reverse("admin:prescriptions_program_changelist")
ADD = reverse("admin:prescriptions_program_add")


def signed_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.practitioner)
    return client


def url(program: Program, view: str = "change") -> str:
    return reverse(f"admin:prescriptions_program_{view}", args=[program.pk])


def sent_by(page: Any, **changes: Any) -> dict[str, Any]:
    """What the browser sends for a page, with changes."""
    context = page.context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    sent = {
        field.html_name: field.value()
        for form in forms
        for field in form
        if field.value() not in (None, []) and field.value() is not False
    }
    return sent | {"_continue": "1"} | changes


def new_form(patient: Any, practitioner: Membership, **lines: Any) -> dict[str, Any]:
    """What the browser sends for a new program of one exercise."""
    return {
        "patient": str(patient.pk),
        "practitioner": str(practitioner.practitioner_id),
        "title": "Back care",
        "start_date": "2026-01-01",
        "review_date": "2026-01-15",
        "phases-TOTAL_FORMS": "0",
        "phases-INITIAL_FORMS": "0",
        "prescribed_exercises-TOTAL_FORMS": "1",
        "prescribed_exercises-INITIAL_FORMS": "0",
        "prescribed_exercises-0-phase_number": "1",
        "prescribed_exercises-0-kind": "repetitions",
        **{f"prescribed_exercises-0-{name}": value for name, value in lines.items()},
    }


def errors_of(page: Any, row: int) -> dict[str, list[str]]:
    lines = page.context["inline_admin_formsets"][1].formset
    return dict(lines.forms[row].errors)


@pytest.fixture
def client(practitioner: Membership) -> Client:
    return signed_in(practitioner)


def test_a_dosage_left_empty_is_that_of_the_exercise(
    client: Client, practitioner: Membership
) -> None:
    patient = factories.make_patient(clinic=practitioner.clinic)
    exercise = factories.make_exercise(kind="hold", hold_seconds=20, version=3)
    client.post(ADD, new_form(patient, practitioner, exercise=str(exercise.pk)))
    program = Program.objects.visible_to(practitioner).get()
    line = program.prescribed_exercises.get()
    assert line.dosage == exercise.dosage
    assert line.exercise_version == 3
    assert [phase.position for phase in program.phases.all()] == [1]


def test_a_dosage_that_was_typed_stays(
    client: Client, practitioner: Membership
) -> None:
    patient = factories.make_patient(clinic=practitioner.clinic)
    exercise = factories.make_exercise()
    sent = new_form(
        patient,
        practitioner,
        exercise=str(exercise.pk),
        repetitions="12",
        times_per_day="1",
    )
    client.post(ADD, sent)
    line = PrescribedExercise.objects.get()
    assert (line.repetitions, line.times_per_day, line.sets) == (12, 1, None)


def test_a_negative_hold_is_told_at_its_field(client: Client, program: Program) -> None:
    page = client.get(url(program))
    answer = client.post(
        url(program), sent_by(page, **{"prescribed_exercises-1-hold_seconds": "-3"})
    )
    assert errors_of(answer, 1) == {"hold_seconds": ["At least 0 seconds."]}
    assert "Exercise 2, hold (s): At least 0 seconds." in answer.text


def test_a_note_that_is_too_long_is_told_at_its_field(
    client: Client, program: Program
) -> None:
    page = client.get(url(program))
    note = {"prescribed_exercises-0-note": "x" * 10_000}
    answer = client.post(url(program), sent_by(page, **note))
    assert list(errors_of(answer, 0)) == ["note"]


def test_an_archived_exercise_cannot_be_chosen(
    client: Client, practitioner: Membership
) -> None:
    patient = factories.make_patient(clinic=practitioner.clinic)
    gone = factories.make_exercise(name="Gone", status=Exercise.Status.ARCHIVED)
    answer = client.post(ADD, new_form(patient, practitioner, exercise=str(gone.pk)))
    told = ["“Gone” is archived. Choose another exercise."]
    assert errors_of(answer, 0)["exercise"] == told
    query = {
        "app_label": "prescriptions",
        "model_name": "prescribedexercise",
        "field_name": "exercise",
    }
    assert client.get(reverse("admin:autocomplete"), query).json()["results"] == []


def test_a_phase_that_is_not_there_is_told_at_its_field(
    client: Client, program: Program
) -> None:
    page = client.get(url(program))
    wrong = {"prescribed_exercises-0-phase_number": "4"}
    answer = client.post(url(program), sent_by(page, **wrong))
    assert errors_of(answer, 0)["phase_number"] == ["There is no phase 4."]


def test_a_patient_or_exercise_of_another_clinic_cannot_be_chosen(
    client: Client, practitioner: Membership, outsider: Membership
) -> None:
    foreign = factories.make_patient(clinic=outsider.clinic, name="Foreign")
    exercise = factories.make_exercise(clinic=outsider.clinic)
    answer = client.post(ADD, new_form(foreign, practitioner, exercise=exercise.pk))
    assert "patient" in answer.context["adminform"].form.errors
    assert "exercise" in errors_of(answer, 0)
    assert "Foreign" not in answer.text
    assert "Foreign" not in client.get(ADD, {"patient": str(foreign.pk)}).text


def test_an_id_that_is_none_is_an_error_and_no_crash(
    client: Client, program: Program
) -> None:
    assert client.get(ADD, {"patient": "nonsense"}).status_code == 200
    answer = client.post(url(program), sent_by(client.get(url(program)), patient="x"))
    assert "patient" in answer.context["adminform"].form.errors


def test_rows_are_stored_in_the_order_of_their_places(
    client: Client, program: Program
) -> None:
    page = client.get(url(program))
    first, second = program.phases.get().exercises.all()
    places = {
        "prescribed_exercises-0-position": "2",
        "prescribed_exercises-1-position": "1",
    }
    client.post(url(program), sent_by(page, **places))
    assert list(program.phases.get().exercises.all()) == [second, first]


def test_every_edit_counts(client: Client, program: Program) -> None:
    page = client.get(url(program))
    client.post(url(program), sent_by(page, title="New title"))
    program.refresh_from_db()
    assert (program.title, program.version) == ("New title", 2)
    client.post(url(program), sent_by(client.get(url(program))))
    program.refresh_from_db()
    assert program.version == 2


def test_a_stale_form_is_told_and_the_typing_survives(
    client: Client, program: Program, colleague: Membership
) -> None:
    mine = sent_by(client.get(url(program)), title="Mine")
    theirs = signed_in(colleague)
    theirs.post(url(program), sent_by(theirs.get(url(program)), title="Theirs"))
    answer = client.post(url(program), mine)
    assert "Jan Vogel, PT changed this program too." in answer.text
    assert 'value="Mine"' in answer.text
    program.refresh_from_db()
    assert program.title == "Theirs"
    client.post(url(program), sent_by(answer))
    program.refresh_from_db()
    assert program.title == "Mine"


def test_issuing_saves_first(client: Client, program: Program) -> None:
    page = client.get(url(program))
    client.post(url(program), sent_by(page, title="Typed just now", _issue="1"))
    revision = Revision.objects.unscoped().get(program=program)
    assert revision.document["title"] == "Typed just now"


def test_an_unsigned_text_is_told_with_the_page_that_mends_it(
    client: Client, program: Program
) -> None:
    SignOff.objects.of_clinic(program.clinic).delete()
    page = client.get(url(program))
    answer = client.post(url(program), sent_by(page, _issue="1"), follow=True)
    assert "“Pain rule” has not been signed" in answer.text
    assert reverse("admin:clinic_clinictext_changelist") in answer.text
    assert not Revision.objects.unscoped().exists()


def test_a_program_without_exercises_is_not_issued(
    client: Client, practitioner: Membership, program: Program
) -> None:
    empty = factories.make_program(by=practitioner, exercises=0)
    page = client.get(url(empty))
    answer = client.post(url(empty), sent_by(page, _issue="1"), follow=True)
    assert "Add at least one exercise." in answer.text


def test_assistants_write_and_do_not_issue(program: Program) -> None:
    assistant = factories.make_membership(clinic=program.clinic, role="assistant")
    client = signed_in(assistant)
    page = client.get(url(program))
    assert "Issue to patient" not in page.text
    client.post(url(program), sent_by(page, title="By Sam", _issue="1"))
    program.refresh_from_db()
    assert program.title == "By Sam"
    assert not Revision.objects.unscoped().exists()


def test_read_only_members_cannot_save(program: Program) -> None:
    reader = factories.make_membership(clinic=program.clinic, role="read_only")
    client = signed_in(reader)
    page = client.get(url(program))
    assert page.status_code == 200
    assert client.post(url(program), {"title": "No"}).status_code == 403
    for step in ("handout", "share", "copy", "end"):
        assert client.post(url(program, step)).status_code == 403


def test_an_outsider_finds_no_program(program: Program, outsider: Membership) -> None:
    client = signed_in(outsider)
    for view in ("change", "history", "copy", "end"):
        assert client.get(url(program, view)).status_code == 404
    for view in ("change", "handout", "share", "copy", "end"):
        assert client.post(url(program, view)).status_code == 404
    assert "Anna Berger" not in client.get(LIST, {"q": "Anna"}).text
    today = client.get(reverse("admin:index"))
    assert "Anna Berger" not in today.text


def test_looking_at_a_program_is_recorded_once(
    client: Client, program: Program, practitioner: Membership
) -> None:
    client.get(url(program))
    events = AuditEvent.objects.visible_to(practitioner)
    seen = events.get(action="program.viewed")
    assert seen.patient_id == program.patient_id


def test_a_copy_is_a_draft_of_its_own(client: Client, program: Program) -> None:
    other = factories.make_patient(clinic=program.clinic, name="Ole Dahl")
    client.post(url(program, "copy"), {"patient": str(other.pk)})
    copy = Program.objects.of_clinic(program.clinic).get(patient=other)
    assert copy.prescribed_exercises.count() == 2


def test_ending_asks_first_and_closes_the_page(
    client: Client, program: Program
) -> None:
    assert "can no longer open" in client.get(url(program, "end")).text
    client.post(url(program, "end"))
    program.refresh_from_db()
    assert program.status == Program.Status.ENDED
    page = client.get(url(program)).text
    assert 'name="_save"' not in page
    assert "Phase number" not in page
    assert '>Phase</label><div class="readonly">1</div>' in page


def test_a_program_that_ended_meanwhile_keeps_the_typing(
    client: Client, program: Program
) -> None:
    sent = sent_by(client.get(url(program)), title="Typed just now")
    client.post(url(program, "end"))
    answer = client.post(url(program), sent)
    assert "This program has ended. Copy it to go on." in answer.text
    assert 'value="Typed just now"' in answer.text
    program.refresh_from_db()
    assert program.title == "Back care"


def test_a_link_is_shown_once(client: Client, program: Program) -> None:
    client.post(url(program), sent_by(client.get(url(program)), _issue="1"))
    page = client.post(url(program, "share"))
    assert page.context["address"] in page.text
    assert page.context["address"] not in client.get(url(program)).text


def test_a_draft_has_no_link(client: Client, program: Program) -> None:
    answer = client.post(url(program, "share"), follow=True)
    assert "Issue the program before you share it." in answer.text


def test_a_handout_is_asked_for_on_the_chosen_paper(
    client: Client, program: Program
) -> None:
    client.post(url(program), sent_by(client.get(url(program)), _issue="1"))
    client.post(url(program, "handout"), {"paper": "letter"})
    handout = Handout.objects.unscoped().get()
    assert handout.options["paper"] == "letter"


def test_the_list_asks_as_often_for_60_rows_as_for_20(
    client: Client, practitioner: Membership
) -> None:
    exercise, counts = factories.make_exercise(), []
    for number in (20, 40):
        for _ in range(number):
            factories.make_program(by=practitioner, exercises=[exercise])
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_page_asks_as_often_for_12_exercises_as_for_2(
    client: Client, practitioner: Membership
) -> None:
    counts = []
    for number in (2, 12):
        program = factories.make_program(by=practitioner, exercises=number)
        with CaptureQueriesContext(connection) as queries:
            client.get(url(program))
        counts.append(len(queries))
    assert counts[0] == counts[1]
