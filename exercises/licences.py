"""Licences of imported texts and pictures, and what of them has to be printed.

``must_print(exercise)`` is what a handout asks: the credits of the exercise, its
translation and its pictures, in one line.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import yaml

from exercises.folding import fold

LICENCES = Path(__file__).parent / "licences.yaml"
LONGEST = 400


@dataclass(frozen=True)
class Licence:
    """One licence as the table tells it."""

    title: str
    names: tuple[str, ...] = ()
    credit: bool = False
    share_alike: bool = False
    url: str = ""


class Licensed(Protocol):
    """What has texts under a licence."""

    licence: str
    attribution: str


class LicensedExercise(Licensed, Protocol):
    """An exercise: its texts, and pictures with licences of their own."""

    figures: list[dict[str, Any]]


@cache
def table() -> Mapping[str, Licence]:
    """Return the licences by title, read once."""
    data = yaml.safe_load(LICENCES.read_text(encoding="utf-8"))
    return {
        title: Licence(title, **{**entry, "names": tuple(entry["names"])})
        for title, entry in data.items()
    }


@cache
def _titles() -> Mapping[str, str]:
    return {
        fold(name): one.title
        for one in table().values()
        for name in (one.title, *one.names)
    }


def title_of(text: str) -> str:
    """Return a licence by its usual title; what is not known stays as it is told."""
    return _titles().get(fold(text), text)


def is_known(text: str) -> bool:
    """Tell whether a licence stands in the table."""
    return title_of(text) in table()


def asks_for_credit(text: str) -> bool:
    """Tell whether the licence asks for a printed credit.

    One that is not known may ask for it, so it is printed to be safe.
    """
    if not text:
        return False
    known = table().get(title_of(text))
    return known.credit if known else True


def must_print(
    exercise: LicensedExercise,
    translation: Licensed | None = None,
    *,
    figures: Iterable[Mapping[str, Any]] | None = None,
) -> str:
    """Return the credits that must stand by an exercise on paper; empty if none.

    ``translation`` is what the patient reads in place of the exercise's own texts;
    ``figures`` the pictures shown, by default all of the exercise.
    """
    texts = [_credit(exercise.licence, exercise.attribution)]
    if translation is not None:
        texts.append(_credit(translation.licence, translation.attribution))
    shown = exercise.figures if figures is None else figures
    seen = [_credit(x.get("licence", ""), x.get("attribution", "")) for x in shown]
    told = _told("Text", texts)
    pictures = _told("Pictures", seen)
    if told.partition(": ")[2] == pictures.partition(": ")[2]:
        return told.replace("Text:", "Text and pictures:", 1)[:LONGEST]
    return " ".join(part for part in (told, pictures) if part)[:LONGEST]


def _credit(licence: str, attribution: str) -> str:
    if not asks_for_credit(licence):
        return ""
    return ", ".join(part for part in (attribution, title_of(licence)) if part)


def _told(what: str, credits: Iterable[str]) -> str:
    told = "; ".join(dict.fromkeys(one for one in credits if one))
    return f"{what}: {told}." if told else ""
