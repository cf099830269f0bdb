"""/exercises: the library as the clinic sees it, to read."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import get_object_or_404

from clinic.api.filters import (
    FilterSet,
    FlagFilter,
    MomentFilter,
    OneOfFilter,
    TermFilter,
    WordsFilter,
)
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.roles import Scope
from exercises.api.serializers import ExerciseSerializer
from exercises.models import Exercise
from exercises.tags import term_choices


class OwnFilter(FlagFilter):
    """The clinic's own exercises, or the shared ones."""

    def filter(self, qs: Any, value: bool | None) -> Any:
        """Return the rows with or without a clinic."""
        return qs if value is None else qs.filter(clinic__isnull=not value)


class ExerciseFilters(FilterSet):
    """Filters of the list."""

    search = WordsFilter(max_length=100, label="Words of names and body regions.")
    region = TermFilter(field_name="regions", choices=term_choices("regions"))
    category = OneOfFilter(choices=term_choices("category"))
    position = OneOfFilter(choices=term_choices("position"))
    stage = TermFilter(field_name="stages", choices=term_choices("stages"))
    equipment = TermFilter(choices=term_choices("equipment"))
    own = OwnFilter(label="The clinic's own (true) or the shared ones (false).")
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte")


@extend_schema_view(
    list=extend_schema(summary="List exercises"),
    retrieve=extend_schema(summary="Read an exercise"),
)
class ExerciseViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """Published exercises; one that has been archived can still be read by its id."""

    queryset = Exercise.objects.all()
    serializer_class = ExerciseSerializer
    filterset_class = ExerciseFilters
    lookup_value_converter = "slug"
    lookup_url_kwarg = "id_or_slug"
    scopes = {"list": Scope.EXERCISES_READ, "retrieve": Scope.EXERCISES_READ}

    def get_queryset(self) -> QuerySet[Exercise]:
        """Exercises that the clinic sees; in the list those it may prescribe."""
        rows = super().get_queryset()
        if self.action == "list":
            rows = rows.filter(status=Exercise.Status.PUBLISHED)
        return rows

    def get_object(self) -> Exercise:
        """Return the exercise with the id or slug of the address."""
        wanted = by_id_or_slug(self.kwargs["id_or_slug"])
        found: Exercise = get_object_or_404(self.get_queryset(), **wanted)
        return found


def by_id_or_slug(text: str) -> dict[str, Any]:
    """Return the lookup for an exercise: a UUID is an id, anything else a slug."""
    try:
        return {"pk": UUID(text)}
    except ValueError:
        return {"slug": text}
