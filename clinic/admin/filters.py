"""Filters of lists."""

from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest


class UsefulFirst(admin.SimpleListFilter):
    """A filter that shows the useful rows unless asked otherwise."""

    first: ClassVar[str]
    others: ClassVar[list[tuple[str, str]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The other choices."""
        return self.others

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Name the choice that stands when nothing is chosen."""
        standing, *others = super().choices(changelist)
        yield {**standing, "display": self.first}
        yield from others


class OnlyFilter(admin.SimpleListFilter):
    """The rows of one other row; there only where a page leads here."""

    path: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The one of the address."""
        wished = request.GET.get(str(self.parameter_name), "")
        return [(wished, "Only one")] if wished else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Filter."""
        try:
            wished = UUID(self.value() or "")
        except ValueError:
            return None
        return queryset.filter(**{self.path: wished})


def titled(
    title: str, kind: type[admin.FieldListFilter] = admin.ChoicesFieldListFilter
) -> type[admin.FieldListFilter]:
    """Return a filter on a column under the title that its list gives the column."""

    class Titled(kind):  # type: ignore[valid-type, misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.title = title

    return Titled


def by_day(title: str) -> type[admin.FieldListFilter]:
    """Return a filter of spans of days, under the title of its column."""
    return titled(title, admin.DateFieldListFilter)
