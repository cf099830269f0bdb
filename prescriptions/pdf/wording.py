"""Texts taken apart for printing: pieces of sentences, sections of signed texts."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from django.utils import translation
from django.utils.formats import date_format

from clinic import languages
from prescriptions.documents import (
    LANGUAGE,
    HandoutDocument,
    PhasePart,
    PractitionerPart,
    TextBlock,
)

T = TypeVar("T")

# A number with the unit that a no-break space ties to it
NUMBER = re.compile(r"\d+(?:[.,/:\u2013-]\d+)*(?:\u00a0\w+)?")
TELEPHONE = re.compile(r"\+?\(?\d(?:[\d() ./-]*\d)?")
RANGE = re.compile(r"(\d+(?:\s*(?:-|\u2013|\w{1,3})\s*\d+)?)\s*[:.]\s+(.+)", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """Part of a sentence; large when it is a number."""

    text: str
    large: bool


@dataclass
class Part:
    """A paragraph, or the items of a list."""

    kind: str
    texts: list[str]


@dataclass
class Section:
    """A heading, the lines that must stand out, and the rest in its order."""

    heading: str = ""
    actions: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


def in_words(iso: str) -> str:
    """Return a date written out in the language of the handout."""
    return languages.long_date(date.fromisoformat(iso))


def day_and_month(day: date) -> str:
    """Return a day without its year, as in November 23."""
    return date_format(day, "MONTH_DAY_FORMAT", use_l10n=True)


def numbers(sentence: str) -> list[Piece]:
    """Split a sentence so that numbers with their unit can be set larger."""
    return _pieces(sentence, NUMBER)


def telephones(sentence: str) -> list[Piece]:
    """Split a sentence so that telephone numbers can be set larger."""
    return _pieces(sentence, TELEPHONE)


def _pieces(sentence: str, pattern: re.Pattern[str]) -> list[Piece]:
    pieces, end = [], 0
    for match in pattern.finditer(sentence):
        pieces.append(Piece(sentence[end : match.start()], large=False))
        pieces.append(Piece(match.group(), large=True))
        end = match.end()
    pieces.append(Piece(sentence[end:], large=False))
    return [piece for piece in pieces if piece.text]


def as_sentence(phrases: Sequence[str]) -> str:
    """Join short phrases to one sentence."""
    text = ", ".join(phrase.strip().rstrip(".") for phrase in phrases)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def one_line(text: str) -> str:
    """Join the lines of a text with commas."""
    return ", ".join(line.strip(" ,") for line in text.splitlines() if line.strip())


def isolated(name: str) -> str:
    """Keep a name written from right to left from turning what stands beside it."""
    turns = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in name)
    return f"\u2068{name}\u2069" if turns else name


def signature(practitioner: PractitionerPart) -> str:
    """Return name and credential."""
    name = isolated(practitioner.name)
    return f"{name}, {practitioner.credential}" if practitioner.credential else name


def span(values: Sequence[int]) -> str:
    """Return one number, or the lowest and the highest; 0 of a draft without any."""
    if not values:
        return "0"
    ends = dict.fromkeys([min(values), max(values)])
    return "\u2013".join(str(one) for one in ends)


def minutes_of(phases: Sequence[PhasePart]) -> tuple[str, str]:
    """Return minutes of exercise a day, and of all if that is more."""
    total = span([phase.minutes for phase in phases])
    known = [phase.exercise_minutes for phase in phases]
    alone = [minutes for minutes in known if minutes]
    if len(alone) < len(known) or span(alone) == total:
        return total, ""
    return span(alone), total


def sections(blocks: Sequence[TextBlock]) -> list[Section]:
    """Group the pieces of a signed text under their headings."""
    found: list[Section] = []
    for block in blocks:
        if block.kind == "heading" or not found:
            found.append(Section())
        _add(found[-1], block)
    return found


def _add(section: Section, block: TextBlock) -> None:
    parts = section.parts
    if block.kind == "heading":
        section.heading = block.text
    elif block.kind == "action":
        section.actions.append(block.text)
    elif block.kind == "item" and parts and parts[-1].kind == "item":
        parts[-1].texts.append(block.text)
    else:
        parts.append(Part(block.kind, [block.text]))


def bands(part: Part) -> list[tuple[str, str]]:
    """Return (range, meaning) of three items that all begin with a range."""
    matches = [RANGE.fullmatch(text) for text in part.texts]
    found = [(match[1], match[2]) for match in matches if match]
    return found if len(found) == len(matches) == 3 else []


def halved(items: Sequence[T]) -> list[Sequence[T]]:
    """Split a list into two columns of about the same length, the first the longer."""
    lengths = [len(item) if isinstance(item, str) else 1 for item in items]
    cuts = range(len(items) + 1)
    cut = next(i for i in cuts if 2 * sum(lengths[:i]) >= sum(lengths))
    return [part for part in (items[:cut], items[cut:]) if part]


def foreign_hint(language: str) -> str:
    """Return the line that tells of a text that is not translated."""
    if not language:
        return ""
    return languages.fallback_hint(language, translation.get_language() or LANGUAGE)


def written_hint(document: HandoutDocument) -> str:
    """Return the line that tells of the language the practitioner wrote in."""
    return languages.written_hint(document.own_language, document.language)


def as_listed(labels: Sequence[str]) -> str:
    """Join words of the vocabulary, which begin with a capital for lists."""
    if (translation.get_language() or LANGUAGE).startswith("de"):
        return ", ".join(labels)
    return ", ".join(label[:1].lower() + label[1:] for label in labels)
