"""What a figure is made of: plain data, no drawing.

Lengths are in units of 1 % of body height, angles in degrees. A direction is
(a, out): a = 0 right, 90 up, 180 left; out > 0 leans toward the viewer.
The *near* side is the one toward the viewer in a plain side view, which is the
person's right side as long as the figure is not mirrored.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from exercises.figures.vectors import Angle, Vec

SIDES = ("near", "far")
PARTS = (
    "far_arm",
    "far_leg",
    "trunk",
    "head",
    "near_leg",
    "near_arm",
)
SPLIT_PARTS = ("near_forearm", "far_forearm", "near_shank", "far_shank")
TRUNK_JOINTS = ("hips", "waist", "mid_back", "neck_base", "neck_top", "skull")
LIMB_JOINTS = (
    "shoulder",
    "elbow",
    "wrist",
    "hand",
    "hip",
    "knee",
    "ankle",
    "heel",
    "ball",
    "toe",
)
JOINTS = TRUNK_JOINTS + tuple(
    f"{side}_{name}" for side in SIDES for name in LIMB_JOINTS
)


class Grip(StrEnum):
    """How a hand is held."""

    OPEN = "open"
    FLAT = "flat"
    FIST = "fist"


@dataclass(frozen=True)
class Arm:
    """Either directions (`upper`, `fore`) or a wrist position `to` with a `pole`.

    `pole` is where the elbow points. `shrug` moves the shoulder (forward, up).
    """

    upper: Angle = (-90, 0)
    fore: Angle = (-90, 0)
    to: Vec | None = None
    pole: Vec = (0, -1, 0)
    hand: Angle | None = None
    grip: Grip = Grip.OPEN
    thumb: int = 1
    shrug: tuple[float, float] = (0, 0)


@dataclass(frozen=True)
class Leg:
    """Either directions (`thigh`, `shank`) or an ankle position `to` with a `pole`.

    `pole` is where the knee points, `foot` runs from heel to toe, `sole` from the
    ankle to the sole; `toe_bend` bends the toes back about the ball of the foot.
    """

    thigh: Angle = (-90, 0)
    shank: Angle = (-90, 0)
    to: Vec | None = None
    pole: Vec = (1, 0, 0)
    foot: Angle | None = None
    sole: Vec | None = None
    toe_bend: float = 0


@dataclass(frozen=True)
class Pose:
    """A whole body: where the hips are and where each segment points."""

    root: Vec
    trunk: tuple[Angle, Angle, Angle]
    neck: Angle
    head: Angle
    near_arm: Arm
    far_arm: Arm
    near_leg: Leg
    far_leg: Leg
    roll: tuple[float, float] = (0, 0)
    head_roll: float | None = None
    lateral: Vec = (0, 0, 1)
    far: tuple[str, ...] = ("far_arm", "far_leg")
    order: tuple[str, ...] | None = None
    eyes_closed: bool = False
    shoes: bool = False

    def arm(self, side: str) -> Arm:
        """The arm of `side` ("near" or "far")."""
        return self.near_arm if side == "near" else self.far_arm

    def leg(self, side: str) -> Leg:
        """The leg of `side` ("near" or "far")."""
        return self.near_leg if side == "near" else self.far_leg


@dataclass(frozen=True)
class Point:
    """A place: absolute, at a joint, or between two joints, plus a shift."""

    shift: Vec = (0, 0, 0)
    joint: str | None = None
    other: str | None = None
    share: float = 0


@dataclass(frozen=True)
class Prop:
    """A thing beside the body; each kind uses some of the measures."""

    kind: str
    layer: str = "back"
    x: tuple[float, float] = (0, 0)
    y: tuple[float, float] = (0, 0)
    z: tuple[float, float] = (0, 0)
    points: tuple[Point, ...] = ()
    size: float = 0
    min_points: int = 0


@dataclass(frozen=True)
class Arrow:
    """A motion arrow along a curve start - control - end."""

    start: Point
    control: Point
    end: Point
    both: bool = False


@dataclass(frozen=True)
class Worked:
    """A worked area: a rounded patch from `start` to `end` on a body part."""

    start: Point
    end: Point
    radius: float = 3.2
    part: str = "trunk"


@dataclass(frozen=True)
class View:
    """Where the viewer stands: degrees about the vertical, and from above."""

    yaw: float = 12
    pitch: float = 10


@dataclass(frozen=True)
class Figure:
    """One key picture of an exercise."""

    pose: Pose
    view: View = View()
    props: tuple[Prop, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    worked: tuple[Worked, ...] = ()
    hold: Point | None = None
    crop: tuple[Vec, Vec] | None = None
    hidden_hands: bool = False
    # The person's side that works, when the picture shows one of two
    side: str = ""
    touches: tuple[tuple[str, str], ...] = ()
    description: dict[str, str] = field(default_factory=dict)
    caption: dict[str, str] = field(default_factory=dict)
    name: str = ""
