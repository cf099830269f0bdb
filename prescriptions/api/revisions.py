"""What was issued, as JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from prescriptions.models import Revision

FINDING = {"type": "array", "items": {"type": "object"}}


class IssuedSerializer(serializers.ModelSerializer[Revision]):
    """The revision that a patient is given, with what was found on the way."""

    program = serializers.UUIDField(source="program_id")
    number = serializers.IntegerField(help_text="1, 2, … in a program.")
    findings = serializers.SerializerMethodField(
        help_text="Warnings about the contents; none of them stopped the issue."
    )

    class Meta:
        model = Revision
        fields = ["id", "program", "number", "issued_at", "sha256", "findings"]

    @extend_schema_field(FINDING)
    def get_findings(self, revision: Revision) -> list[Any]:
        """Return the findings: none before there are safety rules."""
        return []
