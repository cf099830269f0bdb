"""Background work on messages; what goes round carries a message's id and no more."""

import logging
from uuid import UUID

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

from clinic import broker
from prescriptions import messages, reminders, sending
from prescriptions.models import Message

logger = logging.getLogger(__name__)

# In the queue that handouts share
MOST_BELLS = 100


@shared_task(name=messages.DELIVER)
def deliver_message(message_id: str, *_: object, **__: object) -> None:
    """Make one attempt to send a message; a lease that runs out is taken back."""
    try:
        sending.deliver(UUID(message_id))
    except (Exception, SoftTimeLimitExceeded):
        logger.exception("message %s could not be sent", message_id)


@shared_task(name="prescriptions.drop_reminders")
def drop_reminders() -> int:
    """Delete old reminders, of which there may be one a day and patient."""
    return Message.objects.past_reminders().delete()[0]


@shared_task(name="prescriptions.sweep_messages")
def sweep_messages() -> int:
    """Take back leases, queue reminders, ring for what is due; return the bells."""
    if expired := Message.objects.expire():
        logger.warning("%s messages taken back from lost workers", expired)
    reminders.send_due()
    held = (broker.waiting_messages() or {}).get(messages.QUEUE, 0)
    overdue = Message.objects.overdue().values_list("pk", flat=True)
    due = list(overdue[: max(MOST_BELLS - held, 0)])
    return sum(messages.ring(message_id) for message_id in due)
