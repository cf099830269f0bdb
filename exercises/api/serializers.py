"""Exercises and dosages as JSON."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from clinic.api.serializers import (
    ChoiceField,
    FlagField,
    StrictModelSerializer,
    TextField,
    WholeField,
)
from exercises.dosage import (
    Dosage,
    DosageError,
    Kind,
    LoadUnit,
    Side,
    TimeOfDay,
    Weekday,
    from_mapping,
    to_mapping,
)
from exercises.models import Exercise
from exercises.own import own_dosages
from exercises.sources import with_titles

KEPT = "own_dosages"


class _Load(serializers.Serializer[Any]):
    """Weight, or the band that stands for it."""

    value = serializers.FloatField(allow_null=True, required=False)
    unit = ChoiceField(LoadUnit.choices())


class _Dosage(serializers.Serializer[Any]):
    """How much and how often; null, empty and false mean "not part of it"."""

    kind = ChoiceField(Kind.choices(), required=False)
    sets = WholeField(allow_null=True, required=False)
    repetitions = WholeField(allow_null=True, required=False)
    repetitions_max = WholeField(allow_null=True, required=False)
    repetitions_per_set = serializers.ListField(child=WholeField(), required=False)
    hold_seconds = WholeField(allow_null=True, required=False)
    hold_breaths = WholeField(allow_null=True, required=False)
    rest_between_repetitions_seconds = WholeField(allow_null=True, required=False)
    rest_between_sets_seconds = WholeField(allow_null=True, required=False)
    load = _Load(allow_null=True, required=False)
    duration_minutes = serializers.FloatField(allow_null=True, required=False)
    side = ChoiceField(Side.choices(), allow_null=True, required=False)
    tempo_seconds = WholeField(allow_null=True, required=False)
    breath_pattern_seconds = serializers.ListField(child=WholeField(), required=False)
    times_per_day = WholeField(allow_null=True, required=False)
    every_hours = WholeField(allow_null=True, required=False)
    days_per_week = WholeField(allow_null=True, required=False)
    weekdays = serializers.ListField(
        child=ChoiceField(Weekday.choices()), required=False
    )
    time_of_day = serializers.ListField(
        child=ChoiceField(TimeOfDay.choices()), required=False
    )
    as_needed = FlagField(required=False)
    fill_in = FlagField(required=False)


@extend_schema_field(_Dosage)
class DosageField(serializers.Field[Dosage, Any, dict[str, Any], Any]):
    """A dosage; what it may hold is decided in ``exercises.dosage`` alone.

    The serializer above only tells the OpenAPI document about it.
    """

    def to_representation(self, value: Dosage) -> dict[str, Any]:
        """Return all parts by name."""
        return to_mapping(value)

    def to_internal_value(self, data: Any) -> Dosage:
        """Return the dosage; raise with one error for each part."""
        if not isinstance(data, Mapping):
            raise ValidationError("Give an object with the parts of the dosage.")
        try:
            return from_mapping(data)
        except DosageError as error:
            raise ValidationError(_nested(error.errors)) from error


def _nested(faults: Mapping[str, str]) -> dict[str, Any]:
    """Return ``load.value`` as a part of ``load``, the way pointers are made."""
    errors: dict[str, Any] = {}
    for key, text in faults.items():
        name, _, part = key.partition(".")
        told = [ErrorDetail(text, "invalid")]
        if part:
            errors.setdefault(name, {})[part] = told
        else:
            errors[name] = told
    return errors


class FigureSerializer(serializers.Serializer[Any]):
    """One key picture; its address needs the same key as the exercise."""

    url = serializers.URLField()
    png_url = serializers.URLField(
        allow_null=True, help_text="The same as PNG; null for photographs."
    )
    width = serializers.IntegerField(help_text="Beside `height`: the proportions.")
    height = serializers.IntegerField()
    alt = serializers.DictField(
        child=serializers.CharField(), help_text="What it shows, by language."
    )
    caption = serializers.DictField(
        child=serializers.CharField(), help_text="Short words below it, by language."
    )


class SourceField(TextField):
    """Where something comes from, with titles for the library's codes of sources."""

    def to_representation(self, value: str) -> str:
        """Tell the titles."""
        return with_titles(value)


class ExerciseSerializer(StrictModelSerializer):
    """An exercise of the library with its default dosage."""

    default_dosage = DosageField(source="dosage")
    own_dosage = serializers.SerializerMethodField()
    # Empty where there is none, which is neither a slug nor an address
    easier = serializers.CharField(read_only=True, help_text="Slug, or empty.")
    harder = serializers.CharField(read_only=True, help_text="Slug, or empty.")
    video_url = serializers.CharField(read_only=True, help_text="Address, or empty.")
    figures = serializers.SerializerMethodField()
    dosage_source = SourceField(read_only=True)
    # The column is named as an attribute of every field, which is a str.
    source = SourceField(read_only=True)  # type: ignore[assignment]
    is_shared = serializers.BooleanField(
        help_text="False for an exercise of the clinic's own."
    )

    class Meta:
        model = Exercise
        fields = [
            "id",
            "slug",
            "name",
            "also_called",
            "category",
            "regions",
            "muscles",
            "position",
            "direction",
            "equipment",
            "stages",
            "difficulty",
            "start",
            "steps",
            "breathing",
            "feel",
            "mistakes",
            "stop_if",
            "cautions",
            "contraindications",
            "default_dosage",
            "own_dosage",
            "dosage_source",
            "easier",
            "harder",
            "source",
            "licence",
            "attribution",
            "language",
            "figures",
            "video_url",
            "visibility",
            "is_shared",
            "status",
            "version",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    @extend_schema_field(_Dosage(allow_null=True))
    def get_own_dosage(self, exercise: Exercise) -> dict[str, Any] | None:
        """Return what the person who asks starts with; null for keys and as usual."""
        # The context is that of the whole list: asked once for all of its exercises
        context: Any = self.context
        if KEPT not in context:
            many = getattr(self.parent, "instance", None) or [self.instance]
            actor = getattr(context.get("request"), "actor", None)
            slugs = [one.slug for one in many]
            context[KEPT] = own_dosages(actor, slugs)
        row = context[KEPT].get(exercise.slug)
        return to_mapping(row.dosage) if row else None

    @extend_schema_field(FigureSerializer(many=True))
    def get_figures(self, exercise: Exercise) -> list[dict[str, Any]]:
        """Return the pictures in order, with their addresses."""
        return [
            {
                "url": self._address(exercise, figure["asset"]),
                "png_url": self._as_pixels(exercise, figure["asset"]),
                "width": figure["width"],
                "height": figure["height"],
                "alt": figure["description"],
                "caption": figure.get("caption", {}),
            }
            for figure in exercise.figures
            if figure.get("asset")
        ]

    def _as_pixels(self, exercise: Exercise, name: str) -> str | None:
        stem, _, ending = name.rpartition(".")
        return self._address(exercise, f"{stem}.png") if ending == "svg" else None

    def _address(self, exercise: Exercise, name: str) -> str:
        path = reverse("exercise-picture", args=[exercise.pk, name])
        request = self.context.get("request")
        return str(request.build_absolute_uri(path)) if request else path
