"""Signatures by the Standard Webhooks specification: v1, HMAC-SHA256. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"


def signatures(
    secrets: Iterable[str], message_id: str, moment: int, body: bytes
) -> str:
    """Return the header ``webhook-signature``: one signature for each secret.

    ``moment`` is the Unix time that ``webhook-timestamp`` tells.
    """
    content = f"{message_id}.{moment}.".encode() + body
    return " ".join(f"v1,{_signature(secret, content)}" for secret in secrets)


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
