"""What becomes of a row of an imported file."""

from django.db import models


class ImportOutcome(models.TextChoices):
    """The four ends a row can come to."""

    CREATED = "created", "Created"
    UPDATED = "updated", "Updated"
    SKIPPED = "skipped", "Skipped"
    REFUSED = "refused", "Refused"
