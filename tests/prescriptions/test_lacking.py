"""Unsigned texts are answered for with a tick, missing pictures with a reason."""

import pytest

from clinic.models import AuditEvent, Membership, SignOff
from exercises.models import Exercise
from prescriptions.answers import Given, OpenFindingsError
from prescriptions.handouts import issue_program
from prescriptions.lacking import DRAFTS, LEAFLETS, PICTURES, TEXTS
from prescriptions.models import Program
from prescriptions.programs import add_exercise, use_newest
from tests import factories


@pytest.fixture
def unsigned(program: Program) -> Program:
    """A program whose exercises the clinic has not signed."""
    rows = SignOff.objects.of_clinic(program.clinic)
    rows.filter(kind="exercises.exercise").delete()
    return program


def codes(program: Program, by: Membership, given: Given | None = None) -> set[str]:
    with pytest.raises(OpenFindingsError) as refused:
        issue_program(program, by=by, given=given or Given())
    return {finding["code"] for finding in refused.value.members["findings"]}


def test_a_signed_program_is_issued_without_a_word(
    program: Program, practitioner: Membership
) -> None:
    revision, _ = issue_program(program, by=practitioner)
    assert revision.number == 1


def test_unsigned_texts_ask_for_a_tick(
    unsigned: Program, practitioner: Membership
) -> None:
    assert codes(unsigned, practitioner) == {TEXTS}
    given = Given(ticked=[TEXTS])
    revision, _ = issue_program(unsigned, by=practitioner, given=given)
    assert revision.number == 1


def test_the_tick_covers_the_texts_that_were_read_alone(
    unsigned: Program, practitioner: Membership
) -> None:
    issue_program(unsigned, by=practitioner, given=Given(ticked=[TEXTS]))
    unsigned.title = "Another title"
    unsigned.save()
    assert issue_program(unsigned, by=practitioner)[0].number == 2
    line = unsigned.prescribed_exercises.get(position=1)
    row = Exercise.objects.shared().get(pk=line.exercise_id)
    row.start = "Quite elsewhere."
    row.save()
    use_newest(unsigned, by=practitioner)
    assert codes(unsigned, practitioner) == {TEXTS}


def test_the_trail_lists_the_texts_that_were_ticked(
    unsigned: Program, practitioner: Membership
) -> None:
    issue_program(unsigned, by=practitioner, given=Given(ticked=[TEXTS]))
    event = AuditEvent.objects.visible_to(practitioner).get(
        action="finding.acknowledged"
    )
    lines = unsigned.prescribed_exercises.order_by("position")
    assert event.details["texts"] == ",".join(f"{x.exercise_id}:1" for x in lines)


def test_a_draft_translation_asks_for_a_tick_of_its_own(
    program: Program, practitioner: Membership
) -> None:
    line = program.prescribed_exercises.first()
    assert line
    line.exercise.translations.create(
        language="es", name="Puente", start="Boca arriba.", steps=["Suba."]
    )
    program.language = "es"
    program.save()
    assert codes(program, practitioner) == {DRAFTS}


def test_an_unsigned_leaflet_asks_for_a_tick(
    program: Program, practitioner: Membership
) -> None:
    factories.make_leaflet(slug="heat")
    program.leaflets = ["heat"]
    program.save()
    assert codes(program, practitioner) == {LEAFLETS}


def test_a_missing_picture_asks_for_a_reason(
    program: Program, practitioner: Membership
) -> None:
    bare = factories.make_exercise(figures=[])
    add_exercise(program.phases.get(), bare)
    factories.sign_all([bare], by=practitioner)
    assert codes(program, practitioner, Given(ticked=[PICTURES])) == {PICTURES}
    given = Given(reasons={PICTURES: "She knows it well."})
    revision, _ = issue_program(program, by=practitioner, given=given)
    assert revision.overrides.get().reason == "She knows it well."
