"""Telling other systems of events, by the Standard Webhooks specification."""

import json
import time
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clinic import broker, outbound
from clinic.audit import record
from clinic.errors import Conflict, FieldError, Invalid
from clinic.models import Actor, WebhookDelivery, WebhookEndpoint
from clinic.models.webhooks import MEMBERS, TEST_EVENT
from clinic.signatures import signatures

DELIVER = "clinic.deliver_webhook"
GONE = 410
MOST_ENDPOINTS = 20


def announce(event: str, *, clinic_id: UUID, **data: str | int | UUID) -> None:
    """Store an event for each endpoint that wants it, in the caller's transaction.

    ``data`` holds ids and numbers, never words: what they stand for is read by API.
    Raises ValueError for a message that is not the documented one.
    """
    if set(data) != set(MEMBERS[event]):
        raise ValueError(f"{event} holds {', '.join(MEMBERS[event])}")
    rows = WebhookEndpoint.objects.of_clinic(clinic_id).filter(is_active=True)
    for endpoint in rows:
        if event in endpoint.events:
            _queue(endpoint, event, data)


def _queue(
    endpoint: WebhookEndpoint, event: str, data: dict[str, Any]
) -> WebhookDelivery:
    plain = {name: str(v) if isinstance(v, UUID) else v for name, v in data.items()}
    moment = timezone.now().isoformat().replace("+00:00", "Z")
    delivery = WebhookDelivery.objects.create(
        clinic_id=endpoint.clinic_id,
        endpoint=endpoint,
        event=event,
        payload={"type": event, "timestamp": moment, "data": plain},
    )
    transaction.on_commit(partial(ring, delivery.pk), robust=True)
    return delivery


def ring(delivery_id: UUID) -> bool:
    """Tell a worker; False when the broker did not take it, the sweeper rings then."""
    if not broker.publish(DELIVER, delivery_id):
        return False
    WebhookDelivery.objects.job(delivery_id).update(rung_at=timezone.now())
    return True


def check_url(url: str) -> None:
    """Raise Invalid for an address that nothing may be sent to."""
    try:
        outbound.resolve(url)
    except outbound.UnsafeAddressError as error:
        raise _bad_url(error.code, error.message) from error
    except outbound.OutboundError as error:
        raise _bad_url(error.code, "This host is not known.") from error


def _bad_url(code: str, message: str) -> Invalid:
    return Invalid("invalid", message, errors=[FieldError("/url", code, message)])


@transaction.atomic
def add_endpoint(
    url: str, events: list[str], *, by: Actor, **more: Any
) -> WebhookEndpoint:
    """Register an address; raises Invalid for one that may not be called."""
    check_url(url)
    mine = WebhookEndpoint.objects.visible_to(by)
    if mine.count() >= MOST_ENDPOINTS:
        message = f"A clinic has at most {MOST_ENDPOINTS} webhooks."
        raise Conflict("too_many", message)
    endpoint = WebhookEndpoint(clinic_id=by.clinic_id, url=url, events=events, **more)
    endpoint.save()
    record(by, "webhook.created", endpoint)
    return endpoint


@transaction.atomic
def rotate_secret(endpoint: WebhookEndpoint, *, by: Actor) -> WebhookEndpoint:
    """Give a new secret; for a day both sign, so that no delivery is refused."""
    if not WebhookEndpoint.objects.rotate(endpoint):
        raise Conflict("just_rotated", "Somebody gave it a new secret just now.")
    record(by, "webhook.rotated", endpoint)
    endpoint.refresh_from_db()
    return endpoint


@transaction.atomic
def send_test(endpoint: WebhookEndpoint, *, by: Actor) -> WebhookDelivery:
    """Send a test event, whatever events the endpoint wants."""
    if not endpoint.is_active:
        raise Conflict("not_active", "Turn the webhook on before you test it.")
    record(by, "webhook.tested", endpoint)
    return _queue(endpoint, TEST_EVENT, {"webhook": endpoint.pk})


@transaction.atomic
def replay(rows: Any, endpoint: WebhookEndpoint, *, by: Actor) -> int:
    """Send deliveries of the queryset again; return how many."""
    if not endpoint.is_active:
        raise Conflict("not_active", "Turn the webhook on before you send again.")
    count: int = rows.replay()
    record(by, "webhook.replayed", endpoint, count=count)
    return count


def deliver(delivery_id: UUID) -> None:
    """Make one attempt; losing the claim is normal."""
    token = WebhookDelivery.objects.claim(delivery_id)
    if token is None:
        return
    rows = WebhookDelivery.objects.job(delivery_id).select_related("endpoint")
    delivery = rows.get()
    delivery.claim_token = token
    began = time.monotonic()
    status, error = _send(delivery)
    WebhookDelivery.objects.settle(
        delivery,
        is_done=status is not None and 200 <= status < 300,
        status=status,
        error=error,
        milliseconds=round((time.monotonic() - began) * 1000),
    )
    if status == GONE:
        WebhookEndpoint.objects.disable(delivery.endpoint_id, "gone")
        WebhookDelivery.objects.give_up()


def _send(delivery: WebhookDelivery) -> tuple[int | None, str]:
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    message_id, moment = f"msg_{delivery.message_id.hex}", int(time.time())
    signed = signatures(delivery.endpoint.secrets(), message_id, moment, body)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Catcamel-Webhooks (+{settings.PUBLIC_URL})",
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": signed,
    }
    try:
        return outbound.post(delivery.endpoint.url, body, headers), ""
    except outbound.OutboundError as error:
        return None, error.code
