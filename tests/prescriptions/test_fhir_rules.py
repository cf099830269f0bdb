"""Exported Bundles keep the rules of R4 in every state; the rules see what breaks."""

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from fhirclient.models.bundle import Bundle

from exercises.dosage import Dosage
from prescriptions.fhir.bundle import Export, bundle_of
from prescriptions.models import Handout, Program, Revision
from tests.factories import make_exercise, make_patient, make_program
from tests.prescriptions.r4 import faults_of
from tests.prescriptions.test_fhir import DOSAGES, PDF

MOMENT = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
BASE = "https://clinic.example/fhir/R4"
STATES: dict[str, dict[str, Any]] = {
    "draft": {"status": "draft"},
    "active": {"status": "active"},
    "on-hold": {"status": "active", "paused_at": MOMENT},
    "completed": {"status": "ended", "ending": "finished"},
    "revoked": {"status": "ended", "ending": "stopped"},
    "entered-in-error": {"status": "void"},
}


@pytest.fixture
def export(practitioner) -> Export:
    """A program with every kind of dosage and everything that may be told."""
    patient = make_patient(
        clinic=practitioner.clinic,
        name="Zoë <Søn>",
        language="zh-hans",
        guardian_name="Ida Søn",
        guardian_phone="+49 30 1",
        phone=" 030 2 ",
    )
    for system in ("my pms", "urn:oid:1.2.3", "urn:oid:x", "https://x.example/id"):
        patient.external_ids.create(system=system, value="4711")
    exercises = [make_exercise(name=f"Move {n}") for n in range(len(DOSAGES))]
    made = make_program(
        by=practitioner,
        patient=patient,
        exercises=exercises,
        goal="Lift & carry ",
        reason="Low back pain",
        end_date=date(2126, 1, 1),
        started_from="stretch-set",
    )
    program = Program.objects.visible_to(practitioner).with_contents().get(pk=made.pk)
    for line, dosage in zip(lines(program), DOSAGES, strict=True):
        line.dosage, line.note = dosage, "Slowly.\nWith care. "
    person = practitioner.practitioner
    issued = {"program": program, "issued_at": MOMENT}
    revisions = [
        Revision(number=1, issued_by=person, **issued),
        Revision(number=2, **issued),
    ]
    return Export(
        program=program,
        revisions=revisions,
        handout=Handout(pk=uuid4(), options={"language": "es"}, requested_at=MOMENT),
        pdf=PDF,
        base=BASE,
    )


def lines(program):
    (phase,) = program.phases.all()
    return phase.exercises.all()


def written(export: Export) -> dict[str, Any]:
    """The Bundle as it goes out."""
    bundle: dict[str, Any] = json.loads(json.dumps(bundle_of(export, at=MOMENT)))
    return bundle


def of(bundle: dict[str, Any], kind: str) -> dict[str, Any]:
    held = [entry["resource"] for entry in bundle["entry"]]
    first: dict[str, Any] = next(r for r in held if r["resourceType"] == kind)
    return first


def test_a_bundle_keeps_the_rules_in_every_state(export):
    for state, values in STATES.items():
        for name, value in values.items():
            setattr(export.program, name, value)
        bundle = written(export)
        assert of(bundle, "CarePlan")["status"] == state
        assert not faults_of(bundle), state
        Bundle(bundle, strict=True)


def test_a_bare_program_keeps_them_too(practitioner):
    made = make_program(by=practitioner, exercises=1)
    program = Program.objects.visible_to(practitioner).with_contents().get(pk=made.pk)
    bare = Export(program=program, revisions=[], handout=None, pdf=b"", base=BASE)
    assert not faults_of(written(bare))


def test_nothing_is_said_of_a_condition_once_the_program_has_ended(export):
    export.program.status, export.program.ending = "ended", "finished"
    assert "clinicalStatus" not in of(written(export), "Condition")


REPEAT = "ServiceRequest.occurrenceTiming.repeat"
PART = "ServiceRequest.extension.0.extension.0"
BREAKS: dict[str, Any] = {
    "CarePlan.status": "ended",
    "CarePlan.intent": "directive",
    "CarePlan.title": " x",
    "CarePlan.created": "2026-05-04T08:30:00",
    "CarePlan.period": {"start": "2026-05-04", "end": "2026-05-01"},
    "CarePlan.goal": [],
    "CarePlan.subject.reference": "Practitioner/1",
    "CarePlan.activity.0.detail": {"status": "draft"},
    "CarePlan.text.div": "<div><script/></div>",
    "Goal.lifecycleStatus": "revoked",
    "Goal.target.0.detailString": "x",
    "Condition.verificationStatus": {"text": "x"},
    "Patient.birthDate": "4.5.2026",
    "Patient.contact.0": {"relationship": [{"text": "x"}]},
    "Patient.identifier.0.system": "my-pms",
    "Patient.managingOrganization.reference": "Organization/x",
    "DocumentReference.status": "final",
    "DocumentReference.content.0.attachment.language": "zh_hans",
    "Provenance.recorded": "2026-05-04",
    "Provenance.entity.0.role": "template",
    f"{REPEAT}.periodUnit": "days",
    f"{REPEAT}.count": 8,
    f"{REPEAT}.duration": 3,
    f"{REPEAT}.timeOfDay": "08:00:00",
    f"{PART}.extension": [{"url": "x", "valueString": "y"}],
    f"{PART}.valueCode": None,
    "Bundle.total": 3,
    "Bundle.entry.1.fullUrl": f"{BASE}/Patient/other",
}


def broken(bundle: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The Bundle with another value at one place of the first resource of a kind."""
    bundle = deepcopy(bundle)
    kind, *steps = path.split(".")
    node: Any = bundle if kind == "Bundle" else of(bundle, kind)
    *way, last = (int(step) if step.isdigit() else step for step in steps)
    for step in way:
        node = node[step]
    node[last] = value
    return bundle


def test_the_rules_see_a_bundle_that_breaks_one(export):
    (first, *_) = lines(export.program)
    first.dosage = Dosage(repetitions=6, times_per_day=1, time_of_day=("morning",))
    sound = written(export)
    assert not faults_of(sound)
    assert not [p for p, v in BREAKS.items() if not faults_of(broken(sound, p, v))]
