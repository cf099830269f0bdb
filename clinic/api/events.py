"""The messages of webhooks, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiWebhook

from clinic.models.webhooks import EVENTS, MEMBERS, TEST_EVENT

# Members of ``data``: all are ids but these
OTHERS: Mapping[str, dict[str, Any]] = {
    "revision": {"type": "integer", "description": "Number last issued."},
    "code": {"type": "string", "description": "Why it could not be made."},
}
HEADERS = {
    "webhook-id": "The same over all repeats of a message: handle it once.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "Space-separated, each `v1,` and an HMAC-SHA256 in Base64.",
}
TEST_TOLD = "Somebody tests the webhook; sent whatever its events are"
ID = {"type": "string", "format": "uuid"}


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(members), "properties": members}


def _operation(event: str, told: str) -> dict[str, Any]:
    """Return what we send of an event, and what we take for an answer."""
    members = {name: OTHERS.get(name, ID) for name in MEMBERS[event]}
    message = _object(
        type={"type": "string", "const": event},
        timestamp={"type": "string", "format": "date-time"},
        data=_object(**members),
    )
    text = {"type": "string"}
    return {
        "operationId": event.replace(".", "_"),
        "summary": told,
        "description": "By the Standard Webhooks specification: ids, numbers, codes.",
        "tags": ["webhooks"],
        "parameters": [
            {
                "in": "header",
                "name": name,
                "required": True,
                "description": description,
                "schema": text,
            }
            for name, description in HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": message}},
        },
        "responses": {
            "2XX": {"description": "Received, within 15 seconds."},
            "410": {"description": "Not wanted any more: the webhook is turned off."},
            "default": {"description": "Tried again for a day."},
        },
    }


WEBHOOKS = [
    OpenApiWebhook(name=event, decorator={"post": _operation(event, told)})
    for event, told in {**EVENTS, TEST_EVENT: TEST_TOLD}.items()
]
