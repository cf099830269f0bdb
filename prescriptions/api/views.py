"""/programs: nested reading and writing, issuing, ending, asking for handouts."""

from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.bulk import BulkSerializer, each
from clinic.api.filters import FilterSet, IdFilter, MomentFilter, OneOfFilter
from clinic.api.preconditions import require_match, tag_of
from clinic.api.schema import IF_MATCH
from clinic.api.views import ApiViewSet, ListMixin
from clinic.audit import record
from clinic.errors import Conflict
from clinic.roles import Scope
from prescriptions import findings, handouts, programs, templates
from prescriptions.api.contents import drafts_of
from prescriptions.api.copying import (
    CopySerializer,
    ProgramBatchSerializer,
    ProgramResultsSerializer,
    SaveAsSerializer,
    SavedTemplateSerializer,
)
from prescriptions.api.handouts import (
    HandoutRequestSerializer,
    HandoutSerializer,
    accepted,
)
from prescriptions.api.people import default_practitioner, require_patient
from prescriptions.api.revisions import (
    CheckSerializer,
    GivenSerializer,
    IssuedSerializer,
)
from prescriptions.api.serializers import (
    EndSerializer,
    ProgramSerializer,
    VoidSerializer,
    complete,
    stale_as_412,
)
from prescriptions.copying import copy_program
from prescriptions.documents import usual_options
from prescriptions.models import Program, ProgramTemplate, Revision


class ProgramFilters(FilterSet):
    """Filters of the list."""

    patient = IdFilter(field_name="patient_id")
    practitioner = IdFilter(field_name="practitioner_id")
    status = OneOfFilter(choices=Program.Status.choices)
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte")


@extend_schema_view(list=extend_schema(summary="List programs"))
class ProgramViewSet(ListMixin, ApiViewSet):
    """Programs of the clinic with all their contents."""

    queryset = Program.objects.all()
    serializer_class = ProgramSerializer
    filterset_class = ProgramFilters
    audited = "program"
    scopes = {
        "list": Scope.PROGRAMS_READ,
        "retrieve": Scope.PROGRAMS_READ,
        "create": Scope.PROGRAMS_WRITE,
        "batch": Scope.PROGRAMS_WRITE,
        "check_new": Scope.PROGRAMS_READ,
        "update": Scope.PROGRAMS_WRITE,
        "partial_update": Scope.PROGRAMS_WRITE,
        "destroy": Scope.PROGRAMS_WRITE,
        "check": Scope.PROGRAMS_READ,
        "issue": Scope.PROGRAMS_ISSUE,
        "end": Scope.PROGRAMS_WRITE,
        "void": Scope.PROGRAMS_ISSUE,
        "copy": Scope.PROGRAMS_WRITE,
        "template": Scope.TEMPLATES_WRITE,
        "handouts": Scope.HANDOUTS_WRITE,
    }
    problems = {
        "update": (409, 412, 428),
        "partial_update": (409, 412, 428),
        "destroy": (409, 412, 428),
        "check": (409,),
        "issue": (409,),
        "end": (409,),
        "void": (409,),
        "handouts": (409, 410),
    }

    def get_queryset(self) -> QuerySet[Program]:
        """Programs with contents and the number last issued, in a few queries.

        Who asks for a handout is told of the handout alone.
        """
        rows: Any = super().get_queryset()
        if self.action == "handouts":
            return rows.select_related("clinic", "patient")  # type: ignore[no-any-return]
        return complete(rows)

    @extend_schema(summary="Read a program")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the program with its ETag."""
        program = self.get_object()
        self.note_read(program)
        return self._answer(program)

    @extend_schema(summary="Create a program", responses={201: ProgramSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Store a complete draft in one call, or nothing."""
        return self._created(self._new(request.data))

    @extend_schema(
        summary="Create many programs",
        request=ProgramBatchSerializer,
        responses={200: ProgramResultsSerializer},
        operation_id="programs_batch",
    )
    def batch(self, request: Request) -> Response:
        """Store up to 100 drafts; each is judged by itself, like a request of its own.

        The answer is 200 with a status and the program, or a problem, for each.
        """
        asked = BulkSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return each(
            asked.validated_data["items"],
            lambda item: self._created(self._new(item)),
            "program",
        )

    @extend_schema(
        summary="Check a program that is not stored",
        request=ProgramSerializer,
        responses={200: CheckSerializer},
        operation_id="programs_check_new",
    )
    def check_new(self, request: Request) -> Response:
        """Judge a complete program by the safety rules; store nothing."""
        with transaction.atomic():
            made = self._new(request.data)
            program = self.get_queryset().get(pk=made.pk)
            judgment = findings.judge(program)
            transaction.set_rollback(True)
        record(self.actor, "patient.viewed", program.patient)
        context = {"current": None, "program": program}
        return Response(CheckSerializer(judgment, context=context).data)

    @extend_schema(summary="Replace a program", parameters=[IF_MATCH])
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace the whole: what is left out becomes empty."""
        return self._change(is_partial=False)

    @extend_schema(summary="Change members of a program", parameters=[IF_MATCH])
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the members that are given; ``phases`` is one member."""
        return self._change(is_partial=True)

    @extend_schema(summary="Delete a draft", parameters=[IF_MATCH])
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete a program that was never issued."""
        program = self.get_object()
        require_match(request, tag_of(self.get_serializer(program).data))
        with stale_as_412():
            programs.delete_draft(program, by=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Check a program by the safety rules",
        request=ProgramSerializer,
        responses={200: CheckSerializer},
    )
    @action(detail=True, methods=["post"])
    def check(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Judge the program with the members that are given; save nothing."""
        program = self.get_object()
        self.note_read(program)
        with transaction.atomic():
            if request.data:
                self._store(program, is_partial=True)
                program = self.get_queryset().get(pk=program.pk)
            judgment = findings.judge(program)
            transaction.set_rollback(True)
        current = Revision.objects.visible_to(self.actor).filter(program=program)
        context = {"current": current.current().first(), "program": program}
        return Response(CheckSerializer(judgment, context=context).data)

    @extend_schema(
        summary="Issue a program",
        request=GivenSerializer,
        responses={
            200: OpenApiResponse(IssuedSerializer, "Unchanged: the current revision."),
            201: OpenApiResponse(IssuedSerializer, "A new revision."),
        },
    )
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Freeze the program as its next revision.

        While findings wait for a tick or a reason, the answer is 409 `open_findings`
        with all of them as `findings`.
        """
        serializer = GivenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        program = self.get_object()
        revision, is_new = handouts.issue_program(
            program, by=self.actor, given=serializer.given()
        )
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(IssuedSerializer(revision).data, code)

    @extend_schema(
        summary="End a program",
        request=EndSerializer,
        responses={200: ProgramSerializer},
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Close the program; its links stop working, its handouts are withdrawn."""
        asked = EndSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        program = self.get_object()
        programs.end_program(program, by=self.actor, **asked.validated_data)
        return self._answer(self.get_queryset().get(pk=program.pk))

    @extend_schema(
        summary="Declare a program void",
        request=VoidSerializer,
        responses={200: ProgramSerializer},
    )
    @action(detail=True, methods=["post"])
    def void(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say that an issued program was entered in error.

        Its links stop working, its handouts are withdrawn; the record stays, with the
        reason. Ending is for programs that were right.
        """
        asked = VoidSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        program = self.get_object()
        programs.void_program(program, by=self.actor, **asked.validated_data)
        return self._answer(self.get_queryset().get(pk=program.pk))

    @extend_schema(
        summary="Copy a program to a patient",
        request=CopySerializer,
        responses={201: ProgramSerializer},
    )
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a draft with the same contents; without a patient, for the same one.

        What is about the one patient (goal, notes, diagnosis) is not copied to others.
        """
        asked = CopySerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        program = self.get_object()
        values = {"patient": program.patient} | asked.validated_data
        require_patient(values)
        made = copy_program(program, by=self.actor, **values)
        return self._created(made)

    @extend_schema(
        summary="Save a program as a template",
        request=SaveAsSerializer,
        responses={201: SavedTemplateSerializer},
    )
    @action(detail=True, methods=["post"])
    def template(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a template of the clinic; what is about the patient stays behind."""
        asked = SaveAsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        name, shown = asked.validated_data["name"], asked.validated_data["visibility"]
        made = templates.save_as_template(
            self.get_object(),
            name=name,
            only_mine=shown == ProgramTemplate.Visibility.OWNER,
            by=self.actor,
        )
        headers = {"Location": reverse("template-detail", args=[made.pk])}
        body = SavedTemplateSerializer(made).data
        return Response(body, status.HTTP_201_CREATED, headers=headers)

    @extend_schema(
        summary="Ask for a handout",
        request=HandoutRequestSerializer,
        responses={202: HandoutSerializer},
    )
    @action(detail=True, methods=["post"])
    def handouts(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Have the current revision made into a PDF; the same request, the same job."""
        asked = HandoutRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        program = self.get_object()
        current = Revision.objects.visible_to(self.actor).filter(program=program)
        revision = current.current().select_related("program").first()
        if revision is None:
            raise Conflict("not_issued", "Issue the program before you print it.")
        options = asked.options(usual_options(program))
        handout = handouts.request_handout(revision, options=options, by=self.actor)
        return accepted(handout)

    def _change(self, *, is_partial: bool) -> Response:
        program = self.get_object()
        require_match(self.request, tag_of(self.get_serializer(program).data))
        self._store(program, is_partial=is_partial)
        return self._answer(self.get_queryset().get(pk=program.pk))

    def _store(self, program: Program, *, is_partial: bool) -> None:
        """Change the program as the request says."""
        values, serializer = self._validated(
            program, self.request.data, is_partial=is_partial
        )
        phases = values.pop("phases", None if is_partial else [])
        actor = self.actor
        drafts = None if phases is None else drafts_of(phases, actor=actor)
        if not is_partial:
            values = serializer.whole(values)
        with stale_as_412():
            programs.change_program(program, values, drafts, by=actor)

    def _new(self, data: Any) -> Program:
        """Store the draft that the data describe."""
        values, _ = self._validated(None, data)
        drafts = drafts_of(values.pop("phases", []), actor=self.actor)
        if "practitioner" not in values:
            patient = values["patient"]
            values["practitioner"] = default_practitioner(self.actor, patient)
        # Dates that are left out begin with the clinic's day, not with that of UTC.
        zone = values["patient"].clinic.time_zone
        with timezone.override(ZoneInfo(zone)):
            program = Program(clinic_id=self.actor.clinic_id, **values)
        programs.create_program(program, drafts, by=self.actor)
        return program

    def _validated(
        self, program: Program | None, data: Any, *, is_partial: bool = False
    ) -> tuple[dict[str, Any], ProgramSerializer]:
        serializer = ProgramSerializer(
            program,
            data=data,
            partial=is_partial,
            context=self.get_serializer_context(),
        )
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data), serializer

    def _created(self, program: Program) -> Response:
        answer = self._answer(self.get_queryset().get(pk=program.pk))
        answer.status_code = status.HTTP_201_CREATED
        answer["Location"] = reverse("program-detail", args=[program.pk])
        return answer

    def _answer(self, program: Program) -> Response:
        body = self.get_serializer(program).data
        return Response(body, headers={"ETag": tag_of(body)})
