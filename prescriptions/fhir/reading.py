"""Reads a Bundle of ours back: order, dosage and notes. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from exercises.dosage import Dosage
from prescriptions.fhir.bundle import EXERCISES, NOTES
from prescriptions.fhir.dosage import EXTENSION, read_dosage
from prescriptions.fhir.people import Json


class UnreadableBundleError(ValueError):
    """The file is no Bundle of a program; the message says what is missing."""


@dataclass(frozen=True, kw_only=True)
class ReadLine:
    """One ServiceRequest: slug, dosage (None: the exercise's own) and notes."""

    phase: int
    position: int
    slug: str
    dosage: Dosage | None
    notes: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ReadProgram:
    """A CarePlan with its lines in order; ``phases`` maps number to header."""

    source_id: str
    title: str
    goal: str
    reason: str
    start_date: date
    review_date: date | None
    end_date: date | None
    patient: Json
    phases: dict[int, Json]
    lines: tuple[ReadLine, ...]


def read_bundle(data: Any) -> ReadProgram:
    """Return the program that a Bundle holds.

    Raises UnreadableBundleError, or DosageError for a dosage that cannot be.
    """
    if not isinstance(data, dict) or data.get("resourceType") != "Bundle":
        raise UnreadableBundleError("This is no FHIR Bundle.")
    try:
        return _read([entry["resource"] for entry in data.get("entry", [])])
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        told = "The Bundle lacks what an export of a program has."
        raise UnreadableBundleError(told) from error
    except StopIteration as error:
        raise UnreadableBundleError("The Bundle holds no CarePlan.") from error


def _read(resources: list[Json]) -> ReadProgram:
    plan = next(r for r in resources if r["resourceType"] == "CarePlan")
    goal = _first(resources, "Goal")
    due = goal["target"][0].get("dueDate") if goal.get("target") else None
    phases = [_parts(e) for e in _extensions(plan, "phase")]
    lines = [_line(r) for r in resources if r["resourceType"] == "ServiceRequest"]
    end = plan["period"].get("end")
    return ReadProgram(
        source_id=plan["id"],
        title=plan["title"],
        goal=goal.get("description", {}).get("text", ""),
        reason=_first(resources, "Condition").get("code", {}).get("text", ""),
        start_date=date.fromisoformat(plan["period"]["start"]),
        review_date=date.fromisoformat(due) if due else None,
        end_date=date.fromisoformat(end) if end else None,
        patient=_first(resources, "Patient"),
        phases={phase.pop("number"): phase for phase in phases},
        lines=tuple(sorted(lines, key=lambda line: line.position)),
    )


def _first(resources: list[Json], kind: str) -> Json:
    return next((r for r in resources if r["resourceType"] == kind), {})


def _line(order: Json) -> ReadLine:
    coding = next(c for c in order["code"]["coding"] if c["system"] == EXERCISES)
    parts = _parts(_extensions(order, "line")[0])
    return ReadLine(
        phase=parts["phase"],
        position=parts["position"],
        slug=coding["code"],
        dosage=read_dosage(order["extension"]),
        notes={name: parts[name] for name in NOTES if name in parts},
    )


def _extensions(resource: Json, name: str) -> list[Json]:
    held = resource.get("extension", [])
    return [e for e in held if e["url"] == f"{EXTENSION}{name}"]


def _parts(extension: Json) -> Json:
    return {
        part["url"]: next(v for k, v in part.items() if k.startswith("value"))
        for part in extension["extension"]
    }
