"""Exercises of the clinic's own, as requests write them."""

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from clinic.api.serializers import ChoiceField, LineField, StrictSerializer
from clinic.errors import DomainError
from exercises import own
from exercises.api.serializers import DosageField, ExerciseSerializer, SourceField
from exercises.models import Exercise
from exercises.sources import with_titles
from exercises.tags import LONGEST_TEXT, MOST_TEXTS, term_choices, vocabulary

MOST_TAGS = 60
STAGES = term_choices("stages")
TAGS = [(name, tag.label) for name, tag in vocabulary().tags.items()]
# What may be written; the other members are the server's
WRITTEN = (
    *("name", "also_called", "category", "regions", "muscles", "position"),
    *("direction", "equipment", "stages", "difficulty", "start", "steps"),
    *("breathing", "feel", "mistakes", "stop_if", "cautions", "contraindications"),
    *("default_dosage", "dosage_source", "easier", "harder", "source", "licence"),
    *("attribution", "language", "video_url", "visibility"),
)


def _terms(field: str) -> Any:
    child = ChoiceField(term_choices(field))
    return serializers.ListField(child=child, required=False, max_length=MOST_TEXTS)


def _lines(**options: Any) -> Any:
    child = LineField(max_length=LONGEST_TEXT)
    options = {"required": False, **options}
    return serializers.ListField(child=child, max_length=MOST_TEXTS, **options)


def _tags() -> Any:
    child = ChoiceField(TAGS)
    return serializers.ListField(child=child, required=False, max_length=MOST_TAGS)


class ToldSourceField(SourceField):
    """A source in words; what was read, with titles for codes, leaves it as it is."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the text; the stored one where it reads the same."""
        stored = getattr(self.parent.instance, str(self.field_name), None)
        if stored is not None and data == with_titles(stored):
            return stored
        return super().run_validation(data)


class ExerciseWriteSerializer(ExerciseSerializer):
    """An exercise as it shall be; members that only the server sets change nothing."""

    category = ChoiceField(term_choices("category"))
    position = ChoiceField(term_choices("position"))
    direction = ChoiceField(term_choices("direction"), required=False)
    regions, equipment = _terms("regions"), _terms("equipment")
    stages = _terms("stages")
    also_called, muscles = _lines(), _lines()
    steps = _lines(required=True, allow_empty=False)
    mistakes, stop_if = _lines(), _lines()
    cautions, contraindications = _tags(), _tags()
    default_dosage = DosageField(source="dosage")
    easier = serializers.SlugField(max_length=60, required=False, allow_blank=True)
    harder = serializers.SlugField(max_length=60, required=False, allow_blank=True)
    language = ChoiceField(settings.LANGUAGES, required=False)
    video_url = LineField(max_length=300, required=False, allow_blank=True)
    source = ToldSourceField(max_length=200, required=False, allow_blank=True)
    dosage_source = ToldSourceField(max_length=500, required=False, allow_blank=True)
    is_shared = serializers.BooleanField(read_only=True)

    class Meta(ExerciseSerializer.Meta):
        read_only_fields = [
            name for name in ExerciseSerializer.Meta.fields if name not in WRITTEN
        ]

    def validate_video_url(self, url: str) -> str:
        """Refuse what is not on a host for videos."""
        try:
            return own.check_video(url) if url else ""
        except DomainError as error:
            raise ValidationError([ErrorDetail(error.message, error.code)]) from error


class CloneSerializer(StrictSerializer):
    """What the new exercise is called."""

    name = LineField(max_length=100, required=False)


def unsaved(values: dict[str, Any]) -> Exercise:
    """Return a new exercise with validated values."""
    exercise = Exercise()
    for name, value in values.items():
        setattr(exercise, name, value)
    return exercise
