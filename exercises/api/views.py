"""/exercises: the library as the clinic sees it, to read."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request

from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.roles import Scope
from exercises.api.filters import ExerciseFilters
from exercises.api.pagination import RankedPagination
from exercises.api.serializers import ExerciseSerializer
from exercises.models import Exercise
from exercises.served import TYPES, picture_response


@extend_schema_view(
    list=extend_schema(summary="List exercises"),
    retrieve=extend_schema(summary="Read an exercise"),
)
class ExerciseViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """Published exercises; one that has been archived can still be read by its id.

    With `q` the list is ordered by how well an exercise answers, best first.
    """

    queryset = Exercise.objects.all()
    serializer_class = ExerciseSerializer
    filterset_class = ExerciseFilters
    pagination_class = RankedPagination
    lookup_value_converter = "slug"
    lookup_url_kwarg = "id_or_slug"
    scopes = dict.fromkeys(("list", "retrieve", "picture"), Scope.EXERCISES_READ)

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

    @extend_schema(
        summary="Read a picture",
        responses={
            (200, kind): OpenApiResponse(OpenApiTypes.BINARY, "The picture.")
            for kind in TYPES.values()
        },
    )
    @action(detail=True, url_path="pictures/<str:name>", url_name="picture")
    def picture(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        """Return a picture that the exercise names in `figures`."""
        return picture_response(self.get_object(), name)


def by_id_or_slug(text: str) -> dict[str, Any]:
    """Return the lookup for an exercise: a UUID is an id, anything else a slug."""
    try:
        return {"pk": UUID(text)}
    except ValueError:
        return {"slug": text}
