"""The texts of an exercise in other languages, and as they stood in older versions."""

from copy import deepcopy
from typing import Any, Self
from uuid import uuid4

from django.db import models
from django.db.models import Q

from clinic.models import Clinic
from clinic.models.plain import one_line, plain_lines, plain_text
from exercises.models.exercise import TEXTS, Exercise
from exercises.models.shared import SharedQuerySet, SharedRow


class ExerciseTranslation(SharedRow):
    """The patient's texts of one exercise in one further language.

    Shared when ``clinic`` is NULL; a clinic's correction is a row of its own, which
    replaces the shared one in that clinic only.
    """

    shared_key = ("exercise_id", "language")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic, models.CASCADE, null=True, blank=True, related_name="+", editable=False
    )
    exercise = models.ForeignKey(Exercise, models.CASCADE, related_name="translations")
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
    # Of an imported translation: what its licence asks to be printed
    licence = models.CharField(max_length=80, blank=True, validators=[one_line])
    attribution = models.CharField(max_length=300, blank=True, validators=[one_line])
    # The version of the exercise that was translated; older ones are out of date
    of_version = models.PositiveIntegerField(default=1, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    # SHA-256 of the library entry a shared row was loaded from
    content_digest = models.CharField(max_length=64, editable=False, default="")
    updated_at = models.DateTimeField(auto_now=True)

    objects = SharedQuerySet["ExerciseTranslation"].as_manager()

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

    _stored: dict[str, Any] | None = None
    _stored_version = 0

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        """Remember the stored texts, so that saving can tell an edit."""
        row = super().from_db(*args, **kwargs)
        is_whole = all(name in row.__dict__ for name in TEXTS)
        row._stored = deepcopy(row.texts()) if is_whole else None
        row._stored_version = row.__dict__.get("version", 0)
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store, and let the exercise be found by this name.

        Changed texts are a new version, which is in line with the exercise of today.
        """
        is_edit = not self._state.adding and self._stored not in (None, self.texts())
        if is_edit and not self.content_digest:
            self.version = max(self.version, self._stored_version + 1)
            self.of_version = self.exercise.version
        super().save(*args, **kwargs)
        self._stored, self._stored_version = deepcopy(self.texts()), self.version
        self.exercise.reindex()

    def texts(self) -> dict[str, Any]:
        """Return the patient's texts by name."""
        return {name: getattr(self, name) for name in TEXTS}

    def as_kept(self) -> dict[str, Any]:
        """Return the texts with their licence, and what tells if they were signed."""
        stamp = {"id": str(self.pk), "version": self.version}
        licence = {"licence": self.licence, "attribution": self.attribution}
        return self.texts() | stamp | licence | {"of_version": self.of_version}

    @property
    def is_whole(self) -> bool:
        """Whether more than the name was translated."""
        return bool(self.steps)

    @property
    def is_outdated(self) -> bool:
        """Whether the exercise was changed after it was translated."""
        return self.of_version < self.exercise.version


class ExerciseVersion(models.Model):
    """An exercise as it stood before a later edit; programs built with it keep it.

    ``content`` holds the columns of the exercise by name and, under
    ``translations``, those of its translations by language, each with ``id``,
    ``version`` and ``of_version`` of the translation.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    exercise = models.ForeignKey(Exercise, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    content = models.JSONField()
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
