"""/batches: handouts of many programs at once."""

from dataclasses import asdict
from typing import Any

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

from clinic.api.filters import FilterSet, OneOfFilter
from clinic.api.serializers import ChoiceField, NothingSerializer, StrictSerializer
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.models import Membership
from clinic.roles import Scope
from prescriptions import batches
from prescriptions.api.handouts import HandoutRequestSerializer, wait_seconds
from prescriptions.downloads import batch_file_response
from prescriptions.models import Batch, BatchItem


class BatchOptionsSerializer(HandoutRequestSerializer):
    """Print options for all; left out, paper is the clinic's, type suits each age."""

    # Each revision has a language of its own
    language = None  # type: ignore[assignment]


class BatchRequestSerializer(StrictSerializer):
    """Programs and print options; issuing again names who signs."""

    kind = ChoiceField(Batch.Kind.choices)
    programs = serializers.ListField(
        child=serializers.UUIDField(), max_length=batches.MAX_PROGRAMS
    )
    options = BatchOptionsSerializer(required=False)
    signer = serializers.UUIDField(
        required=False, help_text="A practitioner who may issue; for `reissue`."
    )


class BatchFileRequestSerializer(StrictSerializer):
    """Which file."""

    kind = ChoiceField(Batch.FileKind.choices)


class ProgressSerializer(serializers.Serializer[batches.Progress]):
    """How many programs are where."""

    total = serializers.IntegerField()
    waiting = serializers.IntegerField()
    working = serializers.IntegerField()
    ready = serializers.IntegerField()
    failed = serializers.IntegerField()
    left_out = serializers.IntegerField()
    cancelled = serializers.IntegerField()


class BatchFileSerializer(serializers.Serializer[Batch]):
    """The one file of a batch."""

    kind = ChoiceField(Batch.FileKind.choices, source="file_kind")
    state = ChoiceField(Batch.FileStatus.choices, source="file_status")
    href = serializers.SerializerMethodField()
    sha256 = serializers.CharField(source="file_sha256")

    def get_href(self, batch: Batch) -> str:
        """Return the address of the file."""
        return reverse("batch-file", args=[batch.pk])


class BatchSerializer(serializers.ModelSerializer[Batch]):
    """A batch, which is its own job."""

    state = ChoiceField(Batch.Status.choices, source="status")
    options = BatchOptionsSerializer()
    signer = serializers.UUIDField(source="signer_id", allow_null=True)
    progress = serializers.SerializerMethodField()
    file = serializers.SerializerMethodField()

    class Meta:
        model = Batch
        fields = [
            "id",
            "kind",
            "state",
            "options",
            "signer",
            "created_at",
            "finished_at",
            "progress",
            "file",
        ]

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, batch: Batch) -> dict[str, int]:
        """Return the counts by outcome."""
        counts = self.context["progress"][batch.pk]
        return asdict(counts) | {"total": counts.total}

    @extend_schema_field(BatchFileSerializer(allow_null=True))
    def get_file(self, batch: Batch) -> dict[str, Any] | None:
        """Return the file once it was asked for."""
        asked = batch.file_status != Batch.FileStatus.NONE
        return BatchFileSerializer(batch).data if asked else None


class BatchItemSerializer(serializers.ModelSerializer[BatchItem]):
    """One program of a batch."""

    patient = serializers.UUIDField(source="program.patient_id")
    outcome = serializers.SerializerMethodField()

    class Meta:
        model = BatchItem
        fields = ["position", "program", "patient", "handout", "outcome", "reason"]

    @extend_schema_field(
        serializers.ChoiceField(
            ["waiting", "working", "ready", "failed", "left_out", "cancelled"]
        )
    )
    def get_outcome(self, item: BatchItem) -> str:
        """Return where the program stands."""
        return batches.place_of(
            item.outcome, item.handout.status if item.handout else None
        )


class BatchFilters(FilterSet):
    """Filters of the list."""

    state = OneOfFilter(field_name="status", choices=Batch.Status.choices)


@extend_schema_view(list=extend_schema(summary="List batches"))
class BatchViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """Bulk jobs of the clinic."""

    queryset = Batch.objects.all()
    serializer_class = BatchSerializer
    filterset_class = BatchFilters
    scopes = {
        "list": Scope.HANDOUTS_READ,
        "retrieve": Scope.HANDOUTS_READ,
        "items": Scope.HANDOUTS_READ,
        "create": Scope.HANDOUTS_WRITE,
        "cancel": Scope.HANDOUTS_WRITE,
        "retry": Scope.HANDOUTS_WRITE,
        "file": Scope.HANDOUTS_READ,
        "make_file": Scope.HANDOUTS_READ,
    }
    problems = {
        "cancel": (409,),
        "retry": (409,),
        "file": (409,),
        "make_file": (409,),
    }

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of batches with their counts."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self._data(page or [], many=True))

    @extend_schema(summary="Read the state of a batch")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the state; Retry-After while work goes on."""
        return self._told(self.get_object())

    @extend_schema(
        summary="Make handouts for many programs",
        request=BatchRequestSerializer,
        responses={202: BatchSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Store the batch; workers make the handouts among other work."""
        asked = BatchRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        batch = batches.start_batch(
            values["programs"],
            kind=values["kind"],
            options=values.get("options", {}),
            by=self.actor,
            signer=self._signer(values.get("signer")),
        )
        return self._accepted(batch)

    def _signer(self, practitioner_id: Any) -> Membership | None:
        members = Membership.objects.visible_to(self.actor).filter(is_active=True)
        found = members.select_related("practitioner")
        return found.filter(practitioner=practitioner_id).first()

    @extend_schema(
        summary="List the programs of a batch",
        responses={200: BatchItemSerializer(many=True)},
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def items(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return every program with what came of it, in print order."""
        items = self.get_object().items.select_related("program", "handout")
        rows = items.defer("handout__options").order_by("position")
        return Response(BatchItemSerializer(rows, many=True).data)

    @extend_schema(
        summary="Cancel a batch",
        request=NothingSerializer,
        responses={200: BatchSerializer},
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Stop what waits; what is ready stays."""
        self._expect_nothing()
        batch = self.get_object()
        batches.cancel_batch(batch, by=self.actor)
        return self._told(batch)

    @extend_schema(
        summary="Try again what a batch did not make",
        request=NothingSerializer,
        responses={202: BatchSerializer},
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Start over what failed, was left out or cancelled."""
        self._expect_nothing()
        batch = self.get_object()
        batches.retry_batch(batch, by=self.actor)
        return self._accepted(batch)

    @extend_schema(
        summary="Download the file of a batch",
        responses={
            (200, "application/pdf"): OpenApiResponse(
                OpenApiTypes.BINARY, "One file to print."
            ),
            (200, "application/zip"): OpenApiResponse(
                OpenApiTypes.BINARY, "The originals."
            ),
        },
    )
    @action(detail=True, methods=["get"])
    def file(self, request: Request, *args: Any, **kwargs: Any) -> FileResponse:
        """Return the file."""
        batch = self.get_object()
        return batch_file_response(batch, batches.open_file(batch, by=self.actor))

    @extend_schema(
        summary="Ask for one file of a batch",
        request=BatchFileRequestSerializer,
        responses={202: BatchSerializer},
    )
    @file.mapping.post
    def make_file(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Have all that is ready made into one file."""
        asked = BatchFileRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        batch = self.get_object()
        batches.request_file(batch, kind=asked.validated_data["kind"], by=self.actor)
        batch.refresh_from_db()
        return self._accepted(batch)

    def _expect_nothing(self) -> None:
        NothingSerializer(data=self.request.data).is_valid(raise_exception=True)

    def _data(self, batch: Any, *, many: bool = False) -> Any:
        counts = batches.progress_of(batch if many else [batch])
        context = {**self.get_serializer_context(), "progress": counts}
        return BatchSerializer(batch, many=many, context=context).data

    def _told(self, batch: Batch, code: int = status.HTTP_200_OK) -> Response:
        is_final = batch.status != Batch.Status.RUNNING
        is_final &= batch.file_status != Batch.FileStatus.WAITING
        headers = wait_seconds(is_final=is_final)
        return Response(self._data(batch), code, headers=headers)

    def _accepted(self, batch: Batch) -> Response:
        response = self._told(batch, status.HTTP_202_ACCEPTED)
        response["Location"] = reverse("batch-detail", args=[batch.pk])
        return response
