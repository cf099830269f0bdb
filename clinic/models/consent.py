"""A patient's consent to be written to, by the way in which we write."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from clinic.models.people import Patient, Practitioner
from clinic.models.tenancy import Clinic, TenantQuerySet


class Channel(models.TextChoices):
    """Ways to write to a patient."""

    MAIL = "mail", "E-mail"
    SMS = "sms", "Text message"


class ConsentQuerySet(TenantQuerySet["Consent"]):
    """Consents by their state."""

    def in_force(self) -> "ConsentQuerySet":
        """Consents that were not taken back."""
        return self.filter(withdrawn_at__isnull=True)

    def withdraw(self, by: Practitioner) -> int:
        """Note that the consents of the queryset were taken back; return how many."""
        return self.in_force().update(withdrawn_at=Now(), withdrawn_by=by)


class Consent(models.Model):
    """The patient agreed to get messages in one way; a later one is a further row."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=8, choices=Channel)
    given_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(Practitioner, models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+"
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "channel"],
                condition=Q(withdrawn_at__isnull=True),
                name="clinic_consent_one_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}, {timezone.localdate(self.given_at)}"
