"""/templates: programs to start from, a clinic's own to change, and to patients."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.bulk import BulkSerializer, each
from clinic.api.filters import FilterSet, FlagFilter, MomentFilter, OneOfFilter
from clinic.api.preconditions import require_match, tag_of
from clinic.api.schema import IF_MATCH
from clinic.api.serializers import NothingSerializer
from clinic.api.views import ApiViewSet, ListMixin
from clinic.roles import Scope
from exercises.search import facets
from exercises.tags import term_choices
from prescriptions import catalog, handouts, own_templates, templates
from prescriptions.api.assigning import (
    AssignBatchSerializer,
    AssignedSerializer,
    AssignResultsSerializer,
    AssignSerializer,
)
from prescriptions.api.serializers import ProgramSerializer, complete, stale_as_412
from prescriptions.api.template_contents import (
    KNOWN,
    TemplateSerializer,
    exercises_of,
    template_drafts,
)
from prescriptions.documents import usual_options
from prescriptions.models import Handout, Program, ProgramTemplate, Queue

OWNERS = [("own", "The clinic's own"), ("shared", "The shared library's")]


class TemplateFilters(FilterSet):
    """Filters of the list."""

    stage = OneOfFilter(choices=term_choices("stages"))
    owner = OneOfFilter(method="with_owner", choices=OWNERS)
    is_archived = FlagFilter(field_name="is_archived")
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte")

    def with_owner(self, rows: Any, name: str, value: str) -> Any:
        """Own or shared rows."""
        return facets.owned(rows, value)


@extend_schema_view(list=extend_schema(summary="List templates"))
class TemplateViewSet(ListMixin, ApiViewSet):
    """Templates: shared ones, and the clinic's own.

    They are named by id or slug. A clinic's own template with the slug of a shared one
    takes its place.
    """

    queryset = ProgramTemplate.objects.all()
    serializer_class = TemplateSerializer
    filterset_class = TemplateFilters
    lookup_value_converter = "slug"
    lookup_url_kwarg = "id_or_slug"
    scopes = {
        "list": Scope.TEMPLATES_READ,
        "retrieve": Scope.TEMPLATES_READ,
        "create": Scope.TEMPLATES_WRITE,
        "update": Scope.TEMPLATES_WRITE,
        "partial_update": Scope.TEMPLATES_WRITE,
        "own": Scope.TEMPLATES_WRITE,
        "assign": Scope.PROGRAMS_WRITE,
        "assign_batch": Scope.PROGRAMS_WRITE,
    }
    problems = {
        "update": (409, 412, 428),
        "partial_update": (409, 412, 428),
        "assign": (409, 410),
    }

    def get_queryset(self) -> QuerySet[ProgramTemplate]:
        """Templates with phases and lines."""
        rows: Any = super().get_queryset()
        found: QuerySet[ProgramTemplate] = rows.with_contents()
        return found

    def get_object(self) -> ProgramTemplate:
        """Return the template with the id or slug of the address."""
        wanted = self.kwargs["id_or_slug"]
        try:
            lookup: dict[str, Any] = {"pk": UUID(wanted)}
        except ValueError:
            lookup = {"slug": wanted}
        found: ProgramTemplate = get_object_or_404(self.get_queryset(), **lookup)
        return found

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of templates with their contents, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(self._data(page))

    @extend_schema(summary="Read a template")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the template with its ETag."""
        return self._answer(self.get_object())

    @extend_schema(summary="Create a template", responses={201: TemplateSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Store a complete template of the clinic's own, or nothing."""
        values, _ = self._validated(None)
        drafts = template_drafts(values.pop("phases", []), actor=self.actor)
        template = ProgramTemplate(**values)
        own_templates.create_template(template, drafts, by=self.actor)
        return self._created(template)

    @extend_schema(summary="Replace a template", parameters=[IF_MATCH])
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace the whole: what is left out becomes empty."""
        return self._change(is_partial=False)

    @extend_schema(summary="Change members of a template", parameters=[IF_MATCH])
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the members that are given; ``phases`` is one member.

        A shared template answers 409 `shared_template`: make it the clinic's own.
        """
        return self._change(is_partial=True)

    @extend_schema(
        summary="Make a template the clinic's own",
        request=NothingSerializer,
        responses={
            200: OpenApiResponse(TemplateSerializer, "It was the clinic's own before."),
            201: OpenApiResponse(TemplateSerializer, "The clinic's own copy."),
        },
    )
    @action(detail=True, methods=["post"])
    def own(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Copy a shared template; the copy takes its place in this clinic."""
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        template = self.get_object()
        own = catalog.own_template(template, self.actor)
        return self._answer(template) if own.pk == template.pk else self._created(own)

    @extend_schema(
        summary="Assign a template to a patient",
        request=AssignSerializer,
        responses={201: AssignedSerializer},
    )
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a program of the template; later edits of either touch the other not.

        With `create_handout` the program is issued too, and its handout made: all of
        it or nothing. While findings are open the answer is 409 `open_findings`.
        """
        return self._assign(self.get_object(), request.data, Queue.INTERACTIVE)

    @extend_schema(
        summary="Assign a template to many patients",
        request=AssignBatchSerializer,
        responses={200: AssignResultsSerializer},
    )
    @action(detail=True, methods=["post"], url_path="assign:batch")
    def assign_batch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a program for each of up to 100 patients.

        Each item is judged by itself, like a request of its own. Handouts wait in a
        queue of their own, so that a single one is not held up.
        """
        asked = BulkSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        template = self.get_object()
        return each(
            asked.validated_data["items"],
            lambda item: self._assign(template, item, Queue.BULK),
            "program",
        )

    def _assign(self, template: ProgramTemplate, data: Any, queue: str) -> Response:
        asked = AssignSerializer(data=data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        with transaction.atomic():
            program = templates.apply_template(
                template,
                asked.validated_data["patient"],
                by=self.actor,
                practitioner=asked.person_to_ask(),
                start=asked.validated_data.get("start_date"),
                changes=asked.changes(),
            )
            handout = self._handout(program, asked, queue)
        rows = complete(Program.objects.visible_to(self.actor))
        context = {**self.get_serializer_context(), "handout": handout}
        made = rows.get(pk=program.pk)
        headers = {
            "Location": reverse("program-detail", args=[made.pk]),
            "ETag": tag_of(ProgramSerializer(made, context=context).data),
        }
        body = AssignedSerializer(made, context=context).data
        return Response(body, status.HTTP_201_CREATED, headers=headers)

    def _handout(
        self, program: Program, asked: AssignSerializer, queue: str
    ) -> Handout | None:
        if not asked.validated_data["create_handout"]:
            return None
        given = asked.given()
        revision, _ = handouts.issue_program(program, by=self.actor, given=given)
        options = asked.options(usual_options(program))
        return handouts.request_handout(
            revision, options=options, by=self.actor, queue=queue
        )

    def _change(self, *, is_partial: bool) -> Response:
        template = self.get_object()
        require_match(self.request, tag_of(self._data(template)))
        values, serializer = self._validated(template, is_partial=is_partial)
        phases = values.pop("phases", None if is_partial else [])
        drafts = None if phases is None else template_drafts(phases, actor=self.actor)
        if not is_partial:
            values = serializer.whole(values)
        with stale_as_412():
            own_templates.change_template(template, values, drafts, by=self.actor)
        return self._answer(self.get_queryset().get(pk=template.pk))

    def _validated(
        self, template: ProgramTemplate | None, *, is_partial: bool = False
    ) -> tuple[dict[str, Any], TemplateSerializer]:
        serializer = TemplateSerializer(
            template,
            data=self.request.data,
            partial=is_partial,
            context=self.get_serializer_context(),
        )
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data), serializer

    def _data(self, found: Any) -> Any:
        many = isinstance(found, list)
        known = exercises_of(found if many else [found], actor=self.actor)
        context = {**self.get_serializer_context(), KNOWN: known}
        return TemplateSerializer(found, many=many, context=context).data

    def _answer(self, template: ProgramTemplate) -> Response:
        body = self._data(template)
        return Response(body, headers={"ETag": tag_of(body)})

    def _created(self, template: ProgramTemplate) -> Response:
        answer = self._answer(self.get_queryset().get(pk=template.pk))
        answer.status_code = status.HTTP_201_CREATED
        answer["Location"] = reverse("template-detail", args=[template.pk])
        return answer
