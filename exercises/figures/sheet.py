"""Contact sheets: many figures on one big SVG, for people to look at."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from exercises.figures.looks import gray

# Millimeters per pixel of a figure: a standing person prints 42 mm high.
PRINT_SCALE = 0.04
# Pixels of one cell: 60 by 50 mm.
_CELL = (1500, 1250)
_COLOR = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b")


def sheet_svg(
    cells: Iterable[tuple[str, str]], *, columns: int = 6, is_gray: bool = False
) -> str:
    """One SVG at print size with a labeled cell for each (label, figure SVG).

    All figures keep one common scale. `is_gray` shows how a black-and-white printer
    renders them.
    """
    placed = [_cell(index, columns, *cell) for index, cell in enumerate(cells)]
    rows = -(-len(placed) // columns)
    width, height = columns * _CELL[0], rows * _CELL[1]
    scale = PRINT_SCALE
    size = f'width="{width * scale:g}mm" height="{height * scale:g}mm"'
    body = "".join(placed)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f" {size}>"
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f"{grayed(body) if is_gray else body}</svg>"
    )


def grayed(svg: str) -> str:
    """The same drawing with every color replaced by its gray."""
    return _COLOR.sub(lambda color: "#" + f"{round(gray(color[0])):02x}" * 3, svg)


def sheet_size(sheet: str) -> tuple[float, float]:
    """Width and height of a sheet in millimeters."""
    _, _, width, height = _window(sheet)
    return (width * PRINT_SCALE, height * PRINT_SCALE)


def print_width(svg: str) -> float:
    """Width in millimeters at which a figure keeps the common print scale."""
    return _window(svg)[2] * PRINT_SCALE


def _window(svg: str) -> list[float]:
    return [float(part) for part in svg.split('viewBox="')[1].split('"')[0].split()]


def _cell(index: int, columns: int, label: str, svg: str) -> str:
    left, top = index % columns * _CELL[0], index // columns * _CELL[1]
    _, _, width, height = _window(svg)
    x, y = left + (_CELL[0] - width) / 2, top + (_CELL[1] - height) / 2
    inner = svg.replace(
        "<svg ", f'<svg x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" ', 1
    )
    return (
        f'<rect x="{left}" y="{top}" width="{_CELL[0]}" height="{_CELL[1]}"'
        f' fill="none" stroke="#ccc"/>{inner}'
        f'<text x="{left + 20}" y="{top + 60}" font-size="50"'
        f' font-family="sans-serif">{escape(label)}</text>'
    )
