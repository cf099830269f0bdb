"""How far human joints go, measured on a solved skeleton."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from exercises.figures.anatomy import BUILDS
from exercises.figures.looks import DEFAULT_LOOK
from exercises.figures.model import SIDES, Figure
from exercises.figures.skeleton import Skeleton, solve
from exercises.figures.vectors import (
    Vec,
    across,
    angle_between,
    cross,
    dot,
    scale,
    sub,
    unit,
)

# Degrees; the ankle counts from a fully pointed foot, because a foot drawn pointed
# on the mat reads better than a true one.
LIMITS: dict[str, tuple[float, float]] = {
    "knee": (-8, 155),
    "elbow": (0, 158),
    "hip": (-40, 145),
    "ankle": (0, 125),
    "wrist": (0, 95),
    "waist": (0, 45),
    "mid_back": (0, 50),
    "neck_base": (0, 60),
    "neck_top": (0, 50),
    "trunk_twist": (0, 80),
    "head_twist": (0, 80),
}
# A knee bent less than this has no telling direction.
_STRAIGHT = 12


@dataclass(frozen=True)
class Bend:
    """How far a joint bends, and how far it may, in degrees."""

    joint: str
    angle: int
    low: float
    high: float


def bends_of(figure: Figure) -> Iterator[Bend]:
    """Every joint of a figure with its limits."""
    skeleton = solve(figure.pose, BUILDS[DEFAULT_LOOK.body])
    for joint, key, angle in joint_angles(skeleton):
        yield Bend(joint, round(angle), *LIMITS[key])


def places_of(figure: Figure) -> dict[str, Vec]:
    """Where the joints of a figure are, in units."""
    return solve(figure.pose, BUILDS[DEFAULT_LOOK.body]).joints


def joint_angles(skeleton: Skeleton) -> Iterator[tuple[str, str, float]]:
    """Every joint as (name, key of `LIMITS`, angle in degrees)."""
    for side in SIDES:
        yield f"{side}_knee", "knee", _knee(skeleton, side)
        yield f"{side}_hip", "hip", _hip(skeleton, side)
        yield (
            f"{side}_elbow",
            "elbow",
            _bend(skeleton, side, "shoulder", "elbow", "wrist"),
        )
        yield f"{side}_wrist", "wrist", _bend(skeleton, side, "elbow", "wrist", "hand")
        yield f"{side}_ankle", "ankle", _ankle(skeleton, side)
    names = ("pelvis", "lumbar", "chest", "neck", "head")
    joints = ("waist", "mid_back", "neck_base", "neck_top")
    for joint, lower, upper in zip(joints, names, names[1:], strict=False):
        axes = skeleton.axes
        yield joint, joint, angle_between(axes[lower].up, axes[upper].up)
    yield "trunk_twist", "trunk_twist", _twist(skeleton, "pelvis", "chest")
    yield "head_twist", "head_twist", _twist(skeleton, "chest", "head")


def out_of_range(skeleton: Skeleton) -> Iterator[tuple[str, str]]:
    """Joints beyond their limits, with what is allowed."""
    for joint, key, angle in joint_angles(skeleton):
        low, high = LIMITS[key]
        if not low <= angle <= high:
            yield joint, f"bends {angle:.0f} degrees, allowed {low:g} to {high:g}"


def _limb(skeleton: Skeleton, side: str, start: str, end: str) -> Vec:
    joints = skeleton.joints
    return unit(sub(joints[f"{side}_{end}"], joints[f"{side}_{start}"]))


def _bend(skeleton: Skeleton, side: str, start: str, middle: str, end: str) -> float:
    first = _limb(skeleton, side, start, middle)
    return angle_between(first, _limb(skeleton, side, middle, end))


def _knee(skeleton: Skeleton, side: str) -> float:
    """Flexion; negative when the shank swings forward past the straight leg."""
    thigh, shank = (
        _limb(skeleton, side, "hip", "knee"),
        _limb(skeleton, side, "knee", "ankle"),
    )
    angle = angle_between(thigh, shank)
    if angle < _STRAIGHT:
        return angle
    hinge = unit(across(skeleton.axes["pelvis"].right, thigh))
    forward = dot(cross(thigh, shank), hinge)
    return -angle if forward > 0.9 * math.sin(math.radians(angle)) else angle


def _hip(skeleton: Skeleton, side: str) -> float:
    """Flexion from a straight body; negative when the thigh goes backward."""
    pelvis = skeleton.axes["pelvis"]
    thigh = _limb(skeleton, side, "hip", "knee")
    in_plane = across(thigh, pelvis.right)
    flexion = math.atan2(dot(in_plane, pelvis.front), -dot(in_plane, pelvis.up))
    return math.degrees(flexion)


def _ankle(skeleton: Skeleton, side: str) -> float:
    shank = _limb(skeleton, side, "knee", "ankle")
    return angle_between(shank, _limb(skeleton, side, "heel", "ball"))


def _twist(skeleton: Skeleton, lower: str, upper: str) -> float:
    """Turn of one segment against another about the lower one's own axis."""
    below, above = skeleton.axes[lower], skeleton.axes[upper]
    right = across(above.right, below.up)
    return angle_between(right, below.right) if right != scale(right, 0) else 0.0
