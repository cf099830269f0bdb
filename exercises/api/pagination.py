"""Pages of a search: by rank, otherwise newest first."""

from typing import TYPE_CHECKING, Any

from django.core import signing
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from clinic.api.pagination import CreatedCursorPagination, limit_of

if TYPE_CHECKING:
    from rest_framework.views import APIView

SALT = "exercises.api.rank"


class RankedPagination(CreatedCursorPagination):
    """Rows with a ``search_rank`` in its order; a search is short and made anew."""

    start: int | None = None

    def paginate_queryset(
        self, queryset: Any, request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        """Return the rows of the page."""
        if "search_rank" not in queryset.query.annotations:
            return super().paginate_queryset(queryset, request, view)
        self.request = request
        self.limit = limit_of(request.query_params.get("limit"))
        self.start = _start(request.query_params.get("cursor"))
        rows = list(queryset[self.start : self.start + self.limit + 1])
        self.has_more = len(rows) > self.limit
        self.page = rows[: self.limit]
        return self.page

    def _links(self) -> tuple[str | None, str | None]:
        if self.start is None:
            return super()._links()
        following = self.start + self.limit if self.has_more else None
        before = max(self.start - self.limit, 0) if self.start else None
        return self._at(following), self._at(before)

    def _at(self, start: int | None) -> str | None:
        if start is None:
            return None
        cursor = signing.Signer(salt=SALT).sign_object(start)
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)


def _start(text: str | None) -> int:
    if text is None:
        return 0
    try:
        return int(signing.Signer(salt=SALT).unsign_object(text))
    except signing.BadSignature as error:
        detail = "Use the cursor of a page as it stands."
        raise ValidationError({"cursor": detail}, code="invalid_parameter") from error
