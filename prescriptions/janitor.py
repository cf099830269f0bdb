"""What is done each hour: orphans go, what was given stays, damage is noticed."""

import logging
from datetime import timedelta
from itertools import islice
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clinic.audit import record
from clinic.models import AuditEvent, Clinic
from prescriptions import storage, tasks
from prescriptions.models import BatchItem, Handout, Status

logger = logging.getLogger(__name__)

ORPHAN_AGE = timedelta(days=1)
YEAR = timedelta(days=366)
# Files and rows that are compared in one query
AT_ONCE = 500
# Each hour: 2,000 a day, so that a year of a busy clinic is read within a month
CHECKED_AT_ONCE = 100
# Below the time after which the broker hands out a message again
SECONDS = 90
IN_WORK = (Status.PENDING, Status.RENDERING)
GIVEN = ("handout.downloaded", "batch.file_downloaded")


@shared_task(
    name="prescriptions.remove_orphans",
    soft_time_limit=SECONDS,
    time_limit=SECONDS + 10,
)
def remove_orphans() -> int:
    """Delete stored handouts that no row needs any more and that are a day old.

    A withdrawn handout was in a patient's hands: its file belongs to the record and
    is kept for as long as the clinic keeps records. Files that crashes left half
    written go too; what bears no handout's name is left alone.
    """
    before = timezone.now() - ORPHAN_AGE
    old = (name for name, stored_at in storage.stored_handouts() if stored_at < before)
    removed = 0
    while names := list(islice(old, AT_ONCE)):
        for name in sorted(set(names) - _needed(names)):
            # Asked again, as its handout may have been started over meanwhile.
            if not _needed([name]):
                storage.delete(name)
                removed += 1
    return removed


def _needed(names: list[str]) -> set[str]:
    """Return the files that a row names, or may name before long."""
    owners = {name: storage.handout_of(name) for name in names}
    ids = {pk for pk in owners.values() if pk}
    rows = Handout.objects.unscoped().filter(pk__in=ids).exclude(_past_retention())
    named, in_work = set(), set()
    for pk, name, status in rows.values_list("pk", "pdf_name", "status"):
        named.add(name)
        if status in IN_WORK:
            in_work.add(pk)
    return {
        name
        for name, owner in owners.items()
        if name in named or owner in in_work or owner is None
    }


def _past_retention() -> Q:
    """Withdrawn handouts that their clinics need not keep any longer."""
    over = Q(pk__in=[])
    for years in Clinic.objects.values_list("retention_years", flat=True).distinct():
        before = timezone.now() - years * YEAR
        over |= Q(clinic__retention_years=years, revoked_at__lt=before)
    return over & Q(status=Status.REVOKED)


@shared_task(
    name="prescriptions.check_files", soft_time_limit=SECONDS, time_limit=SECONDS + 10
)
def check_files() -> int:
    """Read back stored handouts, some each time; return how many were damaged."""
    damaged = 0
    for handout in Handout.objects.to_check().defer("options")[:CHECKED_AT_ONCE]:
        try:
            storage.open_stored(handout.pdf_name, handout.pdf_sha256)
        except storage.StoredFileError:
            damaged += 1
            mend(handout)
        Handout.objects.checked(handout.pk)
    return damaged


def mend(handout: Handout) -> bool:
    """Tell of a damaged file; have it made again and return True if nobody had it.

    What somebody had must come from a backup, so that it is the same to the last byte.
    """
    was_given = _was_given(handout)
    logger.error(
        "ALARM file_damaged handout %s %s",
        handout.pk,
        "was given out" if was_given else "is made again",
    )
    with transaction.atomic():
        record(None, "handout.file_damaged", handout)
        is_made_again = not was_given and Handout.objects.remake(handout.pk)
        if is_made_again:
            tasks.ring_after_commit(handout)
    return is_made_again


def _was_given(handout: Handout) -> bool:
    items = BatchItem.objects.filter(handout=handout)
    batches: list[UUID] = list(items.values_list("batch_id", flat=True))
    events = AuditEvent.objects.of_clinic(handout.clinic_id).filter(action__in=GIVEN)
    return events.filter(target_id__in=[handout.pk, *batches]).exists()
