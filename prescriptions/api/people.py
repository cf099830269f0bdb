"""Whose program it is and whom to ask, as requests name them."""

from typing import Any, NoReturn
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from clinic.api.authentication import actor_of
from clinic.api.external_ids import ExternalIdSerializer
from clinic.api.patients import holder_of
from clinic.api.serializers import StrictSerializer
from clinic.models import Actor, Membership, Patient, Practitioner


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
        pk = as_id(data) if isinstance(data, str) else None
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
        pk = as_id(data)
        named = {"practitioner": pk} if pk else {"practitioner__email": data.lower()}
        members = active_members(actor_of(self.context["request"]))
        found = members.filter(**named).first()
        if found is None:
            self.fail("unknown_practitioner")
        person: Practitioner = found.practitioner
        return person


class ForPatientSerializer(StrictSerializer):
    """Names the patient that something is made for, by id or external id."""

    patient = extend_schema_field(OpenApiTypes.UUID)(PatientField)(required=False)
    external_id = ExternalIdSerializer(
        required=False, write_only=True, help_text="Names the patient instead."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Settle which patient is meant."""
        settle_patient(attrs, actor_of(self.context["request"]))
        return attrs


def settle_patient(attrs: dict[str, Any], actor: Actor) -> None:
    """Put the patient in the place of an external id."""
    pair = attrs.pop("external_id", None)
    if not pair:
        return
    if "patient" in attrs:
        refuse("external_id", "ambiguous", "Give patient or external_id.")
    found = holder_of(actor, pair["system"], pair["value"])
    if found is None:
        refuse("external_id", "unknown_patient", "There is no such patient.")
    attrs["patient"] = found


def require_patient(attrs: dict[str, Any]) -> None:
    """Refuse a request without a patient who is in care."""
    if "patient" not in attrs:
        refuse("patient", "required", "Give patient or external_id.")
    if attrs["patient"].is_archived:
        refuse("patient", "archived_patient", "This patient is archived.")


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
        refuse("practitioner", "required", "The clinic has no practitioner yet.")
    practitioner: Practitioner = found.practitioner
    return practitioner


def refuse(name: str, code: str, detail: str) -> NoReturn:
    """Raise for one member of the body."""
    raise ValidationError({name: [ErrorDetail(detail, code)]})


def as_id(text: str) -> UUID | None:
    """Return the id that a text is; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
