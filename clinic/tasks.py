"""Background work on what the clinic package keeps."""

from celery import shared_task

from clinic.models import IdempotencyRecord


@shared_task(name="clinic.drop_answers")
def drop_answers() -> int:
    """Delete kept answers past their time; return how many rows went."""
    return IdempotencyRecord.objects.past().delete()[0]
