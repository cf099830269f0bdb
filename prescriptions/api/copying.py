"""What a request says that copies a program, or makes many."""

from typing import Any

from rest_framework import serializers

from clinic.api.bulk import MOST_ITEMS
from clinic.api.schema import ProblemSerializer
from clinic.api.serializers import ChoiceField, LineField, StrictSerializer
from prescriptions.api.people import ForPatientSerializer
from prescriptions.api.serializers import ProgramSerializer
from prescriptions.models import ProgramTemplate


class CopySerializer(ForPatientSerializer):
    """For whom; without a patient, for the same one."""


class SaveAsSerializer(StrictSerializer):
    """What the template is called, and who sees it."""

    name = LineField(max_length=120)
    visibility = ChoiceField(
        ProgramTemplate.Visibility.choices,
        default=ProgramTemplate.Visibility.CLINIC,
        help_text="Only people can keep a template to themselves.",
    )


class SavedTemplateSerializer(serializers.ModelSerializer[ProgramTemplate]):
    """The new template; read it for its contents."""

    class Meta:
        model = ProgramTemplate
        fields = ["id", "slug", "name", "stage", "visibility", "version", "created_at"]


class ProgramBatchSerializer(StrictSerializer):
    """Up to 100 programs."""

    items = ProgramSerializer(many=True, max_length=MOST_ITEMS)  # type: ignore[call-arg]


class ProgramResultSerializer(serializers.Serializer[Any]):
    """What came of one item."""

    index = serializers.IntegerField()
    status = serializers.IntegerField()
    program = ProgramSerializer(required=False)
    problem = ProblemSerializer(required=False)


class ProgramResultsSerializer(serializers.Serializer[Any]):
    """What came of each item, in their order."""

    results = ProgramResultSerializer(many=True)
