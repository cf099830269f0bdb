"""Program templates: what a program can start from, shared or a clinic's own."""

from typing import Any, Self
from uuid import uuid4

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from clinic.models import Actor, Clinic, Practitioner, TenantQuerySet
from clinic.models.plain import one_line, plain_text
from exercises.models import DosageColumns, SharedQuerySet, SharedRow


class ProgramTemplateQuerySet(SharedQuerySet["ProgramTemplate"]):
    """Templates as a clinic sees them."""

    def visible_to(self, actor: Actor | None) -> Self:
        """Shared ones, the clinic's own, and what the actor keeps to themselves."""
        found = super().visible_to(actor)
        open_to_all = Q(visibility=ProgramTemplate.Visibility.CLINIC)
        person = getattr(actor, "practitioner_id", None)
        return found.filter(open_to_all | Q(owner=person) if person else open_to_all)

    def published(self) -> Self:
        """Templates that may be applied."""
        return self.filter(is_archived=False)

    def with_contents(self) -> Self:
        """Templates with phases and lines, in three queries."""
        return self.prefetch_related("phases", "phases__exercises")


class ProgramTemplate(SharedRow):
    """A program to start from; copying it never ties the copy to it.

    ``words`` holds the patient's texts in further languages:
    ``{"es": {"name": …, "goal": …}}``; phases and lines do the same with theirs.
    """

    class Visibility(models.TextChoices):
        CLINIC = "clinic", "Everybody in the clinic"
        OWNER = "owner", "Only me"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="program_templates",
        editable=False,
    )
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
    name = models.CharField(max_length=120, validators=[one_line])
    stage = models.CharField(max_length=20)
    goal = models.TextField(
        max_length=500,
        blank=True,
        help_text="For the patient; printed.",
        validators=[plain_text],
    )
    note = models.TextField(
        max_length=1000,
        blank=True,
        help_text="For the practitioner; never printed.",
        validators=[plain_text],
    )
    # Slugs of leaflets
    leaflets = models.JSONField(default=list, blank=True)
    # Review days counted from the start
    review_after_days = models.JSONField(default=list, blank=True)
    words = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=300, blank=True, validators=[one_line])
    version = models.PositiveIntegerField(default=1, editable=False)
    is_archived = models.BooleanField("archived", default=False)
    # SHA-256 of the file a shared row was loaded from
    content_digest = models.CharField(max_length=64, editable=False, default="")
    # A running former release adds rows without it
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProgramTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "slug"], name="prescriptions_template_own"
            ),
            models.UniqueConstraint(
                fields=["slug"],
                condition=Q(clinic__isnull=True),
                name="prescriptions_template_shared",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def copy_parts(self, copy: Self) -> None:
        """Store copies of phases and lines under a stored copy."""
        for phase in self.phases.prefetch_related("exercises"):
            lines = list(phase.exercises.all())
            phase.pk, phase.template, phase._state.adding = uuid4(), copy, True
            phase.save()
            for line in lines:
                line.pk, line.phase = uuid4(), phase
            TemplateExercise.objects.bulk_create(lines)


class TemplatePhaseQuerySet(TenantQuerySet["TemplatePhase"]):
    """Phases of templates."""

    def of_clinic(self, clinic: Clinic | Any) -> Self:
        """Phases of the clinic's own templates."""
        return self._marked(self.filter(template__clinic=clinic))


class TemplatePhase(models.Model):
    """An ordered part of a template; ``days`` empty means until further notice."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    template = models.ForeignKey(ProgramTemplate, models.CASCADE, related_name="phases")
    position = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=100, blank=True, validators=[one_line])
    stage = models.CharField(max_length=20, blank=True)
    days = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(730)]
    )
    criterion = models.CharField(
        "move on when",
        max_length=300,
        blank=True,
        help_text="For the patient.",
        validators=[one_line],
    )
    words = models.JSONField(default=dict, blank=True)

    objects = TemplatePhaseQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title or f"Phase {self.position}"


class TemplateExercise(DosageColumns):
    """One line of a template: an exercise by slug, its dosage and a note.

    The slug finds the clinic's own copy where there is one.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    phase = models.ForeignKey(TemplatePhase, models.CASCADE, related_name="exercises")
    exercise_slug = models.SlugField(max_length=60)
    position = models.PositiveSmallIntegerField(default=1)
    note = models.TextField(
        max_length=500,
        blank=True,
        help_text="For the patient; printed.",
        validators=[plain_text],
    )
    dosage_source = models.CharField(max_length=300, blank=True, validators=[one_line])
    words = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.exercise_slug
