"""What a patient reads of exercises: in their language, as of the prescribed version.

Never a silent mix: each part tells the language it is in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from clinic.models import Clinic, SignOff
from exercises.models import Exercise, ExerciseTranslation, ExerciseVersion
from exercises.models.words import TEXTS

# An exercise as a program line holds it: the row and the version it was built with
Wanted = tuple[Exercise, int]
Key = tuple[UUID, int]
LISTS = ("steps", "mistakes", "stop_if")


@dataclass(frozen=True, kw_only=True)
class Words:
    """Texts of one exercise: ``name_language`` of the name, ``language`` of the rest.

    ``is_signed`` tells whether the clinic has signed what is read here as it stands;
    ``is_outdated`` that the exercise was changed after it was translated.
    """

    name: str
    name_language: str
    language: str
    start: str
    steps: tuple[str, ...]
    breathing: str
    feel: str
    mistakes: tuple[str, ...]
    stop_if: tuple[str, ...]
    equipment: tuple[str, ...]
    figures: tuple[dict[str, Any], ...]
    is_signed: bool
    is_outdated: bool = False


def words_of(
    wanted: Iterable[Wanted], language: str, clinic: Clinic
) -> dict[Key, Words]:
    """Return the words of exercises by (id, version), in at most four queries.

    A translation of the clinic comes before a shared one. Where only the name was
    translated, the rest is in the exercise's own language.
    """
    pairs = list(wanted)
    rows = {exercise.pk: exercise for exercise, _ in pairs}
    told = _translations(rows, language, clinic)
    old = _versions(pairs)
    signed = _signed(rows, clinic)
    return {
        (exercise.pk, version): _words(
            exercise, version, language, told.get(exercise.pk), old, signed
        )
        for exercise, version in pairs
    }


def _translations(
    rows: Mapping[UUID, Exercise], language: str, clinic: Clinic
) -> dict[UUID, Any]:
    """Return the translation that holds in the clinic, marked with ``is_signed``."""
    foreign = [pk for pk, row in rows.items() if row.language != language]
    if not foreign:
        return {}
    found = ExerciseTranslation.objects.of_clinic(clinic)
    found = found.filter(exercise__in=foreign, language=language)
    marked = SignOff.objects.mark(found, clinic)
    return {one.exercise_id: one for one in marked}


def _versions(pairs: Iterable[Wanted]) -> dict[Key, dict[str, Any]]:
    older = [(row.pk, version) for row, version in pairs if version != row.version]
    if not older:
        return {}
    kept = Q()
    for pk, version in older:
        kept |= Q(exercise=pk, version=version)
    found = ExerciseVersion.objects.filter(kept)
    return {(one.exercise_id, one.version): one.content for one in found}


def _signed(rows: Mapping[UUID, Exercise], clinic: Clinic) -> set[Key]:
    signed = SignOff.objects.of_clinic(clinic).filter(content_id__in=list(rows))
    return set(signed.values_list("content_id", "version"))


def _words(
    exercise: Exercise,
    version: int,
    language: str,
    translation: Any,
    old: Mapping[Key, Mapping[str, Any]],
    signed: set[Key],
) -> Words:
    former = old.get((exercise.pk, version))
    own: Mapping[str, Any] = former or vars(exercise)
    told = _told(translation, former, language)
    is_whole = bool(told and told["steps"])
    texts = told if told and is_whole else own
    values: dict[str, Any] = {name: texts[name] for name in TEXTS if name != "name"}
    return Words(
        name=told["name"] if told else own["name"],
        name_language=language if told else exercise.language,
        language=language if is_whole else exercise.language,
        **values | {name: tuple(values[name]) for name in LISTS},
        equipment=tuple(own["equipment"]),
        figures=tuple(own["figures"]),
        is_signed=(
            bool(translation and translation.is_signed)
            if is_whole and not former
            else (exercise.pk, version) in signed
        ),
        is_outdated=bool(
            translation and not former and translation.of_version < exercise.version
        ),
    )


def _told(
    translation: Any, former: Mapping[str, Any] | None, language: str
) -> dict[str, Any] | None:
    """Return the translated texts: those of the former version where it has any."""
    if former is not None:
        kept: dict[str, Any] | None = former.get("translations", {}).get(language)
        return kept
    return translation.texts() if translation else None
