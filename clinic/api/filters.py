"""Filters of lists that refuse what they do not know."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.core.exceptions import ValidationError as FormError
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django_filters.fields import IsoDateTimeField  # type: ignore[import-untyped]
from django_filters.rest_framework import (  # type: ignore[import-untyped]
    DjangoFilterBackend,
)
from rest_framework import exceptions
from rest_framework.request import Request

from clinic.api.pagination import PARAMETERS

if TYPE_CHECKING:
    # DRF's views import this module through the settings
    from rest_framework.views import APIView

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
ZONE = re.compile(r"T.*(Z|[+-]\d\d:\d\d)$", re.IGNORECASE)
# A template, as forms make their messages
NO_MOMENT = (
    "Give a time with its zone, such as 2026-01-31T08:00:00Z; in an address + is %%2B."
)


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Filters by the view's filter set; an unknown parameter or value is a 400.

    A filter that is silently ignored hands out more than was asked for.
    """

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: "APIView"
    ) -> QuerySet[Any]:
        """Return the rows asked for."""
        filters = self.get_filterset_class(view, queryset)
        known = filters.base_filters if filters else ()
        refuse_unknown(request, [*known, *PARAMETERS])
        rows: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return rows


def refuse_unknown(request: Request, known: Iterable[str]) -> None:
    """Raise ValidationError for parameters that are unknown, doubled or empty."""
    errors = {}
    for name, values in request.query_params.lists():
        if name not in known:
            errors[name] = _error("unknown_parameter", "There is no such parameter.")
        elif len(values) > 1:
            errors[name] = _error("repeated_parameter", "Give it once.")
        elif not values[0].strip():
            errors[name] = _error("empty_parameter", "Give a value or leave it out.")
    if errors:
        raise exceptions.ValidationError(errors)


def _error(code: str, detail: str) -> list[exceptions.ErrorDetail]:
    return [exceptions.ErrorDetail(detail, code)]


class FilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """The filters of one list."""


class WordsFilter(django_filters.CharFilter):  # type: ignore[misc]
    """Rows by the ``search`` of their queryset."""

    def filter(self, qs: Any, value: str) -> Any:
        """Return the rows that hold every word."""
        return qs.search(value) if value else qs


class IdFilter(django_filters.UUIDFilter):  # type: ignore[misc]
    """Rows by the id of what they belong to."""


class OneOfFilter(django_filters.ChoiceFilter):  # type: ignore[misc]
    """Rows by a value of a closed list; the error does not repeat what was given."""

    def __init__(self, *args: Any, choices: Any, **kwargs: Any) -> None:
        super().__init__(*args, choices=choices, **kwargs)
        known = ", ".join(str(value) for value, _ in choices)
        told = {"invalid_choice": f"Give one of: {known}."}
        self.extra["error_messages"] = told


class TermFilter(OneOfFilter):
    """Rows whose JSON list holds one term of a closed list."""

    def filter(self, qs: Any, value: str) -> Any:
        """Compare as text, which both databases can; terms hold no quotes."""
        if not value:
            return qs
        terms = f"{self.field_name}_as_text"
        rows = qs.alias(**{terms: Cast(str(self.field_name), TextField())})
        return rows.filter(**{f"{terms}__contains": f'"{value}"'})


class MomentField(IsoDateTimeField):  # type: ignore[misc]
    """A time by RFC 3339 that every database can compare."""

    default_error_messages = {"invalid": NO_MOMENT}

    def clean(self, value: Any) -> Any:
        """Return the time; refuse one without a zone, and the edge of the calendar."""
        if value and not ZONE.search(value):
            raise FormError(NO_MOMENT, code="invalid")
        moment = super().clean(value)
        if moment is not None and not EARLIEST <= moment <= LATEST:
            raise FormError("Give a time after 1970.", code="invalid")
        return moment


class MomentFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    """Rows by a time such as 2026-01-31T08:00:00Z."""

    field_class = MomentField


class DayFilter(django_filters.DateFilter):  # type: ignore[misc]
    """Rows by a day such as 2026-01-31."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, input_formats=["%Y-%m-%d"], **kwargs)


class FlagField(forms.Field):
    """``true`` or ``false`` and nothing else."""

    def to_python(self, value: Any) -> bool | None:
        """Return the flag."""
        known = {None: None, "": None, "true": True, "false": False}
        if value not in known:
            raise FormError("Give true or false.", code="invalid")
        return known[value]


class FlagFilter(django_filters.BooleanFilter):  # type: ignore[misc]
    """Rows by a flag."""

    field_class = FlagField
