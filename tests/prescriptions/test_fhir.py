"""The FHIR R4 export, judged by references, hashes, R4 models and reading it back."""

import base64
import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from fhirclient.models.bundle import Bundle
from fhirclient.models.capabilitystatement import CapabilityStatement

from clinic.signing import sign_all
from exercises.dosage import Dosage
from exercises.models import Exercise
from prescriptions import storage
from prescriptions.fhir.dosage import extension_of, read_dosage, timing_of
from prescriptions.handouts import HandoutOptions, issue_program, request_handout
from prescriptions.models import Handout, Program
from prescriptions.programs import LineDraft, PhaseDraft, change_program
from tests.clinic.api.client import Api
from tests.factories import make_exercise

PDF = b"%PDF-1.7 a stand-in"
DOSAGES = [
    Dosage(sets=3, repetitions=8, repetitions_max=12, side="each", times_per_day=2),
    Dosage(
        repetitions_per_set=(6, 4, 2),
        load_value=Decimal("2.5"),
        load_unit="kg",
        times_per_day=1,
    ),
    Dosage(repetitions=10, load_unit="band_red", days_per_week=3, times_per_day=1),
    Dosage(kind="hold", repetitions=5, hold_seconds=20, side="left", times_per_day=1),
    Dosage(kind="hold", repetitions=3, hold_breaths=4, weekdays=("mon", "thu")),
    Dosage(kind="duration", duration_minutes=Decimal("7.5"), every_hours=2),
    Dosage(repetitions=6, time_of_day=("morning", "first_two_hours", "bedtime")),
    Dosage(repetitions=6, as_needed=True, tempo_seconds=4),
    Dosage(
        sets=2,
        times_per_day=1,
        repetitions=5,
        rest_between_sets_seconds=45,
        rest_between_repetitions_seconds=5,
        load_value=Decimal(10),
        load_unit="lb",
    ),
    Dosage(
        kind="duration",
        duration_minutes=Decimal(5),
        breath_pattern_seconds=(4, 2, 6),
        times_per_day=1,
    ),
    Dosage(fill_in=True),
]


@pytest.fixture
def full(program, practitioner) -> Program:
    """An issued program of two phases with notes, a reason and a ready handout."""
    exercises = [make_exercise() for _ in range(3)]
    lines = [
        LineDraft(exercise=e, dosage=d, why="It helps.", note="Slowly.\nWith care.")
        for e, d in zip(exercises, DOSAGES, strict=False)
    ]
    phases = [
        PhaseDraft(title="Calm", weeks=2, days=3, lines=tuple(lines[:1])),
        PhaseDraft(criterion="When it is easy", lines=tuple(lines[1:])),
    ]
    values = {"goal": "Garden again", "reason": "Low back pain"}
    change_program(program, values, phases, by=practitioner)
    return Program.objects.visible_to(practitioner).get()


@pytest.fixture
def api(program) -> Api:
    return Api(program.clinic)


def give(program, practitioner) -> Handout:
    sign_all(list(Exercise.objects.visible_to(practitioner)), by=practitioner)
    revision, _ = issue_program(program, by=practitioner)
    handout = request_handout(revision, options=HandoutOptions(), by=practitioner)
    name, sha256 = storage.put(handout.pk, PDF)
    row = Handout.objects.job(handout.pk)
    row.update(status="ready", pdf_name=name, pdf_sha256=sha256, pdf_bytes=len(PDF))
    return handout


def export(api, program) -> dict[str, Any]:
    answer = api.get(f"http://testserver/fhir/R4/CarePlan/{program.pk}/$everything")
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/fhir+json"
    return answer.json()


def resources(bundle, kind) -> list[dict[str, Any]]:
    held = [entry["resource"] for entry in bundle["entry"]]
    return [resource for resource in held if resource["resourceType"] == kind]


def walk(value: Any) -> Iterator[Any]:
    yield value
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for one in inner:
            yield from walk(one)


def test_every_reference_resolves_within_the_bundle(api, full, practitioner):
    give(full, practitioner)
    bundle = export(api, full)
    held = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(held) == len(bundle["entry"])
    base = "http://testserver/fhir/R4/"
    found = [v.get("reference") for v in walk(bundle) if isinstance(v, dict)]
    named = [name for name in found if isinstance(name, str)]
    assert named
    assert {base + name for name in named} <= held
    attachment = resources(bundle, "DocumentReference")[0]["content"][0]["attachment"]
    assert attachment["url"] in held


def test_hash_and_size_are_those_of_the_pdf(api, full, practitioner):
    give(full, practitioner)
    bundle = export(api, full)
    attachment = resources(bundle, "DocumentReference")[0]["content"][0]["attachment"]
    data = base64.b64decode(resources(bundle, "Binary")[0]["data"])
    assert data == PDF
    assert attachment["size"] == len(PDF)
    digest = hashlib.sha1(PDF, usedforsecurity=False).digest()
    assert base64.b64decode(attachment["hash"]) == digest


def test_the_patient_performs_each_exercise_in_program_order(api, full):
    bundle = export(api, full)
    orders = resources(bundle, "ServiceRequest")
    patient = f"Patient/{full.patient_id}"
    assert [order["performer"] for order in orders] == [[{"reference": patient}]] * 3
    activities = resources(bundle, "CarePlan")[0]["activity"]
    told = [activity["reference"]["reference"] for activity in activities]
    assert told == [f"ServiceRequest/{order['id']}" for order in orders]
    assert "Slowly." in orders[0]["patientInstruction"]


def test_nothing_in_it_is_empty(api, full, practitioner):
    give(full, practitioner)
    assert not [v for v in walk(export(api, full)) if v in (None, "", [], {})]


def test_r4_models_accept_it(api, full, practitioner):
    give(full, practitioner)
    Bundle(export(api, full), strict=True)


def test_a_draft_without_goal_or_handout_is_accepted_too(api, program):
    bundle = export(api, program)
    Bundle(bundle, strict=True)
    assert not resources(bundle, "Goal") + resources(bundle, "Binary")
    assert resources(bundle, "CarePlan")[0]["status"] == "draft"


@pytest.mark.parametrize("dosage", DOSAGES)
def test_a_dosage_is_read_back_without_loss(dosage):
    stored = json.loads(json.dumps(extension_of(dosage)))
    assert read_dosage([stored]) == dosage


@pytest.mark.parametrize("dosage", DOSAGES)
def test_a_timing_keeps_the_rules_of_r4(dosage):
    repeat = timing_of(dosage, start="2026-01-01", end="")["repeat"]
    assert "count" not in repeat
    assert ("period" in repeat) == ("periodUnit" in repeat)
    assert ("duration" in repeat) == ("durationUnit" in repeat)
    assert not ("when" in repeat and "timeOfDay" in repeat)
    assert len(set(repeat.get("when", []))) == len(repeat.get("when", []))


def test_a_week_is_counted_in_weeks():
    repeat = timing_of(DOSAGES[2], start="2026-01-01", end="2026-02-01")["repeat"]
    assert (repeat["frequency"], repeat["period"], repeat["periodUnit"]) == (3, 1, "wk")


@pytest.mark.requirement("T8")
def test_another_clinics_program_is_not_found(full, outsider):
    path = f"http://testserver/fhir/R4/CarePlan/{full.pk}/$everything"
    answer = Api(outsider.clinic).get(path)
    assert (answer.status_code, answer.json()["resourceType"]) == (
        404,
        "OperationOutcome",
    )


def test_it_needs_its_scope(program):
    api = Api(program.clinic, "programs:read")
    answer = api.get(f"http://testserver/fhir/R4/CarePlan/{program.pk}/$everything")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (403, "forbidden")


def test_practitioners_have_the_numbers_of_other_systems(full, practitioner, api):
    practitioner.external_ids.create(system="urn:oid:1.2.3", value="P-7")
    (found,) = resources(export(api, full), "Practitioner")
    assert found["identifier"][1] == {"system": "urn:oid:1.2.3", "value": "P-7"}


def test_the_capability_statement_is_one(api):
    answer = api.get("http://testserver/fhir/R4/metadata")
    CapabilityStatement(answer.json(), strict=True)
    assert answer.json()["fhirVersion"] == "4.0.1"


def read_back(bundle, program, tmp_path, **options) -> None:
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(bundle))
    by = program.practitioner.email
    call_command("import_fhir", str(file), clinic=program.clinic_id, by=by, **options)


def contents(program) -> list[Any]:
    return [
        (
            phase.title,
            phase.weeks,
            phase.days,
            phase.criterion,
            [(x.exercise_id, x.dosage, x.why, x.note) for x in phase.exercises.all()],
        )
        for phase in program.phases.all()
    ]


def test_an_import_loses_nothing_of_order_dosage_and_notes(api, full, tmp_path, capsys):
    read_back(export(api, full), full, tmp_path, save=True)
    rows = Program.objects.of_clinic(full.clinic_id).with_contents()
    copy = rows.exclude(pk=full.pk).get()
    assert contents(copy) == contents(rows.get(pk=full.pk))
    for name in ("title", "goal", "reason", "start_date", "review_date", "patient"):
        assert getattr(copy, name) == getattr(full, name)


def test_an_import_saves_nothing_unless_asked_to(api, full, tmp_path, capsys):
    read_back(export(api, full), full, tmp_path)
    assert "3 exercises in 2 phases can be read" in capsys.readouterr().out
    assert Program.objects.of_clinic(full.clinic_id).count() == 1


NO_EXPORTS = [[], {}, *({"resourceType": "Bundle", "entry": e} for e in ([], [{}]))]


@pytest.mark.parametrize("bundle", NO_EXPORTS)
def test_what_is_no_export_is_refused(program, tmp_path, bundle):
    with pytest.raises(CommandError):
        read_back(bundle, program, tmp_path)
