"""Legal holds: while one is in force, nothing of the patient is erased."""

from django.db import transaction
from django.utils import timezone

from clinic.audit import record
from clinic.errors import Conflict, FieldError, Invalid
from clinic.models import LegalHold, Membership, Patient


def hold_on(patient: Patient) -> LegalHold | None:
    """Return the hold that is in force, if there is one."""
    return patient.holds.filter(lifted_at__isnull=True).first()


@transaction.atomic
def place(patient: Patient, *, reason: str, by: Membership) -> LegalHold:
    """Place a hold; raise Invalid without a reason, Conflict when there is one."""
    reason = reason.strip()
    if not reason:
        told = "Say why: whoever wants to erase later has to know."
        fault = FieldError("/reason", "required", told)
        raise Invalid("invalid", told, errors=[fault])
    _lock(patient)
    if hold_on(patient):
        raise Conflict("on_hold", "A hold is in force already.")
    who = by.practitioner.name
    hold = LegalHold.objects.create(patient=patient, reason=reason, placed_by=who)
    record(by, "patient.hold_placed", patient)
    return hold


@transaction.atomic
def lift(patient: Patient, *, by: Membership) -> None:
    """Lift the hold; raise Conflict when none is in force."""
    in_force = patient.holds.filter(lifted_at__isnull=True)
    who = by.practitioner.name
    if not in_force.update(lifted_at=timezone.now(), lifted_by=who):
        raise Conflict("no_hold", "No hold is in force.")
    record(by, "patient.hold_lifted", patient)


def _lock(patient: Patient) -> None:
    """Wait for an erasure in hand; raises DoesNotExist when it has come through."""
    Patient.objects.of_clinic(patient.clinic_id).select_for_update().get(pk=patient.pk)
