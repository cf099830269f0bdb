"""/exercises/{id_or_slug}/translations: what patients read in other languages."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from clinic.api.serializers import LineField, StrictModelSerializer
from clinic.api.views import ApiViewSet
from clinic.models import SignOff
from clinic.roles import Scope
from exercises import own
from exercises.api.views import by_id_or_slug
from exercises.models import Exercise, ExerciseTranslation
from exercises.tags import LONGEST_TEXT, MOST_TEXTS

LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)


def _lines() -> Any:
    child = LineField(max_length=LONGEST_TEXT)
    return serializers.ListField(child=child, required=False, max_length=MOST_TEXTS)


class TranslationSerializer(StrictModelSerializer):
    """The patient's texts in one language; lists are as long as in the original.

    Without steps it is the name alone, which searches find.
    """

    also_called = _lines()
    steps, mistakes, stop_if = _lines(), _lines(), _lines()
    is_shared = serializers.BooleanField(read_only=True)
    is_signed = serializers.BooleanField(
        read_only=True, help_text="A licensed member has signed this version."
    )
    is_outdated = serializers.BooleanField(
        read_only=True, help_text="The exercise was changed after it was translated."
    )

    class Meta:
        model = ExerciseTranslation
        fields = [
            "language",
            "name",
            "also_called",
            "start",
            "steps",
            "breathing",
            "feel",
            "mistakes",
            "stop_if",
            "is_shared",
            "is_signed",
            "is_outdated",
            "version",
        ]
        read_only_fields = ["language", "version"]


BOTH = {
    200: OpenApiResponse(TranslationSerializer, "It was there and is replaced."),
    201: OpenApiResponse(TranslationSerializer, "The translation is new."),
}


class TranslationViewSet(ApiViewSet):
    """Texts of an exercise in other languages: shared ones, and corrections."""

    queryset = ExerciseTranslation.objects.all()
    serializer_class = TranslationSerializer
    pagination_class = None
    scopes = {
        "told": Scope.EXERCISES_READ,
        "retrieve": Scope.EXERCISES_READ,
        "update": Scope.EXERCISES_WRITE,
    }

    @extend_schema(
        summary="List the translations of an exercise",
        responses={200: TranslationSerializer(many=True)},
        operation_id="exercises_translations_list",
        filters=False,
    )
    def told(self, request: Request, id_or_slug: str) -> Response:
        """Return all of them, by language."""
        rows = self._rows(self._exercise(id_or_slug)).order_by("language")
        return Response(TranslationSerializer(rows, many=True).data)

    @extend_schema(summary="Read a translation")
    def retrieve(self, request: Request, id_or_slug: str, language: str) -> Response:
        """Return the texts in one language."""
        rows = self._rows(self._exercise(id_or_slug))
        row = get_object_or_404(rows, language=language)
        return Response(TranslationSerializer(row).data)

    @extend_schema(summary="Write a translation", responses=BOTH)
    def update(self, request: Request, id_or_slug: str, language: str) -> Response:
        """Add or replace the clinic's own; a shared one stays as it is for others.

        Changed texts wait for the signature of a licensed member.
        """
        if language not in LANGUAGES:
            raise NotFound
        exercise = self._exercise(id_or_slug)
        stored = self._rows(exercise).filter(language=language).first()
        # Also without a stored one, members of an answer may be sent back
        asked = TranslationSerializer(
            stored or ExerciseTranslation(), data=request.data
        )
        asked.is_valid(raise_exception=True)
        texts = asked.whole(dict(asked.validated_data))
        is_new = own.translate(exercise, language, texts, by=self.actor)
        row = self._rows(exercise).get(language=language)
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(TranslationSerializer(row).data, code)

    def _exercise(self, id_or_slug: str) -> Exercise:
        seen = Exercise.objects.visible_to(self.actor)
        found: Exercise = get_object_or_404(seen, **by_id_or_slug(id_or_slug))
        return found

    def _rows(self, exercise: Exercise) -> Any:
        rows = ExerciseTranslation.objects.visible_to(self.actor)
        mine = rows.filter(exercise=exercise).select_related("exercise")
        return SignOff.objects.mark(mine, self.actor.clinic_id)
