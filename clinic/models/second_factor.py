"""The second factor of a person who signs in, and the codes for when it is lost."""

from uuid import uuid4

from django.db import models

from clinic.models.people import Practitioner


class SecondFactor(models.Model):
    """An authenticator app; in force once a first code has been typed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    practitioner = models.OneToOneField(
        Practitioner, models.CASCADE, related_name="second_factor"
    )
    # Encrypted by clinic.vault
    seed = models.TextField()
    # That of another phone, until its first code has been typed
    new_seed = models.TextField(blank=True, default="", db_default="")
    confirmed_at = models.DateTimeField(null=True)
    # The last step of 30 seconds whose code was accepted: each works once.
    last_step = models.BigIntegerField(default=-1)
    wrong_tries = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Second factor {self.pk}"


class RecoveryCode(models.Model):
    """A code that replaces the app once; only its digest is stored."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    factor = models.ForeignKey(
        SecondFactor, models.CASCADE, related_name="recovery_codes"
    )
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"Recovery code {self.pk}"
