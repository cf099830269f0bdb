"""Phases and lines of a program as JSON, and back into drafts."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from clinic.api.serializers import ChoiceField, LineField, StrictModelSerializer
from clinic.models import Actor
from exercises.api.serializers import DosageField
from exercises.models import Exercise
from exercises.tags import term_choices
from prescriptions.models import Phase, PrescribedExercise
from prescriptions.programs import LineDraft, PhaseDraft

MOST_PHASES = 12
MOST_LINES = 60
REFERENCE = {
    "oneOf": [
        {"type": "string", "description": "Id or slug."},
        {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "slug": {"type": "string"},
                "name": {"type": "string"},
            },
        },
    ],
    "description": "Answers hold the object; requests may name the id or slug alone.",
}


@extend_schema_field(REFERENCE)
class ExerciseField(serializers.Field[Any, Any, dict[str, Any], Any]):
    """An exercise, named by id or slug, or by the object that an answer holds."""

    default_error_messages = {"invalid": "Give the id or slug of an exercise."}

    def to_representation(self, value: Exercise) -> dict[str, Any]:
        """Return what names the exercise to systems and to people."""
        return {"id": str(value.pk), "slug": value.slug, "name": value.name}

    def to_internal_value(self, data: Any) -> str:
        """Return id or slug; ``drafts_of`` looks all of them up at once."""
        name = data.get("id") if isinstance(data, dict) else data
        if not isinstance(name, str):
            self.fail("invalid")
        text: str = LineField(max_length=60).run_validation(name)
        return text


class PrescribedExerciseSerializer(StrictModelSerializer):
    """A line; without a dosage it gets the exercise's default."""

    id = serializers.UUIDField(
        required=False, help_text="In a request: keeps the stored line of this id."
    )
    exercise = ExerciseField()
    dosage = DosageField(required=False)

    class Meta:
        model = PrescribedExercise
        fields = ["id", "exercise", "dosage", "why", "note", "practitioner_note"]


class PhaseSerializer(StrictModelSerializer):
    """A phase with its lines in order."""

    id = serializers.UUIDField(
        required=False, help_text="In a request: keeps the stored phase of this id."
    )
    stage = ChoiceField(term_choices("stages"), required=False, allow_blank=True)
    exercises = PrescribedExerciseSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_LINES
    )

    class Meta:
        model = Phase
        fields = ["id", "title", "weeks", "days", "stage", "criterion", "exercises"]


def drafts_of(phases: Sequence[dict[str, Any]], *, actor: Actor) -> list[PhaseDraft]:
    """Return validated phases with the exercises they name.

    Raises ValidationError with one entry for each line whose exercise cannot be used.
    """
    names = [[line["exercise"] for line in _lines(phase)] for phase in phases]
    known = exercises_named(names, actor=actor)
    return [_phase_draft(phase, known) for phase in phases]


def exercises_named(
    names: Sequence[Sequence[str]], *, actor: Actor
) -> dict[str, Exercise]:
    """Return the exercises by the names that the lines of each phase give.

    Raises ValidationError with one entry for each line whose exercise cannot be used.
    """
    known = exercises_by_name(list(chain(*names)), actor=actor)
    faults: list[Any] = [
        {"exercises": [_fault(known.get(name)) for name in phase]} for phase in names
    ]
    if any(any(fault["exercises"]) for fault in faults):
        raise ValidationError({"phases": faults})
    return known


def exercises_by_name(names: Iterable[str], *, actor: Actor) -> dict[str, Exercise]:
    """Return the exercises that the actor sees, by each of the names given."""
    ids = {name: found for name in names if (found := _as_id(name))}
    wanted = Q(pk__in=ids.values()) | Q(slug__in=[n for n in names if n not in ids])
    rows = list(Exercise.objects.visible_to(actor).filter(wanted))
    by_id = {row.pk: row for row in rows}
    by_name = {name: by_id[pk] for name, pk in ids.items() if pk in by_id}
    return {row.slug: row for row in rows} | by_name


def _as_id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _fault(exercise: Exercise | None) -> dict[str, Any]:
    if exercise is None:
        told = ErrorDetail("There is no such exercise.", "unknown_exercise")
    elif exercise.status == Exercise.Status.ARCHIVED:
        told = ErrorDetail("It is archived. Choose another.", "archived_exercise")
    else:
        return {}
    return {"exercise": [told]}


def _lines(phase: dict[str, Any]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = phase.get("exercises", [])
    return lines


def _phase_draft(phase: dict[str, Any], known: dict[str, Exercise]) -> PhaseDraft:
    header = {name: value for name, value in phase.items() if name != "exercises"}
    lines = tuple(_line_draft(line, known[line["exercise"]]) for line in _lines(phase))
    return PhaseDraft(**header, lines=lines)


def _line_draft(line: dict[str, Any], exercise: Exercise) -> LineDraft:
    given = line | {"exercise": exercise}
    return LineDraft(**{"dosage": exercise.dosage} | given)
