"""The body as balls and the props as planes, to measure what touches what."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from exercises.figures import anatomy as body
from exercises.figures.anatomy import HEAD_AXES, RADIUS, Build
from exercises.figures.model import SIDES, Figure, Prop
from exercises.figures.skeleton import Skeleton
from exercises.figures.trunk import half_extent, station_center
from exercises.figures.vectors import Vec, cross, dot, lerp, scale, sub, unit

_UP: Vec = (0, 1, 0)
# What each touching part of a limb is made of.
_LIMB_PARTS = {
    "hand": ("wrist", "hand"),
    "elbow": ("elbow",),
    "knee": ("knee",),
    "foot": ("heel", "ball"),
    "toes": ("ball", "toe"),
}
# Soft tissue at the joints that RADIUS does not list.
_DEEP = {"shoulder": 3.6, "hip": 5.6}
# Trunk stations that make up the seat and the back.
_SEAT = slice(0, 2)
_BACK = slice(3, 8)


@dataclass(frozen=True)
class Plane:
    """A surface: one of its points and the direction away from it."""

    point: Vec
    normal: Vec

    def above(self, place: Vec) -> float:
        """Distance of a point from the surface, negative behind it."""
        return dot(sub(place, self.point), self.normal)


def surface(figure: Figure, name: str) -> Plane | None:
    """The plane of the floor, a seat, a wall or another prop of a figure."""
    if name == "floor":
        return Plane((0, 0, 0), _UP)
    makers = {"seat": _seat, "wall": _wall, "box": _top}
    planes = (makers[name](prop, figure) for prop in figure.props)
    return next((plane for plane in planes if plane), None)


def _seat(prop: Prop, _: Figure) -> Plane | None:
    heights = {"chair": prop.y[0], "bed": prop.y[1], "box": prop.y[1]}
    if prop.kind not in heights:
        return None
    return Plane((0, heights[prop.kind], 0), _UP)


def _wall(prop: Prop, figure: Figure) -> Plane | None:
    if prop.kind not in ("wall", "doorway"):
        return None
    side = 1.0 if figure.pose.root[0] > prop.x[0] else -1.0
    return Plane((prop.x[0], 0, 0), (side, 0, 0))


def _top(prop: Prop, figure: Figure) -> Plane | None:
    if prop.kind == "inversion_table":
        head, foot = prop.points[0].shift, prop.points[1].shift
        return Plane(head, unit(cross((0, 0, 1), sub(foot, head))))
    return _seat(prop, figure)


def clearance(skeleton: Skeleton, build: Build, part: str, plane: Plane) -> float:
    """Gap in units between a body part and a plane; negative when it sinks in."""
    if part == "head":
        return plane.above(skeleton.joints["skull"]) - _head_reach(skeleton, plane)
    if part in ("back", "seat"):
        return _trunk_clearance(skeleton, build, part, plane)
    side, name = part.split("_")
    return min(
        plane.above(place) - radius for place, radius in _balls(skeleton, side, name)
    )


def lowest_point(skeleton: Skeleton, build: Build) -> tuple[float, str]:
    """Height of the lowest part of the body and its name."""
    floor = Plane((0, 0, 0), _UP)
    names = [*_LIMB_PARTS, *_DEEP, "calf"]
    parts = [f"{side}_{name}" for side in SIDES for name in names]
    parts += ["head", "back", "seat"]
    return min((clearance(skeleton, build, part, floor), part) for part in parts)


def _balls(skeleton: Skeleton, side: str, name: str) -> Iterator[tuple[Vec, float]]:
    joints = skeleton.joints
    if name == "calf":
        knee, ankle = joints[f"{side}_knee"], joints[f"{side}_ankle"]
        yield lerp(knee, ankle, 0.5), 3.1
    elif name in _DEEP:
        yield joints[f"{side}_{name}"], _DEEP[name]
    else:
        for joint in _LIMB_PARTS[name]:
            yield joints[f"{side}_{joint}"], RADIUS[joint]


def _head_reach(skeleton: Skeleton, plane: Plane) -> float:
    axes = skeleton.axes["head"]
    pairs = zip((axes.up, axes.front, axes.right), HEAD_AXES, strict=True)
    return math.sqrt(sum((half * dot(axis, plane.normal)) ** 2 for axis, half in pairs))


def _trunk_clearance(
    skeleton: Skeleton, build: Build, part: str, plane: Plane
) -> float:
    stations = build.stations[_SEAT if part == "seat" else _BACK]
    inward = scale(plane.normal, -1)
    return min(
        plane.above(station_center(skeleton, station))
        - half_extent(skeleton.axes[station.segment], station, inward)
        for station in stations
    )


# Straight length of each limb, for messages about what cannot be reached.
REACH = {
    "arm": body.UPPER_ARM + body.FOREARM,
    "leg": body.THIGH + body.SHANK,
}
