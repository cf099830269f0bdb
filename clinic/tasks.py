"""Background work on what the clinic package keeps: webhooks, answers, the trail."""

import logging
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db.models import QuerySet
from django.utils import timezone

from clinic import broker, chain, webhooks
from clinic.models import IdempotencyRecord, StaffSession, WebhookDelivery

logger = logging.getLogger(__name__)

# In the queue that other bulk work shares
MOST_BELLS = 200
# Rows deleted in one statement, and statements an hour
AT_ONCE, MOST_PARTS = 1_000, 100


@shared_task(name=webhooks.DELIVER)
def deliver_webhook(delivery_id: str, *_: object, **__: object) -> None:
    """Make one attempt to deliver an event."""
    webhooks.deliver(UUID(delivery_id))


@shared_task(name="clinic.sweep_webhooks")
def sweep_webhooks() -> int:
    """Take back expired leases and ring for what is due; return the bells rung."""
    WebhookDelivery.objects.give_up()
    expired = WebhookDelivery.objects.expire()
    if expired:
        logger.warning("%s deliveries taken back from lost workers", expired)
    held = (broker.waiting_messages() or {}).get(broker.BULK, 0)
    overdue = WebhookDelivery.objects.overdue().values_list("pk", flat=True)
    due = list(overdue[: max(MOST_BELLS - held, 0)])
    return sum(webhooks.ring(delivery_id) for delivery_id in due)


@shared_task(name="clinic.drop_answers")
def drop_answers() -> int:
    """Delete kept answers and old deliveries; return how many rows went."""
    answers = _delete_in_parts(IdempotencyRecord.objects.past())
    return answers + _delete_in_parts(WebhookDelivery.objects.past())


@shared_task(name="clinic.drop_sessions")
def drop_sessions() -> int:
    """Delete sessions that are over; return how many."""
    over = StaffSession.objects.filter(expire_date__lt=timezone.now())
    return _delete_in_parts(over)


def _delete_in_parts(rows: QuerySet[Any]) -> int:
    """Delete without long locks; what is left over goes an hour later."""
    deleted = 0
    for _ in range(MOST_PARTS):
        part = list(rows.order_by().values_list("pk", flat=True)[:AT_ONCE])
        deleted += rows.filter(pk__in=part).delete()[0] if part else 0
        if len(part) < AT_ONCE:
            break
    return deleted


@shared_task(name="clinic.seal_audit")
def seal_audit() -> int:
    """Bring the audit trail under its chain; return how many events were added."""
    return chain.seal()
