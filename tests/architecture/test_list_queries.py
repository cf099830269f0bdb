"""Every list of the OpenAPI document: the same few statements, however many rows."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.models import (
    ApiKey,
    AuditEvent,
    Clinic,
    ExternalId,
    Membership,
    Patient,
    Practitioner,
    WebhookDelivery,
    WebhookEndpoint,
)
from exercises.models import Exercise, ExerciseTranslation, Leaflet
from prescriptions.models import (
    Alert,
    Batch,
    BatchItem,
    DiaryEntry,
    Handout,
    PatientLink,
    Phase,
    PrescribedExercise,
    Program,
    ProgramTemplate,
    Revision,
    TemplateExercise,
    TemplatePhase,
)
from tests import openapi
from tests.clinic.api.client import Api
from tests.factories import make_membership

FEW, MANY, MOST_STATEMENTS = 20, 100, 8
# One clinic of a key, all programs of a batch, all languages of an exercise
WITHOUT_PAGES = {
    "/api/v1/clinics",
    "/api/v1/batches/{id}/items",
    "/api/v1/exercises/{id_or_slug}/translations",
}
PARAMETER = re.compile(r"{\w+}")
LISTS = [
    path
    for path, verbs in openapi.committed()["paths"].items()
    if verbs.get("get", {}).get("operationId", "").endswith("_list")
]


def rows(model: type[Model], make: Callable[[int], dict[str, Any]]) -> list[Any]:
    """Store a hundred rows in one statement or two."""
    made = [model(**make(number)) for number in range(MANY)]
    return model._base_manager.bulk_create(made)


@pytest.fixture
def owners(clinic: Clinic) -> dict[str, Any]:
    """What has a hundred rows in a clinic that has a hundred of everything, by path."""
    member = make_membership(clinic=clinic)
    own: dict[str, Any] = {"clinic": clinic}
    fill_clinic(own)
    exercises = rows(Exercise, lambda n: own | {"slug": f"x{n}", "name": f"X {n}"})
    fill_templates(own, exercises)
    one = {"exercise": exercises[0]}
    rows(ExerciseTranslation, lambda n: own | one | {"language": f"l{n}", "name": "X"})
    return fill_programs(own, member, exercises) | {"exercises": exercises[0].pk}


def fill_clinic(own: dict[str, Any]) -> None:
    """People, their numbers elsewhere, keys and webhooks."""
    people = rows(Practitioner, lambda n: {"email": f"{n}@x.example", "name": f"P {n}"})
    rows(Membership, lambda n: own | {"practitioner": people[n], "role": "assistant"})
    born = {"date_of_birth": "1980-05-17"}
    patients = rows(Patient, lambda n: own | born | {"name": f"Patient {n}"})
    rows(
        ExternalId, lambda n: own | {"patient": patients[n], "system": "s", "value": n}
    )
    end = timezone.now() + timedelta(days=1)
    rows(ApiKey, lambda n: own | {"digest": n, "scopes": [], "expires_at": end})
    hooks = rows(WebhookEndpoint, lambda n: own | {"url": "https://x", "events": []})
    event = {"actor_kind": "system", "action": "program.viewed"}
    rows(AuditEvent, lambda n: own | event)
    rows(WebhookDelivery, lambda n: own | {"endpoint": hooks[n], "payload": {}})


def fill_templates(own: dict[str, Any], exercises: list[Exercise]) -> None:
    """Templates of one line, and leaflets."""
    rows(Leaflet, lambda n: own | {"slug": f"l{n}", "title": f"L {n}"})
    made = rows(ProgramTemplate, lambda n: own | {"slug": f"t{n}", "name": f"T {n}"})
    phases = rows(TemplatePhase, lambda n: {"template": made[n]})
    rows(
        TemplateExercise,
        lambda n: {"phase": phases[n], "exercise_slug": exercises[n].slug},
    )


def fill_programs(
    own: dict[str, Any], member: Membership, exercises: list[Exercise]
) -> dict[str, Any]:
    """Programs of one line with all that hangs on them; the first has the most."""
    patient = Patient.objects.of_clinic(own["clinic"]).first()
    owner = {"patient": patient, **own}
    person = {"practitioner": member.practitioner}
    programs = rows(Program, lambda n: owner | person | {"title": f"Program {n}"})
    phases = rows(Phase, lambda n: {"program": programs[n]})
    rows(
        PrescribedExercise,
        lambda n: {
            "program": programs[n],
            "phase": phases[n],
            "exercise": exercises[n],
        },
    )
    first = own | {"program": programs[0]}
    revisions = rows(Revision, lambda n: first | {"number": n, "document": {}})
    rows(Handout, lambda n: own | {"revision": revisions[n]})
    rows(
        PatientLink,
        lambda n: {
            **owner,
            "program": programs[n],
            "kind": "sent",
            "code_digest": n,
            "expires_at": timezone.now(),
        },
    )
    rows(Alert, lambda n: owner | {"program": programs[n], "kind": "pain"})
    told = {"day": timezone.localdate(), "written_at": timezone.now()}
    told |= {"revision": revisions[0], **first}
    rows(DiaryEntry, lambda n: told | {"client_id": uuid4()})
    batches = rows(Batch, lambda n: own | {"kind": "handouts"})
    rows(
        BatchItem,
        lambda n: {"batch": batches[0], "program": programs[n], "position": n},
    )
    return {"programs": programs[0].pk, "batches": batches[0].pk}


def cost(api: Api, path: str) -> tuple[int, int]:
    """Rows and statements of an answer."""
    with CaptureQueriesContext(connection) as captured:
        answer = api.get(path)
    assert answer.status_code == 200, answer.json()
    body = answer.json()
    return len(body if isinstance(body, list) else body["results"]), len(captured)


def test_no_list_is_left_out():
    assert len(LISTS) >= 19
    assert set(LISTS) >= WITHOUT_PAGES


def test_every_list_takes_the_same_few_statements_however_long_it_is(clinic, owners):
    api = Api(clinic)
    # The use of the key is noted once a minute
    api.get("clinics")
    faults = {}
    for path in LISTS:
        where = PARAMETER.sub(str(owners.get(path.split("/")[3])), path)
        pages = [""] if path in WITHOUT_PAGES else [f"?limit={n}" for n in (FEW, MANY)]
        found = [cost(api, where + page) for page in pages]
        lengths, statements = zip(*found, strict=True)
        is_whole = path in WITHOUT_PAGES or lengths == (FEW, MANY)
        if not is_whole or len(set(statements)) > 1 or statements[0] > MOST_STATEMENTS:
            faults[path] = found
    assert not faults
