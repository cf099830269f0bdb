"""Empty programs in the builder take over a template or a copy."""

from typing import Any

import pytest
from django.test import Client

from clinic.models import Membership
from prescriptions.models import Program
from prescriptions.programs import PhaseDraft, create_program
from prescriptions.templates import save_as_template
from tests import factories

ADMIN = "/admin/prescriptions/program/"


@pytest.fixture
def staff(client: Client, practitioner: Membership) -> Client:
    client.force_login(practitioner.practitioner)
    return client


@pytest.fixture
def draft(program: Program, practitioner: Membership) -> Program:
    """An empty draft for the patient of the other program."""
    found = Program(
        clinic=program.clinic,
        patient=program.patient,
        practitioner=practitioner.practitioner,
        title="Home exercises",
        goal="Dance again",
    )
    create_program(found, [PhaseDraft()], by=practitioner)
    return found


def fill(staff: Client, draft: Program, **wish: Any) -> Any:
    return staff.post(f"{ADMIN}{draft.pk}/fill/", wish)


def contents(program: Program) -> list[Any]:
    return [
        [(line.exercise.slug, line.dosage) for line in phase.exercises.all()]
        for phase in program.phases.prefetch_related("exercises__exercise")
    ]


def test_a_copy_fills_an_empty_draft_and_keeps_the_goal_that_was_typed(
    staff: Client, draft: Program, program: Program
) -> None:
    assert fill(staff, draft, program=program.pk).status_code == 204
    draft.refresh_from_db()
    assert contents(draft) == contents(program)
    assert (draft.title, draft.goal) == (program.title, "Dance again")


def test_a_template_fills_an_empty_draft(
    staff: Client, draft: Program, program: Program, practitioner: Membership
) -> None:
    template = save_as_template(program, name="Easy back", by=practitioner)
    assert fill(staff, draft, template=template.pk).status_code == 204
    draft.refresh_from_db()
    assert contents(draft) == contents(program)
    assert (draft.title, draft.started_from) == ("Easy back", template.slug)


def test_what_holds_exercises_is_not_filled(staff: Client, program: Program) -> None:
    before = contents(program)
    answer = fill(staff, program, program=program.pk)
    assert answer.status_code == 409
    assert "not empty" in answer.json()["detail"]
    assert contents(program) == before


@pytest.mark.parametrize("name", ["program", "template"])
def test_nothing_of_another_clinic_fills_a_draft(
    staff: Client, draft: Program, outsider: Membership, name: str
) -> None:
    foreign = factories.make_program(by=outsider)
    found = {
        "program": foreign,
        "template": save_as_template(foreign, name="Theirs", by=outsider),
    }
    assert fill(staff, draft, **{name: found[name].pk}).status_code == 404
    assert contents(draft) == [[]]


def test_what_has_no_id_is_not_found(staff: Client, draft: Program) -> None:
    assert fill(staff, draft, template="no-such").status_code == 404
    assert fill(staff, draft).status_code == 404


def test_who_may_only_read_fills_nothing(
    client: Client, draft: Program, program: Program
) -> None:
    reader = factories.make_membership(clinic=draft.clinic, role="read_only")
    client.force_login(reader.practitioner)
    assert fill(client, draft, program=program.pk).status_code == 403


def test_the_builder_offers_templates_and_the_last_programs_of_the_patient(
    staff: Client, draft: Program, program: Program, practitioner: Membership
) -> None:
    template = save_as_template(program, name="Easy back", by=practitioner)
    text = staff.get(f"{ADMIN}{draft.pk}/build/").content.decode()
    assert f'value="{template.pk}"' in text
    assert f'value="{program.pk}"' in text
    assert f'value="{draft.pk}"' not in text
