"""A run of an importer, as its starter watches it."""

from uuid import uuid4

from django.db import models

from clinic.models import Clinic, Practitioner, TenantQuerySet


class ImportRun(models.Model):
    """One file given to an importer: dry or for good, with a report per row.

    waiting --claim--> running --> done | failed. ``report`` is a list of
    ``{"row", "id", "name", "outcome", "reasons"}``.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="import_runs")
    started_by = models.ForeignKey(
        Practitioner, models.SET_NULL, null=True, related_name="+"
    )
    format = models.CharField(max_length=20)
    is_dry = models.BooleanField("dry run", default=True)
    # Name of the stored upload
    upload = models.CharField(max_length=120)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=list)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = TenantQuerySet["ImportRun"].as_manager()

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"Import of {self.created_at:%Y-%m-%d}"
