"""How well an exercise answers a search; the same on every database.

The whole part of a score says what matched: a name, its beginning, its words, its
words by a synonym, something like them, or the words of region and muscles; below 1,
only some of the words were found. The rest orders those that match alike.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from exercises.folding import blocks
from exercises.search.likeness import likeness, overlap, trigrams
from exercises.search.query import Phrase

EXACT, BEGINS, WORDS, SYNONYM, ALIKE, ABOUT = 6, 5, 4, 3, 2, 1
# Below this a word is another word
LEAST_WORD = 0.4
LEAST_NAME = 0.55
LEAST_SHARE = 0.4
# The word itself, or one that begins with it
SPELLED = 0.9
# Of two exercises with one name, the one that it is the first name of
OTHER_NAME = 0.02
ALL_BUT = 0.99


@dataclass(frozen=True)
class Found:
    """What an exercise is found by."""

    names: Sequence[str]
    others: Sequence[str]
    about: str

    @classmethod
    def of(cls, search_text: str) -> "Found":
        """Return the parts of a stored search text."""
        return cls(*blocks(search_text))


def score(phrases: Sequence[Phrase], found: Found) -> float:
    """Return how well the exercise answers, 0 for not at all.

    The first phrase is what was typed, the others say it with synonyms.
    """
    typed, *synonyms = phrases
    best = _best_name(typed, found) or _about_score(typed, found)
    # No synonym is worth more than the typed words in a name
    for phrase in synonyms if best < WORDS else ():
        by_name = _best_name(phrase, found)
        if by_name >= WORDS:
            best = max(best, SYNONYM + (by_name - WORDS) / 3 * ALL_BUT)
        elif not best:
            best = _about_score(phrase, found) * 0.9
    return best


def _best_name(phrase: Phrase, found: Found) -> float:
    best = max((_name_score(phrase, name) for name in found.names), default=0.0)
    other = max((_name_score(phrase, name) for name in found.others), default=0.0)
    return max(best, other - OTHER_NAME if other else 0.0)


def _name_score(phrase: Phrase, name: str) -> float:
    if name == phrase.text:
        return EXACT + 0.1
    if name.replace(" ", "") == phrase.compact:
        return EXACT
    length = len(phrase.text) / max(len(name), len(phrase.text))
    if name.startswith(phrase.text):
        return BEGINS + length * ALL_BUT
    parts = trigrams(name)
    if phrase.trigrams.isdisjoint(parts):
        return 0.0
    each = _each(phrase, name.split())
    if min(each) >= SPELLED:
        return WORDS + length * ALL_BUT
    mean = _mean(each, phrase.words)
    if mean >= LEAST_NAME and min(each) >= LEAST_WORD:
        whole = overlap(phrase.trigrams, parts)
        return ALIKE + (0.7 * mean + 0.3 * whole) * ALL_BUT
    return 0.0


def _about_score(phrase: Phrase, found: Found) -> float:
    """Return the share of words that any name or the words of the exercise hold."""
    known = set(found.about.split())
    for name in (*found.names, *found.others):
        known.update(name.split())
    each = _each(phrase, known)
    mean = _mean(each, phrase.words)
    if min(each) >= LEAST_WORD and mean >= LEAST_NAME:
        return ABOUT + mean * 0.9
    told = [like if like >= SPELLED else 0.0 for like in each]
    share = _mean(told, phrase.words)
    return share * 0.9 if share >= LEAST_SHARE else 0.0


def _each(phrase: Phrase, words: Collection[str]) -> list[float]:
    """Return for each word asked for how much it is like one of these words."""
    return [
        1.0
        if asked in words
        else max((likeness(asked, word) for word in words), default=0.0)
        for asked in phrase.words
    ]


def _mean(each: Sequence[float], words: Sequence[str]) -> float:
    """Return the mean likeness; longer words count for more."""
    total = sum(map(len, words))
    return sum(like * len(word) for like, word in zip(each, words, strict=True)) / total
