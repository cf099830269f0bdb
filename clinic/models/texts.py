"""Texts that a clinic answers for with its signature: safety net and pain rule."""

from typing import Any
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef

from clinic import languages
from clinic.models.plain import one_line, plain_text
from clinic.models.sign_off import SignOff
from clinic.models.tenancy import Clinic, TenantQuerySet


class ClinicTextQuerySet(TenantQuerySet["ClinicText"]):
    """Signed texts by kind and language."""

    def signed(self) -> "ClinicTextQuerySet":
        """Texts in force: signed as they stand."""
        signatures = SignOff._base_manager.filter(
            clinic=OuterRef("clinic"),
            content_id=OuterRef("pk"),
            version=OuterRef("version"),
        )
        return self.filter(Exists(signatures))


class ClinicText(models.Model):
    """One text that handouts print; editing it leaves it without a signature.

    Lines that begin with ``# `` are headings, with ``! `` a line that must stand out,
    with ``- `` list items. ``{clinic_phone}`` and ``{emergency_number}`` are filled in.
    """

    class Kind(models.TextChoices):
        SAFETY_NET = "safety_net", "When to get help"
        PAIN_RULE = "pain_rule", "Pain rule"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic, models.CASCADE, related_name="texts", editable=False
    )
    kind = models.CharField(max_length=16, choices=Kind)
    language = models.CharField(max_length=8, choices=languages.choices)
    body = models.TextField(max_length=8000, validators=[plain_text])
    source = models.CharField(max_length=200, blank=True, validators=[one_line])
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ClinicTextQuerySet.as_manager()

    _stored_body: str | None = None

    class Meta:
        ordering = ["kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "kind", "language"],
                name="clinic_clinictext_one_per_language",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_language_display()})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store; a changed body is a new version without a signature."""
        if self._stored_body is not None and self._stored_body != self.body:
            self.version += 1
        super().save(*args, **kwargs)
        self._stored_body = self.body

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> "ClinicText":
        """Remember the stored body, so that saving can tell an edit."""
        text = super().from_db(*args, **kwargs)
        text._stored_body = text.__dict__.get("body")
        return text
