"""How alike two words are: shared trigrams as PostgreSQL cuts them, or one slip."""

from functools import lru_cache
from itertools import zip_longest

# A slip of the finger in a word this long leaves no doubt what was meant
SHORTEST_FOR_SLIP = 4
SLIP = 0.8


@lru_cache(maxsize=10_000)
def trigrams(text: str) -> frozenset[str]:
    """Return the trigrams of a folded text, each word with two spaces before it."""
    padded = (f"  {word} " for word in text.split())
    return frozenset(w[i : i + 3] for w in padded for i in range(len(w) - 2))


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of what both hold, 0 to 1."""
    return len(one & other) / len(one | other) if one and other else 0.0


@lru_cache(maxsize=50_000)
def likeness(asked: str, word: str) -> float:
    """Return 1 for the same word, less for a beginning, a slip, shared trigrams."""
    if asked == word:
        return 1.0
    if word.startswith(asked) and len(asked) > 1:
        return 0.9 + 0.1 * len(asked) / len(word)
    shared = overlap(trigrams(asked), trigrams(word))
    return max(shared, SLIP if is_slip(asked, word) else 0.0)


def is_slip(asked: str, word: str) -> bool:
    """Tell whether one letter is missing, too much, wrong or swapped with the next."""
    shorter, longer = sorted((asked, word), key=len)
    if len(shorter) < SHORTEST_FOR_SLIP or len(longer) - len(shorter) > 1:
        return False
    pairs = enumerate(zip_longest(shorter, longer))
    at = next((i for i, (a, b) in pairs if a != b), len(shorter))
    if len(shorter) < len(longer):
        return shorter[at:] == longer[at + 1 :]
    swapped = shorter[at : at + 2] == longer[at : at + 2][::-1]
    rest = at + 2 if swapped else at + 1
    return shorter[rest:] == longer[rest:]
