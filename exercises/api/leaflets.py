"""/leaflets: advice to print with a program, shared and the clinic's own."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.filters import FilterSet, FlagFilter, MomentFilter, OneOfFilter
from clinic.api.preconditions import PreconditionFailed, require_match, tag_of
from clinic.api.schema import IF_MATCH
from clinic.api.serializers import (
    ChoiceField,
    FlagField,
    LineField,
    NothingSerializer,
    StrictModelSerializer,
    StrictSerializer,
    WholeField,
)
from clinic.api.views import ApiViewSet, ListMixin
from clinic.models import SignOff
from clinic.roles import Scope
from exercises import leaflets
from exercises.api.filters import OWNERS
from exercises.api.writing import TAGS, ToldSourceField
from exercises.models import Leaflet
from exercises.search import facets

MOST_LINES = 30
MOST_NUMBER = 1000


class NumberSerializer(StrictSerializer):
    """A number that the text names in braces."""

    value = WholeField(min_value=1, max_value=MOST_NUMBER)
    unit = LineField(max_length=40)


class OptionalLineSerializer(StrictSerializer):
    """A line that is printed while it is on."""

    text = LineField(max_length=500)
    on = FlagField()


class LeafletSerializer(StrictModelSerializer):
    """A leaflet in one language.

    Lines of `body` begin with `# ` (heading), `- ` (item of a list) or `! ` (must stand
    out); names in braces are filled in from `numbers`, and `{clinic_phone}` and
    `{emergency_number}` from the clinic.
    """

    language = ChoiceField(settings.LANGUAGES, required=False)
    numbers = serializers.DictField(
        child=NumberSerializer(), source="fields", required=False
    )
    optional_lines = OptionalLineSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_LINES
    )
    ask_first_flags = serializers.ListField(
        child=ChoiceField(TAGS),
        required=False,
        max_length=len(TAGS),
        help_text="A patient with one of these gives a warning.",
    )
    source = ToldSourceField(  # type: ignore[assignment]
        max_length=300, required=False, allow_blank=True
    )
    is_shared = serializers.BooleanField(read_only=True)
    is_signed = serializers.BooleanField(
        read_only=True, help_text="A licensed member has signed this version."
    )

    class Meta:
        model = Leaflet
        fields = [
            "id",
            "slug",
            "language",
            "title",
            "body",
            "numbers",
            "optional_lines",
            "ask_first_flags",
            "note",
            "source",
            "is_shared",
            "is_archived",
            "is_signed",
            "version",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["slug", "version"]


class LeafletFilters(FilterSet):
    """Filters of the list."""

    language = OneOfFilter(choices=settings.LANGUAGES)
    owner = OneOfFilter(method="with_owner", choices=OWNERS)
    is_archived = FlagFilter(field_name="is_archived")
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte")

    def with_owner(self, rows: Any, name: str, value: str) -> Any:
        """Own or shared rows."""
        return facets.owned(rows, value)


@extend_schema_view(list=extend_schema(summary="List leaflets"))
class LeafletViewSet(ListMixin, ApiViewSet):
    """Leaflets: shared ones, and the clinic's own, each in one language.

    Programs name them by slug and print them in the patient's language.
    """

    queryset = Leaflet.objects.all()
    serializer_class = LeafletSerializer
    filterset_class = LeafletFilters
    scopes = {
        "list": Scope.EXERCISES_READ,
        "retrieve": Scope.EXERCISES_READ,
        "create": Scope.EXERCISES_WRITE,
        "update": Scope.EXERCISES_WRITE,
        "partial_update": Scope.EXERCISES_WRITE,
        "own": Scope.EXERCISES_WRITE,
    }
    problems = dict.fromkeys(("update", "partial_update"), (409, 412, 428))

    def get_queryset(self) -> QuerySet[Leaflet]:
        """Leaflets with whether the clinic has signed them."""
        rows: QuerySet[Leaflet] = super().get_queryset()
        return SignOff.objects.mark(rows, self.actor.clinic_id)

    @extend_schema(summary="Read a leaflet")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the leaflet with its ETag."""
        return self._answer(self.get_object())

    @extend_schema(summary="Create a leaflet", responses={201: LeafletSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Store a leaflet of the clinic's own; somebody licensed signs it."""
        values, _ = self._validated(None)
        leaflet = Leaflet(**values)
        leaflets.create_leaflet(leaflet, by=self.actor)
        return self._created(leaflet)

    @extend_schema(summary="Replace a leaflet", parameters=[IF_MATCH])
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace the whole: what is left out becomes empty."""
        return self._change(is_partial=False)

    @extend_schema(summary="Change members of a leaflet", parameters=[IF_MATCH])
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the members that are given; a new version waits for a signature.

        A shared leaflet answers 409 `shared_leaflet`: make it the clinic's own.
        """
        return self._change(is_partial=True)

    @extend_schema(
        summary="Make a leaflet the clinic's own",
        request=NothingSerializer,
        responses={
            200: OpenApiResponse(LeafletSerializer, "It was the clinic's own before."),
            201: OpenApiResponse(LeafletSerializer, "The clinic's own copy."),
        },
    )
    @action(detail=True, methods=["post"])
    def own(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Copy a shared leaflet; the copy takes its place in this clinic."""
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        leaflet: Leaflet = self.get_object()
        own = leaflets.own_leaflet(leaflet, self.actor)
        return self._answer(leaflet) if own.pk == leaflet.pk else self._created(own)

    def _change(self, *, is_partial: bool) -> Response:
        leaflet: Leaflet = self.get_object()
        require_match(self.request, tag_of(self.get_serializer(leaflet).data))
        values, serializer = self._validated(leaflet, is_partial=is_partial)
        if not is_partial:
            values = {"fields": {}, **serializer.whole(values)}
        try:
            leaflets.change_leaflet(leaflet, values, by=self.actor)
        except leaflets.StaleLeafletError as error:
            raise PreconditionFailed from error
        return self._answer(self.get_queryset().get(pk=leaflet.pk))

    def _validated(
        self, leaflet: Leaflet | None, *, is_partial: bool = False
    ) -> tuple[dict[str, Any], LeafletSerializer]:
        serializer = LeafletSerializer(
            leaflet,
            data=self.request.data,
            partial=is_partial,
            context=self.get_serializer_context(),
        )
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data), serializer

    def _answer(self, leaflet: Leaflet) -> Response:
        body = self.get_serializer(leaflet).data
        return Response(body, headers={"ETag": tag_of(body)})

    def _created(self, leaflet: Leaflet) -> Response:
        answer = self._answer(self.get_queryset().get(pk=leaflet.pk))
        answer.status_code = status.HTTP_201_CREATED
        answer["Location"] = reverse("leaflet-detail", args=[leaflet.pk])
        return answer
