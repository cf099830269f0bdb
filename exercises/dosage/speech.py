"""How one language words a dosage: its messages, plural forms and numbers.

English stands in the code; another language is a catalog
``locale/<language>/LC_MESSAGES/dosage.mo`` and no code.
"""

import gettext
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from exercises.dosage.values import plain

CATALOGS = Path(__file__).parents[2] / "locale"
DOMAIN = "dosage"
NBSP = "\u00a0"
GAP = "____"

# A text is a gap to write in.
Number = int | Decimal | str
Forms = tuple[str, str]


def message(text: str) -> str:
    """Mark a text of a table for the catalogs."""
    return text


def plural(one: str, several: str) -> Forms:
    """Mark a text of a table that counts ``{n}`` for the catalogs."""
    return one, several


@cache
def languages() -> frozenset[str]:
    """Return the languages that a dosage can be worded in."""
    catalogs = CATALOGS.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return frozenset({"en", *(path.parents[1].name for path in catalogs)})


@dataclass(frozen=True)
class Speech:
    """One language; ``say`` and ``count`` take English and answer in it."""

    messages: gettext.NullTranslations

    def say(self, text: str, **gaps: str) -> str:
        """Return a message with its gaps filled."""
        return self.messages.gettext(text).format(**gaps)

    def count(self, forms: Forms, n: Number, **gaps: str) -> str:
        """Return a number with what is counted; no line breaks between the two."""
        counted = self.messages.ngettext(*forms, self._quantity(n))
        unbroken = counted.replace("{n} ", f"{{n}}{NBSP}")
        return unbroken.format(n=self.number(n), **gaps)

    def number(self, n: Number) -> str:
        """Write a number with the decimal mark of the language."""
        # Translators: the mark in front of decimals, as in 1.5
        return n if isinstance(n, str) else plain(n).replace(".", self.say("."))

    def listed(self, parts: list[str]) -> str:
        """Return "one, another and a third"."""
        *others, last = parts
        if not others:
            return last
        return self.say("{others} and {last}", others=", ".join(others), last=last)

    def _quantity(self, n: Number) -> int:
        """Return the whole number whose plural form suits; gaps are plural.

        Languages that say "0 minute" in the singular, such as French, say "1,5
        minute" too: there the whole part counts (CLDR, language plural rules).
        """
        if isinstance(n, str):
            return 2
        whole = int(n)
        return whole if whole == n or self._zero_is_one() else 2

    def _zero_is_one(self) -> bool:
        form = self.messages.ngettext
        second = ("{n} second", "{n} seconds")
        return form(*second, 0) == form(*second, 1)


@cache
def speech(language: str) -> Speech:
    """Return a language by its code; one without a catalog gets English."""
    return Speech(gettext.translation(DOMAIN, CATALOGS, [language], fallback=True))
