"""Imports from the browser: an upload, a dry run, then for good, step by step.

The row is the job, as with handouts: each step takes the run under a lease, does a
batch of exercises and gives it back, so that an import goes on after any crash.
"""

import hashlib
import logging
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Now
from django.utils import timezone

from clinic import broker
from clinic.assets import StoredFileError, read_checked, store
from clinic.audit import record
from clinic.errors import Conflict, DomainError, Invalid
from clinic.models import Membership
from exercises.importers import FORMATS, FileError, Files, OneFile, Rows, ZipFiles
from exercises.importing import (
    BATCH,
    Batch,
    Outcome,
    Target,
    prepare_batch,
    store_batch,
)
from exercises.models import ImportLine, ImportRun

logger = logging.getLogger(__name__)

STEP = "exercises.step_import"
UPLOADS = "imports"
MOST_UPLOAD = 50_000_000
LEASE = timedelta(minutes=3)
# What waits longer than this without a step is rung for again
QUIET = timedelta(seconds=30)
# A dry run that nobody applied is forgotten with its file
KEPT = timedelta(days=7)
Status = ImportRun.Status


def start_import(
    content: bytes,
    *,
    format: str,
    by: Membership,
    overwrite: bool = False,
    unlicensed_pictures: bool = False,
) -> ImportRun:
    """Store an upload and begin its dry run; workers go on from there.

    Raises Invalid for what is no such file, Forbidden for who may not import.
    """
    Target(clinic=by.clinic, by=by).check()
    if format not in FORMATS:
        raise Invalid("format", "Choose the format of the file.")
    if len(content) > MOST_UPLOAD:
        most = MOST_UPLOAD // 1_000_000
        raise Invalid("file", f"The file is larger than {most} MB.")
    run = ImportRun(
        clinic=by.clinic,
        started_by=by.practitioner,
        format=format,
        overwrite=overwrite,
        unlicensed_pictures=unlicensed_pictures,
        upload_sha256=hashlib.sha256(content).hexdigest(),
    )
    run.upload = f"{UPLOADS}/{run.pk}"
    try:
        run.total = len(_rows(format, files_of(content)).items)
    except FileError as error:
        raise Invalid("file", str(error)) from error
    store(run.upload, content, run.upload_sha256)
    with transaction.atomic():
        run.save()
        record(by, "import.started", run, format=format)
        _ring(run)
    return run


def files_of(content: bytes) -> Files:
    """Return the files of an upload: those of a ZIP, or the one that it is."""
    if content.startswith(b"PK"):
        return ZipFiles(BytesIO(content))
    return OneFile(content)


def _rows(format: str, files: Files) -> Rows:
    return FORMATS[format](files)


def _ring(run: ImportRun) -> None:
    transaction.on_commit(partial(broker.publish, STEP, run.pk), robust=True)


@transaction.atomic
def apply_import(run: ImportRun, *, by: Membership) -> None:
    """Do for good what the dry run has shown; raise Conflict unless it is done."""
    Target(clinic=by.clinic, by=by).check()
    rows = ImportRun.objects.visible_to(by).filter(pk=run.pk)
    if not rows.filter(status=Status.DONE, is_dry=True).update(
        status=Status.WAITING,
        is_dry=False,
        done=0,
        attempts=0,
        started_by=by.practitioner,
        worked_at=Now(),
        finished_at=None,
    ):
        raise Conflict("not_tried", "This import is not ready to be applied.")
    run.lines.all().delete()
    record(by, "import.applied", run)
    _ring(run)


@transaction.atomic
def cancel_import(run: ImportRun, *, by: Membership) -> None:
    """Stop a run; what it has stored so far stays. Raises Conflict when it is over."""
    Target(clinic=by.clinic, by=by).check()
    rows = ImportRun.objects.visible_to(by).filter(pk=run.pk)
    open_or_dry = rows.filter(
        status__in=[Status.WAITING, Status.RUNNING]
    ) | rows.filter(status=Status.DONE, is_dry=True)
    if not open_or_dry.update(
        status=Status.CANCELLED,
        claim_token=None,
        lease_until=None,
        finished_at=Now(),
    ):
        raise Conflict("import_over", "This import is over already.")
    record(by, "import.cancelled", run)
    transaction.on_commit(partial(_drop_upload, run), robust=True)


def step(run_id: UUID) -> bool:
    """Do the next exercises of a run; tell whether more are left.

    Not to be had is no error: somebody else does it, or it is over.
    """
    token = ImportRun.objects.claim(run_id, lease=LEASE)
    if token is None:
        return False
    run = ImportRun.objects.unscoped().select_related("clinic").get(pk=run_id)
    try:
        is_left = _work(run, token)
    except (FileError, DomainError) as error:
        _fail(run, token, str(error))
        return False
    except StoredFileError:
        logger.exception("the upload of import %s is gone", run_id)
        _fail(run, token, "The file is gone from the storage. Upload it again.")
        return False
    if not is_left and not run.is_dry:
        _drop_upload(run)
    return is_left


def _work(run: ImportRun, token: UUID) -> bool:
    """Prepare outside of any transaction, then store batch and progress as one."""
    files = files_of(read_checked(run.upload, run.upload_sha256))
    rows = _rows(run.format, files)
    target = _target(run)
    taken = run.lines.exclude(source_id="").exclude(outcome=ImportLine.Outcome.REFUSED)
    lines = taken.values_list("source_id", "row")
    batch = prepare_batch(rows, files, target, run.done, dict(lines))
    with transaction.atomic():
        return _keep(run, token, batch, target, len(rows.items))


def _target(run: ImportRun) -> Target:
    """Return where it goes; raise DomainError when its starter may not any more."""
    members = Membership.objects.of_clinic(run.clinic).filter(is_active=True)
    by = members.filter(practitioner=run.started_by).select_related("clinic").first()
    if by is None:
        told = "Whoever started this import has left the clinic."
        raise Conflict("starter_left", told)
    target = Target(
        clinic=run.clinic,
        by=by,
        apply=not run.is_dry,
        overwrite=run.overwrite,
        unlicensed_pictures=run.unlicensed_pictures,
    )
    target.check()
    return target


def _keep(
    run: ImportRun, token: UUID, batch: Batch, target: Target, total: int
) -> bool:
    done = min(run.done + BATCH, total)
    is_over = done >= total
    held = ImportRun.objects.held(run.pk, token)
    if not held.update(
        status=Status.DONE if is_over else Status.WAITING,
        done=done,
        total=total,
        attempts=0,
        claim_token=None,
        lease_until=None,
        worked_at=Now(),
        finished_at=Now() if is_over else None,
    ):
        return False  # cancelled, or taken over: nothing of this step is stored
    outcomes = store_batch(batch, target)
    ImportLine.objects.bulk_create(_line(run, one) for one in outcomes)
    return not is_over


def _line(run: ImportRun, outcome: Outcome) -> ImportLine:
    return ImportLine(
        run=run,
        row=outcome.row,
        source_id=outcome.source_id[:120],
        name=outcome.name[:100],
        outcome=outcome.outcome,
        reasons=list(outcome.reasons),
        exercise_id=outcome.exercise_id,
    )


def _fail(run: ImportRun, token: UUID, told: str) -> None:
    ImportRun.objects.held(run.pk, token).update(
        status=Status.FAILED,
        failure=told[:300],
        claim_token=None,
        lease_until=None,
        finished_at=Now(),
    )


def _drop_upload(run: ImportRun) -> None:
    default_storage.delete(run.upload)
    ImportRun.objects.unscoped().filter(pk=run.pk).update(upload="")


def stand_still() -> Iterator[UUID]:
    """Give up runs that stop a worker each time; yield those to ring for."""
    ImportRun.objects.give_up()
    yield from ImportRun.objects.stand_still(quiet=QUIET).values_list("pk", flat=True)


def drop_old_uploads() -> int:
    """Delete the files of runs that ended or that nobody applied; return how many."""
    ended = ImportRun.objects.unscoped().exclude(upload="")
    ended = ended.filter(finished_at__lt=timezone.now() - KEPT)
    rows = list(ended)
    for run in rows:
        _drop_upload(run)
    return len(rows)


def counts_of(run: ImportRun) -> dict[str, int]:
    """Count the lines of a run by outcome, all outcomes named."""
    found: Any = run.lines.order_by().values_list("outcome").annotate(Count("pk"))
    return {kind.value: 0 for kind in ImportLine.Outcome} | dict(found)
