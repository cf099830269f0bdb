"""What a patient was given, frozen."""

from typing import Any
from uuid import UUID, uuid4

from django.db import models

from clinic.models import Clinic, Practitioner, TenantQuerySet
from prescriptions.models.program import Program


class FrozenError(RuntimeError):
    """Somebody tried to change what a patient was given."""


class RevisionQuerySet(TenantQuerySet["Revision"]):
    """Revisions of programs."""

    def current(self) -> "RevisionQuerySet":
        """Revisions that no later one has superseded."""
        return self.filter(superseded_at__isnull=True)


class Revision(models.Model):
    """Snapshot of a program as issued: current until the next one supersedes it.

    ``document`` is the JSON of a ``HandoutDocument``; ``content_digest`` is SHA-256
    of what a practitioner can change, so that issuing an unchanged program is known.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="revisions")
    program = models.ForeignKey(Program, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    content_digest = models.CharField(max_length=64)
    # What the safety rules said: {"rules": {code: version}, "findings": [{…}]}, and the
    # guardian of that day
    screening = models.JSONField(default=dict)
    issued_by = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+"
    )
    issued_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "number"], name="prescriptions_revision_number"
            )
        ]
        indexes = [
            # The order of the API's pages
            models.Index(
                fields=["clinic", "-issued_at", "-id"], name="presc_revision_pages"
            )
        ]

    def __str__(self) -> str:
        return f"Revision {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store once; afterwards only the queryset may set ``superseded_at``."""
        if not self._state.adding:
            raise FrozenError("A revision never changes.")
        super().save(*args, **kwargs)

    @property
    def patient_id(self) -> UUID:
        """The patient an audit event is about."""
        return self.program.patient_id
