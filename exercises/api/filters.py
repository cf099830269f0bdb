"""Search and facets of the library's list."""

from typing import Any
from uuid import UUID

import django_filters  # type: ignore[import-untyped]
from django import forms
from django.conf import settings
from rest_framework.exceptions import ValidationError

from clinic.api.authentication import actor_of
from clinic.api.filters import (
    FilterSet,
    FlagFilter,
    IdFilter,
    MomentFilter,
    OneOfFilter,
    TermFilter,
)
from clinic.audit import record
from clinic.models import Membership, Patient
from clinic.roles import Scope
from exercises.search import facets, ranked
from exercises.search.query import LONGEST
from exercises.tags import term_choices

OWNERS = [("own", "The clinic's own"), ("shared", "The shared library's")]
WORDS = "Any name in any language, region or muscle; slips are forgiven."


class RankFilter(django_filters.CharFilter):  # type: ignore[misc]
    """What answers the words, best first."""

    def filter(self, qs: Any, value: str) -> Any:
        """Return the rows that answer; after all other filters."""
        return ranked(qs, value) if value else qs


class LevelFilter(django_filters.NumberFilter):  # type: ignore[misc]
    """Rows by a whole number."""

    field_class = forms.IntegerField


class MuscleFilter(django_filters.CharFilter):  # type: ignore[misc]
    """Rows that name the muscle."""

    def filter(self, qs: Any, value: str) -> Any:
        """Return the rows whose list holds it, as it is spelled there."""
        return facets.holding(qs, "muscles", value) if value else qs


class OwnFilter(FlagFilter):
    """The clinic's own exercises, or the shared ones."""

    def filter(self, qs: Any, value: bool | None) -> Any:
        """Return the rows with or without a clinic."""
        return qs if value is None else facets.owned(qs, "own" if value else "shared")


class ExerciseFilters(FilterSet):
    """Filters of the list; the search comes last and ranks what they leave."""

    region = TermFilter(field_name="regions", choices=term_choices("regions"))
    category = OneOfFilter(choices=term_choices("category"))
    position = OneOfFilter(choices=term_choices("position"))
    equipment = TermFilter(choices=term_choices("equipment"))
    stage = TermFilter(field_name="stages", choices=term_choices("stages"))
    difficulty = LevelFilter(min_value=1, max_value=5, label="1 easy to 5 hard.")
    muscle = MuscleFilter(max_length=100, label="As exercises name it.")
    language = OneOfFilter(
        method="with_language",
        choices=settings.LANGUAGES,
        label="Exercises whose texts are there in the language.",
    )
    owner = OneOfFilter(method="with_owner", choices=OWNERS)
    own = OwnFilter(label="Older name: true for `owner=own`, false for `shared`.")
    favorite = FlagFilter(
        method="with_favorite", label="The person's favorites; keys have none."
    )
    suitable_for = IdFilter(
        method="with_patient",
        label="Without what the flags of the patient with this id rule out.",
    )
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte")
    search = RankFilter(max_length=LONGEST, label="Older name of `q`.")
    q = RankFilter(max_length=LONGEST, label=WORDS)

    def with_language(self, rows: Any, name: str, value: str) -> Any:
        """Rows in the language."""
        return facets.in_language(rows, actor_of(self.request), value)

    def with_owner(self, rows: Any, name: str, value: str) -> Any:
        """Own or shared rows."""
        return facets.owned(rows, value)

    def with_favorite(self, rows: Any, name: str, value: bool) -> Any:
        """Favorites, or the others."""
        actor = actor_of(self.request)
        if not isinstance(actor, Membership):
            raise ValidationError({name: "Only a person has favorites."})
        marked = facets.favorites(rows, actor)
        return marked if value else rows.exclude(pk__in=marked.values("pk"))

    def with_patient(self, rows: Any, name: str, value: UUID) -> Any:
        """Rows that the patient's flags allow: whoever asks learns of the flags."""
        actor = actor_of(self.request)
        if not actor.can(Scope.PATIENTS_READ):
            raise ValidationError({name: "This needs the scope patients:read."})
        patient = Patient.objects.visible_to(actor).filter(pk=value).first()
        if patient is None:
            raise ValidationError({name: "There is no such patient."})
        record(actor, "patient.viewed", patient)
        return facets.suitable_for(rows, patient.flags)
