"""A patient's wish to be reminded by mail: when, and until they say stop."""

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from clinic.models import Clinic, TenantQuerySet
from clinic.models.tenancy import validate_time_zone
from prescriptions.models.program import Program

# Nobody is reminded in the hours of sleep.
FIRST_HOUR, LAST_HOUR = 7, 20


class ReminderQuerySet(TenantQuerySet["Reminder"]):
    """Reminders by their state."""

    def wanted(self) -> "ReminderQuerySet":
        """Reminders that nobody has stopped."""
        return self.filter(stopped_at__isnull=True)

    def due(self) -> "ReminderQuerySet":
        """Wanted reminders whose time has come, soonest first."""
        now = self.unscoped().wanted().filter(next_at__lte=Now())
        return now.order_by("next_at")

    def move_on(self, reminder: "Reminder", next_at: datetime) -> bool:
        """Take a due reminder by setting its next time; False for a second taker."""
        row = self.unscoped().filter(pk=reminder.pk, next_at=reminder.next_at)
        return bool(row.update(next_at=next_at))

    def stop(self, reminder: "Reminder") -> bool:
        """Send no more; False when it was stopped already."""
        row = self.unscoped().wanted().filter(pk=reminder.pk)
        return bool(row.update(stopped_at=Now()))


class Reminder(models.Model):
    """One mail a day with something to do, at the hour that the patient chose."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+")
    program = models.OneToOneField(Program, models.CASCADE, related_name="reminder")
    hour = models.PositiveSmallIntegerField()
    time_zone = models.CharField(max_length=64, validators=[validate_time_zone])
    next_at = models.DateTimeField()
    chosen_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["next_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hour__gte=FIRST_HOUR, hour__lte=LAST_HOUR),
                name="prescriptions_reminder_hour",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(stopped_at__isnull=True),
                name="presc_reminder_due",
            )
        ]

    def __str__(self) -> str:
        return f"Reminder at {self.hour}:00"
