"""Licences of imported texts and pictures, and what of them has to be printed.

``credits_of`` is what a handout asks: the credits of texts and pictures, in one line.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from exercises.folding import fold

LICENCES = Path(__file__).parent / "licences.yaml"


@dataclass(frozen=True)
class Licence:
    """One licence as the table tells it."""

    title: str
    names: tuple[str, ...] = ()
    credit: bool = False
    share_alike: bool = False
    url: str = ""


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


def credits_of(
    texts: Iterable[tuple[str, str]], figures: Iterable[Mapping[str, Any]]
) -> str:
    """Return the credits that must stand by an exercise on paper; empty if none.

    ``texts`` are licence and attribution of what the patient reads, ``figures`` the
    pictures shown. The line has no words of its own, so that it fits any language.
    """
    pictures = [(x.get("licence", ""), x.get("attribution", "")) for x in figures]
    told = [_credit(*one) for one in (*texts, *pictures)]
    return "; ".join(dict.fromkeys(one for one in told if one))


def _credit(licence: str, attribution: str) -> str:
    if not asks_for_credit(licence):
        return ""
    title = title_of(licence)
    url = table()[title].url if title in table() else ""
    address = url.removeprefix("https://").rstrip("/")
    return ", ".join(part for part in (attribution, title, address) if part)
