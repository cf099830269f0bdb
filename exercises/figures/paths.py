"""SVG path data: short, in whole pixels, and always drawn clockwise.

Every closed outline has the same winding, so that overlapping outlines in one path
add up instead of cutting holes into each other.
"""

import itertools
import math
from collections.abc import Sequence

from exercises.figures.camera import Pixel

# Samples on a full circle when the hull of circles is looked for.
_SAMPLES = 64
_LONG_ARC = _SAMPLES * 2 // 5

Disc = tuple[float, float, float]


def coordinates(*values: int) -> str:
    """Numbers in a row, with a space only where it is needed."""
    text = str(values[0])
    for value in values[1:]:
        text += str(value) if value < 0 else f" {value}"
    return text


class Pen:
    """Writes one path in relative coordinates that never drift."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._at = (0, 0)

    def move(self, to: Pixel) -> "Pen":
        """Start a new outline."""
        self._at = _whole(to)
        self._text.append("M" + coordinates(*self._at))
        return self

    def line(self, to: Pixel) -> "Pen":
        """Straight line, left out when it has no length."""
        steps = self._steps(to)
        if any(steps):
            self._text.append("l" + coordinates(*steps))
        self._at = _whole(to)
        return self

    def curve(self, first: Pixel, second: Pixel, to: Pixel) -> "Pen":
        """Cubic curve with two control points."""
        steps = (*self._steps(first), *self._steps(second), *self._steps(to))
        self._text.append("c" + coordinates(*steps))
        self._at = _whole(to)
        return self

    def bow(self, control: Pixel, to: Pixel) -> "Pen":
        """Quadratic curve."""
        steps = (*self._steps(control), *self._steps(to))
        self._text.append("q" + coordinates(*steps))
        self._at = _whole(to)
        return self

    def arc(self, radius: float, to: Pixel) -> "Pen":
        """Clockwise circular arc of at most half a turn.

        Longer arcs are drawn in pieces: near half a turn the rounded end points
        would shift the circle noticeably.
        """
        size, steps = round(radius), self._steps(to)
        self._text.append(f"a{size} {size} 0 0 1 " + coordinates(*steps))
        self._at = _whole(to)
        return self

    def close(self) -> "Pen":
        """Back to the start of the outline."""
        self._text.append("Z")
        return self

    def data(self) -> str:
        """The value of the `d` attribute."""
        return "".join(self._text)

    def _steps(self, to: Pixel) -> tuple[int, int]:
        x, y = _whole(to)
        return (x - self._at[0], y - self._at[1])


def _whole(point: Pixel) -> tuple[int, int]:
    return (round(point[0]), round(point[1]))


def circle(disc: Disc) -> str:
    """A full circle."""
    x, y, radius = (round(value) for value in disc)
    pen = Pen().move((x - radius, y)).arc(radius, (x + radius, y))
    return pen.arc(radius, (x - radius, y)).close().data()


def polygon(points: Sequence[Pixel]) -> str:
    """Straight closed outline."""
    ordered = _clockwise(points)
    pen = Pen().move(ordered[0])
    for point in ordered[1:]:
        pen.line(point)
    return pen.close().data()


def polyline(points: Sequence[Pixel]) -> str:
    """Straight open line."""
    pen = Pen().move(points[0])
    for point in points[1:]:
        pen.line(point)
    return pen.data()


def smooth(points: Sequence[Pixel], tension: float = 1 / 6) -> str:
    """Closed curve through all points (Catmull-Rom)."""
    ring = _clockwise(points)
    pen, count = Pen().move(ring[0]), len(ring)
    for index in range(count):
        four = [ring[(index + step) % count] for step in (-1, 0, 1, 2)]
        _span(pen, four, tension)
    return pen.close().data()


def smooth_open(points: Sequence[Pixel], tension: float = 1 / 6) -> str:
    """Open curve through all points (Catmull-Rom)."""
    pen = Pen().move(points[0])
    _through(pen, points, tension)
    return pen.data()


def hull(discs: Sequence[Disc]) -> str:
    """Outline of the convex hull of circles, made of arcs and lines."""
    corners = _hull_samples(discs)
    count = len(corners)
    if len({owner for _, _, owner in corners}) == 1:
        return circle(discs[corners[0][2]])
    start = next(i for i in range(count) if corners[i][2] != corners[i - 1][2])
    corners = corners[start:] + corners[:start]
    pen, index = Pen().move(corners[0][:2]), 0
    while index < count:
        last = index
        while last + 1 < count and corners[last + 1][2] == corners[index][2]:
            last += 1
        if last > index:
            radius = discs[corners[index][2]][2]
            if last - index > _LONG_ARC:
                pen.arc(radius, corners[(index + last) // 2][:2])
            pen.arc(radius, corners[last][:2])
        if last + 1 < count:
            pen.line(corners[last + 1][:2])
        index = last + 1
    return pen.close().data()


def tube(rings: Sequence[Disc], has_round_end: bool = True) -> str:
    """Smooth outline around a chain of circles, like a sleeve or a limb.

    A chain seen nearly end-on becomes the convex hull of its circles.
    """
    seen = sum(math.dist(a[:2], b[:2]) for a, b in itertools.pairwise(rings))
    if seen < 1.2 * max(radius for _, _, radius in rings):
        return hull(rings)
    left, right = _sides(rings)
    pen = Pen().move(left[0])
    _through(pen, left)
    if has_round_end:
        _cap(pen, left[-1], right[-1])
    else:
        pen.line(right[-1])
    _through(pen, right[::-1])
    _cap(pen, right[0], left[0])
    return pen.close().data()


def _cap(pen: Pen, start: Pixel, end: Pixel) -> None:
    """Half a circle over the open end of a tube, as one curve."""
    dx, dy = (end[1] - start[1]) * 2 / 3, (start[0] - end[0]) * 2 / 3
    pen.curve((start[0] + dx, start[1] + dy), (end[0] + dx, end[1] + dy), end)


def _sides(rings: Sequence[Disc]) -> tuple[list[Pixel], list[Pixel]]:
    """Points on both sides of a chain of circles."""
    left, right = [], []
    for index, (x, y, radius) in enumerate(rings):
        before, after = rings[max(0, index - 1)], rings[min(index + 1, len(rings) - 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        size = math.hypot(dx, dy) or 1.0
        across = (-dy / size * radius, dx / size * radius)
        left.append((x - across[0], y - across[1]))
        right.append((x + across[0], y + across[1]))
    return left, right


def _through(pen: Pen, points: Sequence[Pixel], tension: float = 1 / 6) -> None:
    """Continue `pen`, which stands at the first point, through the others."""
    last = len(points) - 1
    for index in range(last):
        four = [points[max(0, min(last, index + step))] for step in (-1, 0, 1, 2)]
        _span(pen, four, tension)


def _span(pen: Pen, four: Sequence[Pixel], tension: float) -> None:
    before, start, end, after = four
    first = (
        start[0] + (end[0] - before[0]) * tension,
        start[1] + (end[1] - before[1]) * tension,
    )
    second = (
        end[0] - (after[0] - start[0]) * tension,
        end[1] - (after[1] - start[1]) * tension,
    )
    pen.curve(first, second, end)


def signed_area(points: Sequence[Pixel]) -> float:
    """Twice the area; positive when the points run clockwise on the screen."""
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)


def _clockwise(points: Sequence[Pixel]) -> list[Pixel]:
    return list(points) if signed_area(points) >= 0 else list(points)[::-1]


Sample = tuple[float, float, int]


def _hull_samples(discs: Sequence[Disc]) -> list[Sample]:
    """Convex hull (monotone chain) of points sampled on the circles."""
    samples: list[Sample] = []
    for owner, (x, y, radius) in enumerate(discs):
        for step in range(_SAMPLES):
            turn = 2 * math.pi * step / _SAMPLES
            sample = (x + radius * math.cos(turn), y + radius * math.sin(turn), owner)
            samples.append(sample)
    samples.sort()
    lower, upper = _half_hull(samples), _half_hull(samples[::-1])
    return lower[:-1] + upper[:-1]


def _half_hull(samples: Sequence[Sample]) -> list[Sample]:
    half: list[Sample] = []
    for point in samples:
        while len(half) > 1 and _turn(half[-2], half[-1], point) <= 0:
            half.pop()
        half.append(point)
    return half


def _turn(a: Sample, b: Sample, c: Sample) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
