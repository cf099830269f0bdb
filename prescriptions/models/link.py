"""A patient's way to the handout without an account."""

import secrets
from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from clinic.models import Clinic, Patient, TenantQuerySet
from prescriptions.models.program import Program

MAX_WRONG_TRIES = 5


def random_link_id() -> str:
    """Return 128 random bits as 32 hex digits."""
    return secrets.token_hex(16)


class PatientLinkQuerySet(TenantQuerySet["PatientLink"]):
    """Links, and the arrows of their states; each arrow is one UPDATE."""

    def live(self) -> "PatientLinkQuerySet":
        """Links that still open, by database time."""
        return self._open().filter(wrong_tries__lt=MAX_WRONG_TRIES)

    def count_try(self, link: "PatientLink") -> bool:
        """Count a try before its answer is looked at; False when none is left.

        Each try needs a changed row of its own, so parallel guesses share the five.
        """
        row = self.unscoped().live().filter(pk=link.pk)
        return bool(row.update(wrong_tries=F("wrong_tries") + 1))

    def opened(self, link: "PatientLink") -> bool:
        """Forget the tries after a right answer; False when closed meanwhile."""
        # The right answer may be the fifth try, so the count is no condition here.
        row = self.unscoped()._open().filter(pk=link.pk)
        return bool(row.update(wrong_tries=0, last_opened_at=Now()))

    def lock(self, link: "PatientLink") -> bool:
        """Close the link when all tries are used up; True for the one who did."""
        used_up = Q(pk=link.pk, wrong_tries__gte=MAX_WRONG_TRIES)
        return bool(self.unscoped()._open().filter(used_up).update(locked_at=Now()))

    def revoke(self) -> int:
        """Withdraw the links of the queryset."""
        return self.filter(revoked_at__isnull=True).update(revoked_at=Now())

    def _open(self) -> "PatientLinkQuerySet":
        return self.filter(
            revoked_at__isnull=True, locked_at__isnull=True, expires_at__gt=Now()
        )


class PatientLink(models.Model):
    """Expiring, revocable access to one patient's program.

    live -> locked (five wrong answers) | expired | revoked. The token is made from
    ``link_id`` with a key outside the database (``prescriptions.links``), so that the
    database alone opens nothing and a QR code can be printed again.
    """

    class Kind(models.TextChoices):
        PRINTED = "printed", "Printed on the handout"
        SENT = "sent", "Sent to the patient"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="links")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="links")
    program = models.ForeignKey(Program, models.CASCADE, related_name="links")
    kind = models.CharField(max_length=8, choices=Kind)
    link_id = models.CharField(max_length=32, unique=True, default=random_link_id)
    # Keyed digest of the code for typing
    code_digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    locked_at = models.DateTimeField(null=True)
    # Tries since the last right answer, counted before they are compared
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PatientLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["program"],
                condition=Q(kind="printed", revoked_at__isnull=True),
                name="prescriptions_link_one_printed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {timezone.localdate(self.created_at)}"

    def state(self, at: datetime) -> str:
        """Word for the state at a time: live, locked, revoked or expired."""
        if self.revoked_at:
            return "revoked"
        if self.locked_at or self.wrong_tries >= MAX_WRONG_TRIES:
            return "locked"
        return "expired" if self.expires_at <= at else "live"
