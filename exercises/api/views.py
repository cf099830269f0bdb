"""/exercises: the library as the clinic sees it, and its own to write."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.preconditions import require_match, tag_of
from clinic.api.schema import IF_MATCH
from clinic.api.serializers import NothingSerializer
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.roles import Scope
from exercises import catalog, own
from exercises.api.filters import ExerciseFilters
from exercises.api.pagination import RankedPagination
from exercises.api.serializers import ExerciseSerializer
from exercises.api.writing import CloneSerializer, ExerciseWriteSerializer, unsaved
from exercises.models import Exercise
from exercises.raster import MOST_PIXELS, USUAL_PIXELS
from exercises.served import TYPES, picture_response

LEAST_PIXELS = 32
WIDTH = OpenApiParameter(
    "width",
    {"type": "integer", "minimum": LEAST_PIXELS, "maximum": MOST_PIXELS},
    description=f"Of a drawn PNG, in pixels; {USUAL_PIXELS} unless given.",
)
BOTH = {
    200: OpenApiResponse(ExerciseSerializer, "It was the clinic's own before."),
    201: OpenApiResponse(ExerciseSerializer, "The clinic's own copy."),
}


@extend_schema_view(
    list=extend_schema(summary="List exercises"),
    retrieve=extend_schema(summary="Read an exercise"),
)
class ExerciseViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """Published exercises; one that has been archived can still be read by its id.

    With `q` the list is ordered by how well an exercise answers, best first. The
    clinic's own can be written; a shared one is made its own first, or cloned.
    """

    queryset = Exercise.objects.all()
    serializer_class = ExerciseSerializer
    filterset_class = ExerciseFilters
    pagination_class = RankedPagination
    lookup_value_converter = "slug"
    lookup_url_kwarg = "id_or_slug"
    scopes = {
        "list": Scope.EXERCISES_READ,
        "retrieve": Scope.EXERCISES_READ,
        "picture": Scope.EXERCISES_READ,
        "create": Scope.EXERCISES_WRITE,
        "update": Scope.EXERCISES_WRITE,
        "partial_update": Scope.EXERCISES_WRITE,
        "own": Scope.EXERCISES_WRITE,
        "clone": Scope.EXERCISES_WRITE,
        "archive": Scope.EXERCISES_WRITE,
        "publish": Scope.EXERCISES_WRITE,
    }
    problems = {
        "update": (409, 412, 428),
        "partial_update": (409, 412, 428),
        "publish": (409,),
    }
    query_parameters = {"picture": ("width",)}

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

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the exercise with its ETag."""
        return self._answer(self.get_object())

    @extend_schema(
        summary="Create an exercise",
        request=ExerciseWriteSerializer,
        responses={201: ExerciseSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Store an exercise of the clinic's own; it has no pictures yet."""
        values = self._validated(None)
        shown = values.pop("visibility", Exercise.Visibility.CLINIC)
        exercise = unsaved(values)
        own.create_exercise(exercise, visibility=shown, by=self.actor)
        return self._created(exercise)

    @extend_schema(
        summary="Replace an exercise",
        request=ExerciseWriteSerializer,
        responses={200: ExerciseSerializer},
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace the whole: what is left out becomes empty."""
        return self._change(is_partial=False)

    @extend_schema(
        summary="Change members of an exercise",
        request=ExerciseWriteSerializer,
        responses={200: ExerciseSerializer},
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the members that are given; issued programs keep what they have.

        A shared exercise answers 409 `shared_exercise`: make it the clinic's own.
        """
        return self._change(is_partial=True)

    @extend_schema(
        summary="Make an exercise the clinic's own",
        request=NothingSerializer,
        responses=BOTH,
    )
    @action(detail=True, methods=["post"])
    def own(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Copy a shared exercise; the copy takes its place in this clinic."""
        self._expect_nothing()
        exercise = self.get_object()
        mine = catalog.own_copy(exercise, self.actor)
        if mine.pk == exercise.pk:
            return self._answer(exercise)
        return self._created(mine)

    @extend_schema(
        summary="Make a new exercise from one",
        request=CloneSerializer,
        responses={201: ExerciseSerializer},
    )
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a draft that begins as this exercise is and replaces nothing."""
        asked = CloneSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self._created(
            own.new_from(self.get_object(), self.actor, **asked.validated_data)
        )

    @extend_schema(
        summary="Archive an exercise",
        request=NothingSerializer,
        responses={200: ExerciseSerializer},
    )
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take it out of use in this clinic; programs keep it."""
        return self._set_status(Exercise.Status.ARCHIVED)

    @extend_schema(
        summary="Put an exercise into use",
        request=NothingSerializer,
        responses={200: ExerciseSerializer},
    )
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put a draft or an archived exercise into use."""
        return self._set_status(Exercise.Status.PUBLISHED)

    @extend_schema(
        summary="Read a picture",
        parameters=[WIDTH],
        responses={
            (200, kind): OpenApiResponse(OpenApiTypes.BINARY, "The picture.")
            for kind in TYPES.values()
        },
    )
    @action(detail=True, url_path="pictures/<str:name>", url_name="picture")
    def picture(self, request: Request, name: str, **kwargs: Any) -> HttpResponse:
        """Return a picture that the exercise names in `figures`.

        A drawn one, which ends in `.svg`, is there with the ending `.png` too.
        """
        width = _width(request.query_params.get("width"))
        return picture_response(self.get_object(), name, width=width)

    def _set_status(self, wanted: str) -> Response:
        self._expect_nothing()
        exercise = own.set_status(self.get_object(), wanted, self.actor)
        return self._answer(self.get_queryset().get(pk=exercise.pk))

    @transaction.atomic
    def _change(self, *, is_partial: bool) -> Response:
        # The lock makes one of two writers wait, and see what the first one left
        held = self.get_queryset().select_for_update(of=("self",))
        wanted = by_id_or_slug(self.kwargs["id_or_slug"])
        exercise: Exercise = get_object_or_404(held, **wanted)
        require_match(self.request, tag_of(self.get_serializer(exercise).data))
        values = self._validated(exercise, is_partial=is_partial)
        own.change_exercise(exercise, values, by=self.actor)
        return self._answer(self.get_queryset().get(pk=exercise.pk))

    def _validated(
        self, exercise: Exercise | None, *, is_partial: bool = False
    ) -> dict[str, Any]:
        serializer = ExerciseWriteSerializer(
            exercise,
            data=self.request.data,
            partial=is_partial,
            context=self.get_serializer_context(),
        )
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        return values if is_partial else serializer.whole(values)

    def _expect_nothing(self) -> None:
        NothingSerializer(data=self.request.data).is_valid(raise_exception=True)

    def _answer(self, exercise: Exercise) -> Response:
        body = self.get_serializer(exercise).data
        return Response(body, headers={"ETag": tag_of(body)})

    def _created(self, exercise: Exercise) -> Response:
        answer = self._answer(self.get_queryset().get(pk=exercise.pk))
        answer.status_code = status.HTTP_201_CREATED
        answer["Location"] = reverse("exercise-detail", args=[exercise.pk])
        return answer


def _width(text: str | None) -> int:
    if text is None:
        return USUAL_PIXELS
    if text.isascii() and text.isdigit() and LEAST_PIXELS <= int(text) <= MOST_PIXELS:
        return int(text)
    told = f"Give a number from {LEAST_PIXELS} to {MOST_PIXELS}."
    raise ValidationError({"width": [ErrorDetail(told, "invalid_parameter")]})


def by_id_or_slug(text: str) -> dict[str, Any]:
    """Return the lookup for an exercise: a UUID is an id, anything else a slug."""
    try:
        return {"pk": UUID(text)}
    except ValueError:
        return {"slug": text}
