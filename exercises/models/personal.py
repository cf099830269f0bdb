"""What one member of a clinic keeps for themselves: favorites and own dosages.

Both go by slug: a clinic's own copy of an exercise stays a favorite.
"""

from uuid import uuid4

from django.db import models

from clinic.models import Membership
from exercises.models.dosed import DosageColumns


class Favorite(models.Model):
    """An exercise that a member wants to find first."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="favorite_exercises"
    )
    slug = models.SlugField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "slug"], name="exercises_favorite_once"
            )
        ]

    def __str__(self) -> str:
        return self.slug


class OwnDosage(DosageColumns):
    """The dosage a member starts with instead of the exercise's default."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    membership = models.ForeignKey(
        Membership, models.CASCADE, related_name="own_dosages"
    )
    slug = models.SlugField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "slug"], name="exercises_owndosage_once"
            )
        ]

    def __str__(self) -> str:
        return self.slug
