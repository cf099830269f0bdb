"""What a patient reads of exercises: in their language, as of the prescribed version.

Never a silent mix: each part tells the language it is in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from clinic.models import Clinic, SignOff
from exercises.licences import credits_of
from exercises.models import Exercise, ExerciseTranslation, ExerciseVersion
from exercises.models.exercise import TEXTS

# An exercise as a program line holds it: the row and the version it was built with
Wanted = tuple[Exercise, int]
Key = tuple[UUID, int]
LISTS = ("steps", "mistakes", "stop_if")


@dataclass(frozen=True, kw_only=True)
class Words:
    """Texts of one exercise: ``name_language`` of the name, ``language`` of the rest.

    ``content`` is the id and version of the row they come from; ``is_signed`` tells
    whether the clinic has signed that;
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
    content: Key
    is_signed: bool
    is_outdated: bool = False
    # What licences of texts and pictures ask to be printed
    credit: str = ""


@dataclass(frozen=True)
class _Told:
    """Texts of one row, the version of it that is signed, and if it is out of date."""

    texts: Mapping[str, Any]
    key: Key
    is_outdated: bool = False

    @property
    def licence(self) -> tuple[str, str]:
        """Licence and attribution of the texts."""
        return self.texts.get("licence", ""), self.texts.get("attribution", "")


def words_of(
    wanted: Iterable[Wanted], language: str, clinic: Clinic
) -> dict[Key, Words]:
    """Return the words of exercises by (id, version), in at most three queries.

    A translation of the clinic comes before a shared one. Where only the name was
    translated, the rest is in the exercise's own language.
    """
    pairs = list(wanted)
    rows = {exercise.pk: exercise for exercise, _ in pairs}
    translations = _translations(rows, language, clinic)
    former = _former(pairs)
    read: dict[Key, tuple[Exercise, _Told, _Told | None]] = {}
    for exercise, version in pairs:
        key = exercise.pk, version
        kept = former.get(key)
        told = _told(exercise, kept, translations.get(exercise.pk), language)
        read[key] = exercise, _own(exercise, kept), told
    signed = _signed(read.values(), clinic)
    return {
        key: _words(exercise, own, told, language, signed)
        for key, (exercise, own, told) in read.items()
    }


def _translations(
    rows: Mapping[UUID, Exercise], language: str, clinic: Clinic
) -> dict[UUID, ExerciseTranslation]:
    """Return the translations that hold in the clinic, by exercise."""
    foreign = [pk for pk, row in rows.items() if row.language != language]
    if not foreign:
        return {}
    found = ExerciseTranslation.objects.of_clinic(clinic)
    found = found.filter(exercise__in=foreign, language=language)
    return {one.exercise_id: one for one in found}


def _former(pairs: Iterable[Wanted]) -> dict[Key, ExerciseVersion]:
    """Return what was kept of older versions, by (id, version).

    Where that version itself was not kept, the next one is nearest to it.
    """
    older = [(row.pk, version) for row, version in pairs if version < row.version]
    if not older:
        return {}
    since = Q()
    for pk, version in older:
        since |= Q(exercise=pk, version__gte=version)
    kept = list(ExerciseVersion.objects.filter(since).order_by("version"))
    found = {}
    for pk, version in older:
        later = (x for x in kept if x.exercise_id == pk and x.version >= version)
        if first := next(later, None):
            found[pk, version] = first
    return found


def _own(exercise: Exercise, kept: ExerciseVersion | None) -> _Told:
    """Return the words in the exercise's own language."""
    if kept:
        return _Told(kept.content, (exercise.pk, kept.version))
    return _Told(vars(exercise), (exercise.pk, exercise.version))


def _told(
    exercise: Exercise,
    kept: ExerciseVersion | None,
    translation: ExerciseTranslation | None,
    language: str,
) -> _Told | None:
    """Return the translated words, if there are any."""
    version = kept.version if kept else exercise.version
    if translation and (kept is None or _serves(translation, exercise, kept)):
        is_outdated = translation.of_version < version
        key = translation.pk, translation.version
        return _Told(translation.as_kept(), key, is_outdated)
    former = kept and kept.content.get("translations", {}).get(language)
    if not former:
        return None
    key = UUID(former["id"]), former["version"]
    return _Told(former, key, former["of_version"] < version)


def _serves(
    translation: ExerciseTranslation, exercise: Exercise, kept: ExerciseVersion
) -> bool:
    """Tell whether a translation of today says what the former version said."""
    if translation.of_version == kept.version:
        return True
    return all(kept.content[name] == getattr(exercise, name) for name in TEXTS)


def _signed(
    read: Iterable[tuple[Exercise, _Told, _Told | None]], clinic: Clinic
) -> set[Key]:
    """Return what the clinic has signed of all that is read."""
    ids = {told.key[0] for _, *both in read for told in both if told}
    signed = SignOff.objects.of_clinic(clinic).filter(content_id__in=ids)
    return set(signed.values_list("content_id", "version"))


def _words(
    exercise: Exercise,
    own: _Told,
    told: _Told | None,
    language: str,
    signed: set[Key],
) -> Words:
    is_whole = bool(told and told.texts["steps"])
    body = told if told and is_whole else own
    values: dict[str, Any] = {name: body.texts[name] for name in TEXTS}
    del values["name"]
    return Words(
        name=(told or own).texts["name"],
        name_language=language if told else exercise.language,
        language=language if is_whole else exercise.language,
        **values | {name: tuple(values[name]) for name in LISTS},
        equipment=tuple(own.texts["equipment"]),
        figures=tuple(own.texts["figures"]),
        content=body.key,
        is_signed=body.key in signed,
        is_outdated=bool(told and is_whole and told.is_outdated),
        credit=credits_of(
            [own.licence, *([told.licence] if told else [])], own.texts["figures"]
        ),
    )
