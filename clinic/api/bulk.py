"""Many things in one request: each stands alone, with a status of its own."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from rest_framework import serializers
from rest_framework.response import Response

from clinic.api.errors import problem_response
from clinic.api.serializers import StrictSerializer

MOST_ITEMS = 100


class BulkSerializer(StrictSerializer):
    """Up to 100 objects; each is judged by itself."""

    items = serializers.ListField(
        child=serializers.DictField(), allow_empty=False, max_length=MOST_ITEMS
    )


def each(
    items: Sequence[Any], handle: Callable[[Any], Response], name: str
) -> Response:
    """Handle each item in a transaction of its own.

    Returns 200 with ``results``: ``index``, ``status``, and the answer under ``name``
    or a ``problem``, as the call for a single one would give them.
    """
    results = [
        {"index": index, **_result(item, handle, name)}
        for index, item in enumerate(items)
    ]
    return Response({"results": results})


def _result(item: Any, handle: Callable[[Any], Response], name: str) -> dict[str, Any]:
    try:
        with transaction.atomic():
            answer = handle(item)
        return {"status": answer.status_code, name: answer.data}
    except Exception as error:
        problem = problem_response(error, {})
        return {"status": problem.status_code, "problem": problem.data}
