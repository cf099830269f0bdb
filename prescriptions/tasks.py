"""Background work: make handouts, sweep what got lost, remove orphans.

The row is the job. A message carries a handout's id and nothing else; it may be lost,
doubled or late without harm.
"""

import logging
import time
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import current_app, shared_task
from celery.exceptions import SoftTimeLimitExceeded
from celery.signals import worker_init, worker_ready
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from clinic.assets import read_asset
from clinic.audit import record
from clinic.models import AuditEvent, Clinic
from prescriptions import links, pdf, sandbox, storage
from prescriptions.documents import (
    HandoutSpec,
    PrintedLink,
    from_json,
    options_from,
)
from prescriptions.models import FailureCode, Handout, PatientLink, Queue, Status
from prescriptions.pdf import RenderError

logger = logging.getLogger(__name__)

BATCH = 200
ORPHAN_AGE = timedelta(days=1)
YEAR = timedelta(days=366)
# Each hour: 2,000 a day, so that a year of a busy clinic is read within a month
CHECKED_AT_ONCE = 100
# After a failed ring the sweeper rings instead, so that requests do not wait in turn.
QUIET_SECONDS = 5
_quiet_until = 0.0


def ring_after_commit(handout: Handout) -> None:
    """Tell a worker once the row is stored; the sweeper rings a lost bell again."""
    transaction.on_commit(partial(ring, handout.pk, handout.queue), robust=True)


def ring(handout_id: UUID, queue: str) -> bool:
    """Publish the handout's id; False when the broker did not take it."""
    if not publish(render_handout.name, handout_id, queue):
        return False
    Handout.objects.rung(handout_id)
    return True


def publish(task: str, row_id: UUID, queue: str = Queue.BULK) -> bool:
    """Tell a worker of a row that waits; False when the broker did not take it.

    Settings bound one attempt to under a second; the row is safe whatever happens.
    """
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return False
    try:
        current_app.send_task(task, args=(str(row_id),), queue=f"handouts.{queue}")
    except Exception:
        logger.exception("no bell for %s %s", task, row_id)
        _quiet_until = time.monotonic() + QUIET_SECONDS
        return False
    return True


@shared_task(name="prescriptions.render_handout")
def render_handout(handout_id: str, *_: object, **__: object) -> None:
    """Make one handout if it is to be had; losing the claim is normal.

    While a new release is rolled out, messages of the other one come too: whatever
    they hold besides the id is left alone.
    """
    uuid = UUID(handout_id)
    lease = timedelta(seconds=settings.HANDOUT_LEASE_SECONDS)
    token = Handout.objects.claim(uuid, lease=lease)
    if token is None:
        return
    try:
        _render(uuid, token)
    except RenderError as error:
        # Its text names places and counts, never words of the document.
        logger.warning("handout %s: %s, %s", uuid, error.code, error)
        _give_back(uuid, token, error.code, permanent=error.permanent)
    except (Exception, SoftTimeLimitExceeded):
        logger.exception("handout %s could not be made", uuid)
        _give_back(uuid, token, FailureCode.UNKNOWN, permanent=False)


def _render(uuid: UUID, token: UUID) -> None:
    rows = Handout.objects.job(uuid).select_related("revision", "link")
    handout = rows.get()
    spec = spec_of(handout)
    assets = _assets(spec)
    pdf.prepare(spec, assets)
    # Idle while the child works: no transaction and no connection is held open.
    connection.close()
    deadline = settings.RENDER_DEADLINE_SECONDS
    rendered = sandbox.run(spec, assets, deadline_seconds=deadline)
    try:
        name, sha256 = storage.put(uuid, rendered.pdf)
    except OSError as error:
        logger.exception("handout %s could not be stored", uuid)
        raise RenderError(FailureCode.STORAGE, permanent=False) from error
    with transaction.atomic():
        if Handout.objects.complete(
            uuid,
            token,
            name=name,
            sha256=sha256,
            size=len(rendered.pdf),
            pages=rendered.pages,
        ):
            record(None, "handout.ready", handout)


def spec_of(handout: Handout) -> HandoutSpec:
    """Return all that the PDF depends on; the link's token is derived, never stored."""
    return HandoutSpec(
        document=from_json(handout.revision.document),
        options=options_from(handout.options),
        link=_printed(handout.link) if handout.link else None,
        key=handout.options_key,
    )


def _printed(link: PatientLink) -> PrintedLink:
    zone = ZoneInfo(link.clinic.time_zone)
    return PrintedLink(
        url=links.url_of(link),
        short_url=links.short_url(),
        code=links.code_of(link),
        expires_on=link.expires_at.astimezone(zone).date().isoformat(),
    )


def _assets(spec: HandoutSpec) -> dict[str, bytes]:
    try:
        return {name: read_asset(name) for name in spec.document.assets}
    except storage.StoredFileError as error:
        raise RenderError(FailureCode.PICTURE_MISSING, permanent=True) from error
    except OSError as error:
        raise RenderError(FailureCode.STORAGE, permanent=False) from error


def _give_back(uuid: UUID, token: UUID, code: FailureCode, *, permanent: bool) -> None:
    """Put the handout back for a later attempt, or fail it when that cannot help."""
    if not permanent and Handout.objects.release(uuid, token, code=code):
        return
    with transaction.atomic():
        if Handout.objects.fail(uuid, token, code=code):
            record(None, "handout.failed", Handout.objects.job(uuid).get(), code=code)


@shared_task(name="prescriptions.sweep_handouts")
def sweep_handouts() -> int:
    """Take back expired leases and ring for what waits; return the bells rung.

    Any number may run at once: a bell is no claim.
    """
    with transaction.atomic():
        for handout in Handout.objects.give_up():
            code = FailureCode.WORKER_LOST
            record(None, "handout.failed", handout, code=code)
    expired = Handout.objects.expire()
    if expired:
        logger.warning("%s handouts taken back from lost workers", expired)
    waiting = Handout.objects.unscoped().overdue().values_list("pk", "queue")
    return sum(ring(handout_id, queue) for handout_id, queue in waiting[:BATCH])


@shared_task(name="prescriptions.remove_orphans")
def remove_orphans() -> int:
    """Delete stored handouts that no row needs any more and that are a day old.

    A withdrawn handout was in a patient's hands: its file belongs to the record and
    is kept for as long as the clinic keeps records.
    """
    needed = set(
        Handout.objects.unscoped()
        .exclude(pdf_name="")
        .exclude(pk__in=_past_retention())
        .values_list("pdf_name", flat=True)
    )
    old = timezone.now() - ORPHAN_AGE
    orphans = [
        name
        for name, stored_at in storage.stored_handouts()
        if name not in needed and stored_at < old
    ]
    for name in orphans:
        storage.delete(name)
    return len(orphans)


def _past_retention() -> list[UUID]:
    """Return withdrawn handouts that their clinics need not keep any longer."""
    withdrawn = Handout.objects.unscoped().filter(status=Status.REVOKED)
    over = Q()
    for years in Clinic.objects.values_list("retention_years", flat=True).distinct():
        before = timezone.now() - years * YEAR
        over |= Q(clinic__retention_years=years, revoked_at__lt=before)
    return list(withdrawn.filter(over).values_list("pk", flat=True)) if over else []


@shared_task(name="prescriptions.check_files")
def check_files() -> int:
    """Read back stored handouts, some each time; return how many were damaged.

    What nobody has had yet is made again. What somebody had must come from a backup,
    so that it is the same to the last byte: that is told and left alone.
    """
    damaged = 0
    for handout in Handout.objects.to_check().defer("options")[:CHECKED_AT_ONCE]:
        try:
            storage.open_stored(handout.pdf_name, handout.pdf_sha256)
        except storage.StoredFileError:
            damaged += 1
            _mend(handout)
        Handout.objects.checked(handout.pk)
    return damaged


def _mend(handout: Handout) -> None:
    events = AuditEvent.objects.of_clinic(handout.clinic_id)
    was_given = events.filter(
        action="handout.downloaded", target_id=handout.pk
    ).exists()
    logger.error(
        "ALARM file_damaged handout %s %s",
        handout.pk,
        "was given out" if was_given else "is made again",
    )
    with transaction.atomic():
        record(None, "handout.file_damaged", handout)
        if not was_given and Handout.objects.remake(handout.pk):
            ring_after_commit(handout)


@worker_init.connect
def warm_up(**kwargs: Any) -> None:
    """Load the renderer once, before the pool forks."""
    pdf.warm_up()


@worker_ready.connect
def catch_up(**kwargs: Any) -> None:
    """Ring for what waited while no worker ran."""
    sweep_handouts.delay()
