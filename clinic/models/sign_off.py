"""Sign-off of clinical content: a clinic answers for what it hands out."""

from typing import Any
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from clinic.models.tenancy import Clinic, TenantQuerySet


class SignOffQuerySet(TenantQuerySet["SignOff"]):
    """Signatures of clinics."""

    def mark(
        self, content: "models.QuerySet[Any]", clinic: Clinic | Any
    ) -> "models.QuerySet[Any]":
        """Annotate rows of content with ``is_signed``: signed as they stand now."""
        signed = self.of_clinic(clinic).filter(
            content_id=OuterRef("pk"), version=OuterRef("version")
        )
        marked: models.QuerySet[Any] = content.annotate(is_signed=Exists(signed))
        return marked


class SignOff(models.Model):
    """A clinic's signature under one version of one piece of content.

    Content is any row with a UUID and a ``version`` that rises with each edit:
    exercises, translations, leaflets, clinic texts; shared ones are signed by each
    clinic for itself. An edit leaves the new version without a signature.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="sign_offs")
    # Model label of the content, such as "exercises.leaflet"
    kind = models.CharField(max_length=60)
    content_id = models.UUIDField()
    version = models.PositiveIntegerField()
    # Printed name: it outlives the membership
    reviewed_by = models.CharField(max_length=160)
    reviewed_on = models.DateField(default=timezone.localdate)
    # Why it was signed although the lint found it hard to read
    reason = models.CharField(max_length=300, blank=True)

    objects = SignOffQuerySet.as_manager()

    class Meta:
        ordering = ["-reviewed_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "content_id", "version"],
                name="clinic_signoff_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reviewed_by}, {self.reviewed_on:%Y-%m-%d}"
