"""Small 3-D vectors as plain tuples: x to the right, y up, z toward the viewer."""

import math
from collections.abc import Sequence

Vec = tuple[float, float, float]
Angle = tuple[float, float]


def add(*vectors: Vec) -> Vec:
    """Sum of the vectors."""
    x, y, z = (math.fsum(parts) for parts in zip(*vectors, strict=True))
    return (x, y, z)


def sub(a: Vec, b: Vec) -> Vec:
    """Vector from `b` to `a`."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def scale(a: Vec, factor: float) -> Vec:
    """`a` stretched by `factor`."""
    return (a[0] * factor, a[1] * factor, a[2] * factor)


def dot(a: Vec, b: Vec) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vec, b: Vec) -> Vec:
    """Vector product (right-handed)."""
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def length(a: Vec) -> float:
    """Euclidean length."""
    return math.sqrt(dot(a, a))


def unit(a: Vec) -> Vec:
    """`a` with length 1; the zero vector stays as it is."""
    size = length(a)
    return scale(a, 1 / size) if size else a


def lerp(a: Vec, b: Vec, share: float) -> Vec:
    """The point at `share` (0 to 1) of the way from `a` to `b`."""
    return add(a, scale(sub(b, a), share))


def across(a: Vec, axis: Vec) -> Vec:
    """The part of `a` that is perpendicular to the unit vector `axis`."""
    return sub(a, scale(axis, dot(a, axis)))


def direction(angle: Angle) -> Vec:
    """Unit vector of (a, out) in degrees: a 0 right, 90 up; out toward the viewer."""
    a, out = math.radians(angle[0]), math.radians(angle[1])
    return (math.cos(a) * math.cos(out), math.sin(a) * math.cos(out), math.sin(out))


def turned(a: Vec, axis: Vec, degrees: float) -> Vec:
    """`a` turned about the unit vector `axis` (right-hand rule)."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return add(
        scale(a, c), scale(cross(axis, a), s), scale(axis, dot(axis, a) * (1 - c))
    )


def angle_between(a: Vec, b: Vec) -> float:
    """Angle between two directions in degrees, 0 to 180."""
    cosine = dot(unit(a), unit(b))
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def combine(frame: Sequence[Vec], parts: Sequence[float]) -> Vec:
    """Sum of the axes of `frame`, each times its part."""
    return add(*(scale(axis, part) for axis, part in zip(frame, parts, strict=True)))
