"""Lengths and thicknesses of the body in percent of body height.

Segment lengths follow the Drillis and Contini fractions; the upper arm is drawn a
little short and the foot a little long because both read better in small print.
"""

from dataclasses import dataclass

PELVIS = 9.0
LUMBAR = 9.5
CHEST = 11.5
NECK = 6.2
SKULL_UP = 4.7
SKULL_FORWARD = 1.2
SHOULDER_DROP = 2.7
UPPER_ARM = 17.2
FOREARM = 14.6
HAND = 7.0
FIST = 4.6
THIGH = 24.5
SHANK = 23.6
HEEL_BACK = 2.4
HEEL_DOWN = 1.6
BALL_AHEAD = 7.6
BALL_DOWN = 2.3
TOE = 3.8

# Half axes of the head along up, front and right.
HEAD_AXES = (6.7, 5.6, 5.0)

RADIUS = {
    "wrist": 1.6,
    "hand": 0.9,
    "elbow": 2.5,
    "knee": 3.5,
    "ankle": 2.0,
    "heel": 2.2,
    "ball": 1.7,
    "toe": 1.2,
}


@dataclass(frozen=True)
class Station:
    """One cross-section of the trunk, relative to a spine joint."""

    joint: str
    segment: str
    up: float
    front: float
    half_width: float
    half_depth: float


# Station at which the shirt ends and the trousers begin.
WAIST_STATION = 3

_STRAIGHT = (
    Station("hips", "pelvis", -4.6, -0.6, 6.2, 4.2),
    Station("hips", "pelvis", -1.0, -1.0, 9.4, 6.9),
    Station("hips", "pelvis", 4.5, -0.5, 9.0, 6.4),
    Station("waist", "lumbar", 1.2, 0.1, 8.1, 5.7),
    Station("waist", "lumbar", 6.5, 0.2, 7.9, 5.5),
    Station("mid_back", "chest", 1.5, 0.3, 8.6, 6.1),
    Station("mid_back", "chest", 6.5, 0.3, 9.4, 6.4),
    Station("neck_base", "chest", -1.4, -0.1, 8.7, 5.0),
    Station("neck_base", "chest", 1.7, -0.3, 4.4, 3.3),
)
_CURVED = (
    Station("hips", "pelvis", -4.6, -0.6, 6.8, 4.4),
    Station("hips", "pelvis", -1.0, -1.0, 10.0, 6.9),
    Station("hips", "pelvis", 4.5, -0.5, 9.1, 6.4),
    Station("waist", "lumbar", 1.2, 0.0, 7.3, 5.4),
    Station("waist", "lumbar", 6.5, 0.1, 7.0, 5.0),
    Station("mid_back", "chest", 1.5, 0.6, 7.9, 6.0),
    Station("mid_back", "chest", 5.6, 0.6, 8.4, 6.7),
    Station("neck_base", "chest", -1.4, -0.1, 7.8, 4.5),
    Station("neck_base", "chest", 1.7, -0.3, 4.0, 3.0),
)


@dataclass(frozen=True)
class Build:
    """A body type: everything that differs between the two drawn people."""

    shoulder_half: float
    hip_half: float
    arm: float
    thigh: float
    neck: float
    bun: bool
    stations: tuple[Station, ...]


BUILDS = {
    "straight": Build(8.8, 4.7, 1.0, 1.0, 1.0, False, _STRAIGHT),
    "curved": Build(8.0, 4.8, 0.9, 1.03, 0.88, True, _CURVED),
}
