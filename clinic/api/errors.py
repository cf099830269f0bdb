"""One shape for every error: application/problem+json (RFC 9457)."""

import logging
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from clinic.context import current_request
from clinic.errors import (
    Conflict,
    DomainError,
    FieldError,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Unavailable,
)

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:catcamel:problem:"
MOST_ERRORS = 50
# What the framework says in words of Python, by its code
WORDS = {
    "not_a_list": "Give a list.",
    "not_a_dict": "Give an object.",
    "null": "Give a value other than null.",
}
NO_KEY = "Send the key of an integration as the header Authorization: Bearer ccm_…"
NO_JSON = "Send plain JSON: Content-Type: application/json, and no Content-Encoding."
STATUS_OF: Mapping[type[DomainError], int] = {
    Invalid: 400,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    Unavailable: 503,
}


class PayloadTooLarge(exceptions.APIException):
    """The body is larger than any sensible request."""

    status_code = 413
    default_code = "payload_too_large"
    default_detail = "The body of the request is too large."


def problem_response(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Return the problem that stands for an exception of the framework or our own."""
    if isinstance(exc, DomainError):
        answer = problem(_status_of(exc), exc.code, exc.message, exc.errors)
        answer.data |= exc.members
        return answer
    if isinstance(exc, ValidationError):
        exc = exceptions.ValidationError(as_serializer_error(exc))
    if isinstance(exc, exceptions.ValidationError):
        return _invalid(exc)
    if isinstance(exc, Http404 | exceptions.NotFound):
        return not_found()
    if isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if isinstance(exc, exceptions.APIException):
        return _of_framework(exc)
    return _unexpected(exc)


def problem(
    status: int,
    code: str,
    detail: str,
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem answer."""
    body = {
        "type": TYPE_PREFIX + code,
        "code": code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": current_request.get().request_id,
        "errors": [asdict(error) for error in errors],
    }
    return Response(body, status, headers=headers, content_type=MEDIA_TYPE)


def not_found() -> Response:
    """Return the one answer for what is not there and for what belongs to others."""
    return problem(404, "not_found", "There is no such thing.")


def _status_of(error: DomainError) -> int:
    return next(code for kind, code in STATUS_OF.items() if isinstance(error, kind))


def _invalid(error: exceptions.ValidationError) -> Response:
    errors = list(field_errors(error.detail))[:MOST_ERRORS]
    detail = errors[0].detail if len(errors) == 1 else "Some of the values do not fit."
    return problem(400, "invalid", detail, errors)


def _of_framework(error: exceptions.APIException) -> Response:
    detail = str(error.detail)
    code = getattr(error.detail, "code", error.default_code)
    headers = {}
    if scheme := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = scheme
    if isinstance(error, exceptions.NotAuthenticated):
        detail = NO_KEY
    if isinstance(error, exceptions.UnsupportedMediaType):
        detail = NO_JSON
    if isinstance(error, exceptions.Throttled):
        detail = "Too many requests. Wait as long as Retry-After says."
        headers["Retry-After"] = str(getattr(error, "wait", None) or 1)
    return problem(error.status_code, code, detail, headers=headers)


def _unexpected(error: Exception) -> Response:
    """Log where it happened; the caller learns no more than the id to ask for.

    The message of the exception stays out of the log: a database puts the values of
    the row into it.
    """
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("unexpected %s in the API\n%s", type(error).__name__, frames)
    if isinstance(error, OperationalError):
        detail = "The service cannot reach its database. Try again soon."
        return problem(503, "unavailable", detail, headers={"Retry-After": "5"})
    return problem(500, "internal", "Something went wrong. Quote the request_id.")


def field_errors(detail: Any, pointer: str = "") -> Iterator[FieldError]:
    """Flatten nested errors of serializers into JSON pointers."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else f"/{_escaped(name)}"
            yield from field_errors(inner, pointer + step)
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            is_leaf = isinstance(inner, str)
            yield from field_errors(inner, pointer if is_leaf else f"{pointer}/{index}")
    else:
        code = getattr(detail, "code", "") or "invalid"
        yield FieldError(pointer, code, WORDS.get(code, str(detail)))


def _escaped(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
