"""Where the pictures of a card go, and how large: one scale, so that bodies match."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from prescriptions.documents import Picture
from prescriptions.pdf.style import halves

GUTTER_MM = 4.0
# What a photo may take; drawings are never as tall
TALLEST_MM = 75.0
LETTERS = "ABCDEFGHI"


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A picture with its letter; the lengths are half millimeters.

    ``cell`` is the width it stands in, ``above`` the space over it.
    """

    picture: Picture
    letter: str
    width: int
    cell: int = 0
    above: int = 0

    @property
    def width_mm(self) -> float:
        """Width on paper."""
        return self.width / 2

    @property
    def height_mm(self) -> float:
        """Height on paper, which follows from the width."""
        return self.width_mm * max(self.picture.height, 1) / max(self.picture.width, 1)


Rows = tuple[tuple[Placed, ...], ...]


def arrange(
    pictures: Sequence[Picture],
    *,
    width: float,
    scale: float,
    most: int = 3,
    tallest: float = TALLEST_MM,
    in_row: int = 0,
) -> Rows:
    """Return rows of pictures that fit the width, at most ``most`` in each.

    Rows hold as many pictures as the widest of them allows, and about the same
    number each; a picture that is wider than the width is made smaller. With
    ``in_row`` all are, until so many fit.
    """
    if not pictures:
        return ()
    if in_row:
        widest_units = max(picture.width for picture in pictures)
        fitting_scale = ((width + GUTTER_MM) / in_row - GUTTER_MM) / widest_units
        scale = min(scale, fitting_scale - 0.0005)
    letters = LETTERS if len(pictures) > 1 else ""
    placed = [
        place(picture, letters[i : i + 1], widest=width, scale=scale, tallest=tallest)
        for i, picture in enumerate(pictures)
    ]
    if len(placed) <= most and _sum(placed) <= width:
        return (
            tuple(replace(one, cell=one.width + halves(GUTTER_MM)) for one in placed),
        )
    widest = max(one.width_mm for one in placed)
    fitting = max(1, int((width + GUTTER_MM) // (widest + GUTTER_MM)))
    rows = -(-len(placed) // min(fitting, most))
    count = -(-len(placed) // rows)
    cell = halves(min(width / count, widest + 3 * GUTTER_MM))
    cells = [replace(one, cell=cell) for one in placed]
    return tuple(tuple(cells[i : i + count]) for i in range(0, len(cells), count))


def _sum(placed: Sequence[Placed]) -> float:
    """Return the width of pictures in one row."""
    return sum(one.width_mm for one in placed) + GUTTER_MM * (len(placed) - 1)


def place(
    picture: Picture,
    letter: str = "",
    *,
    widest: float,
    scale: float,
    tallest: float = TALLEST_MM,
) -> Placed:
    """Return a picture at the scale, or smaller if it would not fit."""
    width, height = max(picture.width, 1), max(picture.height, 1)
    fitting = min(scale, widest / width, tallest / height)
    return Placed(picture=picture, letter=letter, width=halves(width * fitting))
