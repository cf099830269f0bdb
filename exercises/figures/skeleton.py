"""From a pose to joint positions: forward kinematics and two-bone reach."""

import math
from dataclasses import dataclass, field

from exercises.figures import anatomy as body
from exercises.figures.anatomy import Build
from exercises.figures.model import SIDES, Arm, Grip, Leg, Point, Pose
from exercises.figures.vectors import (
    Vec,
    across,
    add,
    cross,
    direction,
    length,
    lerp,
    scale,
    sub,
    turned,
    unit,
)


@dataclass(frozen=True)
class Axes:
    """Directions of one body segment: along it, to the near side, to the front."""

    up: Vec
    right: Vec
    front: Vec


@dataclass(frozen=True)
class Skeleton:
    """Solved joints (units), segment axes, and by how much a reach is too far."""

    joints: dict[str, Vec] = field(default_factory=dict)
    axes: dict[str, Axes] = field(default_factory=dict)
    over_reach: dict[str, float] = field(default_factory=dict)

    def place(self, point: Point) -> Vec:
        """Absolute position of a point that may hang on joints."""
        if point.joint is None:
            return point.shift
        base = self.joints[point.joint]
        if point.other is not None:
            base = lerp(base, self.joints[point.other], point.share)
        return add(base, point.shift)


def solve(pose: Pose, build: Build) -> Skeleton:
    """Joint positions of a pose for one body type."""
    skeleton = Skeleton()
    _solve_axes(pose, skeleton)
    _solve_spine(pose, skeleton)
    for side, sign in zip(SIDES, (1, -1), strict=True):
        _solve_girdles(pose.arm(side), side, sign, build, skeleton)
        _solve_arm(pose.arm(side), side, skeleton)
        _solve_leg(pose.leg(side), side, skeleton)
    return skeleton


def segment_axes(up: Vec, lateral: Vec, roll: float) -> Axes:
    """Axes of a segment along `up`, its near side turned toward `lateral`."""
    right = turned(unit(across(lateral, up)), up, roll)
    return Axes(up, right, cross(up, right))


def _solve_axes(pose: Pose, skeleton: Skeleton) -> None:
    hips, chest = pose.roll
    head = chest if pose.head_roll is None else pose.head_roll
    rolls = (hips, (hips + chest) / 2, chest, (chest + head) / 2, head)
    names = ("pelvis", "lumbar", "chest", "neck", "head")
    angles = (*pose.trunk, pose.neck, pose.head)
    for name, angle, roll in zip(names, angles, rolls, strict=True):
        skeleton.axes[name] = segment_axes(direction(angle), pose.lateral, roll)


def _solve_spine(pose: Pose, skeleton: Skeleton) -> None:
    joints = skeleton.joints
    joints["hips"] = point = pose.root
    chain = (
        ("waist", "pelvis", body.PELVIS),
        ("mid_back", "lumbar", body.LUMBAR),
        ("neck_base", "chest", body.CHEST),
        ("neck_top", "neck", body.NECK),
    )
    for joint, segment, size in chain:
        point = add(point, scale(skeleton.axes[segment].up, size))
        joints[joint] = point
    head = skeleton.axes["head"]
    joints["skull"] = add(
        point, scale(head.up, body.SKULL_UP), scale(head.front, body.SKULL_FORWARD)
    )


def _solve_girdles(
    arm: Arm, side: str, sign: int, build: Build, skeleton: Skeleton
) -> None:
    joints, chest = skeleton.joints, skeleton.axes["chest"]
    joints[f"{side}_hip"] = add(
        joints["hips"], scale(skeleton.axes["pelvis"].right, sign * build.hip_half)
    )
    forward, up = arm.shrug
    joints[f"{side}_shoulder"] = add(
        joints["neck_base"],
        scale(chest.right, sign * build.shoulder_half),
        scale(chest.front, forward),
        scale(chest.up, up - body.SHOULDER_DROP),
    )


def _solve_arm(arm: Arm, side: str, skeleton: Skeleton) -> None:
    joints, shoulder = skeleton.joints, skeleton.joints[f"{side}_shoulder"]
    if arm.to is None:
        elbow = add(shoulder, scale(direction(arm.upper), body.UPPER_ARM))
        wrist = add(elbow, scale(direction(arm.fore), body.FOREARM))
    else:
        elbow, wrist, excess = reach(
            shoulder, arm.to, (body.UPPER_ARM, body.FOREARM), arm.pole
        )
        skeleton.over_reach[f"{side}_arm"] = excess
    along = direction(arm.hand) if arm.hand else unit(sub(wrist, elbow))
    size = body.FIST if arm.grip is Grip.FIST else body.HAND
    joints[f"{side}_elbow"], joints[f"{side}_wrist"] = elbow, wrist
    joints[f"{side}_hand"] = add(wrist, scale(along, size))


def _solve_leg(leg: Leg, side: str, skeleton: Skeleton) -> None:
    joints, hip = skeleton.joints, skeleton.joints[f"{side}_hip"]
    if leg.to is None:
        knee = add(hip, scale(direction(leg.thigh), body.THIGH))
        ankle = add(knee, scale(direction(leg.shank), body.SHANK))
    else:
        knee, ankle, excess = reach(hip, leg.to, (body.THIGH, body.SHANK), leg.pole)
        skeleton.over_reach[f"{side}_leg"] = excess
    joints[f"{side}_knee"], joints[f"{side}_ankle"] = knee, ankle
    _solve_foot(leg, side, skeleton)


def _solve_foot(leg: Leg, side: str, skeleton: Skeleton) -> None:
    joints = skeleton.joints
    knee, ankle = joints[f"{side}_knee"], joints[f"{side}_ankle"]
    foot = direction(leg.foot) if leg.foot else skeleton.axes["pelvis"].front
    wished = leg.sole if leg.sole else unit(sub(ankle, knee))
    sole = unit(across(wished, foot))
    ball = add(ankle, scale(sole, body.BALL_DOWN), scale(foot, body.BALL_AHEAD))
    bend = math.radians(leg.toe_bend)
    toes = add(scale(foot, math.cos(bend)), scale(sole, -math.sin(bend)))
    joints[f"{side}_heel"] = add(
        ankle, scale(sole, body.HEEL_DOWN), scale(foot, -body.HEEL_BACK)
    )
    joints[f"{side}_ball"] = ball
    joints[f"{side}_toe"] = add(ball, scale(toes, body.TOE))


def reach(
    start: Vec, target: Vec, lengths: tuple[float, float], pole: Vec
) -> tuple[Vec, Vec, float]:
    """Middle and end joint of a two-bone limb, and the distance it falls short.

    The middle joint lies on the side of `pole`; a target out of reach is
    approached with the limb straight.
    """
    first, second = lengths
    line = sub(target, start)
    excess = length(line) - (first + second)
    along = unit(line)
    distance = min(length(line), (first + second) * 0.9995)
    distance = max(distance, abs(first - second) + 0.01)
    cosine = (first**2 + distance**2 - second**2) / (2 * first * distance)
    cosine = max(-1.0, min(1.0, cosine))
    side = unit(across(pole, along))
    middle = add(
        start,
        scale(along, first * cosine),
        scale(side, first * math.sqrt(1 - cosine**2)),
    )
    return middle, add(start, scale(along, distance)), excess
