"""A template as JSON, and back into drafts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from clinic.api.authentication import actor_of
from clinic.api.serializers import (
    ChoiceField,
    LineField,
    StrictModelSerializer,
    StrictSerializer,
    TextField,
    WholeField,
)
from clinic.models import Actor
from exercises.api.serializers import DosageField
from exercises.models import Exercise
from exercises.tags import term_choices
from prescriptions.api.contents import (
    MOST_LINES,
    MOST_PHASES,
    ExerciseField,
    exercises_named,
)
from prescriptions.api.serializers import MOST_LEAFLETS, known_leaflets
from prescriptions.models import ProgramTemplate, TemplateExercise, TemplatePhase
from prescriptions.own_templates import TemplateLineDraft, TemplatePhaseDraft

LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)
LATEST_REVIEW_DAY = 730
MOST_REVIEWS = 12
KNOWN = "exercises"
REFERENCE = {
    "oneOf": [
        {"type": "string", "description": "Id or slug."},
        {
            "type": "object",
            "required": ["slug"],
            "properties": {
                "id": {"type": ["string", "null"], "format": "uuid"},
                "slug": {"type": "string"},
                "name": {"type": "string"},
            },
        },
    ],
    "description": (
        "Answers hold the object; its id is null when the clinic has no such exercise "
        "any more. Requests may name the id or slug alone."
    ),
}


class WordsField(serializers.DictField):
    """Texts in further languages, by language."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the texts; refuse languages that patients are not spoken to in."""
        words: dict[str, Any] = super().to_internal_value(data)
        told = [ErrorDetail("There is no such language.", "unknown_language")]
        if lost := {name: told for name in words if name not in LANGUAGES}:
            raise ValidationError(lost)
        return {language: dict(texts) for language, texts in words.items()}


class _TemplateWords(StrictSerializer):
    """Texts of a template in one language."""

    name = LineField(max_length=120, required=False, allow_blank=True)
    goal = TextField(max_length=500, required=False, allow_blank=True)


class _PhaseWords(StrictSerializer):
    """Texts of a phase in one language."""

    title = LineField(max_length=100, required=False, allow_blank=True)
    criterion = LineField(max_length=300, required=False, allow_blank=True)


class _LineWords(StrictSerializer):
    """Texts of a line in one language."""

    note = TextField(max_length=500, required=False, allow_blank=True)


@extend_schema_field(REFERENCE)
class TemplateExerciseField(ExerciseField):
    """An exercise by its slug, which finds the clinic's own copy where there is one."""

    def to_representation(self, value: Any) -> dict[str, Any]:
        """Return what names the exercise to systems and to people."""
        found: Exercise | None = self.context[KNOWN].get(value)
        if found is None:
            return {"id": None, "slug": value, "name": ""}
        return super().to_representation(found)

    def to_internal_value(self, data: Any) -> str:
        """Return id or slug."""
        name = data.get("slug") if isinstance(data, dict) else data
        return super().to_internal_value(name)


class TemplateLineSerializer(StrictModelSerializer):
    """A line; without a dosage it gets the exercise's default."""

    exercise = TemplateExerciseField(source="exercise_slug")
    dosage = DosageField(required=False)
    words = WordsField(child=_LineWords(), required=False)

    class Meta:
        model = TemplateExercise
        fields = ["exercise", "dosage", "dosage_source", "note", "words"]


class TemplatePhaseSerializer(StrictModelSerializer):
    """A phase with its lines in order."""

    stage = ChoiceField(term_choices("stages"), required=False, allow_blank=True)
    words = WordsField(child=_PhaseWords(), required=False)
    exercises = TemplateLineSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_LINES
    )

    class Meta:
        model = TemplatePhase
        fields = ["title", "days", "stage", "criterion", "words", "exercises"]


class TemplateSerializer(StrictModelSerializer):
    """A template with phases and lines; ``phases`` replaces all of them."""

    stage = ChoiceField(term_choices("stages"))
    leaflets = serializers.ListField(
        child=LineField(max_length=60),
        required=False,
        max_length=MOST_LEAFLETS,
        help_text="Slugs of the leaflets to print, in order.",
    )
    review_after_days = serializers.ListField(
        child=WholeField(min_value=1, max_value=LATEST_REVIEW_DAY),
        required=False,
        max_length=MOST_REVIEWS,
        help_text="Counted from the start.",
    )
    words = WordsField(
        child=_TemplateWords(),
        required=False,
        help_text="What patients read in further languages, by language.",
    )
    owner = serializers.UUIDField(
        source="owner_id", read_only=True, allow_null=True, help_text="Who made it."
    )
    is_shared = serializers.BooleanField(
        read_only=True, help_text="False for a template of the clinic's own."
    )
    phases = TemplatePhaseSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_PHASES
    )

    class Meta:
        model = ProgramTemplate
        fields = [
            "id",
            "slug",
            "name",
            "stage",
            "goal",
            "note",
            "leaflets",
            "review_after_days",
            "words",
            "source",
            "visibility",
            "owner",
            "is_shared",
            "is_archived",
            "phases",
            "version",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["slug", "version"]

    def validate_leaflets(self, slugs: list[str]) -> list[str]:
        """Refuse leaflets that are not there, and those that are named twice."""
        return known_leaflets(slugs, actor_of(self.context["request"]))


def exercises_of(
    templates: Iterable[ProgramTemplate], *, actor: Actor
) -> dict[str, Exercise]:
    """Return the exercises of templates with contents, by slug, in one query."""
    slugs = {
        line.exercise_slug
        for template in templates
        for phase in template.phases.all()
        for line in phase.exercises.all()
    }
    rows = Exercise.objects.visible_to(actor).filter(slug__in=slugs)
    return {row.slug: row for row in rows.only("slug", "name")}


def template_drafts(
    phases: Sequence[Mapping[str, Any]], *, actor: Actor
) -> list[TemplatePhaseDraft]:
    """Return validated phases with the exercises they name.

    Raises ValidationError with one entry for each line whose exercise cannot be used.
    """
    names = [[one["exercise_slug"] for one in _lines(phase)] for phase in phases]
    known = exercises_named(names, actor=actor)
    return [_phase_draft(phase, known) for phase in phases]


def _lines(phase: Mapping[str, Any]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = phase.get("exercises", [])
    return lines


def _phase_draft(
    phase: Mapping[str, Any], known: Mapping[str, Exercise]
) -> TemplatePhaseDraft:
    header = {name: value for name, value in phase.items() if name != "exercises"}
    lines = [_line_draft(line, known[line["exercise_slug"]]) for line in _lines(phase)]
    return TemplatePhaseDraft(**header, lines=tuple(lines))


def _line_draft(line: dict[str, Any], exercise: Exercise) -> TemplateLineDraft:
    given = line | {"exercise_slug": exercise.slug}
    return TemplateLineDraft(**{"dosage": exercise.dosage} | given)
