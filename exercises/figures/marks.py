"""What is drawn over the body: motion arrows, worked areas, the hold mark."""

import math

from exercises.figures import paths
from exercises.figures.camera import Pixel
from exercises.figures.looks import ARROW, WORKED
from exercises.figures.model import Arrow, Point, Worked
from exercises.figures.skeleton import Skeleton
from exercises.figures.sketch import Sketch, element

# Pixels: shaft, white rim on each side, length and half width of the arrow head.
SHAFT = 11
RIM = 24
HEAD = 35.0
HEAD_HALF = 20.0
# Radius of the round hold mark in units.
HOLD = 4.2


def draw_arrow(sketch: Sketch, skeleton: Skeleton, arrow: Arrow) -> str:
    """A bent arrow with a white rim, so that it reads on any ground."""
    start, control, end = (
        sketch.pixel(skeleton.place(point), RIM)
        for point in (arrow.start, arrow.control, arrow.end)
    )
    base, head = _arrow_head(end, control)
    if arrow.both:
        start, tail = _arrow_head(start, control)
        head += tail
    shaft = paths.Pen().move(start).bow(control, base).data()
    text = element(shaft + head, "none", "#fff", RIM)
    return text + element(shaft, "none", ARROW, SHAFT) + element(head, ARROW)


def arrow_curve(arrow: Arrow, skeleton: Skeleton, sketch: Sketch) -> list[Pixel]:
    """Pixels along an arrow, for checks."""
    p, q, r = (
        sketch.camera.project(skeleton.place(point))
        for point in (arrow.start, arrow.control, arrow.end)
    )
    shares = [step / 20 for step in range(21)]
    return [(_bow(t, p[0], q[0], r[0]), _bow(t, p[1], q[1], r[1])) for t in shares]


def draw_worked(sketch: Sketch, skeleton: Skeleton, worked: Worked) -> str:
    """A rounded patch with a dashed rim: readable without color too."""
    start, end = skeleton.place(worked.start), skeleton.place(worked.end)
    data = sketch.hull((start, worked.radius), (end, worked.radius))
    fill, rim = WORKED
    return element(data, fill, rim, 4, dash="10 8")


def draw_hold(sketch: Sketch, skeleton: Skeleton, hold: Point) -> str:
    """Two upright bars in a ring: stay like this for a while."""
    center = skeleton.place(hold)
    x, y, radius = sketch.disc(center, HOLD)
    ring = element(paths.circle((x, y, radius)), "#fff", ARROW, 7)
    half = radius * 0.42
    bars = "".join(_bar(x + side * radius * 0.3, y, half) for side in (-1, 1))
    return ring + element(bars, "none", ARROW, SHAFT)


def _bar(x: float, y: float, half: float) -> str:
    return paths.polyline([(x, y - half), (x, y + half)])


def _bow(t: float, p: float, q: float, r: float) -> float:
    return (1 - t) ** 2 * p + 2 * t * (1 - t) * q + t**2 * r


def _arrow_head(tip: Pixel, control: Pixel) -> tuple[Pixel, str]:
    """Where the shaft ends, and the triangle before it."""
    size = math.dist(tip, control) or 1.0
    along = ((tip[0] - control[0]) / size, (tip[1] - control[1]) / size)
    base = (tip[0] - HEAD * along[0], tip[1] - HEAD * along[1])
    wing = (-HEAD_HALF * along[1], HEAD_HALF * along[0])
    corners = [
        tip,
        (base[0] + wing[0], base[1] + wing[1]),
        (base[0] - wing[0], base[1] - wing[1]),
    ]
    return base, paths.polygon(corners)
