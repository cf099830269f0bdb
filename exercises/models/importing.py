"""A run of an importer, as its starter watches it."""

from datetime import timedelta
from typing import Self
from uuid import UUID, uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from clinic.models import Clinic, ImportOutcome, Practitioner, TenantQuerySet

# Claims in a row that brought no exercise further; then the run is given up
MOST_ATTEMPTS = 3


class ImportRunQuerySet(TenantQuerySet["ImportRun"]):
    """Runs, with each change of state as one conditional UPDATE."""

    def claim(self, run_id: UUID, *, lease: timedelta) -> UUID | None:
        """Take a run for one step; return its fencing token, or None if not to be had.

        A run whose holder's lease has ended may be taken by anybody.
        """
        token = uuid4()
        is_free = Q(status=ImportRun.Status.WAITING) | Q(
            status=ImportRun.Status.RUNNING, lease_until__lte=Now()
        )
        won = self._one(run_id).filter(is_free, attempts__lt=MOST_ATTEMPTS)
        taken = won.update(
            status=ImportRun.Status.RUNNING,
            attempts=F("attempts") + 1,
            claim_token=token,
            lease_until=Now() + lease,
        )
        return token if taken else None

    def held(self, run_id: UUID, token: UUID) -> Self:
        """The run, as long as this token holds it."""
        return self._one(run_id).filter(
            status=ImportRun.Status.RUNNING, claim_token=token
        )

    def give_up(self) -> int:
        """Fail the runs that lost their worker too often; return how many."""
        lost = self.unscoped().filter(
            status=ImportRun.Status.RUNNING,
            lease_until__lte=Now(),
            attempts__gte=MOST_ATTEMPTS,
        )
        return lost.update(
            status=ImportRun.Status.FAILED,
            failure="The import stopped several times at the same exercise.",
            claim_token=None,
            lease_until=None,
            finished_at=Now(),
        )

    def stand_still(self, *, quiet: timedelta) -> Self:
        """Runs that wait unheard, or whose worker was lost."""
        unheard = Q(status=ImportRun.Status.WAITING, worked_at__lte=Now() - quiet)
        lost = Q(status=ImportRun.Status.RUNNING, lease_until__lte=Now())
        return self.unscoped().filter(unheard | lost)

    def _one(self, run_id: UUID) -> Self:
        return self.unscoped().filter(pk=run_id)


class ImportRun(models.Model):
    """One file given to an importer: a dry run first, then for good.

    waiting --claim--> running --> waiting (next step) | done | failed, and cancelled
    from waiting or running. A finished dry run goes back to waiting to be applied.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="import_runs")
    started_by = models.ForeignKey(
        Practitioner, models.SET_NULL, null=True, related_name="+"
    )
    format = models.CharField(max_length=20)
    is_dry = models.BooleanField("dry run", default=True)
    # Write over what was changed here since the import
    overwrite = models.BooleanField(default=False)
    # Take pictures of which no licence is told
    unlicensed_pictures = models.BooleanField(default=False)
    # Name of the stored upload; empty once it was deleted
    upload = models.CharField(max_length=160)
    upload_sha256 = models.CharField(max_length=64, default="")
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    worked_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        verbose_name = "import"

    def __str__(self) -> str:
        return f"Import of {timezone.localdate(self.created_at)}"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.status not in {self.Status.WAITING, self.Status.RUNNING}


class ImportLine(models.Model):
    """What became of one exercise of the file, with every reason."""

    Outcome = ImportOutcome

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="lines")
    row = models.PositiveIntegerField()
    source_id = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=100, blank=True)
    outcome = models.CharField(max_length=8, choices=ImportOutcome)
    # List of sentences
    reasons = models.JSONField(default=list)
    # The exercise as it is here, if there is one
    exercise_id = models.UUIDField(null=True)

    class Meta:
        ordering = ["row", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "row"], name="exercises_importline_once"
            )
        ]

    def __str__(self) -> str:
        return f"Row {self.row}: {self.get_outcome_display()}"
