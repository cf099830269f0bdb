"""Bulk jobs: handouts for many programs at once."""

from uuid import UUID, uuid4

from django.db import models

from clinic.models import ApiKey, Clinic, Practitioner, TenantQuerySet
from prescriptions.models.handout import Handout
from prescriptions.models.program import Program


class Batch(models.Model):
    """Handouts of many programs, issued again or as they stand; one row an item.

    running --all items settled--> done; running --cancel--> cancelled. A batch goes
    on where it stopped: what is done is read from its items, never kept in memory.
    """

    class Kind(models.TextChoices):
        HANDOUTS = "handouts", "Make handouts"
        REISSUE = "reissue", "Issue again and make handouts"

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    class FileKind(models.TextChoices):
        PRINT = "print", "One file to print"
        ZIP = "zip", "ZIP of the originals"

    class FileStatus(models.TextChoices):
        NONE = "none", "Not asked for"
        WAITING = "waiting", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="batches")
    kind = models.CharField(max_length=8, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    # Print options, as a handout holds them
    options = models.JSONField(default=dict)
    started_by = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+"
    )
    # The integration that started it, when no person did
    api_key = models.ForeignKey(ApiKey, models.PROTECT, null=True, related_name="+")
    # Who answers for programs that are issued again
    signer = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    # When a worker last went on with it; the sweeper rings for what stands still
    worked_at = models.DateTimeField(null=True)
    # One file of all: a print file, or a ZIP of the originals
    file_kind = models.CharField(max_length=8, choices=FileKind, blank=True)
    file_status = models.CharField(
        max_length=8, choices=FileStatus, default=FileStatus.NONE
    )
    file_name = models.CharField(max_length=120, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_attempts = models.PositiveSmallIntegerField(default=0)

    objects = TenantQuerySet["Batch"].as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["clinic", "-created_at"], name="presc_batch_recent")
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class BatchItem(models.Model):
    """One program of a batch; once requested, its handout tells what came of it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting"
        REQUESTED = "requested", "Requested"
        LEFT_OUT = "left_out", "Left out"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    batch = models.ForeignKey(Batch, models.CASCADE, related_name="items")
    program = models.ForeignKey(Program, models.CASCADE, related_name="+")
    handout = models.ForeignKey(
        Handout, models.SET_NULL, null=True, related_name="batch_items"
    )
    position = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    # Why it was left out, in the practitioner's words
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "program"], name="prescriptions_batchitem_once"
            )
        ]
        indexes = [
            models.Index(fields=["batch", "outcome"], name="presc_batchitem_outcome")
        ]

    def __str__(self) -> str:
        return f"Item {self.position}"

    @property
    def patient_id(self) -> UUID:
        """The patient an audit event is about."""
        return self.program.patient_id
