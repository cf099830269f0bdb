"""An ETag covers all that an answer shows, also of other rows."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import Model

from exercises.models import ExerciseTranslation
from prescriptions.handouts import issue_program
from prescriptions.models import Handout
from prescriptions.templates import save_as_template
from tests.clinic.api.client import Api
from tests.factories import make_leaflet


@pytest.fixture
def things(program, practitioner) -> dict[str, Any]:
    """A row of each resource; the program is issued."""
    revision, _ = issue_program(program, by=practitioner)
    exercise = program.prescribed_exercises.first().exercise
    template = save_as_template(program, name="Mine", by=practitioner, only_mine=False)
    return {
        "program": program,
        "template": template,
        "leaflet": make_leaflet(clinic=program.clinic),
        "exercise": exercise,
        "translation": ExerciseTranslation.objects.create(
            exercise=exercise, language="fr", name="Nom"
        ),
        "patient": program.patient,
        "practitioner": practitioner.practitioner,
        "revision": revision,
        "handout": Handout.objects.create(
            clinic=program.clinic, revision=revision, options={}
        ),
        "clinic": program.clinic,
        "membership": practitioner,
    }


MOMENT = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
PLACES = {
    "program": "programs/{program.pk}",
    "template": "templates/{template.pk}",
    "leaflet": "leaflets/{leaflet.pk}",
    "exercise": "exercises/{exercise.pk}",
    "translation": "exercises/{exercise.pk}/translations/fr",
    "patient": "patients/{patient.pk}",
    "practitioner": "practitioners/{practitioner.pk}",
    "revision": "revisions/{revision.pk}",
    "handout": "handouts/{handout.pk}",
    "clinic": "clinics/{clinic.pk}",
    "fhir": "/fhir/R4/CarePlan/{program.pk}/$everything",
}
# What is read, the other row that changes, and its change
CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("program", "exercise", {"name": "One"}),
    ("program", "revision", {"number": 7}),
    ("program", "program", {"voided_by": "Renamed"}),
    ("template", "exercise", {"name": "Two"}),
    ("template", "template", {"is_archived": True}),
    ("leaflet", "leaflet", {"is_archived": True}),
    ("exercise", "exercise", {"status": "archived"}),
    ("translation", "translation", {"name": "Three"}),
    ("translation", "exercise", {"version": 9}),
    ("patient", "patient", {"is_archived": True}),
    ("practitioner", "practitioner", {"name": "Four"}),
    ("practitioner", "membership", {"licensed": False}),
    ("revision", "revision", {"superseded_at": MOMENT}),
    ("handout", "handout", {"status": "failed", "failure_code": "worker_lost"}),
    ("clinic", "clinic", {"opening_hours": "Always"}),
    ("fhir", "patient", {"name": "Five"}),
    ("fhir", "practitioner", {"name": "Six"}),
    ("fhir", "exercise", {"name": "Seven"}),
    ("fhir", "clinic", {"name": "Eight"}),
    ("fhir", "revision", {"issued_by": None}),
    ("template", "exercise", {"slug": "lost"}),
]


def change(row: Model, values: dict[str, Any]) -> None:
    """Change a row as another one than the resource would: no version rises."""
    for name, value in values.items():
        setattr(row, name, value)
    type(row)._base_manager.filter(pk=row.pk).update(**values)


def read(api: Api, path: str) -> tuple[Any, str]:
    answer = api.get(path if path[0] != "/" else f"http://testserver{path}")
    assert answer.status_code == 200, answer.json()
    return answer.json(), answer["ETag"]


def test_the_tag_changes_with_everything_that_is_shown(things):
    api = Api(things["clinic"])
    for resource, other, values in CHANGES:
        path = PLACES[resource].format(**things)
        before, tag = read(api, path)
        assert read(api, path)[1] == tag, path
        change(things[other], values)
        after, new = read(api, path)
        told = f"{resource}: {other} {values}"
        assert after != before and new != tag, told
