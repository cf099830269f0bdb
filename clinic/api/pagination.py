"""Pages by cursor: stable while rows are added, with no offset and no total."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core import signing
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Cast
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

if TYPE_CHECKING:
    # DRF's views import this module through the settings
    from rest_framework.views import APIView

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
PARAMETERS = ("cursor", "limit")
SALT = "clinic.api.cursor"


@dataclass(frozen=True)
class Cursor:
    """A place between two rows, and the direction of reading from there."""

    moment: datetime
    row_id: UUID
    is_backward: bool = False

    def encode(self) -> str:
        """Return the cursor as an opaque, signed text."""
        parts = [self.moment.isoformat(), str(self.row_id), int(self.is_backward)]
        return signing.Signer(salt=SALT).sign_object(parts)

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Return the cursor of the text; ValueError when it is not one of ours."""
        try:
            moment, row_id, is_backward = signing.Signer(salt=SALT).unsign_object(text)
        except signing.BadSignature as error:
            raise ValueError(text) from error
        return cls(datetime.fromisoformat(moment), UUID(row_id), bool(is_backward))


class CreatedCursorPagination(BasePagination):
    """Newest first, in an order that ends in the id.

    Rows added during a walk come before its start: none is missed, none comes twice.
    A view whose rows have another time of origin names it in ``created_column``.
    """

    def paginate_queryset(
        self, queryset: Any, request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        """Return the rows of the page."""
        limit = self.begin(request)
        self.column = getattr(view, "created_column", "created_at")
        return self.cut(list(self._ordered(queryset)[: limit + 1]), limit)

    def begin(self, request: Request) -> int:
        """Read what is asked for; return the number of rows."""
        self.request = request
        self.cursor = _cursor(request.query_params.get("cursor"))
        return limit_of(request.query_params.get("limit"))

    def cut(self, rows: list[Any], limit: int) -> list[Any]:
        """Return the page of rows of which there may be more."""
        self.has_more = len(rows) > limit
        self.page = rows[:limit]
        if self.is_backward:
            self.page.reverse()
        return self.page

    @property
    def is_backward(self) -> bool:
        """Whether the page was reached from the one after it."""
        return bool(self.cursor and self.cursor.is_backward)

    def _ordered(self, queryset: QuerySet[Any]) -> Any:
        # SQLite keeps times as text, and its own clock writes fewer digits than
        # Python does: the cast brings both to one form. PostgreSQL drops it.
        moment = Cast(F(self.column), DateTimeField())
        rows = queryset.alias(_moment=moment)
        order = ("_moment", "id") if self.is_backward else ("-_moment", "-id")
        return rows.filter(self._beyond()).order_by(*order)

    def _beyond(self) -> Q:
        if self.cursor is None:
            return Q()
        side = "gt" if self.is_backward else "lt"
        moment = Cast(Value(self.cursor.moment), DateTimeField())
        same = Q(_moment=moment, **{f"id__{side}": self.cursor.row_id})
        # The first condition follows from the second; an index can begin at it
        return Q(**{f"_moment__{side}e": moment}) & (
            Q(**{f"_moment__{side}": moment}) | same
        )

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with the addresses of its neighbors."""
        following, before = self._links()
        return Response({"results": data, "next": following, "previous": before})

    def _links(self) -> tuple[str | None, str | None]:
        """Return the addresses of the next and the previous page."""
        has_next = self.has_more or self.is_backward
        has_previous = self.has_more if self.is_backward else self.cursor is not None
        return (
            self._link(-1, is_backward=False) if has_next else None,
            self._link(0, is_backward=True) if has_previous else None,
        )

    def _link(self, position: int, *, is_backward: bool) -> str | None:
        if not self.page:
            return None
        row = self.page[position]
        cursor = Cursor(getattr(row, self.column), row.pk, is_backward)
        address = self.request.build_absolute_uri()
        return replace_query_param(address, "cursor", cursor.encode())

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page of rows."""
        link = {"type": ["string", "null"], "format": "uri"}
        properties = {
            "results": schema,
            "next": link | {"description": "Follow it; null on the last page."},
            "previous": link,
        }
        required = ["results", "next", "previous"]
        return {"type": "object", "required": required, "properties": properties}

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:
        """Describe the two parameters."""
        whole = {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_LIMIT,
            "default": DEFAULT_LIMIT,
        }
        return [
            _parameter("cursor", {"type": "string"}, "From `next` or `previous`."),
            _parameter("limit", whole, "Rows on a page."),
        ]


def _parameter(
    name: str, schema: Mapping[str, Any], description: str
) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": dict(schema),
    }


def limit_of(text: str | None) -> int:
    """Return the number of rows asked for; raise ValidationError if it is none."""
    if text is None:
        return DEFAULT_LIMIT
    is_whole = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_LIMIT))
    if is_whole and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    detail = f"Give a number from 1 to {MAX_LIMIT}."
    raise ValidationError({"limit": detail}, code="invalid_parameter")


def _cursor(text: str | None) -> Cursor | None:
    if text is None:
        return None
    try:
        return Cursor.decode(text)
    except ValueError as error:
        detail = "Use the cursor of a page as it stands."
        raise ValidationError({"cursor": detail}, code="invalid_parameter") from error
