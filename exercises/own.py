"""What a clinic and its members make of the library: own exercises, stars, dosages."""

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from clinic.audit import record
from clinic.errors import Conflict, FieldError, Forbidden, Invalid
from clinic.models import Actor, Clinic, Membership, Practitioner
from clinic.roles import Scope
from exercises import catalog
from exercises.dosage import Dosage
from exercises.models import (
    DosageColumns,
    Exercise,
    ExerciseTranslation,
    Favorite,
    OwnDosage,
)
from exercises.shared_rows import own_copy
from exercises.uploads import Upload

MOST_PICTURES = 6
# Lists that a translation has in the same length
SAME_LENGTH = ("steps", "mistakes", "stop_if")


def set_favorite(exercise: Exercise, member: Membership, wanted: bool) -> None:
    """Mark an exercise for this member alone, or take the mark away."""
    if wanted:
        Favorite.objects.get_or_create(membership=member, slug=exercise.slug)
    else:
        Favorite.objects.filter(membership=member, slug=exercise.slug).delete()


def own_dosages(by: Actor | None, slugs: Iterable[str]) -> dict[str, OwnDosage]:
    """Return what this person starts with by slug, where it is not the usual dosage."""
    if not isinstance(by, Membership):
        return {}
    kept = OwnDosage.objects.filter(membership=by, slug__in=list(slugs))
    return {row.slug: row for row in kept}


def starting_columns(exercise: Exercise, by: Actor | None) -> DosageColumns:
    """Return the columns of the dosage that this person's prescription begins with."""
    return own_dosages(by, [exercise.slug]).get(exercise.slug) or exercise


def keep_dosage(exercise: Exercise, member: Membership, dosage: Dosage) -> None:
    """Have this member start with a sound dosage of their own from now on."""
    kept = OwnDosage.objects.filter(membership=member, slug=exercise.slug).first()
    row = kept or OwnDosage(membership=member, slug=exercise.slug)
    row.dosage = dosage
    row.full_clean(validate_unique=False)
    row.save()


def drop_dosage(exercise: Exercise, member: Membership) -> None:
    """Have this member start with the usual dosage again."""
    OwnDosage.objects.filter(membership=member, slug=exercise.slug).delete()


@transaction.atomic
def create_exercise(exercise: Exercise, *, visibility: str, by: Actor) -> None:
    """Store a new exercise of the clinic's own; raise ValidationError by column."""
    _require_write(by)
    exercise.clinic = Clinic.objects.get(pk=by.clinic_id)
    exercise.owner = _person(by)
    exercise.slug = free_slug(exercise.name, exercise.clinic)
    _show_to(exercise, visibility, by)
    exercise.full_clean()
    exercise.save(force_insert=True)
    record(by, "exercise.created", exercise)


@transaction.atomic
def change_exercise(
    exercise: Exercise, values: Mapping[str, Any], *, by: Actor
) -> None:
    """Store new values of an exercise that the caller holds under its row's lock.

    Raises Conflict for a shared exercise, ValidationError by column.
    """
    _require_write(by)
    if exercise.is_shared:
        told = "Shared exercises stay as they are. Make it your clinic's own first."
        raise Conflict("shared_exercise", told)
    for name, value in values.items():
        setattr(exercise, name, value)
    if "visibility" in values:
        _show_to(exercise, values["visibility"], by)
    exercise.full_clean()
    exercise.save()
    record(by, "exercise.changed", exercise)


@transaction.atomic
def new_from(exercise: Exercise, by: Actor, *, name: str = "") -> Exercise:
    """Return a new draft of the clinic's own that begins as this exercise is.

    Unlike an own copy it replaces nothing: it has a slug of its own.
    """
    _require_write(by)
    clinic = Clinic.objects.get(pk=by.clinic_id)
    new = exercise.copy_for(clinic)
    new.name = name or f"{exercise.name[:80]} (our version)"
    new.slug = free_slug(new.name, clinic)
    new.cloned_from = [exercise.slug, *exercise.cloned_from]
    new.owner, new.status = _person(by), Exercise.Status.DRAFT
    # An import that runs again must not write over what the clinic makes of it
    new.import_source = new.import_id = ""
    new.save()
    exercise.copy_parts(new)
    record(by, "exercise.created", new, source=str(exercise.pk))
    return new


@transaction.atomic
def set_status(exercise: Exercise, status: str, by: Actor) -> Exercise:
    """Put an exercise into use, or archive it; a shared one in this clinic only.

    Nothing is deleted: programs keep what was prescribed. Raises Conflict for one
    that no patient could follow yet, as imports may bring it.
    """
    _require_write(by)
    is_whole = bool(exercise.start and exercise.steps)
    if status == Exercise.Status.PUBLISHED and not is_whole:
        told = "Write its start position and its steps before you put it into use."
        raise Conflict("not_whole", told)
    own = catalog.own_copy(exercise, by)
    own.status = status
    own.save(update_fields=["status", "updated_at"])
    verb = "archived" if status == Exercise.Status.ARCHIVED else "restored"
    record(by, f"exercise.{verb}", own)
    return own


def _person(by: Actor) -> Practitioner | None:
    return by.practitioner if isinstance(by, Membership) else None


def _show_to(exercise: Exercise, visibility: str, by: Actor) -> None:
    """Set who sees it; only its maker can keep an exercise to themselves."""
    if visibility == Exercise.Visibility.CLINIC:
        exercise.visibility = visibility
    elif isinstance(by, Membership) and _is_free_or_mine(exercise, by):
        keep_to(exercise, visibility, by)
    else:
        told = "Only who made an exercise can keep it to themselves."
        error = FieldError("/visibility", "only_maker", told)
        raise Invalid("invalid", told, errors=[error])


def _is_free_or_mine(exercise: Exercise, by: Membership) -> bool:
    return exercise.owner_id in (None, by.practitioner_id)


def keep_to(exercise: Exercise, visibility: str, by: Membership) -> None:
    """Show an unsaved own exercise to its maker alone, or to the whole clinic.

    What is private takes a slug of its own: under that of a shared exercise it would
    hide that one from colleagues who cannot see what replaced it.
    """
    exercise.visibility = visibility
    if visibility == Exercise.Visibility.CLINIC:
        return
    exercise.owner = by.practitioner
    if Exercise.objects.shared().filter(slug=exercise.slug).exists():
        exercise.slug = free_slug(exercise.name, exercise.clinic)


def length_faults(exercise: Exercise, texts: Mapping[str, Any]) -> dict[str, str]:
    """Return field -> sentence for lists of another length than the original's.

    A translation of the name alone has none.
    """
    pairs = {
        name: (len(getattr(exercise, name)), len(texts.get(name) or []))
        for name in (SAME_LENGTH if texts.get("steps") else ())
    }
    return {
        name: f"The original has {here} of them, this {there}."
        for name, (here, there) in pairs.items()
        if here != there
    }


@transaction.atomic
def translate(
    exercise: Exercise, language: str, texts: Mapping[str, Any], *, by: Actor
) -> bool:
    """Store the clinic's own texts in a language; return whether there were none.

    A shared translation is replaced in this clinic only. Raises Invalid with one
    error a field, ValidationError by column.
    """
    _require_write(by)
    if language == exercise.language:
        raise Invalid("own_language", "The exercise itself is in this language.")
    if faults := length_faults(exercise, texts):
        errors = [
            FieldError(f"/{name}", "odd_length", told) for name, told in faults.items()
        ]
        raise Invalid("invalid", errors[0].detail, errors=errors)
    rows = ExerciseTranslation.objects.visible_to(by).filter(exercise=exercise)
    stored = rows.filter(language=language).first()
    row = own_copy(stored, by, scope=Scope.EXERCISES_WRITE) if stored else None
    if row is None:
        clinic = Clinic.objects.get(pk=by.clinic_id)
        row = ExerciseTranslation(clinic=clinic, exercise=exercise, language=language)
        row.of_version = exercise.version
    for name, value in texts.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    record(by, "exercisetranslation.written", row, language=language)
    return stored is None


def add_picture(
    exercise: Exercise, upload: Upload, alt: str, *, caption: str = "", by: Actor
) -> Exercise:
    """Append an uploaded picture to the clinic's own copy of the exercise."""
    figure: dict[str, Any] = {
        "asset": upload.asset,
        "width": upload.width,
        "height": upload.height,
        "description": {exercise.language: alt},
        "caption": {exercise.language: caption} if caption else {},
    }

    def appended(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(figures) >= MOST_PICTURES:
            raise Invalid("too_many", f"At most {MOST_PICTURES} pictures; remove one.")
        return [*figures, figure]

    return _with_figures(exercise, appended, by)


def remove_picture(exercise: Exercise, asset: str, *, by: Actor) -> Exercise:
    """Take an uploaded picture away; what was issued with it keeps it."""

    def without(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for one in figures if one.get("asset") != asset]

    return _with_figures(exercise, without, by)


def check_video(url: str) -> str:
    """Return a video's address; raise Invalid unless it is https on a known host."""
    parts = urlsplit(url)
    hosts: list[str] = settings.VIDEO_HOSTS
    if parts.scheme != "https" or parts.username or parts.port:
        raise Invalid("video", "Give an address that begins with https://.")
    if parts.hostname not in hosts:
        raise Invalid("video", f"Videos may be on: {', '.join(hosts)}.")
    return url


def free_slug(name: str, clinic: Clinic | None) -> str:
    """Return a slug that neither the clinic nor the shared library has."""
    stem = slugify(name)[:50] or "exercise"
    taken = Exercise._base_manager.filter(Q(clinic=clinic) | Q(clinic=None))
    slugs = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    return next(slug for slug in slugs if not taken.filter(slug=slug).exists())


@transaction.atomic
def _with_figures(
    exercise: Exercise, change: Callable[[list[dict[str, Any]]], Any], by: Actor
) -> Exercise:
    """Change the pictures as they stand now, under the row's lock."""
    _require_write(by)
    own = catalog.own_copy(exercise, by)
    row = Exercise.objects.visible_to(by).select_for_update().get(pk=own.pk)
    row.figures = change(list(row.figures))
    row.save()
    record(by, "exercise.changed", row, fields="figures")
    return row


def _require_write(by: Actor) -> None:
    if not by.can(Scope.EXERCISES_WRITE):
        raise Forbidden("not_allowed", "Your role does not change exercises.")
