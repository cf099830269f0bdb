"""The exercise library: shared exercises and a clinic's own."""

from copy import deepcopy
from itertools import chain
from typing import Any, Self
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q

from clinic.models import Actor, Clinic, Practitioner
from clinic.models.plain import one_line, plain_lines, plain_text
from exercises.dosage import errors_of
from exercises.folding import search_text, term_words
from exercises.models.dosed import DosageColumns
from exercises.models.shared import SharedQuerySet, SharedRow
from exercises.tags import term_errors, unknown_tags

# The patient's texts, which translations have under the same names
TEXTS = ("name", "start", "steps", "breathing", "feel", "mistakes", "stop_if")
# What a patient gets to see: an edit of it is a new version
VERSIONED = (
    *("language", *TEXTS, "equipment", "cautions", "contraindications"),
    *("figures", "video_url", "licence", "attribution"),
)
# Added to the pose of a figure by the code that draws it, which is no edit
DRAWN = ("asset", "width", "height", "drawn_by")


def check_tags(tags: Any) -> None:
    """Refuse tags outside the closed list."""
    if not isinstance(tags, list):
        raise ValidationError("Tags are a list.")
    if unknown := unknown_tags(tags):
        raise ValidationError(f"Unknown tag: {', '.join(unknown)}.")


def _alike(former: dict[str, Any], now: dict[str, Any]) -> bool:
    """Tell whether two contents are the same but for how pictures are drawn."""
    return all(_undrawn(former[name]) == _undrawn(now[name]) for name in VERSIONED)


def _undrawn(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return value
    return [
        {k: v for k, v in one.items() if k not in DRAWN}
        if isinstance(one, dict)
        else one
        for one in value
    ]


class ExerciseQuerySet(SharedQuerySet["Exercise"]):
    """Exercises as a clinic sees them."""

    def visible_to(self, actor: Actor | None) -> Self:
        """Shared ones and the clinic's own; an own copy hides what it was made from.

        What somebody keeps to themselves is theirs alone.
        """
        found = super().visible_to(actor)
        open_to_all = Q(visibility=Exercise.Visibility.CLINIC)
        person = getattr(actor, "practitioner_id", None)
        return found.filter(open_to_all | Q(owner=person) if person else open_to_all)

    def published(self) -> Self:
        """Exercises that may be prescribed."""
        return self.filter(status=Exercise.Status.PUBLISHED)


class Exercise(DosageColumns, SharedRow):
    """One exercise of the library; shared by all clinics when ``clinic`` is NULL."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        ARCHIVED = "archived", "Archived"

    class Visibility(models.TextChoices):
        CLINIC = "clinic", "Everybody in the clinic"
        OWNER = "owner", "Only me"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="exercises",
        editable=False,
    )
    # Whose exercise it is while only that person sees it; otherwise who made it
    owner = models.ForeignKey(
        Practitioner,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    visibility = models.CharField(
        "visible to", max_length=8, choices=Visibility, default=Visibility.CLINIC
    )
    slug = models.SlugField(max_length=60)
    # Slugs of what it was cloned from, the nearest first: rules on them hold here too
    cloned_from = models.JSONField(default=list, blank=True, editable=False)
    # Of the texts in this row; those in other languages are translations
    language = models.CharField(max_length=8, default="en")
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
    video_url = models.URLField("video", max_length=300, blank=True)
    source = models.CharField(max_length=200, blank=True, validators=[one_line])
    # Where an imported exercise comes from, and what its licence asks to be printed
    import_source = models.CharField(max_length=40, blank=True, editable=False)
    import_id = models.CharField(max_length=120, blank=True, editable=False)
    # SHA-256 of the content as the last import left it: another one is an edit
    import_digest = models.CharField(max_length=64, editable=False, default="")
    licence = models.CharField(max_length=80, blank=True, validators=[one_line])
    attribution = models.CharField(max_length=300, blank=True, validators=[one_line])
    # Sentences of the import that a practitioner has to judge, such as cautions
    review_notes = models.JSONField(default=list, blank=True, validators=[plain_lines])
    version = models.PositiveIntegerField(default=1, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.PUBLISHED)
    # As ``exercises.folding`` makes it
    search_text = models.TextField(editable=False, default="")
    # SHA-256 of the library file a shared row was loaded from
    content_digest = models.CharField(max_length=64, editable=False, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ExerciseQuerySet.as_manager()

    _stored: dict[str, Any] | None = None

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
            models.UniqueConstraint(
                fields=["clinic", "import_source", "import_id"],
                condition=~Q(import_source=""),
                name="exercises_exercise_imported_once",
            ),
            models.UniqueConstraint(
                fields=["import_source", "import_id"],
                condition=Q(clinic__isnull=True) & ~Q(import_source=""),
                name="exercises_exercise_shared_imported_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        """Remember the stored content, so that saving can tell an edit."""
        row = super().from_db(*args, **kwargs)
        row._stored = row._content()
        return row

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store with the folded text that searches look in.

        Changed content is a new version; the former one is kept beside it.
        """
        if kwargs.get("update_fields") is not None:
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            self._keep_former()
            self.index()
            super().save(*args, **kwargs)
        self._stored = self._content()

    def _content(self) -> dict[str, Any] | None:
        """Return version and content; None when not all of it was loaded."""
        names = ("version", *VERSIONED)
        if any(name not in self.__dict__ for name in names):
            return None
        return {name: deepcopy(self.__dict__[name]) for name in names}

    def _keep_former(self) -> None:
        former, now = self._stored, self._content()
        if self._state.adding or not former or not now or _alike(former, now):
            return
        version = former.pop("version")
        told = self._told(self.clinic_id)
        former["translations"] = {one.language: one.as_kept() for one in told}
        self.versions.get_or_create(version=version, defaults={"content": former})
        self.version = max(self.version, version + 1)
        if all(former[name] == now[name] for name in TEXTS):
            # Their original reads as before: what was in line with it still is.
            current = self.translations.filter(of_version=version)
            current.update(of_version=self.version)

    def become(self, copy: Self) -> None:
        """Stand for the clinic's stored copy from now on, with the edits at hand."""
        self.pk, self.clinic = copy.pk, copy.clinic
        self.version, self.content_digest = copy.version, copy.content_digest
        self._stored = copy._stored

    def copy_parts(self, copy: Self) -> None:
        """Store copies of the translations that hold in the clinic of the copy."""
        told = {one.language: one for one in self._told(copy.clinic_id)}
        for one in told.values():
            twin = one.copy_for(copy.clinic)
            twin.exercise = copy
            twin.of_version = 0 if one.is_outdated else copy.version
            twin.save()

    def _told(self, clinic_id: UUID | None) -> list[Any]:
        """Return the translations that hold in a clinic, its own after the shared."""
        held = (None, clinic_id)
        told = [one for one in self.translations.all() if one.clinic_id in held]
        return sorted(told, key=lambda one: one.clinic_id is not None)

    def index(self) -> None:
        """Set what searches look in: names in all languages, region, muscles, …

        A clinic's own wording of a shared exercise is left out: what it is called
        there is nothing that others should find it by.
        """
        told = [] if self._state.adding else self._told(self.clinic_id)
        terms = [*self.regions, self.category, self.position, *self.equipment]
        self.search_text = search_text(
            [self.name, *(one.name for one in told)],
            [*self.also_called, *chain(*(one.also_called for one in told))],
            [*term_words(terms), *self.muscles],
        )

    def reindex(self) -> None:
        """Store what searches look in anew, after a change of translations."""
        self.index()
        row = type(self)._base_manager.filter(pk=self.pk)
        row.update(search_text=self.search_text)

    def clean(self) -> None:
        """Refuse a bad dosage, values outside the vocabulary and missing steps."""
        if errors := errors_of(self.dosage) | term_errors(self.__dict__):
            raise ValidationError(errors)
