"""Conditional writes: entity tags and If-Match."""

import hashlib
import json
from typing import Any

from django.utils.http import parse_etags
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder


class PreconditionRequired(APIException):
    """The request changes something and does not say which state it has seen."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "precondition_required"
    default_detail = "Send If-Match with the ETag that you have seen."


class PreconditionFailed(APIException):
    """The thing has changed since the caller saw it."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "precondition_failed"
    default_detail = "It has been changed meanwhile. Read it again before you write."


def tag_of(body: Any) -> str:
    """Return the strong entity tag of all that an answer holds.

    A version number would not do: an answer also shows names and states of other rows,
    which change by themselves.
    """
    text = json.dumps(body, cls=JSONEncoder, sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def require_match(request: Request, etag: str) -> None:
    """Raise unless If-Match names the present state.

    Whoever writes has to repeat the comparison in its UPDATE: another request may
    come between.
    """
    header = request.headers.get("If-Match")
    if header is None:
        raise PreconditionRequired
    seen = parse_etags(header)
    if etag in seen or seen == ["*"]:
        return
    if not any(tag.startswith('"') for tag in seen):
        raise PreconditionFailed("Send the ETag as read: in its quotes, without W/.")
    raise PreconditionFailed
