"""What patients agreed to: recorded before the first message, taken back any time."""

from django.db import transaction

from clinic.audit import record
from clinic.errors import Forbidden
from clinic.models import Channel, Consent, Membership, Patient
from clinic.roles import Scope


def consents_of(patient: Patient) -> dict[str, Consent]:
    """Return the consent in force by channel, with who recorded it."""
    rows = Consent.objects.of_clinic(patient.clinic_id).filter(patient=patient)
    found = rows.in_force().select_related("recorded_by")
    return {consent.channel: consent for consent in found}


@transaction.atomic
def give(patient: Patient, channel: Channel, *, by: Membership) -> Consent:
    """Record that the patient agreed; one that is in force stays as it is."""
    _require(by)
    rows = Consent.objects.visible_to(by)
    consent, is_new = rows.get_or_create(
        patient=patient,
        channel=channel,
        withdrawn_at=None,
        defaults={"clinic_id": patient.clinic_id, "recorded_by": by.practitioner},
    )
    if is_new:
        record(by, "consent.given", consent, channel=channel)
    return consent


@transaction.atomic
def withdraw(patient: Patient, channel: Channel, *, by: Membership) -> None:
    """Record that the patient no longer agrees; again, it changes nothing."""
    _require(by)
    mine = Consent.objects.visible_to(by).filter(patient=patient, channel=channel)
    if mine.withdraw(by.practitioner):
        record(by, "consent.withdrawn", patient, channel=channel)


def _require(by: Membership) -> None:
    if not by.can(Scope.PATIENTS_WRITE):
        message = "Your role does not allow recording a consent."
        raise Forbidden("not_allowed", message)
