"""An orthographic camera that may look into a mirror."""

import math
from dataclasses import dataclass

from exercises.figures.model import View
from exercises.figures.vectors import Vec, dot

# Pixels of the SVG per unit: fine enough to write whole numbers only.
SCALE = 10.0
# Pictures of the head and shoulders only are drawn larger than whole bodies.
CLOSE_UP = 1.7
# From here on a view counts as seen from above: left and right swap by depth.
TOP_PITCH = 40

Pixel = tuple[float, float]


@dataclass(frozen=True)
class Camera:
    """Three unit axes of the picture: to the right, up, and toward the viewer."""

    right: Vec
    up: Vec
    toward: Vec
    scale: float = SCALE

    def project(self, point: Vec) -> Pixel:
        """Place of `point` in the picture, in pixels, y downward."""
        return (self.scale * dot(point, self.right), -self.scale * dot(point, self.up))

    def depth(self, point: Vec) -> float:
        """How near the viewer `point` is."""
        return dot(point, self.toward)


def camera_for(view: View, *, mirrored: bool = False, close: bool = False) -> Camera:
    """The camera of a view; mirrored, the person's left and right sides swap.

    A view from the side is flipped left to right. Seen from above the person keeps
    lying the same way and near and far side change places instead.
    """
    sin_yaw, cos_yaw = _sin_cos(view.yaw)
    sin_pitch, cos_pitch = _sin_cos(view.pitch)
    right = (cos_yaw, 0.0, sin_yaw)
    up = (sin_yaw * sin_pitch, cos_pitch, -cos_yaw * sin_pitch)
    toward = (-sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch)
    scale = SCALE * CLOSE_UP if close else SCALE
    if mirrored and view.pitch >= TOP_PITCH:
        right, up, toward = (_other_side(axis) for axis in (right, up, toward))
    elif mirrored:
        right = (-right[0], -right[1], -right[2])
    return Camera(right, up, toward, scale)


def _sin_cos(degrees: float) -> tuple[float, float]:
    return math.sin(math.radians(degrees)), math.cos(math.radians(degrees))


def _other_side(axis: Vec) -> Vec:
    return (axis[0], axis[1], -axis[2])
