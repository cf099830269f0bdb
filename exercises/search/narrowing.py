"""PostgreSQL chooses a few candidates out of a large library.

It only narrows what is scored; where it cannot, everything is scored, which gives the
same first answers and takes longer.
"""

from functools import reduce
from operator import add, and_, or_
from typing import Any

from django.db.models import Case, Q, Value, When
from django.db.models.functions import Length, NullIf, StrIndex

from exercises.models import ExerciseQuerySet
from exercises.search.index import known_words
from exercises.search.likeness import SHORTEST_FOR_SLIP, likeness
from exercises.search.query import Phrase
from exercises.search.scoring import LEAST_WORD

Phrases = tuple[Phrase, ...]
Rows = list[tuple[Any, str]]

MOST_CANDIDATES = 60
MOST_CORRECTIONS = 8
# Longer words still have trigrams in common with what was meant
LONGEST_FOR_SWAPS = 6
LONGEST_FOR_SPLITS = 14


def literal(rows: ExerciseQuerySet, phrases: Phrases) -> Rows:
    """Return the rows that hold all words of a phrase as they are spelled."""
    held = (reduce(and_, map(_holds, phrase.words)) for phrase in phrases)
    return _first(rows.filter(reduce(or_, held)), phrases[0].text)


def alike(rows: ExerciseQuerySet, phrases: Phrases) -> Rows:
    """Return the rows that hold something like each word of a phrase."""
    meant = _meant({word for phrase in phrases for word in phrase.words}, rows.db)
    held = [
        reduce(and_, (_holds_any(meant[word]) for word in phrase.words))
        for phrase in phrases
    ]
    held += [_holds(text) for text in _split(phrases[0].text)]
    return _first(rows.filter(reduce(or_, held)), phrases[0].text)


def partly(rows: ExerciseQuerySet, phrases: Phrases) -> Rows:
    """Return the rows that hold some word of what was typed, those with most first."""
    held = [_holds(word) for word in phrases[0].words]
    ones = [Case(When(each, then=1), default=0) for each in held]
    found = rows.filter(reduce(or_, held)).order_by(-reduce(add, ones), "id")
    return list(found.values_list("pk", "search_text")[:MOST_CANDIDATES])


def _first(found: ExerciseQuerySet, asked: str) -> Rows:
    """Return the best rows as far as the database can tell.

    Exact names come first, then what stands early in the text: the first name does,
    and the words of region and muscles stand behind all names.
    """
    is_exact = Case(When(search_text__contains=f"\n{asked}\n", then=0), default=1)
    place = NullIf(StrIndex("search_text", Value(asked)), Value(0))
    order = (is_exact, place.asc(nulls_last=True), Length("search_text"), "id")
    ordered = found.order_by(*order)
    return list(ordered.values_list("pk", "search_text")[:MOST_CANDIDATES])


def _meant(words: set[str], using: str) -> dict[str, list[str]]:
    """Return each word with the words of the library that may have been meant."""
    swapped = [other for word in words for other in _swapped(word)]
    known = known_words(sorted(words), swapped, using)
    meant = {}
    for word in words:
        near = sorted(((likeness(word, other), other) for other in known), reverse=True)
        others = [other for like, other in near if like >= LEAST_WORD]
        meant[word] = [word, *others[:MOST_CORRECTIONS]]
    return meant


def _swapped(word: str) -> list[str]:
    """Return a short word with two letters swapped: few of its trigrams are left."""
    if not SHORTEST_FOR_SLIP <= len(word) <= LONGEST_FOR_SWAPS:
        return []
    places = range(len(word) - 1)
    return [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places]


def _split(text: str) -> list[str]:
    """Return the two words that a single one may have been meant as."""
    if " " in text or len(text) > LONGEST_FOR_SPLITS:
        return []
    return [f"\n{text[:at]} {text[at:]}\n" for at in range(2, len(text) - 1)]


def _holds(word: str) -> Q:
    return Q(search_text__contains=word)


def _holds_any(words: list[str]) -> Q:
    return reduce(or_, map(_holds, words))
