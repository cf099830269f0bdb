"""/revisions: what was issued, frozen, and what changed from one to another."""

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.filters import FilterSet, FlagFilter, IdFilter, MomentFilter
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.roles import Scope
from prescriptions import editions
from prescriptions.api.people import as_id
from prescriptions.api.revisions import IssuedSerializer
from prescriptions.documents import Difference, differences, from_json
from prescriptions.documents.differences import MARKS
from prescriptions.models import Program, Revision

TO = OpenApiParameter(
    "to",
    OpenApiTypes.UUID,
    description="The other revision of the program; the current one unless given.",
)


class RevisionSerializer(IssuedSerializer):
    """A revision: who issued it, when, and whether a later one took its place."""

    patient = serializers.UUIDField(source="program.patient_id")
    issued_by = serializers.UUIDField(
        source="issued_by_id", allow_null=True, help_text="Null for an integration."
    )

    class Meta(IssuedSerializer.Meta):
        fields = [
            *IssuedSerializer.Meta.fields,
            "patient",
            "issued_by",
            "superseded_at",
        ]


class WholeRevisionSerializer(RevisionSerializer):
    """The same with all that the patient was given."""

    document = serializers.SerializerMethodField(
        help_text="As it was frozen; `schema` numbers its form."
    )
    languages = serializers.SerializerMethodField(
        help_text="Of which a handout can be asked for; its own first."
    )

    class Meta(RevisionSerializer.Meta):
        fields = [*RevisionSerializer.Meta.fields, "languages", "document"]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_document(self, revision: Revision) -> dict[str, Any]:
        """Return the document as it is stored."""
        document: dict[str, Any] = revision.document
        return document

    def get_languages(self, revision: Revision) -> list[str]:
        """Return the languages that it was frozen in."""
        return editions.languages_of(revision)


class DifferenceSerializer(serializers.Serializer[Difference]):
    """One line: what was added, changed or removed; a change names its field."""

    mark = serializers.ChoiceField(MARKS)
    what = serializers.CharField()
    field = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class DifferencesSerializer(serializers.Serializer[Any]):
    """What the revision `to` has that the revision `id` had not, and the reverse."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    to = serializers.UUIDField()
    to_number = serializers.IntegerField()
    differences = DifferenceSerializer(many=True)


class RevisionFilters(FilterSet):
    """Filters of the list."""

    program = IdFilter(field_name="program_id")
    patient = IdFilter(field_name="program__patient_id")
    is_current = FlagFilter(field_name="superseded_at", lookup_expr="isnull")
    issued_since = MomentFilter(field_name="issued_at", lookup_expr="gte")


@extend_schema_view(list=extend_schema(summary="List revisions"))
class RevisionViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """What patients were given; it never changes."""

    queryset = Revision.objects.all()
    serializer_class = RevisionSerializer
    filterset_class = RevisionFilters
    created_column = "issued_at"
    audited = "revision"
    scopes = dict.fromkeys(("list", "retrieve", "difference"), Scope.PROGRAMS_READ)
    query_parameters = {"difference": ("to",)}

    def get_queryset(self) -> QuerySet[Revision]:
        """Revisions with their programs; in the list without the large document."""
        rows: QuerySet[Revision] = super().get_queryset().select_related("program")
        if self.action != "list":
            return rows
        if wanted := self.kwargs.get("id"):
            programs = Program.objects.visible_to(self.actor)
            rows = rows.filter(program=get_object_or_404(programs, pk=wanted))
        return rows.defer("document")

    @extend_schema(summary="Read a revision", responses={200: WholeRevisionSerializer})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the revision with its document."""
        revision = self.get_object()
        self.note_read(revision)
        return Response(WholeRevisionSerializer(revision).data)

    @extend_schema(
        summary="Compare two revisions",
        parameters=[TO],
        responses={200: DifferencesSerializer},
    )
    @action(detail=True, methods=["get"])
    def difference(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return line by line what one revision changed since another.

        Exercises, leaflets, phases and facts of the program count; texts of clinic and
        library do not.
        """
        former = self.get_object()
        later = self._other(former, request.query_params.get("to"))
        self.note_read(former)
        found = differences(from_json(former.document), from_json(later.document))
        return Response(
            {
                "id": str(former.pk),
                "number": former.number,
                "to": str(later.pk),
                "to_number": later.number,
                "differences": [asdict(line) for line in found],
            }
        )

    def _other(self, revision: Revision, wanted: str | None) -> Revision:
        """Return the revision to compare with, of the same program."""
        mine = self.get_queryset().filter(program=revision.program_id)
        if wanted is None:
            return mine.order_by("-number")[0]
        pk = as_id(wanted)
        found = mine.filter(pk=pk).first() if pk else None
        if found is None:
            told = "The program has no such revision."
            raise ValidationError({"to": [ErrorDetail(told, "unknown_revision")]})
        return found
