"""Texts that a clinic answers for with its signature: safety net and pain rule."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import models
from django.utils import timezone

from clinic import languages
from clinic.errors import Forbidden
from clinic.models.plain import one_line, plain_text
from clinic.models.tenancy import Clinic, TenantQuerySet

if TYPE_CHECKING:
    from clinic.models.people import Membership


class ClinicTextQuerySet(TenantQuerySet["ClinicText"]):
    """Signed texts by kind and language."""

    def signed(self) -> "ClinicTextQuerySet":
        """Texts in force: signed as they stand."""
        return self.filter(reviewed_on__isnull=False)


class ClinicText(models.Model):
    """One text that handouts print; editing it clears the signature.

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
    reviewed_by = models.CharField(max_length=160, blank=True, editable=False)
    reviewed_on = models.DateField(null=True, blank=True, editable=False)

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
            self.reviewed_by, self.reviewed_on = "", None
        super().save(*args, **kwargs)
        self._stored_body = self.body

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> "ClinicText":
        """Remember the stored body, so that saving can tell an edit."""
        text = super().from_db(*args, **kwargs)
        text._stored_body = text.__dict__.get("body")
        return text

    def sign(self, membership: "Membership") -> None:
        """Put the text in force in the name of a licensed member of the clinic."""
        if not (membership.licensed and membership.clinic_id == self.clinic_id):
            raise Forbidden(
                "not_licensed", "Only a licensed practitioner of the clinic may sign."
            )
        self.reviewed_by = membership.practitioner.signature
        self.reviewed_on = timezone.localdate()
        self.save()
