"""/patients: people under care, also by their number in another system."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.authentication import actor_of
from clinic.api.bulk import BulkSerializer, each
from clinic.api.errors import problem
from clinic.api.external_ids import (
    MOST_EXTERNAL_IDS,
    ExternalIdSerializer,
    Pair,
    check_pairs,
    pair_of,
    pairs_of,
    replace_numbers,
)
from clinic.api.filters import FilterSet, FlagFilter, MomentFilter, WordsFilter
from clinic.api.schema import ProblemSerializer
from clinic.api.serializers import (
    LineField,
    StrictModelSerializer,
    StrictSerializer,
)
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.audit import record
from clinic.errors import Conflict, Gone
from clinic.merging import VALUES, kept_for
from clinic.models import Actor, ExternalId, Patient
from clinic.models.people import validate_flags
from clinic.roles import Scope

MOST_FLAGS = 60
GUARDIAN = VALUES["guardian"]


class PatientSerializer(StrictModelSerializer):
    """A patient; ``external_ids`` replaces the whole list."""

    external_ids = ExternalIdSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MOST_EXTERNAL_IDS
    )
    flags = serializers.ListField(
        child=LineField(max_length=60),
        max_length=MOST_FLAGS,
        required=False,
        validators=[validate_flags],
    )

    class Meta:
        model = Patient
        fields = [
            "id",
            "name",
            "date_of_birth",
            "language",
            "email",
            "phone",
            "number",
            "flags",
            *GUARDIAN,
            "external_ids",
            "is_archived",
            "created_at",
            "updated_at",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the guardian's name, as the form of the admin does."""
        given = {name: attrs[name] for name in GUARDIAN if name in attrs}
        former = self.instance if self.partial else None
        if given:  # what was stored before this was asked may stay
            stored = {name: getattr(former, name, "") for name in GUARDIAN}
            Patient(**stored | given).clean()
        return attrs

    def validate_external_ids(self, pairs: list[Pair]) -> list[Pair]:
        """Refuse a number that comes twice or belongs to another patient."""
        return check_pairs(
            pairs, is_taken=self._is_taken, taken="Another patient has it."
        )

    def _is_taken(self, pair: Pair) -> bool:
        holder = holder_of(actor_of(self.context["request"]), **pair)
        return holder is not None and holder != self.instance


def holder_of(actor: Actor, system: str, value: str) -> Patient | None:
    """Return the patient with this number in another system."""
    numbers = ExternalId.objects.visible_to(actor).filter(system=system, value=value)
    found = numbers.select_related("patient").first()
    return found.patient if found else None


def store(
    patient: Patient, values: dict[str, Any], pairs: list[Pair] | None, *, by: Actor
) -> Patient:
    """Write the patient with its external ids and record it, or nothing at all."""
    verb = "created" if patient._state.adding else "updated"
    for name, value in values.items():
        setattr(patient, name, value)
    try:
        with transaction.atomic():
            patient.save()
            if pairs is not None:
                replace_numbers(patient, pairs, patient=patient)
            record(by, f"patient.{verb}", patient)
    except IntegrityError as error:
        raise Conflict(
            "external_id_taken", "Another patient was given this number just now."
        ) from error
    return patient


class PatientFilters(FilterSet):
    """Filters of the list."""

    search = WordsFilter(max_length=100, label="Words of the name.")
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte")
    is_archived = FlagFilter(field_name="is_archived")


class BatchSerializer(StrictSerializer):
    """Up to 100 patients."""

    items = PatientSerializer(many=True)


class ResultSerializer(serializers.Serializer[Any]):
    """What came of one item: the patient or a problem."""

    index = serializers.IntegerField()
    status = serializers.IntegerField()
    patient = PatientSerializer(required=False)
    problem = ProblemSerializer(required=False)


class ResultsSerializer(serializers.Serializer[Any]):
    """What came of each item, in their order."""

    results = ResultSerializer(many=True)


BOTH = {
    200: OpenApiResponse(PatientSerializer, "The patient was there and is updated."),
    201: OpenApiResponse(PatientSerializer, "The patient is new."),
}


@extend_schema_view(
    list=extend_schema(summary="List patients"),
    retrieve=extend_schema(summary="Read a patient"),
    create=extend_schema(summary="Add a patient"),
    update=extend_schema(summary="Replace a patient"),
    partial_update=extend_schema(summary="Change members of a patient"),
)
class PatientViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """Patients of the clinic."""

    queryset = Patient.objects.all()
    serializer_class = PatientSerializer
    filterset_class = PatientFilters
    audited = "patient"
    problems = {"retrieve": (308,), "update": (410,), "partial_update": (410,)}
    scopes = {
        "list": Scope.PATIENTS_READ,
        "retrieve": Scope.PATIENTS_READ,
        "create": Scope.PATIENTS_WRITE,
        "update": Scope.PATIENTS_WRITE,
        "partial_update": Scope.PATIENTS_WRITE,
        "read_by_external": Scope.PATIENTS_READ,
        "upsert": Scope.PATIENTS_WRITE,
        "batch": Scope.PATIENTS_WRITE,
    }

    def get_queryset(self) -> QuerySet[Patient]:
        """Patients with their external ids."""
        return super().get_queryset().prefetch_related("external_ids")

    def get_object(self) -> Patient:
        """Return the patient; of a merged record tell which one was kept."""
        try:
            found: Patient = super().get_object()
        except Http404:
            kept = kept_for(self.actor, self.kwargs["pk"])
            if kept is None:
                raise
            raise _merged(kept) from None
        return found

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one by its id; a merged record leads to the one that was kept."""
        try:
            return super().retrieve(request, *args, **kwargs)
        except Gone as gone:
            answer = problem(308, gone.code, gone.message)
            answer.data |= gone.members
            answer["Location"] = reverse(
                "patient-detail", args=[gone.members["patient"]]
            )
            return answer

    def create(self, request: Request) -> Response:
        """Add a patient; the answer is the whole row."""
        patient = self._write(Patient(clinic_id=self.actor.clinic_id))
        return self._answer(patient, is_new=True)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace a patient: what is left out becomes empty."""
        return self._answer(self._write(self.get_object()))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the members that are given."""
        return self._answer(self._write(self.get_object(), is_partial=True))

    @extend_schema(summary="Read a patient by external id")
    def read_by_external(self, request: Request, system: str, value: str) -> Response:
        """Return the patient with this number in another system."""
        patient = holder_of(self.actor, **pair_of(system, value))
        if patient is None:
            raise NotFound
        self.note_read(patient)
        return self._answer(patient)

    @extend_schema(summary="Add or replace a patient by external id", responses=BOTH)
    def upsert(self, request: Request, system: str, value: str) -> Response:
        """Replace the patient with this number, or add one who has it.

        Numbers in other systems stay unless ``external_ids`` is given.
        """
        pair = pair_of(system, value)
        try:
            return self._upsert(pair)
        except Conflict:
            # Somebody added the patient between our look and our write.
            return self._upsert(pair)

    @extend_schema(
        summary="Add or replace many patients",
        request=BatchSerializer,
        responses={200: ResultsSerializer},
        operation_id="patients_batch",
    )
    def batch(self, request: Request) -> Response:
        """Add up to 100 patients; one with `external_ids` replaces who has the first.

        Each item is judged by itself, like a request of its own.
        """
        asked = BulkSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return each(asked.validated_data["items"], self._one_of_many, "patient")

    def _one_of_many(self, data: dict[str, Any]) -> Response:
        pairs = data.get("external_ids")
        if not (isinstance(pairs, list) and pairs and isinstance(pairs[0], dict)):
            patient = Patient(clinic_id=self.actor.clinic_id)
            return self._answer(self._write(patient, data=data), is_new=True)
        first = ExternalIdSerializer(data=pairs[0])
        first.is_valid(raise_exception=True)
        known = holder_of(self.actor, **first.validated_data)
        patient = known or Patient(clinic_id=self.actor.clinic_id)
        written = self._write(patient, data=data)
        return self._answer(written, is_new=known is None)

    def _upsert(self, pair: Pair) -> Response:
        known = holder_of(self.actor, **pair)
        patient = known or Patient(clinic_id=self.actor.clinic_id)
        return self._answer(self._write(patient, pair=pair), is_new=known is None)

    def _write(
        self,
        patient: Patient,
        *,
        data: Any = None,
        pair: Pair | None = None,
        is_partial: bool = False,
    ) -> Patient:
        stored = None if patient._state.adding else patient
        serializer = PatientSerializer(
            stored,
            data=self.request.data if data is None else data,
            partial=is_partial,
            context=self.get_serializer_context(),
        )
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(serializer.validated_data)
        pairs = values.pop("external_ids", None)
        if pair:
            pairs = _with(pair, _numbers_of(stored) if pairs is None else pairs)
        elif not is_partial:
            pairs = pairs or []
        if not is_partial:
            values = serializer.whole(values)
        return store(patient, values, pairs, by=self.actor)

    def _answer(self, patient: Patient, *, is_new: bool = False) -> Response:
        body = self.get_serializer(patient).data
        if not is_new:
            return Response(body)
        address = reverse("patient-detail", args=[patient.pk])
        return Response(body, status.HTTP_201_CREATED, headers={"Location": address})


def _merged(kept: Patient) -> Gone:
    gone = Gone(
        "merged", "This record was merged into another one, which `patient` names."
    )
    gone.members = {"patient": str(kept.pk)}
    return gone


def _numbers_of(patient: Patient | None) -> list[Pair]:
    return pairs_of(patient.external_ids.all()) if patient else []


def _with(pair: Pair, pairs: list[Pair]) -> list[Pair]:
    return pairs if pair in pairs else [*pairs, pair]
