"""What a practitioner assembles for one patient and may still edit."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F
from django.utils import timezone

from clinic.models import Clinic, Patient, Practitioner, TenantQuerySet
from clinic.models.plain import one_line, plain_text
from exercises.models import DosageColumns, Exercise

REVIEW_AFTER = timedelta(days=14)
# States that nothing leads out of
CLOSED = ("ended", "void")
SOON = timedelta(days=7)


class ProgramQuerySet(TenantQuerySet["Program"]):
    """Programs of a clinic."""

    def active(self) -> "ProgramQuerySet":
        """Programs that patients follow now."""
        return self.filter(status=Program.Status.ACTIVE)

    def not_closed(self) -> "ProgramQuerySet":
        """Drafts and what patients follow now."""
        return self.exclude(status__in=CLOSED)

    def ending_soon(self) -> "ProgramQuerySet":
        """Active programs whose last day is within a week, or has passed."""
        return self.active().filter(end_date__lte=timezone.localdate() + SOON)

    def with_contents(self) -> "ProgramQuerySet":
        """Programs with all that composing needs, in four queries."""
        return self.select_related(
            "clinic", "patient", "practitioner"
        ).prefetch_related("phases", "phases__exercises", "phases__exercises__exercise")


def default_review_date() -> date:
    """Return the day two weeks from today."""
    return timezone.localdate() + REVIEW_AFTER


class Program(models.Model):
    """A home program of one patient: ordered phases of prescribed exercises.

    draft --issue--> active --end--> ended; active or ended --void--> void. An active
    program may be edited and issued again; ended and void ones are closed.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        ENDED = "ended", "Ended"
        VOID = "void", "Void"

    class Ending(models.TextChoices):
        FINISHED = "finished", "Finished as planned"
        STOPPED = "stopped", "Stopped early"

    class Direction(models.TextChoices):
        FLEXION = "flexion", "Bending eases the pain"
        EXTENSION = "extension", "Arching eases the pain"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic, models.CASCADE, related_name="programs", editable=False
    )
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="programs")
    practitioner = models.ForeignKey(
        Practitioner,
        models.PROTECT,
        related_name="programs",
        help_text="Printed as the person to ask.",
    )
    title = models.CharField(
        max_length=120, help_text="Printed on the handout.", validators=[one_line]
    )
    goal = models.TextField(
        max_length=500,
        blank=True,
        help_text="In the patient's own words.",
        validators=[plain_text],
    )
    status = models.CharField(
        max_length=8, choices=Status, default=Status.DRAFT, editable=False
    )
    start_date = models.DateField(default=timezone.localdate)
    review_date = models.DateField(default=default_review_date)
    end_date = models.DateField(null=True, blank=True)
    shown_on = models.DateField(
        "exercises shown on",
        null=True,
        blank=True,
        help_text="Printed. While it is empty, the handout has a line to fill in.",
    )
    is_shown_back = models.BooleanField(
        "the patient has shown them back",
        default=False,
        help_text="For the record; not printed.",
    )
    reason = models.CharField(
        "diagnosis or reason",
        max_length=200,
        blank=True,
        help_text="For the record; not printed.",
        validators=[one_line],
    )
    directional_preference = models.CharField(
        max_length=10, choices=Direction, blank=True
    )
    practitioner_notes = models.TextField(
        max_length=4000,
        blank=True,
        help_text="For the team; never printed.",
        validators=[plain_text],
    )
    language = models.CharField(
        max_length=8,
        blank=True,
        help_text="Of the handout; empty means the patient's language.",
    )
    # Slugs of the leaflets to print, in order
    leaflets = models.JSONField(default=list, blank=True)
    # Slug of the template it was started from
    started_from = models.CharField(max_length=60, blank=True, editable=False)
    # Set by a patient's report of a warning sign, cleared by a licensed person
    paused_at = models.DateTimeField(null=True, editable=False)
    ending = models.CharField(
        max_length=8,
        choices=Ending,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    voided_at = models.DateTimeField(null=True, editable=False)
    # Name of who declared it void, as shown in the record
    voided_by = models.CharField(
        max_length=160, blank=True, default="", db_default="", editable=False
    )
    void_reason = models.TextField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        editable=False,
        validators=[plain_text],
    )
    # Rises with every edit of the program or its parts
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProgramQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "id"]
        indexes = [
            models.Index(fields=["clinic", "-updated_at"], name="presc_program_recent"),
            # The order of the API's pages
            models.Index(
                fields=["clinic", "-created_at", "-id"], name="presc_program_pages"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_closed(self) -> bool:
        """Whether it can no longer be edited or given out."""
        return self.status in CLOSED

    @property
    def why_closed(self) -> str:
        """A sentence for who wants to go on with it."""
        is_void = self.status == Program.Status.VOID
        return "This program is void." if is_void else "This program has ended."

    def clean(self) -> None:
        """Refuse dates in the wrong order."""
        super().clean()
        start, review, end = self.start_date, self.review_date, self.end_date
        errors = {}
        if start and review and review < start:
            errors["review_date"] = "The review cannot come before the start."
        if start and end and end < start:
            errors["end_date"] = "The end cannot come before the start."
        # A day ahead is today somewhere
        if self.shown_on and self.shown_on > timezone.localdate() + timedelta(days=1):
            errors["shown_on"] = "This day has not come yet."
        if errors:
            raise ValidationError(errors)

    def touch(self) -> None:
        """Count an edit of the program or of its parts."""
        rows = Program.objects.unscoped().filter(pk=self.pk)
        rows.update(version=F("version") + 1, updated_at=timezone.now())
        self.refresh_from_db(fields=["version", "updated_at"])


class Phase(models.Model):
    """An ordered part of a program, with length and the rule to move on."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    program = models.ForeignKey(Program, models.CASCADE, related_name="phases")
    position = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=100, blank=True, validators=[one_line])
    weeks = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(104)],
        help_text="Length; empty means until further notice.",
    )
    # On top of the weeks, so that 3 or 10 days can be told
    days = models.PositiveSmallIntegerField(
        "and days",
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(6)],
    )
    stage = models.CharField(max_length=20, blank=True)
    criterion = models.CharField(
        "move on when",
        max_length=300,
        blank=True,
        help_text="For the patient.",
        validators=[one_line],
    )

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title or f"Phase {self.position}"

    @property
    def length_in_days(self) -> int | None:
        """Weeks and days together; None means until further notice."""
        return (self.weeks or 0) * 7 + (self.days or 0) or None


class PrescribedExercise(DosageColumns):
    """One line of a program: an exercise with a dosage of its own and a note."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    program = models.ForeignKey(
        Program, models.CASCADE, related_name="prescribed_exercises", editable=False
    )
    phase = models.ForeignKey(Phase, models.CASCADE, related_name="exercises")
    exercise = models.ForeignKey(Exercise, models.PROTECT, related_name="+")
    # Version of the library text that the program was built with
    exercise_version = models.PositiveIntegerField(default=1, editable=False)
    position = models.PositiveSmallIntegerField(default=1)
    why = models.CharField(
        "why",
        max_length=120,
        blank=True,
        help_text="What it is good for, in plain words; printed.",
        validators=[one_line],
    )
    note = models.TextField(
        max_length=500,
        blank=True,
        help_text="For this patient; printed.",
        validators=[plain_text],
    )
    practitioner_note = models.TextField(
        max_length=1000,
        blank=True,
        help_text="For the team; never printed.",
        validators=[plain_text],
    )

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.exercise.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store under the program of the phase."""
        self.program_id = self.phase.program_id
        super().save(*args, **kwargs)
