"""A program as a FHIR R4 Bundle. Pure: what is mapped has been loaded before."""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from clinic.models.people import NumberElsewhere
from exercises.dosage import sentences
from prescriptions.fhir.dosage import EXTENSION, extension_of, timing_of
from prescriptions.fhir.people import (
    Json,
    identifier,
    language_code,
    narrative,
    organization,
    patient,
    practitioner,
    reference,
)
from prescriptions.models import Handout, Phase, PrescribedExercise, Program, Revision

EXERCISES = "urn:catcamel:fhir:CodeSystem:exercise"
GOAL_STATUS = {"draft": "proposed", "revoked": "cancelled"}
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
OPEN = frozenset({"draft", "active", "on-hold"})
AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
NOTES = ("why", "note", "practitioner_note")


@dataclass(frozen=True, kw_only=True)
class Export:
    """A program with contents, its revisions, and the PDF that is given out now."""

    program: Program
    revisions: Sequence[Revision]
    handout: Handout | None
    pdf: bytes
    # Begins every full URL, such as https://host/fhir/R4
    base: str
    # Of practitioners, by their id
    numbers: Mapping[UUID, Sequence[NumberElsewhere]] = field(default_factory=dict)


def bundle_of(export: Export, *, at: datetime) -> Json:
    """Return the Bundle: every reference in it resolves within it."""
    program = export.program
    return {
        "resourceType": "Bundle",
        "id": str(program.pk),
        "identifier": identifier("program", program.pk),
        "type": "collection",
        "timestamp": instant(at),
        "entry": [
            {"fullUrl": f"{export.base}/{r['resourceType']}/{r['id']}", "resource": r}
            for r in _resources(export)
        ],
    }


def status_of(program: Program) -> str:
    """Return the state as FHIR's code for requests."""
    if program.status == Program.Status.VOID:
        return "entered-in-error"
    if program.status == Program.Status.ENDED:
        is_stopped = program.ending == Program.Ending.STOPPED
        return "revoked" if is_stopped else "completed"
    is_paused = program.paused_at and program.status == Program.Status.ACTIVE
    return "on-hold" if is_paused else program.status


def instant(moment: datetime) -> str:
    """Return a time as FHIR writes it."""
    utc = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return utc.replace("+00:00", "Z")


def lines_of(program: Program) -> list[tuple[int, PrescribedExercise]]:
    """Return the lines in program order with the number of their phase."""
    phases = enumerate(program.phases.all(), start=1)
    return [
        (number, line) for number, phase in phases for line in phase.exercises.all()
    ]


def _resources(export: Export) -> Iterator[Json]:
    program = export.program
    yield _care_plan(program)
    yield patient(program.patient)
    people = [program.practitioner, *(r.issued_by for r in export.revisions)]
    for person in {p.pk: p for p in people if p}.values():
        yield practitioner(person, export.numbers.get(person.pk, ()))
    yield organization(program.clinic)
    if program.reason.strip():
        yield _condition(program)
    if program.goal.strip():
        yield _goal(program)
    for place, (phase, line) in enumerate(lines_of(program), start=1):
        yield _service_request(program, line, phase=phase, place=place)
    if export.handout:
        yield _document_reference(export, export.handout)
        yield _binary(export.handout, export.pdf)
    for revision in export.revisions:
        yield _provenance(program, revision)


def _care_plan(program: Program) -> Json:
    plan = {
        "resourceType": "CarePlan",
        "id": str(program.pk),
        "meta": {"versionId": str(program.version)},
        "text": narrative(
            program.title,
            program.goal,
            *(line.exercise.name for _, line in lines_of(program)),
        ),
        "extension": [
            _phase_extension(phase, number)
            for number, phase in enumerate(program.phases.all(), start=1)
        ],
        "identifier": [identifier("program", program.pk)],
        "status": status_of(program),
        "intent": "plan",
        "title": program.title.strip(),
        "subject": reference("Patient", program.patient_id),
        "period": _period(program),
        "created": instant(program.created_at),
        "author": reference("Practitioner", program.practitioner_id),
        "addresses": _to(program.reason, "Condition", program),
        "goal": _to(program.goal, "Goal", program),
        "activity": [
            {"reference": reference("ServiceRequest", line.pk)}
            for _, line in lines_of(program)
        ],
    }
    return _filled(plan)


def _to(text: str, kind: str, program: Program) -> list[Json]:
    return [reference(kind, program.pk)] if text.strip() else []


def _filled(resource: Json) -> Json:
    """Leave out what is empty: FHIR knows no empty lists or texts."""
    return {name: value for name, value in resource.items() if value not in ("", [])}


def _period(program: Program) -> Json:
    end = {"end": program.end_date.isoformat()} if program.end_date else {}
    return {"start": program.start_date.isoformat(), **end}


def _phase_extension(phase: Phase, number: int) -> Json:
    parts: list[Json] = [{"url": "number", "valuePositiveInt": number}]
    lengths = {"weeks": phase.weeks, "days": phase.days}
    parts += [
        {"url": name, "valueInteger": count}
        for name, count in lengths.items()
        if count is not None
    ]
    parts += _texts(phase, ("title", "stage", "criterion"))
    return {"url": f"{EXTENSION}phase", "extension": parts}


def _texts(row: Phase | PrescribedExercise, names: Sequence[str]) -> list[Json]:
    """Return the texts of a row that are not empty, as parts of an extension."""
    told = {name: getattr(row, name).strip() for name in names}
    return [{"url": name, "valueString": text} for name, text in told.items() if text]


def _condition(program: Program) -> Json:
    """Nothing is said of how it is after the program has ended: nobody knows."""
    state, told = status_of(program), {}
    if state in OPEN:
        told["clinicalStatus"] = {"coding": [{"system": CLINICAL, "code": "active"}]}
    elif state == "entered-in-error":
        told["verificationStatus"] = {"coding": [{"system": VERIFIED, "code": state}]}
    return {
        "resourceType": "Condition",
        "id": str(program.pk),
        "text": narrative(program.reason),
        **told,
        "code": {"text": program.reason.strip()},
        "subject": reference("Patient", program.patient_id),
    }


def _goal(program: Program) -> Json:
    return {
        "resourceType": "Goal",
        "id": str(program.pk),
        "text": narrative(program.goal),
        "lifecycleStatus": GOAL_STATUS.get(state := status_of(program), state),
        "description": {"text": program.goal.strip()},
        "subject": reference("Patient", program.patient_id),
        "startDate": program.start_date.isoformat(),
        "target": [{"dueDate": program.review_date.isoformat()}],
    }


def _service_request(
    program: Program, line: PrescribedExercise, *, phase: int, place: int
) -> Json:
    """The patient performs it: a prescription of exercise, no referral."""
    exercise, dosage = line.exercise, line.dosage
    name = exercise.name.strip()
    coding = {"system": EXERCISES, "code": exercise.slug, "display": name}
    told = [*sentences(dosage, units=program.clinic.units), line.note.strip()]
    said = [text for text in told if text]
    end = program.end_date.isoformat() if program.end_date else ""
    start = program.start_date.isoformat()
    order: Json = {
        "resourceType": "ServiceRequest",
        "id": str(line.pk),
        "text": narrative(name, *said),
        "extension": [
            extension_of(dosage),
            {"url": f"{EXTENSION}line", "extension": _line_parts(phase, line, place)},
        ],
        "basedOn": [reference("CarePlan", program.pk)],
        "status": status_of(program),
        "intent": "order",
        "code": {"coding": [coding], "text": name},
        "subject": reference("Patient", program.patient_id),
        "occurrenceTiming": timing_of(dosage, start=start, end=end),
        "authoredOn": instant(program.updated_at),
        "requester": reference("Practitioner", program.practitioner_id),
        "performer": [reference("Patient", program.patient_id)],
        "reasonReference": _to(program.reason, "Condition", program),
        "patientInstruction": "\n".join(said),
    }
    if dosage.as_needed:
        order["asNeededBoolean"] = True
    return _filled(order)


def _line_parts(phase: int, line: PrescribedExercise, place: int) -> list[Json]:
    return [
        {"url": "phase", "valuePositiveInt": phase},
        {"url": "position", "valuePositiveInt": place},
        *_texts(line, NOTES),
    ]


def _document_reference(export: Export, handout: Handout) -> Json:
    program = export.program
    digest = hashlib.sha1(export.pdf, usedforsecurity=False).digest()
    return {
        "resourceType": "DocumentReference",
        "id": str(handout.pk),
        "text": narrative(program.title),
        "identifier": [identifier("handout", handout.pk)],
        "status": "current",
        "docStatus": "final",
        "type": {"text": "Home exercise program for the patient"},
        "subject": reference("Patient", program.patient_id),
        "date": instant(handout.finished_at or handout.requested_at),
        "author": [reference("Practitioner", program.practitioner_id)],
        "custodian": reference("Organization", program.clinic_id),
        "content": [
            {
                "attachment": {
                    "contentType": "application/pdf",
                    "language": language_code(handout.options.get("language") or "en"),
                    "url": f"{export.base}/Binary/{handout.pk}",
                    "size": len(export.pdf),
                    "hash": base64.b64encode(digest).decode(),
                    "title": program.title.strip(),
                }
            }
        ],
    }


def _binary(handout: Handout, pdf: bytes) -> Json:
    return {
        "resourceType": "Binary",
        "id": str(handout.pk),
        "contentType": "application/pdf",
        "data": base64.b64encode(pdf).decode(),
    }


def _provenance(program: Program, revision: Revision) -> Json:
    clinic = reference("Organization", program.clinic_id)
    agent: Json = {"type": {"coding": [{"system": AGENT, "code": "author"}]}}
    if revision.issued_by_id:
        agent["who"] = reference("Practitioner", revision.issued_by_id)
        agent["onBehalfOf"] = clinic
    else:
        agent["who"] = clinic
    template = identifier("template", program.started_from)
    derived = [{"role": "derivation", "what": {"identifier": template}}]
    provenance = {
        "resourceType": "Provenance",
        "id": str(revision.pk),
        "text": narrative(f"Revision {revision.number}, {instant(revision.issued_at)}"),
        "target": [reference("CarePlan", program.pk)],
        "recorded": instant(revision.issued_at),
        "agent": [agent],
        "entity": derived if program.started_from else [],
    }
    return _filled(provenance)


def capability_statement(*, base: str, on: str) -> Json:
    """Return what this server can do; ``on`` is a day."""
    operation = {
        "name": "everything",
        "definition": f"{base}/OperationDefinition/CarePlan-everything",
    }
    return {
        "resourceType": "CapabilityStatement",
        "text": narrative("Catcamel exports a program as a Bundle, to read."),
        "status": "active",
        "date": on,
        "kind": "instance",
        "implementation": {"description": "Catcamel", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "A bearer key with scope fhir:export."},
                "resource": [{"type": "CarePlan", "operation": [operation]}],
            }
        ],
    }


def outcome(problem: Json) -> Json:
    """Return a problem as an OperationOutcome."""
    codes = {401: "login", 403: "forbidden", 404: "not-found", 409: "conflict"}
    codes |= {
        405: "not-supported",
        410: "deleted",
        429: "throttled",
        503: "transient",
        500: "exception",
    }
    code = codes.get(problem["status"], "invalid")
    issue = {"severity": "error", "code": code, "diagnostics": problem["detail"]}
    return {
        "resourceType": "OperationOutcome",
        "text": narrative(problem["detail"]),
        "issue": [issue],
    }
