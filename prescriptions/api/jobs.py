"""/jobs: whatever was answered by a 202, in one form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.filters import FilterSet, OneOfFilter
from clinic.api.pagination import CreatedCursorPagination
from clinic.api.views import ApiViewSet
from clinic.roles import Scope
from prescriptions.api.handouts import wait_seconds
from prescriptions.models import Batch, Handout, Status

KINDS = [("handout", "One PDF"), ("batch", "Handouts of many programs")]
STATES = ["waiting", "working", "done", "failed", "cancelled"]
# State of the thing itself -> state of the job
OF_HANDOUT: Mapping[str, str] = {
    Status.PENDING: "waiting",
    Status.RENDERING: "working",
    Status.READY: "done",
    Status.FAILED: "failed",
    Status.REVOKED: "cancelled",
}
OF_BATCH: Mapping[str, str] = {
    Batch.Status.RUNNING: "working",
    Batch.Status.DONE: "done",
    Batch.Status.CANCELLED: "cancelled",
}
ENDED = frozenset({"done", "failed", "cancelled"})


@dataclass(frozen=True)
class Job:
    """One piece of work; ``href`` is the thing that it makes, which tells more."""

    pk: UUID
    kind: str
    state: str
    href: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: Handout | Batch) -> "Job":
        """Return the job that a handout or a batch is."""
        if isinstance(row, Batch):
            kind, state, asked = "batch", OF_BATCH[row.status], row.created_at
        else:
            kind, state, asked = "handout", OF_HANDOUT[row.status], row.requested_at
        href = reverse(f"{kind}-detail", args=[row.pk])
        return cls(row.pk, kind, state, href, asked, row.finished_at)


class JobSerializer(serializers.Serializer[Job]):
    """A job; read `href` for what came of it."""

    id = serializers.UUIDField(source="pk", help_text="That of what it makes.")
    kind = serializers.ChoiceField(KINDS)
    state = serializers.ChoiceField(STATES)
    href = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class JobFilters(FilterSet):
    """Filters of the list, for rows of either kind."""

    kind = OneOfFilter(method="with_kind", choices=KINDS)
    state = OneOfFilter(method="with_state", choices=[(one, one) for one in STATES])

    def with_kind(self, rows: Any, name: str, value: str) -> Any:
        """All rows of the kind, none of the other."""
        return rows if rows.model._meta.model_name == value else rows.none()

    def with_state(self, rows: Any, name: str, value: str) -> Any:
        """Rows whose own state stands for that of a job."""
        known = OF_BATCH if rows.model is Batch else OF_HANDOUT
        return rows.filter(status__in=[own for own, of in known.items() if of == value])


class JobPagination(CreatedCursorPagination):
    """Pages over rows of several tables, in one order."""

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None
    ) -> list[Any]:
        """Return the jobs of the page; ``queryset`` pairs rows with their column."""
        limit = self.begin(request)
        found: list[Job] = []
        for rows, self.column in queryset:
            found += map(Job.of, self._ordered(rows)[: limit + 1])
        self.column = "created_at"
        is_newest_first = not self.is_backward
        found.sort(key=lambda job: (job.created_at, job.pk), reverse=is_newest_first)
        return self.cut(found, limit)


class JobViewSet(ApiViewSet):
    """Handouts and batches as jobs: one place to ask, whatever was answered by a 202.

    A job has the id of what it makes, so the last part of any `Location` fits.
    """

    queryset = Handout.objects.all()
    serializer_class = JobSerializer
    filterset_class = JobFilters
    pagination_class = JobPagination
    scopes = dict.fromkeys(("list", "retrieve"), Scope.HANDOUTS_READ)

    @extend_schema(summary="List jobs")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of jobs, newest first."""
        asked = [
            (self.filter_queryset(self._handouts()), "requested_at"),
            (self.filter_queryset(self._batches()), "created_at"),
        ]
        page: Any = self.paginate_queryset(asked)
        return self.get_paginated_response(JobSerializer(page, many=True).data)

    @extend_schema(summary="Read the state of a job")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the state; Retry-After while work goes on."""
        sources: Iterable[QuerySet[Any]] = (self._handouts(), self._batches())
        found = (rows.filter(pk=self.kwargs["pk"]).first() for rows in sources)
        row = next((one for one in found if one), None)
        if row is None:
            raise NotFound
        job = Job.of(row)
        headers = wait_seconds(is_final=job.state in ENDED)
        return Response(JobSerializer(job).data, headers=headers)

    def _handouts(self) -> QuerySet[Handout]:
        return Handout.objects.visible_to(self.actor)

    def _batches(self) -> QuerySet[Batch]:
        return Batch.objects.visible_to(self.actor)
