"""The trunk: one outline around cross-sections along a bending spine."""

import math

from exercises.figures.anatomy import WAIST_STATION, Station
from exercises.figures.camera import Pixel
from exercises.figures.looks import INK, SHIRT, TROUSERS
from exercises.figures.paths import Pen, smooth, smooth_open
from exercises.figures.skeleton import Axes, Skeleton
from exercises.figures.sketch import FINE_LINE, Sketch, element, union
from exercises.figures.vectors import Vec, add, dot, scale

# A chest turned this far toward the viewer shows the neckline of the shirt.
FRONTAL = 0.45


def station_center(skeleton: Skeleton, station: Station) -> Vec:
    """Middle of a cross-section."""
    axes = skeleton.axes[station.segment]
    joint = skeleton.joints[station.joint]
    return add(joint, scale(axes.up, station.up), scale(axes.front, station.front))


def half_extent(axes: Axes, station: Station, normal: Vec) -> float:
    """How far a cross-section reaches along `normal`, in units."""
    return math.sqrt(
        (station.half_width * dot(axes.right, normal)) ** 2
        + (station.half_depth * dot(axes.front, normal)) ** 2
        + dot(axes.up, normal) ** 2
    )


def draw_trunk(sketch: Sketch, skeleton: Skeleton) -> str:
    """Neck, shirt and the seat of the trousers."""
    left, right = _outline(sketch, skeleton)
    whole = smooth(left + right[::-1])
    k = WAIST_STATION
    seat = smooth_open(left[k::-1] + right[: k + 1]) + "Z"
    shirt = union([(whole, SHIRT[0]), (seat, TROUSERS[0])])
    hem = element(_hem(left, right, k), "none", INK, FINE_LINE)
    if shows_neckline(sketch, skeleton):
        return shirt + hem
    return draw_neck(sketch, skeleton) + shirt + hem


def _hem(left: list[Pixel], right: list[Pixel], k: int) -> str:
    below = (
        (left[k - 1][0] + right[k - 1][0]) / 2,
        (left[k - 1][1] + right[k - 1][1]) / 2,
    )
    middle = ((left[k][0] + right[k][0]) / 2, (left[k][1] + right[k][1]) / 2)
    control = (
        middle[0] + (below[0] - middle[0]) * 0.25,
        middle[1] + (below[1] - middle[1]) * 0.25,
    )
    return Pen().move(left[k]).bow(control, right[k]).data()


def _outline(sketch: Sketch, skeleton: Skeleton) -> tuple[list[Pixel], list[Pixel]]:
    """Points on both sides of the trunk, from the seat to the neck."""
    stations = sketch.build.stations
    centers = [sketch.pixel(station_center(skeleton, each)) for each in stations]
    left, right = [], []
    for index, station in enumerate(stations):
        before = centers[max(0, index - 1)]
        after = centers[min(index + 1, len(centers) - 1)]
        across = _screen_normal(before, after)
        half = _screen_extent(sketch, skeleton, station, across)
        x, y = centers[index]
        left.append((x - across[0] * half, y - across[1] * half))
        right.append((x + across[0] * half, y + across[1] * half))
    for x, y in left + right:
        sketch.include(x, y)
    return left, right


def _screen_normal(before: Pixel, after: Pixel) -> Pixel:
    dx, dy = after[0] - before[0], after[1] - before[1]
    size = math.hypot(dx, dy) or 1.0
    return (-dy / size, dx / size)


def _screen_extent(
    sketch: Sketch, skeleton: Skeleton, station: Station, across: Pixel
) -> float:
    camera = sketch.camera
    normal = add(scale(camera.right, across[0]), scale(camera.up, -across[1]))
    return camera.scale * half_extent(skeleton.axes[station.segment], station, normal)


def shows_neckline(sketch: Sketch, skeleton: Skeleton) -> bool:
    """Whether the neck is seen in front of the shirt; it then goes with the head."""
    return dot(skeleton.axes["chest"].front, sketch.camera.toward) > FRONTAL


def draw_neck(sketch: Sketch, skeleton: Skeleton) -> str:
    """The neck, down to the neckline."""
    joints, factor = skeleton.joints, sketch.build.neck
    chest, head = skeleton.axes["chest"], skeleton.axes["head"]
    rise = 1.0 if shows_neckline(sketch, skeleton) else 0.0
    base = add(joints["neck_base"], scale(chest.front, 0.2), scale(chest.up, rise))
    top = add(joints["neck_top"], scale(head.front, -0.5))
    outline = sketch.hull((base, 3.2 * factor), (top, 2.8 * factor))
    return union([(outline, sketch.look.skin_tone(is_far=False))])
