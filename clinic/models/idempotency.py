"""Answers to requests that carry an Idempotency-Key, kept for a repeat."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import models
from django.db.models.functions import Now

from clinic.models.tenancy import Clinic, TenantQuerySet

KEPT = timedelta(hours=24)
# Longer than any request lives: a process that died in one does not hold the key
RUNS_AT_MOST = timedelta(minutes=3)


class IdempotencyRecordQuerySet(TenantQuerySet["IdempotencyRecord"]):
    """Records by age."""

    def past(self) -> "IdempotencyRecordQuerySet":
        """Records of all clinics that no repeat is answered from any more."""
        return self.unscoped().filter(created_at__lte=Now() - KEPT)

    def take_over(self, record_id: UUID, token: UUID) -> bool:
        """Claim what a lost process left running; False while it may still run."""
        lost = self.unscoped().filter(
            pk=record_id, status__isnull=True, started_at__lte=Now() - RUNS_AT_MOST
        )
        return bool(lost.update(started_at=Now(), token=token))

    def keep(self, record_id: UUID, token: UUID, **answer: Any) -> bool:
        """Store the answer; False when somebody else has taken the key over."""
        running = self.unscoped().filter(pk=record_id, token=token, status=None)
        return bool(running.update(**answer))

    def release(self, record_id: UUID, token: UUID) -> None:
        """Give the key free again: the request was refused and changed nothing."""
        self.unscoped().filter(pk=record_id, token=token, status=None).delete()


class IdempotencyRecord(models.Model):
    """One request by key, caller and route; without ``status`` it still runs.

    Bodies may hold patient data: rows belong to the clinic and go after ``KEPT``.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+")
    actor_id = models.UUIDField()
    route = models.CharField(max_length=300)
    key = models.CharField(max_length=255)
    # SHA-256 of the body of the request
    body_digest = models.CharField(max_length=64)
    token = models.UUIDField()
    started_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.JSONField(null=True)

    objects = IdempotencyRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "actor_id", "route", "key"],
                name="clinic_idempotency_once",
            )
        ]
        indexes = [models.Index(fields=["created_at"], name="clinic_idempotency_age")]

    def __str__(self) -> str:
        return f"{self.route} {str(self.pk)[:8]}"
