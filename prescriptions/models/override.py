"""Answers to safety findings: who issued a program in spite of them, and why."""

from typing import Any
from uuid import UUID, uuid4

from django.db import models

from clinic.models import Clinic, Practitioner, TenantQuerySet
from clinic.models.plain import plain_text
from prescriptions.models.revision import FrozenError, Revision


class Override(models.Model):
    """One finding that was answered when a revision was issued; never changed.

    A blocking finding is answered with a reason by a licensed practitioner, a warning
    with a tick (then ``reason`` is empty). ``fingerprint`` tells whether the finding
    of a later revision is the same one.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="overrides")
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="overrides")
    rule_code = models.CharField(max_length=12)
    rule_version = models.PositiveIntegerField()
    severity = models.CharField(max_length=8)
    # JSON pointer into the program as issued
    pointer = models.CharField(max_length=120, blank=True)
    message = models.CharField(max_length=600)
    fingerprint = models.CharField(max_length=64)
    reason = models.TextField(max_length=1000, blank=True, validators=[plain_text])
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+"
    )
    # Printed name: it outlives the membership
    answered_by = models.CharField(max_length=160)
    answered_at = models.DateTimeField()

    objects = TenantQuerySet["Override"].as_manager()

    class Meta:
        ordering = ["rule_code", "pointer", "id"]

    def __str__(self) -> str:
        return f"{self.rule_code}: {self.message}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store once."""
        if not self._state.adding:
            raise FrozenError("An answer to a finding never changes.")
        super().save(*args, **kwargs)

    @property
    def patient_id(self) -> UUID:
        """The patient an audit event is about."""
        return self.revision.patient_id
