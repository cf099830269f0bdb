"""/handouts: the jobs, their state and their files."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_view,
)
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.filters import FilterSet, FlagFilter, IdFilter, OneOfFilter
from clinic.api.serializers import ChoiceField, NothingSerializer, StrictSerializer
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.models import Clinic
from clinic.roles import Scope
from prescriptions import handouts
from prescriptions.documents import (
    OPTION_NAMES,
    Color,
    HandoutOptions,
    Layout,
    Size,
)
from prescriptions.downloads import pdf_response
from prescriptions.models import FailureCode, Handout, Status

ASK_AGAIN_SECONDS = 2


class HandoutRequestSerializer(StrictSerializer):
    """Print options; left out, paper is the clinic's and type suits the age."""

    paper = ChoiceField(Clinic.Paper.choices, required=False)
    layout = ChoiceField(Layout.choices(), required=False)
    size = ChoiceField(
        Size.choices(), required=False, help_text="12, 14 or 18 point type."
    )
    color = ChoiceField(Color.choices(), required=False)
    diary = serializers.BooleanField(required=False)
    leaflets = serializers.BooleanField(required=False)
    pictures = serializers.BooleanField(required=False)
    news = serializers.BooleanField(
        required=False, help_text="What is new since the last revision."
    )
    language = ChoiceField(
        settings.LANGUAGES,
        required=False,
        help_text="One of the revision's `languages`; left out, the first of them.",
    )

    def options(self, usual: HandoutOptions) -> HandoutOptions:
        """Return the options asked for; what is left out is as usual."""
        known = {*OPTION_NAMES, "language"}
        chosen = {k: v for k, v in self.validated_data.items() if k in known}
        return replace(usual, **chosen)


class FileSerializer(serializers.Serializer[Handout]):
    """The finished PDF."""

    href = serializers.SerializerMethodField()
    sha256 = serializers.CharField(source="pdf_sha256")
    size = serializers.IntegerField(source="pdf_bytes", help_text="In bytes.")
    pages = serializers.IntegerField(source="pdf_pages")

    def get_href(self, handout: Handout) -> str:
        """Return the address of the file."""
        return reverse("handout-file", args=[handout.pk])


class FailureSerializer(serializers.Serializer[Handout]):
    """Why it could not be made."""

    code = ChoiceField(FailureCode.choices, source="failure_code")
    detail = serializers.CharField(source="failure_reason")


class HandoutSerializer(serializers.ModelSerializer[Handout]):
    """A handout, which is its own job."""

    state = ChoiceField(Status.choices, source="status")
    program = serializers.UUIDField(source="revision.program_id")
    program_status = serializers.CharField(
        source="revision.program.status",
        help_text="Of a `void` program nothing printed holds any more.",
    )
    patient = serializers.UUIDField(source="revision.program.patient_id")
    revision = serializers.IntegerField(source="revision.number")
    options = HandoutRequestSerializer()
    file = serializers.SerializerMethodField()
    problem = serializers.SerializerMethodField()

    class Meta:
        model = Handout
        fields = [
            "id",
            "state",
            "program",
            "program_status",
            "patient",
            "revision",
            "options",
            "requested_at",
            "started_at",
            "finished_at",
            "revoked_at",
            "acknowledged_at",
            "file",
            "problem",
        ]

    @extend_schema_field(FileSerializer(allow_null=True))
    def get_file(self, handout: Handout) -> dict[str, Any] | None:
        """Return the file when it is ready."""
        is_ready = handout.status == Status.READY
        return FileSerializer(handout).data if is_ready else None

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_problem(self, handout: Handout) -> dict[str, Any] | None:
        """Return the reason when it failed."""
        has_failed = handout.status == Status.FAILED
        return FailureSerializer(handout).data if has_failed else None


def wait_seconds(*, is_final: bool) -> dict[str, str]:
    """Return the header that tells when to ask again, while there is need to."""
    return {} if is_final else {"Retry-After": str(ASK_AGAIN_SECONDS)}


def told(handout: Handout, code: int = status.HTTP_200_OK) -> Response:
    """Return the handout's state; Retry-After while it is not settled."""
    headers = wait_seconds(is_final=Status(handout.status).is_final)
    return Response(HandoutSerializer(handout).data, code, headers=headers)


def accepted(handout: Handout) -> Response:
    """Return 202 with the address where the job is to be watched."""
    response = told(handout, status.HTTP_202_ACCEPTED)
    response["Location"] = reverse("handout-detail", args=[handout.pk])
    response["Retry-After"] = str(ASK_AGAIN_SECONDS)
    return response


class HandoutFilters(FilterSet):
    """Filters of the list."""

    program = IdFilter(field_name="revision__program_id")
    patient = IdFilter(field_name="revision__program__patient_id")
    state = OneOfFilter(field_name="status", choices=Status.choices)
    acknowledged = FlagFilter(
        field_name="acknowledged_at",
        lookup_expr="isnull",
        exclude=True,
        label="Whether a system has said that it collected it.",
    )


@extend_schema_view(
    list=extend_schema(summary="List handouts"),
)
class HandoutViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """Handouts of the clinic.

    They hold ids only, and are asked for over and over while they are made: the audit
    trail has the request and every download, not the looking.
    """

    queryset = Handout.objects.all()
    serializer_class = HandoutSerializer
    filterset_class = HandoutFilters
    created_column = "requested_at"
    scopes = {
        "list": Scope.HANDOUTS_READ,
        "retrieve": Scope.HANDOUTS_READ,
        "file": Scope.HANDOUTS_READ,
        "acknowledge": Scope.HANDOUTS_READ,
        "retry": Scope.HANDOUTS_WRITE,
        "destroy": Scope.HANDOUTS_WRITE,
    }
    problems = {"retry": (409,), "acknowledge": (409, 410), "file": (409, 410)}

    def get_queryset(self) -> QuerySet[Handout]:
        """Handouts with what they were made from, the large document left out."""
        rows = super().get_queryset().select_related("revision__program")
        return rows.defer("revision__document")

    @extend_schema(summary="Read the state of a handout")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the state; 200 whatever it is."""
        return told(self.get_object())

    @extend_schema(summary="Withdraw a handout")
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel the job or withdraw the file; doing it again changes nothing."""
        handouts.revoke_handout(self.get_object(), by=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Try a failed handout again",
        request=NothingSerializer,
        responses={202: HandoutSerializer},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Start a failed handout over."""
        asked = NothingSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return accepted(handouts.retry_handout(self.get_object(), by=self.actor))

    @extend_schema(
        summary="Acknowledge a handout",
        request=NothingSerializer,
        responses={200: HandoutSerializer},
    )
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say that it was collected; doing it again changes nothing.

        For systems that ask for `?state=ready&acknowledged=false` from time to time
        instead of receiving webhooks.
        """
        asked = NothingSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return told(handouts.acknowledge_handout(self.get_object(), by=self.actor))

    @extend_schema(
        summary="Download a handout",
        responses={
            (200, "application/pdf"): OpenApiResponse(
                OpenApiTypes.BINARY, "The PDF whose hash and size the state tells."
            )
        },
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:
        """Return the PDF."""
        handout = self.get_object()
        stream = handouts.open_handout(handout, actor=self.actor)
        return pdf_response(handout, stream, inline=False)
