"""Endpoints that are told of events, and each telling as a job."""

import base64
import hashlib
import hmac
import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from clinic.models.plain import one_line
from clinic.models.tenancy import Clinic, TenantQuerySet

EVENTS = {
    "program.assigned": "A program was issued for the first time",
    "program.updated": "A new revision was issued",
    "program.ended": "A program ended",
    "program.voided": "A program was declared void",
    "handout.ready": "A handout can be downloaded",
    "handout.failed": "A handout could not be made",
    "link.opened": "A patient opened a link",
    "diary.alert": "A diary told of a warning sign, or of pain over the limit",
    "patient.erased": "A patient was erased: erase your copies too",
}
TEST_EVENT = "webhook.test"
EVENT_WORDS = EVENTS | {TEST_EVENT: "A test"}
# What the message of each event holds
MEMBERS = {
    "program.assigned": ("program", "patient", "revision"),
    "program.updated": ("program", "patient", "revision"),
    "program.ended": ("program", "patient"),
    "program.voided": ("program", "patient"),
    "handout.ready": ("handout", "program", "revision"),
    "handout.failed": ("handout", "program", "revision", "code"),
    "link.opened": ("link", "program"),
    "diary.alert": ("alert", "program", "patient"),
    "patient.erased": ("patient",),
    TEST_EVENT: ("webhook",),
}
# Hours and less after the event, by the Standard Webhooks specification
ATTEMPTS_AFTER = [
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]
LEASE = timedelta(seconds=60)
RING_AGAIN_AFTER = timedelta(seconds=10)
OVERLAP = timedelta(hours=24)
KEPT = timedelta(days=30)


def validate_events(names: Any) -> None:
    """Refuse events that do not exist."""
    if not isinstance(names, list) or not names:
        raise ValidationError("Choose at least one event.")
    if any(name not in EVENTS for name in names):
        raise ValidationError(f"Give events of: {', '.join(EVENTS)}.")


def secret_of(seed: UUID) -> str:
    """Return the signing secret of a seed; it is derived and stored nowhere.

    A copy of the database alone signs nothing. A new LINK_KEY means new secrets.
    """
    key = settings.LINK_KEY.encode()
    digest = hmac.digest(key, b"webhook:" + seed.bytes, hashlib.sha256)
    return f"whsec_{base64.b64encode(digest).decode()}"


class WebhookEndpointQuerySet(TenantQuerySet["WebhookEndpoint"]):
    """Endpoints by what they want to know."""

    def rotate(self, endpoint: "WebhookEndpoint") -> bool:
        """Give a new secret beside the present one; False when somebody just did."""
        rows = self.of_clinic(endpoint.clinic_id).filter(pk=endpoint.pk)
        return bool(
            rows.filter(seed=endpoint.seed).update(
                seed=uuid4(), old_seed=F("seed"), old_seed_until=Now() + OVERLAP
            )
        )

    def disable(self, endpoint_id: UUID, reason: str) -> None:
        """Send no more to an endpoint, and give up what waits for it."""
        rows = self.unscoped().filter(pk=endpoint_id, is_active=True)
        rows.update(is_active=False, disabled_reason=reason)


class WebhookEndpoint(models.Model):
    """An address of another system, its events, and the seed of its secret."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(
        Clinic, models.CASCADE, related_name="webhook_endpoints", editable=False
    )
    url = models.CharField("address", max_length=500, validators=[one_line])
    events = models.JSONField(validators=[validate_events])
    is_active = models.BooleanField("active", default=True)
    disabled_reason = models.CharField(max_length=20, blank=True, editable=False)
    seed = models.UUIDField(default=uuid4, editable=False)
    old_seed = models.UUIDField(null=True, editable=False)
    old_seed_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook"
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return self.url

    def secrets(self) -> list[str]:
        """Return the secrets to sign with: for a while after a rotation two."""
        seeds = [self.seed]
        if self.old_seed and self.old_seed_until and self.overlaps():
            seeds.append(self.old_seed)
        return [secret_of(seed) for seed in seeds]

    def overlaps(self) -> bool:
        """Whether the former secret still signs."""
        return bool(self.old_seed_until and self.old_seed_until > timezone.now())


class DeliveryStatus(models.TextChoices):
    """States of a delivery."""

    DUE = "due", "Waiting"
    SENDING = "sending", "Being sent"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Given up"


NO_CLAIM: dict[str, Any] = {"claim_token": None, "lease_until": None}


class WebhookDeliveryQuerySet(TenantQuerySet["WebhookDelivery"]):
    """Deliveries, and the arrows of their states; each arrow is one UPDATE."""

    def job(self, delivery_id: UUID) -> "WebhookDeliveryQuerySet":
        """The delivery with this id, whichever clinic it belongs to."""
        return self.unscoped().filter(pk=delivery_id)

    def overdue(self) -> "WebhookDeliveryQuerySet":
        """What is due and has not been rung for a while, soonest first."""
        quiet = Q(rung_at__isnull=True) | Q(rung_at__lte=Now() - RING_AGAIN_AFTER)
        due = self.unscoped().filter(
            quiet, status=DeliveryStatus.DUE, due_at__lte=Now()
        )
        return due.order_by("due_at")

    def claim(self, delivery_id: UUID) -> UUID | None:
        """Take a due delivery; return its token, None if it is not to be had."""
        token = uuid4()
        due = self.job(delivery_id).filter(
            status=DeliveryStatus.DUE, due_at__lte=Now(), endpoint__is_active=True
        )
        won = (
            self.unscoped()
            .filter(pk__in=due.values("pk"))
            .update(
                status=DeliveryStatus.SENDING,
                attempts=F("attempts") + 1,
                claim_token=token,
                lease_until=Now() + LEASE,
            )
        )
        return token if won else None

    def settle(self, delivery: "WebhookDelivery", *, is_done: bool, **log: Any) -> bool:
        """Note what an attempt came to; False when the claim was lost."""
        values: dict[str, Any] = {"status": DeliveryStatus.DELIVERED}
        if not is_done:
            values = _next(delivery)
        held = self.job(delivery.pk).filter(claim_token=delivery.claim_token)
        entry = {"at": timezone.now().isoformat(), **log}
        return bool(
            held.update(
                **NO_CLAIM,
                **values,
                log=[*delivery.log, entry],
                last_status=log.get("status"),
                rung_at=None,
                finished_at=Now() if values["status"] != DeliveryStatus.DUE else None,
            )
        )

    def expire(self) -> int:
        """Put back what lost workers held; a receiver knows repeats by their id."""
        lost = self.unscoped().filter(
            status=DeliveryStatus.SENDING, lease_until__lte=Now()
        )
        return lost.update(
            **NO_CLAIM, status=DeliveryStatus.DUE, due_at=Now(), rung_at=None
        )

    def give_up(self) -> int:
        """Fail what waits for endpoints that nothing is sent to."""
        idle = self.unscoped().filter(
            status=DeliveryStatus.DUE, endpoint__is_active=False
        )
        rows = self.unscoped().filter(pk__in=idle.values("pk"))
        return rows.update(status=DeliveryStatus.FAILED, finished_at=Now())

    def replay(self) -> int:
        """Start over what was delivered or given up; return how many those are."""
        final = [DeliveryStatus.DELIVERED, DeliveryStatus.FAILED]
        return self.filter(status__in=final).update(
            status=DeliveryStatus.DUE,
            attempts=0,
            started_at=Now(),
            due_at=Now(),
            rung_at=None,
            finished_at=None,
        )

    def past(self) -> "WebhookDeliveryQuerySet":
        """Deliveries of all clinics past their time."""
        return self.unscoped().filter(created_at__lte=Now() - KEPT)


def _next(delivery: "WebhookDelivery") -> dict[str, Any]:
    """Return the columns after an attempt that failed: a later time, or the end."""
    if delivery.attempts >= len(ATTEMPTS_AFTER):
        return {"status": DeliveryStatus.FAILED}
    pause = ATTEMPTS_AFTER[delivery.attempts]
    # Endpoints that failed together are not called together again
    planned = delivery.started_at + pause * random.uniform(1, 1.1)  # noqa: S311
    due_at = max(planned, timezone.now() + ATTEMPTS_AFTER[1])
    return {"status": DeliveryStatus.DUE, "due_at": due_at}


class WebhookDelivery(models.Model):
    """One event for one endpoint: the row is the job.

    ::

        due --claim--> sending --settle--> delivered   given up --replay--> due
         ^                 |  '--settle--> failed (after the tenth attempt)
         '-settle/expire---'

    ``payload`` holds ids only. ``message_id`` is the same in every attempt.
    """

    Status = DeliveryStatus

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+")
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries"
    )
    message_id = models.UUIDField(default=uuid4)
    event = models.CharField(max_length=40)
    payload = models.JSONField()
    status = models.CharField(
        max_length=10, choices=DeliveryStatus, default=DeliveryStatus.DUE
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_default=Now())
    rung_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    # Attempts are counted from here: the event, or its last replay
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    # [{"at": time, "status": HTTP status or null, "error": code, "milliseconds": …}]
    log = models.JSONField(default=list)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook delivery"
        verbose_name_plural = "webhook deliveries"
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["status", "due_at"], name="clinic_delivery_due"),
            models.Index(fields=["endpoint", "-created_at"], name="clinic_delivery_of"),
        ]

    def __str__(self) -> str:
        return EVENT_WORDS.get(self.event, self.event)
