"""The texts of an exercise in other languages, and as they stood in older versions."""

from typing import Any
from uuid import uuid4

from django.db import models
from django.db.models import Q

from clinic.models import Clinic, Practitioner, TenantQuerySet
from clinic.models.plain import one_line, plain_lines, plain_text
from exercises.models.exercise import Exercise


class ExerciseTranslation(models.Model):
    """The patient's texts of one exercise in one further language.

    Shared when ``clinic`` is NULL; a clinic's correction is a row of its own, which
    replaces the shared one in that clinic only.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic, models.CASCADE, null=True, blank=True, related_name="+", editable=False
    )
    exercise = models.ForeignKey(
        Exercise, models.CASCADE, related_name="translations", editable=False
    )
    language = models.CharField(max_length=8)
    name = models.CharField(max_length=100, validators=[one_line])
    also_called = models.JSONField(
        "other names", default=list, blank=True, validators=[plain_lines]
    )
    start = models.TextField(
        "start position", max_length=1000, blank=True, validators=[plain_text]
    )
    steps = models.JSONField(default=list, blank=True, validators=[plain_lines])
    breathing = models.TextField(max_length=500, blank=True, validators=[plain_text])
    feel = models.TextField(
        "what to feel", max_length=500, blank=True, validators=[plain_text]
    )
    mistakes = models.JSONField(
        "common mistakes", default=list, blank=True, validators=[plain_lines]
    )
    stop_if = models.JSONField(
        "stop if", default=list, blank=True, validators=[plain_lines]
    )
    # The version of the exercise that was translated; older ones are out of date
    of_version = models.PositiveIntegerField(default=1, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    # SHA-256 of the library entry a shared row was loaded from
    content_digest = models.CharField(max_length=64, editable=False, default="")
    updated_at = models.DateTimeField(auto_now=True)

    objects = TenantQuerySet["ExerciseTranslation"].as_manager()

    class Meta:
        ordering = ["language", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "exercise", "language"],
                name="exercises_translation_own",
            ),
            models.UniqueConstraint(
                fields=["exercise", "language"],
                condition=Q(clinic__isnull=True),
                name="exercises_translation_shared",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store, and let the exercise be found by this name."""
        super().save(*args, **kwargs)
        self.exercise.reindex()


class ExerciseVersion(models.Model):
    """An exercise as it stood before a later edit; programs built with it keep it.

    ``content`` holds the columns of the exercise by name and, under
    ``translations``, those of its translations by language.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    exercise = models.ForeignKey(Exercise, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    content = models.JSONField()
    replaced_by = models.ForeignKey(
        Practitioner, models.SET_NULL, null=True, related_name="+"
    )
    replaced_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["exercise", "version"], name="exercises_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.exercise}, version {self.version}"
