"""What a request says that makes a program from a template, and the answer."""

from dataclasses import replace
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinic.api.authentication import actor_of
from clinic.api.bulk import MOST_ITEMS
from clinic.api.schema import ProblemSerializer
from clinic.api.serializers import (
    FlagField,
    LineField,
    StrictSerializer,
    TextField,
)
from clinic.models import Practitioner
from exercises.api.serializers import DosageField
from prescriptions.api.batches import BatchOptionsSerializer
from prescriptions.api.contents import MOST_LINES
from prescriptions.api.handouts import HandoutSerializer
from prescriptions.api.people import (
    ForPatientSerializer,
    PractitionerField,
    default_practitioner,
    require_patient,
)
from prescriptions.api.revisions import GivenSerializer
from prescriptions.api.serializers import DayField, ProgramSerializer
from prescriptions.documents import HandoutOptions
from prescriptions.models import Program
from prescriptions.templates import LineChange

CHANGED = ("dosage", "why", "note", "practitioner_note")


class OverrideSerializer(StrictSerializer):
    """What is different for this patient, wherever the exercise comes."""

    exercise = LineField(max_length=60, help_text="Slug, as in the template.")
    dosage = DosageField(required=False)
    why = LineField(max_length=120, required=False, allow_blank=True)
    note = TextField(max_length=500, required=False, allow_blank=True)
    practitioner_note = TextField(max_length=1000, required=False, allow_blank=True)
    leave_out = FlagField(required=False)


class AssignSerializer(ForPatientSerializer, GivenSerializer):
    """For whom, from when, and what is different; the rest is the template's.

    `acknowledged`, `reasons` and `printing` count with `create_handout`.
    """

    practitioner = extend_schema_field(OpenApiTypes.STR)(PractitionerField)(
        required=False, help_text="As for a program: id or e-mail address."
    )
    start_date = DayField(required=False, help_text="Today unless given.")
    overrides = OverrideSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_LINES
    )
    create_handout = FlagField(
        default=False, help_text="Issue the program and have its handout made."
    )
    printing = BatchOptionsSerializer(required=False, help_text="Of the handout.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Settle which patient is meant."""
        attrs = super().validate(attrs)
        require_patient(attrs)
        return attrs

    def person_to_ask(self) -> Practitioner:
        """Return who is printed as the person to ask."""
        values = self.validated_data
        actor = actor_of(self.context["request"])
        named: Practitioner | None = values.get("practitioner")
        return named or default_practitioner(actor, values["patient"])

    def options(self, usual: HandoutOptions) -> HandoutOptions:
        """Return the print options asked for; what is left out is as usual."""
        return replace(usual, **self.validated_data.get("printing", {}))

    def changes(self) -> list[LineChange]:
        """Return what is different."""
        return [
            LineChange(
                exercise=one["exercise"],
                values={name: one[name] for name in CHANGED if name in one},
                is_left_out=one.get("leave_out", False),
            )
            for one in self.validated_data.get("overrides", [])
        ]


class AssignedSerializer(ProgramSerializer):
    """The new program, and its handout if one was asked for."""

    handout = serializers.SerializerMethodField()

    class Meta(ProgramSerializer.Meta):
        fields = [*ProgramSerializer.Meta.fields, "handout"]

    @extend_schema_field(HandoutSerializer(allow_null=True))
    def get_handout(self, program: Program) -> dict[str, Any] | None:
        """Return the job; null without one."""
        handout = self.context["handout"]
        return HandoutSerializer(handout).data if handout else None


class AssignBatchSerializer(StrictSerializer):
    """Up to 100 assignments."""

    items = AssignSerializer(many=True, max_length=MOST_ITEMS)  # type: ignore[call-arg]


class AssignResultSerializer(serializers.Serializer[Any]):
    """What came of one item."""

    index = serializers.IntegerField()
    status = serializers.IntegerField()
    program = AssignedSerializer(required=False)
    problem = ProblemSerializer(required=False)


class AssignResultsSerializer(serializers.Serializer[Any]):
    """What came of each item, in their order."""

    results = AssignResultSerializer(many=True)
