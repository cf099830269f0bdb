"""A program as JSON."""

from datetime import date
from typing import Any, NoReturn
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError as ModelError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from clinic.api.authentication import actor_of
from clinic.api.patients import ExternalIdSerializer, holder_of
from clinic.api.serializers import (
    ChoiceField,
    LineField,
    StrictModelSerializer,
    StrictSerializer,
    TextField,
)
from clinic.models import Actor, Membership, Patient, Practitioner
from exercises.models import Leaflet
from prescriptions.api.contents import MOST_PHASES, PhaseSerializer
from prescriptions.models import Program

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


class PatientField(serializers.Field[Patient, Patient, str, Any]):
    """A patient of the clinic by id; a foreign one is no different from none."""

    default_error_messages = {
        "invalid": "Give the id of a patient.",
        "unknown_patient": "There is no such patient in this clinic.",
    }

    def to_representation(self, value: Patient) -> str:
        """Return the id."""
        return str(value.pk)

    def to_internal_value(self, data: Any) -> Patient:
        """Return the patient."""
        pk = _as_id(data) if isinstance(data, str) else None
        if pk is None:
            self.fail("invalid")
        patients = Patient.objects.visible_to(actor_of(self.context["request"]))
        found = patients.filter(pk=pk).first()
        if found is None:
            self.fail("unknown_patient")
        return found


class PractitionerField(serializers.Field[Practitioner, Practitioner, str, Any]):
    """An active member of the clinic, by id or e-mail address."""

    default_error_messages = {
        "unknown_practitioner": "There is no such practitioner in this clinic.",
    }

    def to_representation(self, value: Practitioner) -> str:
        """Return the id."""
        return str(value.pk)

    def to_internal_value(self, data: Any) -> Practitioner:
        """Return the practitioner."""
        if not isinstance(data, str) or "\x00" in data:
            self.fail("unknown_practitioner")
        pk = _as_id(data)
        named = {"practitioner": pk} if pk else {"practitioner__email": data.lower()}
        members = active_members(actor_of(self.context["request"]))
        found = members.filter(**named).first()
        if found is None:
            self.fail("unknown_practitioner")
        person: Practitioner = found.practitioner
        return person


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
        pair = attrs.pop("external_id", None)
        if pair:
            attrs["patient"] = self._by_external(pair, attrs)
        if self.instance is None:
            self._require_patient(attrs)
        elif attrs.pop("patient", self.instance.patient) != self.instance.patient:
            _refuse("patient", "immutable", "Copy the program for another patient.")
        self._check_dates(attrs)
        return attrs

    def validate_leaflets(self, slugs: list[str]) -> list[str]:
        """Refuse leaflets that are not there, and those that are named twice."""
        actor = actor_of(self.context["request"])
        rows = Leaflet.objects.visible_to(actor).published().filter(slug__in=slugs)
        lost = sorted(set(slugs) - set(rows.values_list("slug", flat=True)))
        if lost:
            told = f"There is no leaflet “{lost[0]}”."
            raise ValidationError([ErrorDetail(told, "unknown_leaflet")])
        if len(set(slugs)) < len(slugs):
            raise ValidationError([ErrorDetail("Each leaflet only once.", "repeated")])
        return slugs

    def _by_external(self, pair: dict[str, str], attrs: dict[str, Any]) -> Patient:
        if "patient" in attrs:
            _refuse("external_id", "ambiguous", "Give patient or external_id.")
        actor = actor_of(self.context["request"])
        found = holder_of(actor, pair["system"], pair["value"])
        if found is None:
            _refuse("external_id", "unknown_patient", "There is no such patient.")
        return found

    def _require_patient(self, attrs: dict[str, Any]) -> None:
        if "patient" not in attrs:
            _refuse("patient", "required", "Give patient or external_id.")
        if attrs["patient"].is_archived:
            _refuse("patient", "archived_patient", "This patient is archived.")

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


def active_members(actor: Actor) -> Any:
    """Return the active memberships of the actor's clinic."""
    members = Membership.objects.visible_to(actor).select_related("practitioner")
    return members.filter(is_active=True, practitioner__is_active=True)


def default_practitioner(actor: Actor, patient: Patient) -> Practitioner:
    """Return who is printed as the person to ask when the request does not say."""
    treats = [Membership.Role.OWNER, Membership.Role.PRACTITIONER]
    if isinstance(actor, Membership) and actor.role in treats:
        return actor.practitioner
    treating = active_members(actor).filter(role__in=treats)
    last = patient.programs.order_by("-created_at").first()
    found = last and treating.filter(practitioner=last.practitioner_id).first()
    found = found or treating.order_by("-licensed", "created_at", "id").first()
    if found is None:
        _refuse("practitioner", "required", "The clinic has no practitioner yet.")
    practitioner: Practitioner = found.practitioner
    return practitioner


def _refuse(name: str, code: str, detail: str) -> NoReturn:
    raise ValidationError({name: [ErrorDetail(detail, code)]})


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
