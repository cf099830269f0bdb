"""Idempotency-Key: however often a POST is repeated, it is done once.

A unique row is claimed before the handler starts. The handler's rows and the answer
are stored in one transaction, so that a process that dies leaves either both or
neither. Refusals change nothing and are not kept; neither is a 503, after which the
same request may succeed.
"""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.authentication import actor_of
from clinic.api.errors import MEDIA_TYPE
from clinic.errors import Conflict
from clinic.models import IdempotencyRecord

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST = 255
KEPT_HEADERS = ("Location", "ETag", "Retry-After")
Handler = Callable[..., Any]


class KeyReused(APIException):
    """The key was used for another request."""

    status_code = 422
    default_code = "key_reused"
    default_detail = "This Idempotency-Key was used with another body. Use a new key."


class _LostClaimError(Exception):
    """Another process took the key over: what was written is rolled back."""


def once(handler: Handler, answer_to: Handler, *, is_kept: bool) -> Handler:
    """Return the handler so that requests with one key run it at most once.

    ``answer_to`` turns an exception into an answer. An answer that is not kept, since
    it shows a secret, is not repeated: the repeat is a 409.
    """

    def handle(request: Request, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(request, *args, **kwargs)
        record, token = _claim(request, key)
        if token is None:
            return _repeated(record)
        try:
            with transaction.atomic():
                answer = handler(request, *args, **kwargs)
                _keep(record, token, answer, is_kept=is_kept)
            return answer
        except _LostClaimError:
            return answer_to(Conflict("in_progress", "Another request took over."))
        except Exception as error:
            return _after(answer_to(error), record, token)

    return handle


def _claim(request: Request, key: str) -> tuple[IdempotencyRecord, UUID | None]:
    """Return the row of the key, and a token if this request is to be carried out."""
    if not key.isascii() or not key.isprintable() or not 1 <= len(key) <= LONGEST:
        told = f"Give 1 to {LONGEST} printable ASCII characters."
        raise ValidationError({HEADER: [ErrorDetail(told, "invalid_key")]})
    digest = hashlib.sha256(request._request.body).hexdigest()
    actor, token = actor_of(request), uuid4()
    rows = IdempotencyRecord.objects.visible_to(actor)
    record, is_new = rows.get_or_create(
        actor_id=actor.pk,
        route=request.path[:300],
        key=key,
        clinic_id=actor.clinic_id,
        defaults={"body_digest": digest, "token": token},
    )
    if is_new:
        return record, token
    if record.body_digest != digest:
        raise KeyReused
    if record.status is None:
        if IdempotencyRecord.objects.take_over(record.pk, token):
            return record, token
        raise Conflict("in_progress", "The first request with this key still runs.")
    return record, None


def _repeated(record: IdempotencyRecord) -> Response:
    if record.body is None and record.status == 201:
        detail = "It was done; the answer held a secret and was not kept."
        raise Conflict("answer_not_kept", detail)
    is_problem = record.status == 500
    kind = MEDIA_TYPE if is_problem else None
    headers = {**record.headers, REPLAYED: "true"}
    return Response(record.body, record.status, headers=headers, content_type=kind)


def _keep(
    record: IdempotencyRecord, token: UUID, answer: Response, *, is_kept: bool = True
) -> None:
    headers = {name: answer[name] for name in KEPT_HEADERS if name in answer}
    kept = IdempotencyRecord.objects.keep(
        record.pk,
        token,
        status=answer.status_code,
        headers=headers if is_kept else {},
        body=answer.data if is_kept else None,
    )
    if not kept:
        raise _LostClaimError


def _after(answer: Response, record: IdempotencyRecord, token: UUID) -> Response:
    """Keep a failure of ours; give the key free after a refusal."""
    if answer.status_code == 500:
        _keep(record, token, answer)
    elif answer.status_code != 503:
        IdempotencyRecord.objects.release(record.pk, token)
    return answer
