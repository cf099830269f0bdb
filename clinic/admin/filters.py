"""Filters of lists."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
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
