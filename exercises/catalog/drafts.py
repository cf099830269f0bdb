"""Figures that a person is editing: drawn and judged without storing, then stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from clinic.audit import record
from clinic.errors import Conflict, FieldError, Invalid
from clinic.models import Actor
from exercises import pictures
from exercises.catalog.rows import own_copy
from exercises.figures import (
    Bend,
    Figure,
    PoseError,
    Problem,
    bends_of,
    check_series,
    draw_series,
    places_of,
    read_figure,
)
from exercises.models import Exercise

MOST_FIGURES = 6
LONGEST = {"caption": 60, "description": 300}
# Joint -> key of the limb that moves it, when the limb is given by directions
MOVED_BY = {
    "elbow": "fore",
    "wrist": "hand",
    "hip": "thigh",
    "knee": "shank",
    "ankle": "foot",
}
LIMB_OF = {"elbow": "arm", "wrist": "arm", "hip": "leg", "knee": "leg", "ankle": "leg"}
SPINE = {
    "waist": "pose.trunk[2]",
    "mid_back": "pose.trunk[3]",
    "neck_base": "pose.neck",
    "neck_top": "pose.head",
    "trunk_twist": "pose.roll",
    "head_twist": "pose.head_roll",
}
WORDS = {"caption", "description"}
SIDES = {"near": "right", "far": "left"}


@dataclass(frozen=True)
class Fault:
    """What is wrong at which field of which figure (from 0); hints do not block."""

    figure: int
    field: str
    text: str
    blocks: bool = True


@dataclass(frozen=True)
class Draft:
    """Figures as they would be stored: SVG, bends and places of joints, faults."""

    drawings: tuple[str, ...]
    bends: tuple[tuple[Bend, ...], ...]
    places: tuple[dict[str, tuple[float, float, float]], ...]
    faults: tuple[Fault, ...]


def judge(entries: Sequence[Any]) -> Draft:
    """Draw figures that may be faulty; a faulty one has no drawing."""
    faults = list(_bounds(entries))
    figures: dict[int, Figure] = {}
    for number, entry in enumerate([] if faults else entries):
        try:
            figures[number] = read_figure(entry, str(number))
        except PoseError as error:
            faults.append(Fault(number, error.field, error.problem))
    known = list(figures.values())
    drawn = dict(zip(figures, draw_series(known), strict=True))
    faults += [_fault(problem, entries) for problem in check_series(known)]
    numbers = range(len(entries))
    sound = [figures.get(number) for number in numbers]
    return Draft(
        drawings=tuple(drawn.get(number, "") for number in numbers),
        bends=tuple(tuple(bends_of(one)) if one else () for one in sound),
        places=tuple(places_of(one) if one else {} for one in sound),
        faults=tuple(faults),
    )


def store_figures(
    exercise: Exercise, entries: Sequence[Any], *, version: int, by: Actor
) -> Exercise:
    """Store figures at the clinic's own copy, made now if there is none.

    Raises Conflict when ``version`` is no longer that of the exercise, and Invalid
    with one error a field.
    """
    blocking = [fault for fault in judge(entries).faults if fault.blocks]
    if blocking:
        errors = [
            FieldError(f"/figures/{fault.figure}/{fault.field}", "figure", fault.text)
            for fault in blocking
        ]
        raise Invalid("figure", errors[0].detail, errors=errors)
    figures = pictures.draw_and_store(list(entries), exercise.slug)
    with transaction.atomic():
        return _stored(exercise, figures, version, by)


def _stored(
    exercise: Exercise, figures: list[dict[str, Any]], version: int, by: Actor
) -> Exercise:
    """Write the figures if nobody else wrote since; the row's lock says who won."""
    own = own_copy(exercise, by)
    # A copy made just now begins at 1; pictures of an earlier one are later.
    before = 1 if exercise.is_shared else version
    rows = Exercise.objects.visible_to(by).filter(pk=own.pk, version=before)
    row = rows.select_for_update().first()
    if exercise.version != version or row is None:
        text = f"{exercise.name} was changed meanwhile. Open this page again."
        raise Conflict("changed_meanwhile", text)
    # Pictures from files are none of the editor's: they stay, after the drawn ones
    row.figures = [*figures, *filter(pictures.is_upload, row.figures)]
    row.version = before + 1
    row.save()
    record(by, "exercise.changed", row, fields="figures")
    return row


def _bounds(entries: Sequence[Any]) -> Iterator[Fault]:
    if len(entries) > MOST_FIGURES:
        yield Fault(0, "", f"{len(entries)} pictures, allowed {MOST_FIGURES}")
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict):
            yield Fault(number, "", "must be a mapping of names to values")
            continue
        for key, most in LONGEST.items():
            texts = entry.get(key)
            for language, text in texts.items() if isinstance(texts, dict) else ():
                if len(str(text)) > most:
                    told = f"{len(str(text))} characters, allowed {most}"
                    yield Fault(number, f"{key}.{language}", told)


def _fault(problem: Problem, entries: Sequence[Any]) -> Fault:
    """Return a problem of the checks at the field that can mend it."""
    number = int(problem.figure)
    joint, text = problem.joint, problem.text
    if joint in WORDS:
        language = text[-3:-1] if "'" in text else "en"
        return Fault(number, f"{joint}.{language}", text)
    if joint == "file":
        return Fault(number, "", text)
    field = field_of(joint, entries[number])
    bends = text.startswith(("bends", "`to`"))
    return Fault(number, field, f"{in_words(joint)}: {text}", blocks=bends)


def field_of(joint: str, entry: dict[str, Any]) -> str:
    """Return the field that moves a joint; empty when it is none alone."""
    side, _, part = joint.partition("_")
    if joint in SPINE:
        return SPINE[joint]
    if part in {"arm", "leg"}:
        return f"pose.{joint}.to"
    if part not in MOVED_BY:
        return ""
    limb = f"{side}_{LIMB_OF[part]}"
    key = MOVED_BY[part]
    data = entry.get("pose", {}).get(limb)
    is_placed = isinstance(data, dict) and "to" in data
    return f"pose.{limb}.{'to' if is_placed and key not in {'hand', 'foot'} else key}"


def in_words(joint: str) -> str:
    """Return a joint as people call it: near is the person's right side."""
    side, _, part = joint.partition("_")
    name = f"{SIDES[side]} {part}" if side in SIDES else joint
    return name.replace("_", " ").capitalize()
