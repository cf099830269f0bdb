"""Background work on bulk jobs; a message carries a batch's id and nothing else."""

import logging
from uuid import UUID

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from clinic import broker
from clinic.assets import StoredFileError
from prescriptions import batches, print_files

logger = logging.getLogger(__name__)


@shared_task(name=batches.ADVANCE)
def advance_batch(batch_id: str) -> None:
    """Do one step and ring for the next, so that single handouts come between."""
    uuid = UUID(batch_id)
    if batches.advance(uuid):
        broker.publish(batches.ADVANCE, uuid)


@shared_task(
    name=batches.MAKE_FILE,
    soft_time_limit=batches.FILE_SECONDS,
    time_limit=batches.FILE_SECONDS + 10,
)
def make_batch_file(batch_id: str) -> None:
    """Make the one file of a batch; the sweeper rings again when this fails."""
    batch = batches.claim_file(UUID(batch_id))
    if batch is None:
        return
    try:
        batches.finish_file(batch, print_files.file_of(batch))
    except (OSError, StoredFileError, SoftTimeLimitExceeded):
        logger.exception("no file for batch %s", batch.pk)


@shared_task(name="prescriptions.sweep_batches")
def sweep_batches() -> int:
    """Settle what is done, ring for what stands still; return the bells rung."""
    return sum(broker.publish(task, pk) for task, pk in batches.stand_still())


@shared_task(name="prescriptions.drop_batch_files")
def drop_batch_files() -> int:
    """Delete the files of old batches; return how many."""
    return batches.drop_old_files()
