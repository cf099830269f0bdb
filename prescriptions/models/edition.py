"""What a patient was given, in a further language."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models

from clinic.models import Clinic, TenantQuerySet
from prescriptions.models.revision import FrozenError, Revision


class Edition(models.Model):
    """A revision in another language than its own: frozen with it, never changed.

    ``changes`` are what its document has otherwise than the revision's: most of it is
    the same, and a third as large so. ``untranslated`` counts the exercises whose steps
    are told in another language even here.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="editions")
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="editions")
    language = models.CharField(max_length=8)
    changes = models.JSONField()
    sha256 = models.CharField(max_length=64)
    content_digest = models.CharField(max_length=64)
    untranslated = models.PositiveSmallIntegerField(default=0)

    objects = TenantQuerySet["Edition"].as_manager()

    class Meta:
        ordering = ["language", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "language"], name="prescriptions_edition_language"
            )
        ]

    def __str__(self) -> str:
        return str(dict(settings.LANGUAGES).get(self.language, self.language))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store once."""
        if not self._state.adding:
            raise FrozenError("An edition never changes.")
        super().save(*args, **kwargs)

    @property
    def patient_id(self) -> UUID:
        """The patient an audit event is about."""
        return self.revision.patient_id
