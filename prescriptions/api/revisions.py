"""What was issued, as JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.serializers import LineField, StrictSerializer, TextField
from exercises.dosage import minutes_per_day, sentences
from prescriptions.answers import (
    LONGEST_REASON,
    Given,
    answers_of,
    as_json,
    former_answer,
)
from prescriptions.findings import Judgment
from prescriptions.models import Program, Revision

TEXT = {"type": "string"}
FINDING: dict[str, Any] = {
    "type": "object",
    "properties": {
        "code": TEXT,
        "severity": {"type": "string", "enum": ["block", "warn", "info"]},
        "scope": TEXT,
        "pointer": {"type": "string", "description": "JSON pointer into the program."},
        "message": TEXT,
        "source": TEXT,
        "rule_version": {"type": "integer"},
        "subject": {"type": "string", "description": "Such as an exercise's slug."},
    },
}
FINDINGS = {"type": "array", "items": FINDING}
LINES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "pointer": FINDING["properties"]["pointer"],
            "minutes_per_day": {"type": "number"},
            "sentences": {"type": "array", "items": TEXT},
        },
    },
}


class GivenSerializer(StrictSerializer):
    """Answers to findings: rules ticked off, and reasons by rule."""

    acknowledged = serializers.ListField(
        child=LineField(max_length=12),
        required=False,
        help_text="Codes of the rules whose warnings are accepted.",
    )
    reasons = serializers.DictField(
        child=TextField(max_length=LONGEST_REASON),
        required=False,
        help_text="Why to go on, by code; for blocking rules, by licensed people.",
    )

    def given(self) -> Given:
        """Return what was said."""
        values = self.validated_data
        return Given(
            ticked=values.get("acknowledged", ()), reasons=values.get("reasons", {})
        )


class CheckSerializer(serializers.Serializer[Judgment]):
    """What the safety rules say, and which version of each said it."""

    findings = serializers.SerializerMethodField(
        help_text="`is_answered`: the answer given for the current revision counts."
    )
    rules = serializers.DictField(child=serializers.IntegerField())
    lines = serializers.SerializerMethodField(
        help_text="In the program's order: minutes a day and the patient's sentences."
    )

    @extend_schema_field(LINES)
    def get_lines(self, judgment: Judgment) -> list[Any]:
        """Return what each exercise comes to."""
        program: Program = self.context["program"]
        return [
            {
                "pointer": f"/phases/{p}/exercises/{e}",
                "minutes_per_day": round(minutes_per_day(line.dosage), 1),
                "sentences": sentences(line.dosage, units=program.clinic.units),
            }
            for p, phase in enumerate(program.phases.all())
            for e, line in enumerate(phase.exercises.all())
        ]

    @extend_schema_field(FINDINGS)
    def get_findings(self, judgment: Judgment) -> list[Any]:
        """Return the findings, the most severe first."""
        kept = answers_of(self.context["current"])
        return [
            as_json(finding) | {"is_answered": bool(former_answer(finding, kept))}
            for finding in judgment.findings
        ]


class IssuedSerializer(serializers.ModelSerializer[Revision]):
    """The revision that a patient is given, with what was found on the way."""

    program = serializers.UUIDField(source="program_id")
    number = serializers.IntegerField(help_text="1, 2, … in a program.")
    findings = serializers.SerializerMethodField(
        help_text="What the safety rules found; each that asks for it is answered."
    )

    class Meta:
        model = Revision
        fields = ["id", "program", "number", "issued_at", "sha256", "findings"]

    @extend_schema_field(FINDINGS)
    def get_findings(self, revision: Revision) -> list[Any]:
        """Return the findings as they were when it was issued."""
        return list(revision.screening.get("findings", []))
