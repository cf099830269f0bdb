"""In which languages an exercise is told, and which of its texts are signed."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from clinic.admin import badge, day
from clinic.models import Membership, SignOff
from exercises.models import Exercise, ExerciseTranslation


@dataclass(frozen=True)
class Told:
    """The texts in one language; ``edit`` and ``sign`` are addresses, or empty."""

    language: str
    name: str
    state: SafeString
    signed: str = ""
    edit: str = ""
    sign: str = ""


def told(exercise: Exercise, actor: Membership) -> list[Told]:
    """Return the exercise's own texts and those in each further language."""
    rows = ExerciseTranslation.objects.visible_to(actor).filter(exercise=exercise)
    others = {row.language: row for row in rows}
    signatures = _signatures([exercise, *others.values()], actor)
    found = [_of(exercise, signatures, "exercises")]
    for code, _ in settings.LANGUAGES:
        if code in others:
            row = others[code]
            # Own and original texts differ in one case alone: older than the original
            row.exercise = exercise
            found.append(_of(row, signatures, "translations"))
        elif code != exercise.language:
            found.append(_missing(exercise, code))
    return found


def _signatures(rows: list[Any], actor: Membership) -> dict[Any, SignOff]:
    mine = SignOff.objects.of_clinic(actor.clinic_id)
    found = mine.filter(content_id__in=[row.pk for row in rows])
    return {(one.content_id, one.version): one for one in found}


def _of(row: Any, signatures: dict[Any, SignOff], kind: str) -> Told:
    signature = signatures.get((row.pk, row.version))
    is_own = isinstance(row, Exercise)
    asked = urlencode({"kind": kind, "language": row.language, "only": str(row.pk)})
    edit = "" if is_own else _page(row)
    told = {"language": _word(row.language), "name": row.name, "edit": edit}
    if getattr(row, "is_outdated", False):
        state = badge("warn", "triangle-alert", "Older than the original")
        return Told(**told, state=state)
    if not (is_own or row.is_whole):
        return Told(**told, state=badge("", "pencil", "Name only"))
    if signature is None:
        sign = f"{reverse('admin:exercises_unsigned')}?{asked}"
        return Told(**told, state=badge("warn", "pencil", "Draft"), sign=sign)
    by = f"{signature.reviewed_by}, {day(signature.reviewed_on)}"
    return Told(**told, state=badge("ok", "check", "Signed"), signed=by)


def _missing(exercise: Exercise, code: str) -> Told:
    asked = urlencode({"exercise": str(exercise.pk), "language": code})
    add = f"{reverse('admin:exercises_exercisetranslation_add')}?{asked}"
    none = badge("", "pencil", "None")
    return Told(language=_word(code), name="", state=none, edit=add)


def _page(row: ExerciseTranslation) -> str:
    return reverse("admin:exercises_exercisetranslation_change", args=[row.pk])


def _word(code: str) -> str:
    return str(dict(settings.LANGUAGES).get(code, code))
