"""A program as JSON."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as ModelError
from django.db.models import OuterRef, Subquery
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from clinic.api.authentication import actor_of
from clinic.api.external_ids import ExternalIdSerializer
from clinic.api.preconditions import PreconditionFailed
from clinic.api.serializers import (
    ChoiceField,
    LineField,
    StrictModelSerializer,
    StrictSerializer,
    TextField,
)
from clinic.models import Actor
from exercises.models import Leaflet
from prescriptions.api.contents import MOST_PHASES, PhaseSerializer
from prescriptions.api.people import (
    PatientField,
    PractitionerField,
    refuse,
    require_patient,
    settle_patient,
)
from prescriptions.models import Program, Revision
from prescriptions.models.program import ProgramQuerySet
from prescriptions.programs import StaleError

MOST_LEAFLETS = 12
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)


class DayField(serializers.DateField):
    """A day that a program can have; the edge of the calendar is none."""

    default_error_messages = {"out_of_range": "Give a day between 2000 and 2200."}

    def to_internal_value(self, value: Any) -> date:
        """Return the day."""
        day = super().to_internal_value(value)
        if not EARLIEST <= day <= LATEST:
            self.fail("out_of_range")
        return day


class ProgramSerializer(StrictModelSerializer):
    """A program with phases and lines; ``phases`` replaces all of them."""

    patient = extend_schema_field(OpenApiTypes.UUID)(PatientField)(
        required=False, help_text="Cannot be changed later."
    )
    external_id = ExternalIdSerializer(
        required=False, write_only=True, help_text="Names the patient instead."
    )
    practitioner = extend_schema_field(OpenApiTypes.STR)(PractitionerField)(
        required=False,
        help_text=(
            "Id, in requests also the e-mail address. Left out: whoever asks, else "
            "the patient's last practitioner, else the clinic's first one."
        ),
    )
    start_date = DayField(required=False)
    review_date = DayField(required=False)
    end_date = DayField(required=False, allow_null=True)
    shown_on = DayField(required=False, allow_null=True)
    ending = serializers.CharField(
        read_only=True, help_text="`finished` or `stopped`; empty until it has ended."
    )
    revision = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Number last issued."
    )
    language = ChoiceField(
        settings.LANGUAGES,
        required=False,
        allow_blank=True,
        help_text="Of the handout; empty means the patient's language.",
    )
    leaflets = serializers.ListField(
        child=LineField(max_length=60),
        required=False,
        max_length=MOST_LEAFLETS,
        help_text="Slugs of the leaflets to print, in order.",
    )
    started_from = serializers.CharField(
        read_only=True, help_text="Slug of the template; empty without one."
    )
    phases = PhaseSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_PHASES
    )

    class Meta:
        model = Program
        fields = [
            "id",
            "patient",
            "external_id",
            "practitioner",
            "title",
            "goal",
            "status",
            "ending",
            "void_reason",
            "voided_at",
            "voided_by",
            "start_date",
            "review_date",
            "end_date",
            "shown_on",
            "is_shown_back",
            "reason",
            "directional_preference",
            "practitioner_notes",
            "language",
            "leaflets",
            "started_from",
            "phases",
            "revision",
            "version",
            "created_at",
            "updated_at",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Settle whose program it is, and check the order of the dates."""
        settle_patient(attrs, actor_of(self.context["request"]))
        if self.instance is None:
            require_patient(attrs)
        elif attrs.pop("patient", self.instance.patient) != self.instance.patient:
            refuse("patient", "immutable", "Copy the program for another patient.")
        self._check_dates(attrs)
        return attrs

    def validate_leaflets(self, slugs: list[str]) -> list[str]:
        """Refuse leaflets that are not there, and those that are named twice."""
        return known_leaflets(slugs, actor_of(self.context["request"]))

    def _check_dates(self, attrs: dict[str, Any]) -> None:
        names = ("start_date", "review_date", "end_date", "shown_on")
        days = {name: getattr(self.instance or Program(), name) for name in names}
        try:
            Program(**days | {n: attrs[n] for n in names if n in attrs}).clean()
        except ModelError as error:
            raise ValidationError(error.message_dict) from error


class EndSerializer(StrictSerializer):
    """How a program came to its end."""

    ending = ChoiceField(Program.Ending.choices, required=False)


class VoidSerializer(StrictSerializer):
    """Why a program never held."""

    reason = TextField(max_length=500, help_text="Kept in the record.")


def known_leaflets(slugs: list[str], actor: Actor) -> list[str]:
    """Return the slugs; refuse one that is not there or comes twice."""
    rows = Leaflet.objects.visible_to(actor).published().filter(slug__in=slugs)
    lost = sorted(set(slugs) - set(rows.values_list("slug", flat=True)))
    if lost:
        told = f"There is no leaflet “{lost[0]}”."
        raise ValidationError([ErrorDetail(told, "unknown_leaflet")])
    if len(set(slugs)) < len(slugs):
        raise ValidationError([ErrorDetail("Each leaflet only once.", "repeated")])
    return slugs


def complete(rows: ProgramQuerySet) -> ProgramQuerySet:
    """Return programs with contents and the number last issued, in a few queries."""
    issued = Revision.objects.filter(program=OuterRef("pk"), superseded_at__isnull=True)
    number = Subquery(issued.values("number")[:1])
    return rows.with_contents().annotate(revision=number)


@contextmanager
def stale_as_412() -> Iterator[None]:
    """Tell the loser of two writers the same as who came late."""
    try:
        yield
    except StaleError as error:
        raise PreconditionFailed from error
