"""Bulk jobs: start, go on, cancel, try again, and one file of all.

A request only stores rows; workers do the rest in short steps, each of which reads
from the rows what is left to do. So a batch goes on after any crash, and doing a step
twice is harmless: issuing and requesting give the same row again.
"""

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, BinaryIO
from uuid import UUID

from django.db import models, transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Now
from django.utils import timezone

from clinic import broker
from clinic.audit import record
from clinic.errors import Conflict, DomainError, FieldError, Forbidden, Invalid
from clinic.models import Actor, ApiKey, Membership
from clinic.roles import Scope
from prescriptions import handouts, storage
from prescriptions.documents import HandoutOptions, usual_options
from prescriptions.models import (
    Batch,
    BatchItem,
    Handout,
    Program,
    Queue,
    Revision,
    Status,
)

logger = logging.getLogger(__name__)

MAX_PROGRAMS = 2000
STEP_ITEMS = 25
STEP_SECONDS = 10
MAX_FILE_ATTEMPTS = 3
# Below the time after which the broker hands out a message again
FILE_SECONDS = 90
FILE_IS_KEPT = timedelta(days=7)
STANDS_STILL_AFTER = timedelta(seconds=60)
ADVANCE, MAKE_FILE = "prescriptions.advance_batch", "prescriptions.make_batch_file"
Outcome, FileStatus = BatchItem.Outcome, Batch.FileStatus


@dataclass(frozen=True)
class Progress:
    """How many items of a batch are where."""

    waiting: int = 0
    working: int = 0
    ready: int = 0
    failed: int = 0
    left_out: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        """All items."""
        return self.unsettled + self.settled

    @property
    def unsettled(self) -> int:
        """Items on which work goes on."""
        return self.waiting + self.working

    @property
    def settled(self) -> int:
        """Items on which nothing more happens by itself."""
        return self.ready + self.failed + self.left_out + self.cancelled


PLACES = {
    Status.PENDING: "working",
    Status.RENDERING: "working",
    Status.READY: "ready",
    Status.FAILED: "failed",
    Status.REVOKED: "cancelled",
}


def place_of(outcome: str, handout_status: str | None) -> str:
    """Return the field of ``Progress`` that an item counts in."""
    if outcome != Outcome.REQUESTED:
        return outcome
    return PLACES[Status(handout_status)] if handout_status else "cancelled"


def progress_of(wanted: Sequence[Batch]) -> dict[UUID, Progress]:
    """Count the items of each batch by what came of them, in one query."""
    items = BatchItem.objects.filter(batch__in=wanted).order_by()
    groups = items.values_list("batch", "outcome", "handout__status")
    counts: dict[UUID, Counter[str]] = {batch.pk: Counter() for batch in wanted}
    for batch_id, outcome, status, count in groups.annotate(count=Count("id")):
        counts[batch_id][place_of(outcome, status)] += count
    return {batch_id: Progress(**found) for batch_id, found in counts.items()}


def progress(batch: Batch) -> Progress:
    """Count the items of a batch by what came of them."""
    return progress_of([batch])[batch.pk]


@transaction.atomic
def start_batch(
    programs: Sequence[UUID],
    *,
    kind: str,
    options: Mapping[str, Any],
    by: Actor,
    signer: Membership | None = None,
) -> Batch:
    """Store a batch of the clinic's programs; workers begin after the commit.

    ``options`` holds print options by name; what is left out suits each patient.
    Programs are printed in the order of their patients' names. Issuing again needs a
    signer who may issue. Raises UnknownOptionError, Forbidden, or Invalid for an
    unknown program, none, or more than ``MAX_PROGRAMS``.
    """
    _require(by, Scope.HANDOUTS_WRITE, "Your role does not allow making handouts.")
    if kind == Batch.Kind.REISSUE:
        _check_signer(by, signer)
    else:
        signer = None
    HandoutOptions(**options)
    found = _programs(programs, by)
    batch = Batch.objects.create(
        clinic_id=by.clinic_id,
        kind=kind,
        options=dict(options),
        started_by=by.practitioner if isinstance(by, Membership) else None,
        api_key=by if isinstance(by, ApiKey) else None,
        signer=signer.practitioner if signer else None,
    )
    BatchItem.objects.bulk_create(
        BatchItem(batch=batch, program_id=pk, position=number)
        for number, pk in enumerate(found, start=1)
    )
    record(by, "batch.started", batch, kind=kind, count=len(found))
    _ring(ADVANCE, batch)
    return batch


def _require(actor: Actor, scope: Scope, message: str) -> None:
    if not actor.can(scope):
        raise Forbidden("not_allowed", message)


def _check_signer(by: Actor, signer: Membership | None) -> None:
    _require(by, Scope.PROGRAMS_ISSUE, "Your role does not allow issuing programs.")
    if signer is None or signer.clinic_id != by.clinic_id:
        raise _fault("/signer", "signer_required", "Say who signs what is issued.")
    if not signer.can(Scope.PROGRAMS_ISSUE):
        raise _fault("/signer", "signer_may_not", "This person may not issue programs.")


def _fault(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(code, detail, errors=[FieldError(pointer, code, detail)])


def _programs(wished: Sequence[UUID], by: Actor) -> list[UUID]:
    """Return the ids in print order; each must be a program of the clinic."""
    if not wished:
        raise _fault("/programs", "no_programs", "Choose at least one program.")
    if len(wished) > MAX_PROGRAMS:
        detail = f"At most {MAX_PROGRAMS:,} programs at once. Start several batches."
        raise _fault("/programs", "too_many_programs", detail)
    rows = Program.objects.visible_to(by).filter(pk__in=wished)
    found = list(rows.order_by("patient__name", "pk").values_list("pk", flat=True))
    if unknown := set(wished) - set(found):
        number = next(n for n, one in enumerate(wished) if one in unknown)
        detail = "There is no such program."
        raise _fault(f"/programs/{number}", "unknown_program", detail)
    return found


def _ring(task: str, batch: Batch) -> None:
    transaction.on_commit(lambda: broker.publish(task, batch.pk), robust=True)


# Going on: called by workers


def advance(batch_id: UUID) -> bool:
    """Do one step of a batch; tell whether items are left to request."""
    batch = _running(batch_id)
    if batch is None:
        return False
    actor, signer = _actor_of(batch), _member(batch, batch.signer_id)
    until = time.monotonic() + STEP_SECONDS
    for item in _waiting(batch)[:STEP_ITEMS]:
        _do(item, batch, actor, signer)
        if time.monotonic() > until:
            break
    Batch.objects.unscoped().filter(pk=batch_id).update(worked_at=Now())
    settle(batch)
    return _waiting(batch).exists()


def _running(batch_id: UUID) -> Batch | None:
    running = Batch.objects.unscoped().filter(status=Batch.Status.RUNNING)
    return running.filter(pk=batch_id).first()


def _waiting(batch: Batch) -> models.QuerySet[BatchItem]:
    waiting = batch.items.filter(outcome=Outcome.WAITING)
    return waiting.select_related("program").order_by("position")


def _actor_of(batch: Batch) -> Actor | None:
    """Return in whose name the batch works; None when they have left."""
    if batch.api_key_id:
        keys = ApiKey.objects.of_clinic(batch.clinic_id).live()
        return keys.filter(pk=batch.api_key_id).first()
    return _member(batch, batch.started_by_id)


def _member(batch: Batch, practitioner_id: UUID | None) -> Membership | None:
    members = Membership.objects.of_clinic(batch.clinic_id).filter(is_active=True)
    found = members.select_related("practitioner", "clinic")
    return found.filter(practitioner=practitioner_id).first()


def _do(
    item: BatchItem, batch: Batch, actor: Actor | None, signer: Membership | None
) -> None:
    try:
        with transaction.atomic():
            handout = _handout(item, batch, actor, signer)
            _move(item, Outcome.REQUESTED, handout=handout)
    except DomainError as error:
        fault = error.errors[0].detail if error.errors else error.message
        _move(item, Outcome.LEFT_OUT, reason=fault)
    except Exception:
        logger.exception("item %s of batch %s", item.pk, batch.pk)
        _move(item, Outcome.LEFT_OUT, reason="It could not be made. Try again.")


def _handout(
    item: BatchItem, batch: Batch, actor: Actor | None, signer: Membership | None
) -> Handout:
    if actor is None:
        raise Conflict("starter_left", "Whoever started this may not do so any more.")
    revision = _revision(item, batch, signer)
    options = replace(usual_options(revision.program), **batch.options)
    return handouts.request_handout(
        revision, options=options, by=actor, queue=Queue.BULK
    )


def _revision(item: BatchItem, batch: Batch, signer: Membership | None) -> Revision:
    if batch.kind == Batch.Kind.HANDOUTS:
        issued = Revision.objects.of_clinic(batch.clinic_id).current()
        related = issued.select_related("program__patient", "program__clinic")
        if revision := related.filter(program=item.program_id).first():
            return revision
        raise Conflict("not_issued", "This program has not been issued.")
    if signer is None:
        raise Conflict("signer_left", "The signer may not issue programs any more.")
    if item.program.status == Program.Status.DRAFT:
        raise Conflict("draft", "This is a draft: the patient was given nothing yet.")
    revision, _ = handouts.issue_program(item.program, by=signer)
    return revision


def _move(
    item: BatchItem, outcome: str, *, handout: Handout | None = None, reason: str = ""
) -> None:
    """Settle a waiting item; one that was cancelled meanwhile stays so."""
    waiting = BatchItem.objects.filter(pk=item.pk, outcome=Outcome.WAITING)
    waiting.update(outcome=outcome, handout=handout, reason=reason[:300])


def settle(batch: Batch) -> bool:
    """Close a running batch on which nothing is left to do; tell whether it was."""
    if progress(batch).unsettled:
        return False
    running = Batch.objects.unscoped().filter(pk=batch.pk, status=Batch.Status.RUNNING)
    if not running.update(status=Batch.Status.DONE, finished_at=Now()):
        return False
    record(None, "batch.done", batch)
    return True


def stand_still() -> list[tuple[str, UUID]]:
    """Settle what is done; return task and batch of each that waits for a worker."""
    rows = Batch.objects.unscoped()
    for batch in rows.filter(status=Batch.Status.RUNNING):
        settle(batch)
    quiet = Q(worked_at__isnull=True, created_at__lte=Now() - STANDS_STILL_AFTER)
    quiet |= Q(worked_at__lte=Now() - STANDS_STILL_AFTER)
    idle = rows.filter(quiet)
    waiting = idle.filter(
        status=Batch.Status.RUNNING, items__outcome=Outcome.WAITING
    ).distinct()
    files = idle.filter(file_status=FileStatus.WAITING)
    return [
        *((ADVANCE, pk) for pk in waiting.values_list("pk", flat=True)),
        *((MAKE_FILE, pk) for pk in files.values_list("pk", flat=True)),
    ]


def drop_old_files() -> int:
    """Delete batch files after a week: they can be made again from the handouts."""
    old = [
        name
        for name, stored_at in storage.stored_batch_files()
        if stored_at < timezone.now() - FILE_IS_KEPT
    ]
    rows = Batch.objects.unscoped().filter(file_name__in=old)
    rows.update(file_status=FileStatus.NONE, file_name="", file_sha256="")
    for name in old:
        storage.delete(name)
    return len(old)


# What people do with a running or finished batch


@transaction.atomic
def cancel_batch(batch: Batch, *, by: Actor) -> None:
    """Stop a batch: what waits is not made; what is ready stays."""
    _require(by, Scope.HANDOUTS_WRITE, "Your role does not allow making handouts.")
    running = Batch.objects.visible_to(by).filter(
        pk=batch.pk, status=Batch.Status.RUNNING
    )
    if not running.update(status=Batch.Status.CANCELLED, finished_at=Now()):
        raise Conflict("not_running", "This batch has come to its end already.")
    batch.items.filter(outcome=Outcome.WAITING).update(outcome=Outcome.CANCELLED)
    # One that somebody asked for by itself has moved to the other queue.
    mine = Handout.objects.visible_to(by).filter(batch_items__batch=batch)
    mine.filter(status=Status.PENDING, queue=Queue.BULK).revoke()
    record(by, "batch.cancelled", batch)
    batch.refresh_from_db()


def unmade_items(batch: Batch) -> models.QuerySet[BatchItem]:
    """Return the items that failed, were left out or cancelled, in print order."""
    unmade = Q(outcome__in=[Outcome.LEFT_OUT, Outcome.CANCELLED])
    unmade |= Q(handout__status__in=[Status.FAILED, Status.REVOKED])
    unmade |= Q(outcome=Outcome.REQUESTED, handout__isnull=True)
    rows = batch.items.filter(unmade).order_by("position")
    return rows.select_related("program__patient", "handout")


@transaction.atomic
def retry_batch(batch: Batch, *, by: Actor) -> int:
    """Try again what failed, was left out or cancelled; return how many items."""
    _require(by, Scope.HANDOUTS_WRITE, "Your role does not allow making handouts.")
    rows = Batch.objects.visible_to(by).filter(pk=batch.pk)
    rows.select_for_update().get()
    ids = list(unmade_items(batch).values_list("pk", flat=True))
    if not ids:
        raise Conflict("nothing_failed", "Everything of this batch has been made.")
    count = batch.items.filter(pk__in=ids).update(
        outcome=Outcome.WAITING, handout=None, reason=""
    )
    rows.update(
        status=Batch.Status.RUNNING,
        finished_at=None,
        file_status=FileStatus.NONE,
        file_name="",
    )
    record(by, "batch.retried", batch, count=count)
    _ring(ADVANCE, batch)
    batch.refresh_from_db()
    return count


@transaction.atomic
def request_file(batch: Batch, *, kind: str, by: Actor) -> None:
    """Ask for one file of all that is ready; the same file is not made twice."""
    _require(by, Scope.HANDOUTS_READ, "Your role does not allow reading handouts.")
    rows = Batch.objects.visible_to(by).filter(pk=batch.pk)
    batch = rows.select_for_update().get()
    if batch.status == Batch.Status.RUNNING:
        raise Conflict("still_running", "Wait until the batch has come to its end.")
    if not progress(batch).ready:
        raise Conflict("nothing_ready", "No handout of this batch is ready.")
    is_there = batch.file_kind == kind and batch.file_status == FileStatus.READY
    if is_there:
        return
    rows.update(
        file_kind=kind,
        file_status=FileStatus.WAITING,
        file_name="",
        file_sha256="",
        file_attempts=0,
        worked_at=Now(),
    )
    record(by, "batch.file_requested", batch, kind=kind)
    _ring(MAKE_FILE, batch)


def claim_file(batch_id: UUID) -> Batch | None:
    """Count an attempt at the file; None when it is not to be made."""
    rows = Batch.objects.unscoped().filter(pk=batch_id, file_status=FileStatus.WAITING)
    tries = rows.filter(file_attempts__lt=MAX_FILE_ATTEMPTS)
    if tries.update(file_attempts=F("file_attempts") + 1, worked_at=Now()):
        return rows.select_related("clinic").first()
    rows.update(file_status=FileStatus.FAILED)
    return None


def finish_file(batch: Batch, content: bytes) -> None:
    """Store the file of a batch and make it available."""
    ending = "pdf" if batch.file_kind == Batch.FileKind.PRINT else "zip"
    name, sha256 = storage.put_batch_file(batch.pk, content, ending)
    waiting = Batch.objects.unscoped().filter(
        pk=batch.pk, file_kind=batch.file_kind, file_status=FileStatus.WAITING
    )
    waiting.update(file_status=FileStatus.READY, file_name=name, file_sha256=sha256)


def ready_handouts(batch: Batch) -> models.QuerySet[BatchItem]:
    """Return the items whose handout is ready, in print order."""
    ready = batch.items.filter(handout__status=Status.READY).order_by("position")
    return ready.select_related("handout", "program__patient")


def open_file(batch: Batch, *, by: Actor) -> BinaryIO:
    """Open the file of a batch, having recorded whose handouts went out with it."""
    _require(by, Scope.HANDOUTS_READ, "Your role does not allow reading handouts.")
    if batch.file_status != FileStatus.READY:
        raise Conflict("not_ready", "This file is not ready yet.")
    stream = storage.open_stored(batch.file_name, batch.file_sha256)
    record(by, "batch.file_downloaded", batch, count=ready_handouts(batch).count())
    return stream
