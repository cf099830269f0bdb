"""What is done at a patient's request, or kept back from it: erasures and holds."""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from clinic.models.people import Patient
from clinic.models.plain import plain_text
from clinic.models.tenancy import Clinic, TenantQuerySet


class LegalHold(models.Model):
    """A mark that nothing of the patient may be erased; in force until it is lifted."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="holds")
    reason = models.TextField(max_length=500, validators=[plain_text])
    placed_at = models.DateTimeField(auto_now_add=True)
    # Printed names: they outlive the memberships
    placed_by = models.CharField(max_length=160)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["-placed_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(lifted_at__isnull=True),
                name="clinic_legalhold_one_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"Hold of {timezone.localdate(self.placed_at)}"


class ErasureQuerySet(TenantQuerySet["Erasure"]):
    """Erasures of a clinic."""

    def unfinished(self) -> "ErasureQuerySet":
        """Erasures of all clinics that still have files to look for."""
        return self.unscoped().filter(finished_at__isnull=True)


class Erasure(models.Model):
    """One line of the ledger of erasures: ids and codes, nothing of the patient.

    Clinic and patient are plain ids, so that the ledger outlives both. What a backup
    brings back is erased again by it. A clinic that left has a line of its own, with
    its id in the place of a patient's.
    """

    class Reason(models.TextChoices):
        REQUEST = "request", "The patient asked for it"
        MISTAKE = "mistake", "Entered by mistake"
        RETENTION = "retention", "It need not be kept any longer"
        LEFT = "left", "The clinic has left"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic, models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    patient_id = models.UUIDField(unique=True)
    reason = models.CharField(max_length=12, choices=Reason)
    erased_at = models.DateTimeField(default=timezone.now)
    # Whose files are deleted: ids of handouts and of batches; emptied when finished
    handouts = models.JSONField(default=list)
    batches = models.JSONField(default=list)
    finished_at = models.DateTimeField(null=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        ordering = ["-erased_at", "id"]

    def __str__(self) -> str:
        return f"Erasure {str(self.pk)[:8]}"

    @property
    def is_of_clinic(self) -> bool:
        """Whether it is the line of a clinic that left."""
        return self.patient_id == self.clinic_id
