"""Which letters the shipped fonts hold."""

import bisect
import unicodedata
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parents[1] / "fonts"
# Marks without a shape of their own, such as those that turn the writing direction.
SHAPELESS = {"Cf", "Zl", "Zp", "Zs"}


def unprintable(text: str) -> str:
    """Return the characters of a text that no shipped font can print, each once."""
    return "".join(
        letter
        for letter in dict.fromkeys(unicodedata.normalize("NFC", text))
        if letter not in "\n\r\t" and not _has_shape(letter)
    )


def _has_shape(letter: str) -> bool:
    kind = unicodedata.category(letter)
    # Some fonts map control characters, which HTML does not allow.
    if kind in SHAPELESS or kind == "Cc":
        return kind != "Cc"
    starts, ends = _ranges()
    place = bisect.bisect_right(starts, ord(letter)) - 1
    return place >= 0 and ord(letter) <= ends[place]


@cache
def font(name: str) -> bytes | None:
    """Return a shipped font by the name of its file; None for any other name."""
    known = {file.name: file for file in FONTS.glob("*.ttf")}
    return known[name].read_bytes() if name in known else None


@cache
def _ranges() -> tuple[list[int], list[int]]:
    lines = (FONTS / "coverage.txt").read_text(encoding="ascii").splitlines()
    pairs = [line.split("-") for line in lines]
    return [int(first, 16) for first, _ in pairs], [int(last, 16) for _, last in pairs]
