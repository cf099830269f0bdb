"""Exercises are known again by source and id, whatever else has changed."""

from collections import Counter
from typing import Any

import pytest

from clinic.models import Membership
from exercises import imports
from exercises.importers import FORMATS
from exercises.importing import BATCH, Target, run_import
from exercises.imports import files_of
from exercises.models import Exercise, ExerciseTranslation, ExerciseVersion
from tests.exercises.importers.samples import CSV, FILES, FREE, as_bytes


def bring(content: bytes, form: str, by: Membership, **values: Any) -> list[Any]:
    files = files_of(content)
    target = Target(clinic=by.clinic, by=by, apply=True, **values)
    return list(run_import(FORMATS[form](files), files, target))


def stored() -> list[list[Any]]:
    """Return all that imports write, with its versions."""
    models = (Exercise, ExerciseTranslation, ExerciseVersion)
    return [
        sorted(one._base_manager.values_list("pk", "version", *more))
        for one, more in zip(models, (["updated_at"], ["updated_at"], []), strict=True)
    ]


@pytest.mark.parametrize("form", sorted(FILES))
def test_the_same_file_twice_writes_nothing_more(form, practitioner):
    bring(FILES[form], form, practitioner)
    before = stored()
    again = bring(FILES[form], form, practitioner)
    assert {one.outcome for one in again} == {"skipped"}
    assert all(one.reasons[0] == "Nothing is new." for one in again)
    assert stored() == before


def test_another_name_under_the_same_id_is_an_update(practitioner):
    bring(CSV.encode(), "csv", practitioner)
    changed = CSV.replace("Heel raise", "Calf raise").encode()
    (outcome,) = bring(changed, "csv", practitioner)
    row = Exercise.objects.of_clinic(practitioner.clinic).get()
    assert (outcome.outcome, row.name, row.version) == ("updated", "Calf raise", 2)


def test_the_same_name_under_another_id_is_another_exercise(practitioner):
    bring(CSV.encode(), "csv", practitioner)
    bring(CSV.replace("\n1;", "\n2;").encode(), "csv", practitioner)
    rows = Exercise.objects.of_clinic(practitioner.clinic)
    assert sorted(rows.values_list("import_id", flat=True)) == ["1", "2"]


def test_the_same_id_of_another_collection_is_another_exercise(practitioner):
    bring(CSV.replace("\n1;", "\nSled_Push;").encode(), "csv", practitioner)
    outcomes = bring(as_bytes(FREE), "free-exercise-db", practitioner)
    assert [one.outcome for one in outcomes] == ["created", "created"]


def test_two_clinics_import_the_same_file_apart(practitioner, outsider):
    for by in (practitioner, outsider):
        (outcome,) = bring(CSV.encode(), "csv", by)
        assert outcome.outcome == "created"


def test_of_two_rows_with_one_id_the_first_counts(practitioner):
    twins = as_bytes([FREE[1], FREE[1] | {"name": "Other"}])
    first, second = bring(twins, "free-exercise-db", practitioner)
    assert (first.outcome, second.outcome) == ("created", "refused")
    assert "first in row 1" in second.reasons[0]


def in_steps(rows: list[Any], by: Membership) -> Any:
    """Import step by step, as workers do; return the lines of the report."""
    run = imports.start_import(as_bytes(rows), format="free-exercise-db", by=by)
    while imports.step(run.pk):
        pass
    return run.lines.all()


def named(number: int, **values: Any) -> dict[str, Any]:
    return FREE[1] | {"id": f"id{number}", "name": f"Name {number}"} | values


def test_a_twin_in_a_later_step_is_refused(practitioner):
    rows = [named(number) for number in range(BATCH)]
    lines = in_steps([*rows, named(3, name="Twin")], practitioner)
    assert Counter(one.outcome for one in lines) == {"created": BATCH, "refused": 1}
    assert "first in row 4" in lines[BATCH].reasons[0]


def test_a_row_whose_twin_was_refused_in_an_earlier_step_is_taken(practitioner):
    rows = [named(0, name="n" * 101), *(named(number) for number in range(1, BATCH))]
    lines = in_steps([*rows, named(0)], practitioner)
    assert [lines[0].outcome, lines[BATCH].outcome] == ["refused", "created"]
