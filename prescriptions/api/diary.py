"""/diary-entries, /alerts, adherence: what patients tell of their programs."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.filters import (
    DayFilter,
    FilterSet,
    FlagFilter,
    IdFilter,
    MomentFilter,
    OneOfFilter,
)
from clinic.api.serializers import ChoiceField
from clinic.api.views import ApiViewSet, ListMixin, RetrieveMixin
from clinic.audit import record
from clinic.errors import Conflict
from clinic.roles import Scope
from prescriptions import adherence, diary, documents
from prescriptions.answers import as_json
from prescriptions.api.revisions import FINDINGS
from prescriptions.findings import today_of
from prescriptions.models import Alert, DiaryEntry, Program, Revision


class DoneSerializer(serializers.Serializer[Any]):
    """An exercise that was done; what differed from what was asked is told."""

    number = serializers.IntegerField(help_text="Of the card in the revision.")
    slug = serializers.CharField()
    sets = serializers.IntegerField(required=False)
    repetitions = serializers.IntegerField(required=False)


class DiaryEntrySerializer(serializers.ModelSerializer[DiaryEntry]):
    """One day as the patient told it; a correction is a further entry."""

    program = serializers.UUIDField(source="program_id")
    patient = serializers.UUIDField(source="program.patient_id")
    revision = serializers.UUIDField(source="revision_id")
    done = DoneSerializer(many=True)
    effort = ChoiceField(DiaryEntry.Effort.choices, allow_blank=True)
    entered_by = serializers.UUIDField(
        source="entered_by_id",
        allow_null=True,
        help_text="Who typed a paper diary; null when the patient wrote.",
    )
    is_in_force = serializers.BooleanField(
        help_text="False when a later entry of the day has taken its place."
    )

    class Meta:
        model = DiaryEntry
        fields = [
            "id",
            "program",
            "patient",
            "revision",
            "day",
            "done",
            "pain",
            "is_flare",
            "effort",
            "comment",
            "source",
            "entered_by",
            "is_in_force",
            "written_at",
            "received_at",
        ]


class DiaryFilters(FilterSet):
    """Filters of the list."""

    program = IdFilter(field_name="program_id")
    patient = IdFilter(field_name="program__patient_id")
    is_in_force = FlagFilter(field_name="is_in_force")
    from_day = DayFilter(field_name="day", lookup_expr="gte")
    to_day = DayFilter(field_name="day", lookup_expr="lte")
    received_since = MomentFilter(field_name="received_at", lookup_expr="gte")


@extend_schema_view(
    list=extend_schema(summary="List diary entries"),
    retrieve=extend_schema(summary="Read a diary entry"),
)
class DiaryEntryViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """What patients wrote: always their own report."""

    queryset = DiaryEntry.objects.all()
    serializer_class = DiaryEntrySerializer
    filterset_class = DiaryFilters
    created_column = "received_at"
    audited = "diaryentry"
    scopes = dict.fromkeys(("list", "retrieve"), Scope.PROGRAMS_READ)

    def get_queryset(self) -> QuerySet[DiaryEntry]:
        """Entries with their programs, and whether they are in force."""
        rows: Any = super().get_queryset()
        found: QuerySet[DiaryEntry] = rows.told_in_force().select_related("program")
        return found


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """Something that a patient's page tells the clinic."""

    program = serializers.UUIDField(source="program_id")
    patient = serializers.UUIDField(source="patient_id")
    kind = ChoiceField(Alert.Kind.choices)
    settled_by = serializers.UUIDField(source="settled_by_id", allow_null=True)

    class Meta:
        model = Alert
        fields = [
            "id",
            "program",
            "patient",
            "kind",
            "raised_at",
            "settled_at",
            "settled_by",
        ]


class AlertFilters(FilterSet):
    """Filters of the list."""

    program = IdFilter(field_name="program_id")
    patient = IdFilter(field_name="patient_id")
    kind = OneOfFilter(choices=Alert.Kind.choices)
    is_settled = FlagFilter(field_name="settled_at", lookup_expr="isnull", exclude=True)


@extend_schema_view(
    list=extend_schema(summary="List alerts"),
    retrieve=extend_schema(summary="Read an alert"),
)
class AlertViewSet(ListMixin, RetrieveMixin, ApiViewSet):
    """What the clinic has to be told of; people settle it in the admin."""

    queryset = Alert.objects.all()
    serializer_class = AlertSerializer
    filterset_class = AlertFilters
    created_column = "raised_at"
    audited = "alert"
    scopes = dict.fromkeys(("list", "retrieve"), Scope.PROGRAMS_READ)


class AdherenceDaySerializer(serializers.Serializer[adherence.DayFigures]):
    """A day as reported; without an entry nothing is known."""

    day = serializers.DateField()
    due = serializers.IntegerField(help_text="Exercises to do on the day.")
    done = serializers.IntegerField(help_text="Those of them that were done.")
    share = serializers.ChoiceField(["all", "some", "none", "unknown"])
    pain = serializers.IntegerField(allow_null=True, source="entry.pain", default=None)


class AdherenceSerializer(serializers.Serializer[Any]):
    """The last four weeks of a program at most, patient-reported."""

    program = serializers.UUIDField()
    patient = serializers.UUIDField()
    revision = serializers.IntegerField(help_text="What was due is that of it.")
    is_paused = serializers.BooleanField(
        help_text="The patient reported a warning sign; nobody has resumed it."
    )
    days_due = serializers.IntegerField(help_text="Days with something to do.")
    days_reported = serializers.IntegerField()
    days_all_done = serializers.IntegerField()
    highest_pain = serializers.IntegerField(allow_null=True)
    summary = serializers.CharField(help_text="The same in a sentence.")
    findings = serializers.SerializerMethodField(
        help_text="What the rules on diaries say of all entries."
    )
    days = AdherenceDaySerializer(many=True)

    @extend_schema_field(FINDINGS)
    def get_findings(self, figures: Any) -> list[Any]:
        """Return the findings."""
        return [as_json(finding) for finding in figures["found"]]


class AdherenceViewSet(ApiViewSet):
    """How a program is followed."""

    queryset = Program.objects.all()
    serializer_class = AdherenceSerializer
    scopes = {"retrieve": Scope.PROGRAMS_READ}
    problems = {"retrieve": (409,)}
    lookup_field = "pk"
    lookup_url_kwarg = "id"

    @extend_schema(summary="Read how a program is followed")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return due and done day by day, as the patient told it."""
        program: Program = self.get_object()
        mine = Revision.objects.visible_to(self.actor).filter(program=program)
        revision = mine.current().first()
        if revision is None:
            raise Conflict("not_issued", "Nothing was issued: there is no diary yet.")
        record(self.actor, "diary.viewed", program)
        entries = diary.entries_of(program)
        document = documents.from_json(revision.document)
        course = adherence.course_of(document, entries, today_of(program.clinic))
        body = {
            "program": program.pk,
            "patient": program.patient_id,
            "revision": revision.number,
            "is_paused": program.paused_at is not None,
            "days_due": course.days_due,
            "days_reported": course.days_reported,
            "days_all_done": course.days_all_done,
            "highest_pain": course.highest_pain,
            "summary": course.sentence,
            "found": diary.judged(program, entries),
            "days": course.days,
        }
        return Response(AdherenceSerializer(body).data)
