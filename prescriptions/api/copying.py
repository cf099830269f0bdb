"""What a request says that copies a program, to a patient or as a template."""

from rest_framework import serializers

from clinic.api.serializers import ChoiceField, LineField, StrictSerializer
from prescriptions.api.people import ForPatientSerializer
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
