"""What is asked for: folded words, and the same said in other words."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from exercises.folding import fold
from exercises.search.likeness import trigrams
from exercises.tags import vocabulary

LONGEST = 100
MOST_WORDS = 10
MOST_PHRASES = 8
# Words that say nothing about an exercise, in the four languages
SMALL_WORDS = frozenset(
    word
    for line in (
        "a an and at for from in it my of on or the to with",
        "al con de del el en la las los o para por sobre un una y",
        "a au aux avec d des du et l le les pour sur une",
        "auf am an das dem den der die ein eine fur im in mit und vom zu zum",
    )
    for word in line.split()
)


@dataclass(frozen=True)
class Phrase:
    """One way to say what is asked for."""

    text: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words that tell something, or all of them if none does."""
        words = tuple(dict.fromkeys(self.text.split()))[:MOST_WORDS]
        return tuple(w for w in words if w not in SMALL_WORDS) or words

    @cached_property
    def compact(self) -> str:
        """The letters without spaces: "catcow" is "cat cow"."""
        return self.text.replace(" ", "")

    @cached_property
    def trigrams(self) -> frozenset[str]:
        """The trigrams of all words."""
        return trigrams(self.text)


def phrases(text: str) -> tuple[Phrase, ...]:
    """Return the folded text, then ways to say it with synonyms; nothing if empty."""
    asked = fold(text[:LONGEST])
    if not asked:
        return ()
    others = dict.fromkeys(_said_otherwise(asked))
    others.pop(asked, None)
    return tuple(map(Phrase, [asked, *others][:MOST_PHRASES]))


def _said_otherwise(text: str) -> Iterator[str]:
    padded = f" {text} "
    for group in _synonyms():
        for known in group:
            if f" {known} " in padded:
                for other in group:
                    yield padded.replace(f" {known} ", f" {other} ").strip()


@cache
def _synonyms() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(fold, group)) for group in vocabulary().synonyms)
