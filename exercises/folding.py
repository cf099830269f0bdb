"""Texts as searches compare them: small letters, no accents, no signs."""

import re
import unicodedata
from collections.abc import Iterable

from exercises.tags import label, label_languages

SIGNS = re.compile(r"[\W_]+")
# "Cobra (prone press-up)", "Crunch / sit-up": each part is a name too
ASIDE = re.compile(r"\s*\(([^()]*)\)\s*")
SLASH = re.compile(r"\s/\s")


def fold(text: str) -> str:
    """Return words of small letters without accents, with one space between them.

    Both databases hold and are asked for texts that went through here, so that they
    find alike; PostgreSQL's ``unaccent`` would fold in one of them only.
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return SIGNS.sub(" ", bare.casefold()).strip()


def search_text(
    names: Iterable[str], others: Iterable[str], words: Iterable[str]
) -> str:
    """Return all that an exercise is found by, folded, in three blocks.

    Names and other names stand a line each, between line breaks; the words of region,
    muscles and so on follow in one line, each once. Empty lines part the blocks.
    """
    wholes, parts = [], []
    for name in names:
        bare = ASIDE.sub(" ", name)
        wholes += [name, bare, *SLASH.split(bare)]
        parts += ASIDE.findall(name)
    first = _folded(wholes)
    rest = [line for line in _folded([*parts, *others]) if line not in first]
    about = " ".join(dict.fromkeys(" ".join(_folded(words)).split()))
    return "\n" + "\n\n".join(["\n".join(first), "\n".join(rest), about])


def term_words(terms: Iterable[str]) -> list[str]:
    """Return terms of the vocabulary with their words in all languages."""
    found = []
    for term in terms:
        spoken = sorted(label_languages(term))
        found += [term, *(label(term, language) for language in spoken)]
    return found


def blocks(text: str) -> tuple[list[str], list[str], str]:
    """Return names, other names and words of a ``search_text``."""
    names, others, words = text[1:].split("\n\n")
    return names.split("\n"), others.split("\n") if others else [], words


def _folded(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(line for text in texts if (line := fold(text))))
