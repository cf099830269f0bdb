"""The exercise library: shared exercises and a clinic's own."""

from dataclasses import fields
from typing import Any, Self
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from clinic.models import Actor, Clinic, TenantQuerySet
from clinic.models.plain import one_line, plain_lines, plain_text
from exercises.dosage import Dosage, Kind, LoadUnit, Side, errors_of
from exercises.tags import term_errors, unknown_tags


def check_tags(tags: Any) -> None:
    """Refuse tags outside the closed list."""
    if not isinstance(tags, list):
        raise ValidationError("Tags are a list.")
    if unknown := unknown_tags(tags):
        raise ValidationError(f"Unknown tag: {', '.join(unknown)}.")


class DosageColumns(models.Model):
    """Columns of a ``Dosage``, under the same names; mixed into what is dosed."""

    kind = models.CharField(
        "counted in", max_length=12, choices=Kind.choices(), default=Kind.REPETITIONS
    )
    sets = models.PositiveSmallIntegerField(null=True, blank=True)
    repetitions = models.PositiveSmallIntegerField(null=True, blank=True)
    repetitions_max = models.PositiveSmallIntegerField("up to", null=True, blank=True)
    repetitions_per_set = models.JSONField("falling scheme", default=list, blank=True)
    hold_seconds = models.PositiveSmallIntegerField("hold (s)", null=True, blank=True)
    hold_breaths = models.PositiveSmallIntegerField(
        "hold (breaths)", null=True, blank=True
    )
    rest_between_repetitions_seconds = models.PositiveSmallIntegerField(
        "rest between repetitions (s)", null=True, blank=True
    )
    rest_between_sets_seconds = models.PositiveSmallIntegerField(
        "rest between sets (s)", null=True, blank=True
    )
    load_value = models.DecimalField(
        "load", max_digits=5, decimal_places=2, null=True, blank=True
    )
    load_unit = models.CharField(
        "load unit", max_length=12, choices=LoadUnit.choices(), blank=True
    )
    duration_minutes = models.DecimalField(
        "minutes", max_digits=5, decimal_places=1, null=True, blank=True
    )
    side = models.CharField(max_length=12, choices=Side.choices(), blank=True)
    tempo_seconds = models.PositiveSmallIntegerField("tempo (s)", null=True, blank=True)
    breath_pattern_seconds = models.JSONField(
        "breath pattern (s)", default=list, blank=True
    )
    times_per_day = models.PositiveSmallIntegerField(
        "times a day", null=True, blank=True
    )
    every_hours = models.PositiveSmallIntegerField(
        "every … hours", null=True, blank=True
    )
    days_per_week = models.PositiveSmallIntegerField(
        "days a week", null=True, blank=True
    )
    weekdays = models.JSONField(default=list, blank=True)
    time_of_day = models.JSONField(default=list, blank=True)
    as_needed = models.BooleanField(default=False)
    fill_in = models.BooleanField(
        "fill in by hand",
        default=False,
        help_text="Prints ruled gaps for the numbers that are not given.",
    )

    class Meta:
        abstract = True

    @property
    def dosage(self) -> Dosage:
        """The dosage as a value."""
        values: dict[str, Any] = {}
        for field in fields(Dosage):
            value = getattr(self, field.name)
            values[field.name] = tuple(value) if isinstance(value, list) else value
        return Dosage(**values)

    @dosage.setter
    def dosage(self, dosage: Dosage) -> None:
        for field in fields(Dosage):
            value = getattr(dosage, field.name)
            setattr(
                self, field.name, list(value) if isinstance(value, tuple) else value
            )

    def clean(self) -> None:
        """Refuse a dosage that cannot be done or worded, naming the field."""
        super().clean()
        if errors := errors_of(self.dosage):
            raise ValidationError(errors)


class ExerciseQuerySet(TenantQuerySet["Exercise"]):
    """Exercises as a clinic sees them."""

    def visible_to(self, actor: Actor | None) -> Self:
        """Shared ones and the clinic's own; an own copy hides what it was made from."""
        return super().visible_to(actor)

    def of_clinic(self, clinic: Clinic | Any) -> Self:
        """Shared exercises and those of the clinic, its own copy before the shared."""
        own = self.model._base_manager.filter(clinic=clinic, slug=OuterRef("slug"))
        shared = Q(clinic__isnull=True) & ~Exists(own)
        return self._marked(self.filter(shared | Q(clinic=clinic)))

    def shared(self) -> Self:
        """Exercises of the shared library."""
        return self._marked(self.filter(clinic__isnull=True))

    def published(self) -> Self:
        """Exercises that may be prescribed."""
        return self.filter(status=Exercise.Status.PUBLISHED)

    def search(self, text: str) -> Self:
        """Exercises whose names or body regions hold every word of the text."""
        found = self
        for word in text.casefold().split():
            found = found.filter(search_text__contains=word)
        return found


class Exercise(DosageColumns):
    """One exercise of the library; shared by all clinics when ``clinic`` is NULL."""

    class Status(models.TextChoices):
        PUBLISHED = "published", "Published"
        ARCHIVED = "archived", "Archived"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="exercises",
        editable=False,
    )
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=100, validators=[one_line])
    also_called = models.JSONField(
        "other names", default=list, blank=True, validators=[plain_lines]
    )
    category = models.CharField(max_length=20)
    regions = models.JSONField("body regions", default=list, blank=True)
    muscles = models.JSONField(default=list, blank=True, validators=[plain_lines])
    position = models.CharField(max_length=20)
    direction = models.CharField("spine direction", max_length=20, default="neutral")
    equipment = models.JSONField(default=list, blank=True)
    stages = models.JSONField(default=list, blank=True)
    difficulty = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    start = models.TextField("start position", max_length=1000, validators=[plain_text])
    steps = models.JSONField(default=list, validators=[plain_lines])
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
    cautions = models.JSONField(default=list, blank=True, validators=[check_tags])
    contraindications = models.JSONField(
        default=list, blank=True, validators=[check_tags]
    )
    dosage_source = models.TextField(
        max_length=500, blank=True, validators=[plain_text]
    )
    easier = models.SlugField("easier version", max_length=60, blank=True)
    harder = models.SlugField("harder version", max_length=60, blank=True)
    # One entry per key picture: {"alt": {"en": …}, "caption": {…}, "asset": sha256.svg}
    figures = models.JSONField(default=list, blank=True, editable=False)
    source = models.CharField(max_length=200, blank=True, validators=[one_line])
    version = models.PositiveIntegerField(default=1, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.PUBLISHED)
    search_text = models.TextField(editable=False, default="")
    # SHA-256 of the library file a shared row was loaded from
    content_digest = models.CharField(max_length=64, editable=False, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ExerciseQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "slug"], name="exercises_exercise_own_slug"
            ),
            # NULLs are distinct to SQLite: shared rows need a constraint of their own
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(clinic__isnull=True),
                name="exercises_exercise_shared_slug",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store with the folded text that searches look in."""
        words = [self.name, *self.also_called, *self.regions, *self.muscles]
        self.search_text = " ".join(words).replace("_", " ").casefold()
        super().save(*args, **kwargs)

    @property
    def is_shared(self) -> bool:
        """Whether the exercise belongs to the shared library."""
        return self.clinic_id is None

    def clean(self) -> None:
        """Refuse a bad dosage, values outside the vocabulary and missing steps."""
        if errors := errors_of(self.dosage) | term_errors(self.__dict__):
            raise ValidationError(errors)

    def copy_for(self, clinic: Clinic) -> "Exercise":
        """Return an unsaved copy that will replace this one in the clinic."""
        copy = Exercise.objects.unscoped().get(pk=self.pk)
        copy.pk, copy.clinic, copy._state.adding = uuid4(), clinic, True
        copy.version, copy.content_digest = 1, ""
        return copy
