"""Messages to patients and to the clinic, each a job: the row is the truth."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from clinic.models import Channel, Clinic, Patient, Practitioner, TenantQuerySet
from prescriptions.models.link import PatientLink
from prescriptions.models.program import Program

# After each attempt that failed; the last one is followed by none.
PAUSES = [
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 6, 12)),
]
MAX_ATTEMPTS = len(PAUSES) + 1
# Longer than a worker's hard limit
LEASE = timedelta(seconds=90)
# Later than this a reminder would come at night, or for a day that is over
REMINDERS_LAST = timedelta(hours=2)
KEPT = timedelta(days=90)
RING_AGAIN_AFTER = timedelta(seconds=10)
NO_CLAIM: dict[str, Any] = {"claim_token": None, "lease_until": None, "rung_at": None}


class MessageStatus(models.TextChoices):
    """States of a message."""

    DUE = "due", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Not sent"


class MessageQuerySet(TenantQuerySet["Message"]):
    """Messages, and the arrows of their states; each arrow is one UPDATE."""

    def job(self, message_id: UUID) -> "MessageQuerySet":
        """The message with this id, whichever clinic it belongs to."""
        return self.unscoped().filter(pk=message_id)

    def overdue(self) -> "MessageQuerySet":
        """What is due and has not been rung for a while, soonest first."""
        quiet = Q(rung_at__isnull=True) | Q(rung_at__lte=Now() - RING_AGAIN_AFTER)
        due = self.unscoped().filter(quiet, status=MessageStatus.DUE)
        return due.filter(due_at__lte=Now()).order_by("due_at")

    def claim(self, message_id: UUID) -> UUID | None:
        """Take a due message; return its token, None if it is not to be had."""
        token = uuid4()
        due = self.job(message_id).filter(status=MessageStatus.DUE, due_at__lte=Now())
        won = due.update(
            status=MessageStatus.SENDING,
            attempts=F("attempts") + 1,
            claim_token=token,
            lease_until=Now() + LEASE,
        )
        return token if won else None

    def sent(self, message: "Message") -> bool:
        """Note that it was taken; False when the claim was lost."""
        return self._settle(message, status=MessageStatus.SENT, code="", words="")

    def not_sent(
        self, message: "Message", *, code: str, words: str, is_final: bool
    ) -> bool:
        """Note why it was not taken: later again, or never; False when lost."""
        answer = {"code": code[:20], "words": words[:200]}
        if is_final or message.attempts >= MAX_ATTEMPTS:
            return self._settle(message, status=MessageStatus.FAILED, **answer)
        due_at = timezone.now() + PAUSES[message.attempts - 1]
        return self._settle(message, status=MessageStatus.DUE, due_at=due_at, **answer)

    def expire(self) -> int:
        """Put back what lost workers held; the mail's own id stays the same."""
        lost = self.unscoped().filter(
            status=MessageStatus.SENDING, lease_until__lte=Now()
        )
        never = lost.filter(attempts__gte=MAX_ATTEMPTS)
        never.update(
            **NO_CLAIM,
            status=MessageStatus.FAILED,
            code="worker_lost",
            finished_at=Now(),
        )
        return lost.update(**NO_CLAIM, status=MessageStatus.DUE, due_at=Now())

    def past_reminders(self) -> "MessageQuerySet":
        """Reminders of all clinics that nobody will ask for."""
        old = self.unscoped().filter(created_at__lte=Now() - KEPT)
        return old.filter(kind=Message.Kind.REMINDER, finished_at__isnull=False)

    def _settle(self, message: "Message", **values: Any) -> bool:
        if values["status"] != MessageStatus.DUE:
            values["finished_at"] = Now()
        held = self.job(message.pk).filter(claim_token=message.claim_token)
        return bool(held.update(**NO_CLAIM, **values))


class Message(models.Model):
    """One message about a patient's program: the row is the job.

    ::

        due --claim--> sending --sent--> sent
         ^                 |  '--not_sent--> failed (refused, or the last attempt)
         '-not_sent/expire-'

    What it says is composed when it is sent; a link's secret stands in no row.
    """

    Status = MessageStatus

    class Kind(models.TextChoices):
        LINK = "link", "Link for the patient"
        ALERT = "alert", "Notice to the clinic"
        REMINDER = "reminder", "Reminder to the patient"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="messages")
    program = models.ForeignKey(Program, models.CASCADE, related_name="messages")
    link = models.ForeignKey(PatientLink, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    channel = models.CharField(max_length=8, choices=Channel)
    # E-mail address or phone number, as it was when somebody asked for the message
    address = models.CharField(max_length=254)
    requested_by = models.ForeignKey(
        Practitioner, models.PROTECT, null=True, related_name="+"
    )
    status = models.CharField(
        max_length=10, choices=MessageStatus, default=MessageStatus.DUE
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_default=Now())
    rung_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    # What the server said last; empty once it was taken
    code = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=200, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["status", "due_at"], name="presc_message_due"),
            models.Index(fields=["patient", "-created_at"], name="presc_message_of"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_channel_display()}"
