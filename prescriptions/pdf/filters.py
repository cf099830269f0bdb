"""Filters of the handout's templates; each returns plain values, never markup."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django import template
from django.utils import translation
from django.utils.formats import date_format

from prescriptions.documents import ExerciseCard, PhasePart, TextBlock
from prescriptions.pdf.arrangement import arrange

register = template.Library()
register.filter("arrange", arrange)

# A number with the unit that a no-break space ties to it
NUMBER = re.compile(r"\d+(?:[.,/:\u2013-]\d+)*(?:\u00a0\w+)?")
TELEPHONE = re.compile(r"\+?\(?\d(?:[\d() ./-]*\d)?")
RANGE = re.compile(r"(\d+(?:\s*(?:-|\u2013|to)\s*\d+)?)\s*[:.]\s+(.+)", re.DOTALL)

# Cards of the library have up to 800; from about 2500 on one fills a page.
LONG_CARD_CHARACTERS = 1500


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


@register.filter
def in_words(iso: str, language: str) -> str:
    """Return a date written out, as in November 20, 2026."""
    with translation.override(language):
        return date_format(
            date.fromisoformat(iso),
            "F j, Y" if language.startswith("en") else "DATE_FORMAT",
            use_l10n=True,
        )


@register.filter
def numbers(sentence: str) -> list[Piece]:
    """Split a sentence so that numbers with their unit can be set larger."""
    return _pieces(sentence, NUMBER)


@register.filter
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


@register.filter
def as_sentence(phrases: Sequence[str]) -> str:
    """Join short phrases to one sentence."""
    text = ", ".join(phrase.strip().rstrip(".") for phrase in phrases)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


@register.filter
def isolated(name: str) -> str:
    """Keep a name written from right to left from turning what stands beside it."""
    turns = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in name)
    return f"\u2068{name}\u2069" if turns else name


@register.filter
def minutes_a_day(phases: Sequence[PhasePart]) -> str:
    """Return the minutes a day, a range if the phases differ."""
    minutes = sorted({phase.minutes for phase in phases})
    return "\u2013".join(str(one) for one in dict.fromkeys([minutes[0], minutes[-1]]))


@register.filter
def is_long(card: ExerciseCard) -> bool:
    """Tell whether a card may be broken, and its note needs the whole width."""
    texts = [card.start, card.breathing, card.feel, card.note]
    lists = [*card.steps, *card.mistakes, *card.stop_if, *card.precautions]
    return sum(map(len, texts + lists)) > LONG_CARD_CHARACTERS


@register.filter
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


@register.filter
def bands(part: Part) -> list[tuple[str, str]]:
    """Return (range, meaning) of three items that all begin with a range."""
    matches = [RANGE.fullmatch(text) for text in part.texts]
    found = [(match[1], match[2]) for match in matches if match]
    return found if len(found) == len(matches) == 3 else []


@register.filter
def halves(items: Sequence[object]) -> list[Sequence[object]]:
    """Split a list into two columns of about the same length, the first the longer."""
    lengths = [len(item) if isinstance(item, str) else 1 for item in items]
    cuts = range(len(items) + 1)
    cut = next(i for i in cuts if 2 * sum(lengths[:i]) >= sum(lengths))
    return [part for part in (items[:cut], items[cut:]) if part]
