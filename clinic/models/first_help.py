"""Which first help a person has closed."""

from uuid import uuid4

from django.db import models

from clinic.models.people import Practitioner


class ClosedHelp(models.Model):
    """A card of first help that somebody needs no longer, in whichever clinic."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    practitioner = models.ForeignKey(
        Practitioner, models.CASCADE, related_name="closed_help"
    )
    topic = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "topic"], name="clinic_closedhelp_once"
            )
        ]

    def __str__(self) -> str:
        return self.topic
