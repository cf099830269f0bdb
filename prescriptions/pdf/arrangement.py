"""Where the pictures of a card go, and how large: one scale, so that bodies match."""

from collections.abc import Sequence
from dataclasses import dataclass

from prescriptions.documents import Picture

# One body of 1,000 units is about 46 mm tall on paper.
MM_PER_UNIT = 0.046
COLUMN_MM = 66
GUTTER_MM = 4
# Text width of the narrower paper
WIDTH_MM = 182
TALLEST_MM = 75


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A picture with its letter and its size on paper."""

    picture: Picture
    letter: str
    width_mm: float
    height_mm: float


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """Rows of pictures, beside the text in a column or above it across the card."""

    beside: bool
    rows: tuple[tuple[Placed, ...], ...]


def arrange(pictures: Sequence[Picture]) -> Arrangement | None:
    """Return where the pictures go; None without any.

    One or two stand in the column beside the text, two side by side if they fit.
    More make a band of equal cells, at most three in a row.
    """
    if not pictures:
        return None
    if len(pictures) > 2:
        cell = WIDTH_MM / 3 - GUTTER_MM
        placed = _placed(pictures, cell)
        rows = tuple(placed[i : i + 3] for i in range(0, len(placed), 3))
        return Arrangement(beside=False, rows=rows)
    placed = _placed(pictures, COLUMN_MM)
    if sum(one.width_mm + GUTTER_MM for one in placed) <= COLUMN_MM + GUTTER_MM:
        return Arrangement(beside=True, rows=(placed,))
    return Arrangement(beside=True, rows=tuple((one,) for one in placed))


def _placed(pictures: Sequence[Picture], widest: float) -> tuple[Placed, ...]:
    letters = "ABCDEFGHI" if len(pictures) > 1 else ""
    return tuple(
        _at_scale(picture, letters[i : i + 1], widest)
        for i, picture in enumerate(pictures)
    )


def _at_scale(picture: Picture, letter: str, widest: float) -> Placed:
    width, height = max(picture.width, 1), max(picture.height, 1)
    scale = min(MM_PER_UNIT, widest / width, TALLEST_MM / height)
    return Placed(
        picture=picture,
        letter=letter,
        width_mm=round(width * scale, 2),
        height_mm=round(height * scale, 2),
    )
