"""How many lines a text takes, by the widths of the shipped letters.

Pages are composed before they are printed: laying them out twice would double the cost
of a handout. Kerning is left out, so a text is rather measured too long than too short.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from fontTools.ttLib import TTFont

from prescriptions.pdf.coverage import FONTS

MM_PER_POINT = 25.4 / 72
LATIN = "AtkinsonHyperlegibleNext_{}.ttf"
OTHERS = "NotoSans_{}.ttf"
# Of a letter that neither holds: Arabic, Hebrew; Chinese fills a square
NARROW, SQUARE = 0.6, 1.0
# After hyphens, and around each Chinese sign, a line may end without a space
INNER_BREAK = re.compile(r"(?<=[-\u2013/])(?=\D)|(?<=[\u2e80-\u9fff])")


@dataclass(frozen=True)
class Run:
    """A piece of a line in one size and weight."""

    text: str
    points: float
    bold: bool = False


def height_of(runs: Sequence[Run], width_mm: float, leading: float) -> float:
    """Return the height in mm of a paragraph; ``leading`` is the line in points."""
    return lines_of(runs, width_mm) * leading * MM_PER_POINT


def lines_of(runs: Sequence[Run], width_mm: float) -> int:
    """Return how many lines the runs take, broken where a line is full."""
    available = max(width_mm, 1) / MM_PER_POINT
    count, used, waiting = 1, 0.0, 0.0
    for width, space in _atoms(runs):
        if used and used + waiting + width > available:
            count, used, waiting = count + 1, 0.0, 0.0
        if width > available:  # broken wherever it has to be
            count += int(width // available)
            width %= available
        used += waiting + width
        waiting = space
    return count


def _atoms(runs: Sequence[Run]) -> Iterator[tuple[float, float]]:
    """Yield width of what stays together, and of the space after it, in points."""
    width = 0.0
    for run in runs:
        words = run.text.replace("\u2002", "  ").replace("\u2003", "    ").split(" ")
        for number, word in enumerate(words):
            if number:
                yield width, _em(" ", run.bold) * run.points
                width = 0.0
            first, *others = INNER_BREAK.split(word)
            width += _em(first, run.bold) * run.points
            for part in others:
                yield width, 0.0
                width = _em(part, run.bold) * run.points
    yield width, 0.0


def width_of(text: str, points: float, *, bold: bool = False) -> float:
    """Return the width of a text on one line in mm."""
    return _em(text, bold) * points * MM_PER_POINT


@lru_cache(maxsize=8192)
def _em(word: str, bold: bool) -> float:
    letters = _advances(LATIN, bold)
    return sum(letters.get(ord(sign)) or _of_others(sign, bold) for sign in word)


def _of_others(sign: str, bold: bool) -> float:
    if unicodedata.east_asian_width(sign) in {"W", "F"}:
        return SQUARE
    return _advances(OTHERS, bold).get(ord(sign), NARROW)


@cache
def _advances(family: str, bold: bool) -> dict[int, float]:
    """Return code point -> width in em."""
    name = family.format("700Bold" if bold else "400Regular")
    with TTFont(FONTS / name, lazy=True) as font:
        widths, unit = font["hmtx"], font["head"].unitsPerEm
        letters = font.getBestCmap()
        return {code: widths[glyph][0] / unit for code, glyph in letters.items()}
