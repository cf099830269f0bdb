"""Narrowing the library by choice; each answers with rows of what it was given."""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast

from clinic.models import Actor, Membership
from exercises.models import ExerciseQuerySet, ExerciseTranslation, Favorite
from exercises.tags import implied

Rows = TypeVar("Rows", bound=Any)


def holding(rows: Rows, column: str, value: str, *, is_held: bool = True) -> Rows:
    """Rows whose JSON list holds the text, or those where it does not.

    Compared as text, which every database can: SQLite stores letters beyond ASCII
    escaped, PostgreSQL as they are.
    """
    spelled = {json.dumps(value), json.dumps(value, ensure_ascii=False)}
    held = Q()
    for text in spelled:
        held |= Q(**{f"{column}_as_text__contains": text})
    as_text = Cast(column, TextField())
    rows = rows.alias(**{f"{column}_as_text": as_text})
    found: Rows = rows.filter(held if is_held else ~held)
    return found


def in_language(rows: Rows, actor: Actor, language: str) -> Rows:
    """Exercises whose texts the clinic has in the language."""
    told = ExerciseTranslation.objects.filter(
        Q(clinic=None) | Q(clinic=actor.clinic_id),
        exercise=OuterRef("pk"),
        language=language,
    )
    found: Rows = rows.filter(Q(language=language) | Exists(told))
    return found


def owned(rows: Rows, owner: str) -> Rows:
    """The clinic's "own" exercises, or the "shared" ones."""
    found: Rows = rows.filter(clinic__isnull=owner == "shared")
    return found


def favorites(rows: Rows, member: Membership) -> Rows:
    """What the member marked; an own copy keeps the mark of the shared exercise."""
    marked = Favorite.objects.filter(membership=member, slug=OuterRef("slug"))
    found: Rows = rows.filter(Exists(marked))
    return found


def suitable_for(rows: Rows, flags: Iterable[str]) -> Rows:
    """Exercises that none of a patient's flags, or what they imply, rules out."""
    for flag in sorted(implied(flags)):
        rows = holding(rows, "contraindications", flag, is_held=False)
    return rows


def muscles(rows: ExerciseQuerySet) -> list[str]:
    """Every muscle that some of the rows name, in order."""
    lists = rows.order_by().values_list("muscles", flat=True).distinct()
    return sorted({muscle for each in lists for muscle in each}, key=str.casefold)
