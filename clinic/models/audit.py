"""The audit trail: rows that are only ever added."""

from typing import Any, NoReturn
from uuid import uuid4

from django.db import models
from django.utils import timezone

from clinic.models.tenancy import Clinic, TenantQuerySet


class AppendOnlyError(RuntimeError):
    """Somebody tried to change or delete an audit event."""


class AuditEventQuerySet(TenantQuerySet["AuditEvent"]):
    """Events of a clinic, never changed."""

    def unsealed(self) -> "AuditEventQuerySet":
        """Events that the chain does not cover yet."""
        seals = AuditSeal.objects.filter(event_id=models.OuterRef("pk"))
        return self.filter(~models.Exists(seals))

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("Audit events cannot be changed.")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("Audit events cannot be deleted.")


class AuditEvent(models.Model):
    """Who did what to which thing, when and from where; ids only, no content.

    Written by ``clinic.audit.record`` alone. Clinic and patient are plain ids, so
    that the trail outlives what it speaks of.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.UUIDField(null=True)
    action = models.CharField(max_length=60)
    target_kind = models.CharField(max_length=40, blank=True)
    target_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    outcome = models.CharField(max_length=16, default="ok")
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=40, blank=True)
    details = models.JSONField(default=dict)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "id"]
        indexes = [
            models.Index(fields=["clinic", "-at"], name="clinic_audit_recent"),
            models.Index(fields=["patient_id", "-at"], name="clinic_audit_patient"),
            models.Index(fields=["target_id", "-at"], name="clinic_audit_target"),
            models.Index(fields=["actor_id", "-at"], name="clinic_audit_actor"),
            models.Index(fields=["at"], name="clinic_audit_at"),
        ]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the event; refuse to write it a second time."""
        if not self._state.adding:
            raise AppendOnlyError("Audit events cannot be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError("Audit events cannot be deleted.")


class AuditSeal(models.Model):
    """One link of the chain over the trail, made by ``clinic.chain`` alone.

    A row of its own, so that sealing changes no event.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    event_at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number}: {self.digest[:12]}"
