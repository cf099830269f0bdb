"""Boxes, boards and rods that props are made of."""

from collections.abc import Sequence

from exercises.figures.looks import WOOD
from exercises.figures.sketch import FINE_LINE, Sketch, element
from exercises.figures.vectors import Vec, add, scale, sub, unit

Span = tuple[float, float]
# Colors of top, front, side and edge.
Tones = tuple[str, str, str, str]


def box(sketch: Sketch, x: Span, y: Span, z: Span, tones: Sequence[str] = WOOD) -> str:
    """The visible top, side and front of a box."""
    toward = sketch.camera.toward
    top, front, side, edge = tones
    text = ""
    if toward[1] > 0.02:
        corners = [(a, y[1], b) for a, b in _corners(x, z)]
        text += sketch.face(corners, top, edge)
    if abs(toward[0]) > 0.02:
        plane = x[toward[0] > 0]
        text += sketch.face([(plane, a, b) for a, b in _corners(y, z)], side, edge)
    if abs(toward[2]) > 0.02:
        plane = z[toward[2] > 0]
        text += sketch.face([(a, b, plane) for a, b in _corners(x, y)], front, edge)
    return text


def rod(sketch: Sketch, start: Vec, end: Vec, width: float, color: str) -> str:
    """A round bar; `width` in pixels."""
    return sketch.line([start, end], color, width)


def board(
    sketch: Sketch, ends: tuple[Vec, Vec], half: float, thick: float, tones: Tones
) -> str:
    """A board between two points of the middle plane, `half` wide to each side."""
    start, end = ends
    along = unit(sub(end, start))
    down = scale((-along[1], along[0], 0), -thick)
    top, front, _, edge = tones
    upper = [
        (p[0], p[1], s * half)
        for p, s in ((start, -1), (end, -1), (end, 1), (start, 1))
    ]
    face = [upper[3], upper[2], add(upper[2], down), add(upper[3], down)]
    return sketch.face(upper, top, edge) + sketch.face(face, front, edge)


def pad(sketch: Sketch, x: Span, y: Span, z: Span, tones: Sequence[str]) -> str:
    """A soft block with round corners."""
    fill, edge = tones
    radius = (y[1] - y[0]) / 2
    middle = (y[0] + y[1]) / 2
    corners = _corners((x[0] + radius, x[1] - radius), (z[0] + radius, z[1] - radius))
    outline = sketch.hull(*(((a, middle, b), radius) for a, b in corners))
    return element(outline, fill, edge, FINE_LINE)


def _corners(a: Span, b: Span) -> list[tuple[float, float]]:
    return [(a[0], b[0]), (a[1], b[0]), (a[1], b[1]), (a[0], b[1])]
