"""The handout and its state machine; every transition is a method here."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from clinic.models import Clinic, TenantQuerySet
from prescriptions.models.link import PatientLink
from prescriptions.models.revision import Revision

MAX_ATTEMPTS = 3
RING_AGAIN_AFTER = timedelta(seconds=10)


class Status(models.TextChoices):
    """States of a handout."""

    PENDING = "pending", "Waiting"
    RENDERING = "rendering", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"
    REVOKED = "revoked", "Withdrawn"

    @property
    def is_final(self) -> bool:
        """Whether only a person can move the handout on."""
        return self in {Status.READY, Status.FAILED, Status.REVOKED}


class FailureCode(models.TextChoices):
    """Why a handout could not be made, in the practitioner's words."""

    WORKER_LOST = "worker_lost", "The renderer stopped three times. Try again."
    TIME_LIMIT = "time_limit", "It took too long. Use fewer exercises or shorter notes."
    TOO_LARGE = "too_large", "It is too long to print. Use fewer exercises."
    PICTURE_MISSING = "picture_missing", "A picture is missing. Issue it again."
    BAD_CONTENT = "bad_content", "A text could not be printed. Tell your administrator."
    STORAGE = "storage", "The file could not be stored. Try again."
    UNKNOWN = "unknown", "It could not be made. Try again."


WAITS = "The last attempt did not succeed. It is tried again in a moment."
WAITS_BECAUSE = {
    FailureCode.STORAGE: "The file storage did not answer. It is tried again soon.",
    FailureCode.TIME_LIMIT: "The last attempt took too long. It is tried again soon.",
}


def reason_to_wait(code: str) -> str:
    """Return why a handout waits for another attempt, as a sentence."""
    return WAITS_BECAUSE.get(FailureCode(code), WAITS)


class Queue(models.TextChoices):
    """Which workers make a handout."""

    INTERACTIVE = "interactive", "Somebody waits"
    BULK = "bulk", "One of many"


def back_off(attempts: int) -> timedelta:
    """Return the wait before the next attempt, with jitter: 8 to 12 s, then 24 to 36 s.

    A storage that is away for half a minute costs no handout its last attempt, and a
    crowd that failed together does not come back together.
    """
    seconds = 8 * 3 ** (attempts - 1)
    return timedelta(seconds=seconds * random.uniform(1, 1.5))  # noqa: S311 (jitter)


NO_CLAIM: dict[str, Any] = {"claim_token": None, "lease_until": None}


class HandoutQuerySet(TenantQuerySet["Handout"]):
    """Handouts, and the arrows of their state machine.

    Each arrow is one UPDATE with the old state in its filter; the row count says who
    won, and losing is normal. Time is the database's.
    """

    def job(self, handout_id: UUID) -> "HandoutQuerySet":
        """The handout with this id, whichever clinic it belongs to."""
        return self.unscoped().filter(pk=handout_id)

    def live(self) -> "HandoutQuerySet":
        """Handouts that have not been withdrawn."""
        return self.exclude(status=Status.REVOKED)

    def overdue(self) -> "HandoutQuerySet":
        """Waiting handouts for which no bell was heard for a while; soonest first."""
        quiet = Q(rung_at__isnull=True) | Q(rung_at__lte=Now() - RING_AGAIN_AFTER)
        waiting = self.filter(quiet, status=Status.PENDING, due_at__lte=Now())
        return waiting.order_by("-queue", "due_at")

    def rung(self, handout_id: UUID) -> None:
        """Note that a bell was rung, so that a backlog is not rung over and over."""
        self.job(handout_id).filter(status=Status.PENDING).update(rung_at=Now())

    def claim(self, handout_id: UUID, *, lease: timedelta) -> UUID | None:
        """Take a due handout; return its fencing token, None if it is not to be had."""
        token = uuid4()
        due = self.job(handout_id).filter(status=Status.PENDING, due_at__lte=Now())
        won = due.filter(attempts__lt=MAX_ATTEMPTS).update(
            status=Status.RENDERING,
            attempts=F("attempts") + 1,
            claim_token=token,
            started_at=Now(),
            lease_until=Now() + lease,
        )
        return token if won else None

    def complete(
        self,
        handout_id: UUID,
        token: UUID,
        *,
        name: str,
        sha256: str,
        size: int,
        pages: int,
    ) -> bool:
        """Make it ready with the stored file; False when the claim was lost."""
        return self._leave_rendering(
            handout_id,
            token,
            status=Status.READY,
            finished_at=Now(),
            failure_code="",
            pdf_name=name,
            pdf_sha256=sha256,
            pdf_bytes=size,
            pdf_pages=pages,
        )

    def release(self, handout_id: UUID, token: UUID, *, code: FailureCode) -> bool:
        """Put it back for a later attempt; False when none is left or claim lost.

        It waits the longer the more often it was tried; ``code`` tells why it waits.
        """
        row = self.job(handout_id).values_list("attempts", flat=True).first()
        return self._leave_rendering(
            handout_id,
            token,
            Q(attempts__lt=MAX_ATTEMPTS),
            status=Status.PENDING,
            due_at=Now() + back_off(row or 1),
            failure_code=code,
        )

    def fail(self, handout_id: UUID, token: UUID, *, code: FailureCode) -> bool:
        """Give up with a reason; False when the claim was lost."""
        return self._leave_rendering(
            handout_id,
            token,
            status=Status.FAILED,
            failure_code=code,
            finished_at=Now(),
        )

    def _leave_rendering(
        self, handout_id: UUID, token: UUID, *guards: Q, **values: Any
    ) -> bool:
        held = self.job(handout_id).filter(status=Status.RENDERING, claim_token=token)
        return bool(held.filter(*guards).update(**NO_CLAIM, **values))

    def expire(self) -> int:
        """Put back what lost workers held; return how many handouts that were."""
        return (
            self._lost()
            .filter(attempts__lt=MAX_ATTEMPTS)
            .update(
                **NO_CLAIM,
                status=Status.PENDING,
                due_at=Now(),
                rung_at=None,
                failure_code=FailureCode.WORKER_LOST,
            )
        )

    def give_up(self) -> list["Handout"]:
        """Fail what a worker lost for the last time; return what this call failed."""
        hopeless = self._lost().filter(attempts__gte=MAX_ATTEMPTS)
        return [
            handout
            for handout in hopeless.select_related("revision__program")
            if hopeless.filter(pk=handout.pk).update(
                **NO_CLAIM,
                status=Status.FAILED,
                failure_code=FailureCode.WORKER_LOST,
                finished_at=Now(),
            )
        ]

    def _lost(self) -> "HandoutQuerySet":
        return self.unscoped().filter(status=Status.RENDERING, lease_until__lte=Now())

    def retry(self, handout_id: UUID) -> bool:
        """Start over what had failed; False when it was in another state."""
        failed = self.job(handout_id).filter(status=Status.FAILED)
        return bool(
            failed.update(
                status=Status.PENDING,
                attempts=0,
                due_at=Now(),
                rung_at=None,
                failure_code="",
                finished_at=None,
            )
        )

    def to_check(self) -> "HandoutQuerySet":
        """Ready handouts, those first whose file was not looked at for the longest."""
        ready = self.unscoped().filter(status=Status.READY)
        return ready.order_by(F("checked_at").asc(nulls_first=True), "pk")

    def checked(self, handout_id: UUID) -> None:
        """Note that the stored file was looked at."""
        self.job(handout_id).update(checked_at=Now())

    def remake(self, handout_id: UUID) -> bool:
        """Make a ready handout anew, whose file is lost; False in any other state."""
        return bool(
            self.job(handout_id)
            .filter(status=Status.READY)
            .update(
                status=Status.PENDING,
                attempts=0,
                due_at=Now(),
                rung_at=None,
                finished_at=None,
                pdf_name="",
                pdf_sha256="",
                pdf_bytes=None,
                pdf_pages=None,
            )
        )

    def hurry(self, handout_id: UUID) -> bool:
        """Take one that waits among many to the queue of those somebody waits for."""
        among_many = self.job(handout_id).filter(
            status=Status.PENDING, queue=Queue.BULK
        )
        return bool(among_many.update(queue=Queue.INTERACTIVE, rung_at=None))

    def acknowledge(self) -> int:
        """Note that ready handouts of the queryset were collected; count new ones."""
        waiting = self.filter(status=Status.READY, acknowledged_at__isnull=True)
        return waiting.update(acknowledged_at=Now())

    def revoke(self) -> int:
        """Withdraw every handout of the queryset; a running worker loses its claim."""
        return self.live().update(**NO_CLAIM, status=Status.REVOKED, revoked_at=Now())


class Handout(models.Model):
    """One rendering of one revision: the row is the job, and the truth about its PDF.

    ::

        pending --claim--> rendering --complete--> ready    any --revoke--> revoked
           ^                 |  \\--fail--> failed --retry--> pending
           '--release/expire-'   (attempts left; none left: --give_up--> failed)

    A ready handout whose file was damaged before anybody had it is made again:
    ready --remake--> pending.
    """

    Status = Status
    Queue = Queue
    FailureCode = FailureCode

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="handouts")
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="handouts")
    options = models.JSONField(default=dict)
    # Digest of print options, template version and the link behind the QR code
    options_key = models.CharField(max_length=64)
    link = models.ForeignKey(PatientLink, models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    queue = models.CharField(max_length=12, choices=Queue, default=Queue.INTERACTIVE)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_default=Now())
    rung_at = models.DateTimeField(null=True)
    requested_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=20, blank=True)
    pdf_name = models.CharField(max_length=120, blank=True)
    pdf_sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    pdf_bytes = models.PositiveIntegerField("bytes", null=True)
    pdf_pages = models.PositiveSmallIntegerField("pages", null=True)
    # When a system that collects handouts said that it has this one
    acknowledged_at = models.DateTimeField(null=True)
    # When the stored file was last read back
    checked_at = models.DateTimeField(null=True)

    objects = HandoutQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "options_key"],
                condition=~Q(status="revoked"),
                name="prescriptions_handout_one_live",
            ),
            models.CheckConstraint(
                condition=Q(status="rendering", claim_token__isnull=False)
                | (~Q(status="rendering") & Q(claim_token__isnull=True)),
                name="prescriptions_handout_token_while_rendering",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "due_at"], name="presc_handout_due"),
            # What ended within a day, of all clinics: for each look at the numbers
            models.Index(fields=["finished_at"], name="presc_handout_finished"),
            models.Index(
                fields=["clinic", "-requested_at"], name="presc_handout_recent"
            ),
            # What systems ask for that fetch what is new: few of many
            models.Index(
                fields=["clinic", "-requested_at"],
                condition=Q(acknowledged_at=None),
                name="presc_handout_to_fetch",
            ),
        ]

    def __str__(self) -> str:
        return f"Handout {str(self.pk)[:8]}"

    @property
    def patient_id(self) -> UUID:
        """The patient an audit event is about."""
        return self.revision.program.patient_id

    @property
    def failure_reason(self) -> str:
        """Why it failed or waits for another attempt, as a sentence; else empty."""
        if not self.failure_code or self.status == Status.RENDERING:
            return ""
        if self.status == Status.PENDING:
            return reason_to_wait(self.failure_code)
        return str(FailureCode(self.failure_code).label)
