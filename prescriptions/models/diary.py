"""What patients report: their diary, and what the clinic has to be told of."""

from datetime import date
from typing import Any, Self
from uuid import UUID, uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from clinic.models import Clinic, Patient, Practitioner, TenantQuerySet
from clinic.models.plain import plain_text
from prescriptions.models.program import Program
from prescriptions.models.revision import Revision

WORST_PAIN = 10


class DiaryQuerySet(TenantQuerySet["DiaryEntry"]):
    """Entries of diaries."""

    def told_in_force(self) -> Self:
        """Entries with ``is_in_force``: nothing was written of their day later."""
        same = self.model._base_manager.filter(
            program=OuterRef("program"), day=OuterRef("day")
        )
        wrote, came = OuterRef("written_at"), OuterRef("received_at")
        later = (
            Q(written_at__gt=wrote)
            | Q(written_at=wrote, received_at__gt=came)
            | Q(written_at=wrote, received_at=came, id__gt=OuterRef("id"))
        )
        return self.annotate(is_in_force=~Exists(same.filter(later)))

    def by_day(self) -> "dict[date, DiaryEntry]":
        """Return the entry in force of each day: the one written last."""
        in_order = self.order_by("written_at", "received_at", "id")
        return {entry.day: entry for entry in in_order}


class DiaryEntry(models.Model):
    """One day as the patient tells it; a correction is a further entry.

    ``client_id`` is made where the entry is written, so that one sent twice is stored
    once. ``done`` lists ``{"number", "slug"}`` of cards of the revision, with "sets"
    and "repetitions" where they differed from what was asked.
    """

    class Source(models.TextChoices):
        PHONE = "phone", "Patient's phone"
        PAPER = "paper", "Paper diary"

    class Effort(models.TextChoices):
        EASY = "easy", "Easy"
        RIGHT = "right", "Just right"
        HARD = "hard", "Hard"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="diary")
    program = models.ForeignKey(Program, models.CASCADE, related_name="diary")
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="diary")
    client_id = models.UUIDField()
    day = models.DateField()
    written_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    done = models.JSONField(default=list)
    pain = models.PositiveSmallIntegerField(null=True)
    # Worse for more than a day after the exercises
    is_flare = models.BooleanField(default=False)
    effort = models.CharField(max_length=8, choices=Effort, blank=True)
    comment = models.TextField(max_length=500, blank=True, validators=[plain_text])
    source = models.CharField(max_length=8, choices=Source, default=Source.PHONE)
    entered_by = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+"
    )

    objects = DiaryQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-written_at", "id"]
        verbose_name_plural = "diary entries"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "client_id"], name="prescriptions_diary_sent_once"
            ),
            models.CheckConstraint(
                condition=Q(pain__isnull=True) | Q(pain__lte=WORST_PAIN),
                name="prescriptions_diary_pain",
            ),
        ]
        indexes = [
            models.Index(fields=["program", "day"], name="presc_diary_day"),
            # The order of the API's pages
            models.Index(
                fields=["clinic", "-received_at", "-id"], name="presc_diary_pages"
            ),
        ]

    def __str__(self) -> str:
        return f"Diary of {self.day:%Y-%m-%d}"

    @property
    def patient_id(self) -> UUID:
        """The patient an audit event is about."""
        return self.program.patient_id

    @property
    def numbers_done(self) -> frozenset[int]:
        """Numbers of the cards that were done."""
        return frozenset(item["number"] for item in self.done)


class AlertQuerySet(TenantQuerySet["Alert"]):
    """Alerts by their state."""

    def waiting(self) -> "AlertQuerySet":
        """Alerts that nobody of the clinic has settled."""
        return self.filter(settled_at__isnull=True)

    def settle(self, by: Practitioner) -> int:
        """Settle the alerts of the queryset; the number settled now."""
        return self.waiting().update(settled_at=Now(), settled_by=by)


class Alert(models.Model):
    """Something a patient's page tells the clinic; waiting until somebody settles it.

    Of one kind and program at most one waits: a second report adds nothing.
    """

    class Kind(models.TextChoices):
        RED_FLAG = "red_flag", "Reported a warning sign"
        PAIN = "pain", "Pain at or over the limit"
        LOCKED = "locked", "Link locked after five wrong birth dates"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="alerts")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="alerts")
    program = models.ForeignKey(Program, models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=12, choices=Kind)
    raised_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+"
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["raised_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "kind"],
                condition=Q(settled_at__isnull=True),
                name="prescriptions_alert_one_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


def raise_alert(program: Program, kind: Alert.Kind) -> Alert | None:
    """Tell the clinic; None when the same already waits to be settled."""
    owner: dict[str, Any] = {
        "clinic_id": program.clinic_id,
        "patient_id": program.patient_id,
    }
    mine = Alert.objects.of_clinic(program.clinic_id)
    alert, is_new = mine.get_or_create(
        program=program, kind=kind, settled_at=None, defaults=owner
    )
    return alert if is_new else None
