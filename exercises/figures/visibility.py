"""Whether the parts of a picture that must be seen are covered by other parts."""

import itertools
import math
from collections.abc import Iterable

from exercises.figures.anatomy import HEAD_AXES
from exercises.figures.camera import Pixel
from exercises.figures.model import Figure
from exercises.figures.scene import painting_order
from exercises.figures.skeleton import Skeleton
from exercises.figures.sketch import Sketch
from exercises.figures.trunk import station_center
from exercises.figures.vectors import Vec, lerp

_CHAINS = {
    "upper_arm": (("shoulder", "elbow"), 3.0),
    "arm": (("shoulder", "elbow", "wrist", "hand"), 2.6),
    "forearm": (("elbow", "wrist", "hand"), 1.9),
    "leg": (("hip", "knee", "ankle"), 3.6),
    "shank": (("knee", "ankle"), 2.9),
}


def visible_share(
    figure: Figure, sketch: Sketch, skeleton: Skeleton, part: str
) -> float:
    """Share (0 to 1) of sample points on a hand or the head that nothing covers."""
    points = _samples(sketch, skeleton, part)
    owner = part if part == "head" else _owner(figure, part)
    order = painting_order(figure, sketch, skeleton)
    if owner not in order:
        return 0.0
    later = order[order.index(owner) + 1 :]
    covers = [chain for name in later for chain in _chains(sketch, skeleton, name)]
    seen = [point for point in points if not any(_covers(c, point) for c in covers)]
    return len(seen) / len(points)


def _owner(figure: Figure, part: str) -> str:
    side = part.split("_")[0]
    forearm = f"{side}_forearm"
    return forearm if forearm in (figure.pose.order or ()) else f"{side}_arm"


def _samples(sketch: Sketch, skeleton: Skeleton, part: str) -> list[Pixel]:
    project = sketch.camera.project
    if part != "head":
        wrist = skeleton.joints[part.replace("hand", "wrist")]
        tip = skeleton.joints[part]
        return [project(lerp(wrist, tip, share / 4)) for share in range(5)]
    x, y = project(skeleton.joints["skull"])
    radius = 0.7 * HEAD_AXES[2] * sketch.camera.scale
    turns = [math.pi * step / 6 for step in range(12)]
    return [(x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns]


Chain = tuple[list[Pixel], float]


def _chains(sketch: Sketch, skeleton: Skeleton, name: str) -> Iterable[Chain]:
    project, joints = sketch.camera.project, skeleton.joints
    if name == "trunk":
        places: list[Vec] = [
            station_center(skeleton, station) for station in sketch.build.stations[:-1]
        ]
        yield [project(place) for place in places], 5.0 * sketch.camera.scale
    elif name == "head":
        yield [project(joints["skull"])], 5.0 * sketch.camera.scale
    else:
        side, limb = name.split("_")
        bones, radius = _CHAINS[limb]
        yield (
            [project(joints[f"{side}_{bone}"]) for bone in bones],
            radius * sketch.camera.scale,
        )


def _covers(chain: Chain, point: Pixel) -> bool:
    places, radius = chain
    if len(places) == 1:
        return math.dist(places[0], point) < radius
    pairs = itertools.pairwise(places)
    return any(_distance(point, a, b) < radius for a, b in pairs)


def _distance(point: Pixel, a: Pixel, b: Pixel) -> float:
    """From a point to a line segment."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    size = dx * dx + dy * dy or 1.0
    share = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / size
    share = max(0.0, min(1.0, share))
    return math.dist(point, (a[0] + share * dx, a[1] + share * dy))
