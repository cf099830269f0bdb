"""The head: skull, profile, face and hair, right from every direction."""

import itertools
import math
from collections.abc import Sequence

from exercises.figures.anatomy import HEAD_AXES
from exercises.figures.camera import Pixel
from exercises.figures.looks import INK
from exercises.figures.paths import smooth, smooth_open
from exercises.figures.skeleton import Axes, Skeleton
from exercises.figures.sketch import FINE_LINE, Sketch, element, union
from exercises.figures.vectors import Vec, add, dot, scale, sub, unit

# Profile of the face in the middle plane: (front, up) from the middle of the skull.
PROFILE = (
    (3.6, 4.6),
    (5.0, 2.6),
    (5.6, 1.1),
    (5.35, 0.2),
    (6.85, -1.75),
    (5.75, -2.35),
    (5.95, -3.2),
    (5.55, -3.7),
    (5.7, -4.5),
    (5.25, -5.1),
    (5.2, -6.1),
    (4.0, -6.9),
    (0.6, -6.0),
    (-1.0, -2.0),
)
# Lower border of the hair: azimuth from the front, elevation, both in degrees.
HAIRLINE = (
    (0, 36),
    (35, 36),
    (58, 22),
    (70, 2),
    (82, -8),
    (95, -2),
    (112, -12),
    (140, -50),
    (180, -60),
)
HAIR_VOLUME = 1.07
# An ear turned less than this is seen from its edge.
EAR_FACING = 0.25
# Pixels: lines of the face.
FEATURE = 4
# Points on the silhouette of the skull.
_RIM = 32
# A face turned this much toward the viewer shows a nose line, and from here on the
# profile is seen edge-on and left out.
FRONTAL = 0.8
EDGE_ON = 0.86


class Head:
    """One head of one figure, ready to be drawn."""

    def __init__(self, sketch: Sketch, skeleton: Skeleton) -> None:
        self.sketch = sketch
        self.center = skeleton.joints["skull"]
        self.axes: Axes = skeleton.axes["head"]

    def draw(self, is_eyes_closed: bool) -> str:
        """Skull, hair, ear and face."""
        skin = self.sketch.look.skin_tone(is_far=False)
        hair = self.sketch.look.hair_tone()
        shapes = [(smooth(self._silhouette()[::2]), skin)]
        if abs(dot(self.axes.front, self.sketch.camera.toward)) < EDGE_ON:
            profile = [self._local(front, up, 0) for front, up in PROFILE]
            shapes.append((smooth([self._pixel(point) for point in profile]), skin))
        shapes += [(outline, skin) for outline in self._ear_rims()]
        outlines = self._hair()
        text = union(shapes + [(outline, hair) for outline in outlines])
        if self.sketch.look.needs_hairline():
            text += element("".join(outlines), "none", INK, FINE_LINE)
        bun = self._bun(hair)
        text += self._ears(skin) + self._features(is_eyes_closed)
        return text + bun if self._shows_back() else bun + text

    def _shows_back(self) -> bool:
        return dot(self.axes.front, self.sketch.camera.toward) < -0.25

    def _local(self, front: float, up: float, right: float) -> Vec:
        return add(
            self.center,
            scale(self.axes.front, front),
            scale(self.axes.up, up),
            scale(self.axes.right, right),
        )

    def _on_skull(self, azimuth: float, elevation: float) -> Vec:
        """Point of the skull: 0/0 straight ahead, azimuth grows to the near side."""
        a, e = math.radians(azimuth), math.radians(elevation)
        tall, deep, wide = HEAD_AXES
        return self._local(
            deep * math.cos(a) * math.cos(e),
            tall * math.sin(e),
            wide * math.sin(a) * math.cos(e),
        )

    def _pixel(self, point: Vec) -> Pixel:
        return self.sketch.pixel(point)

    def _facing(self, point: Vec) -> float:
        """1 when the skull at `point` looks at the viewer, negative when hidden."""
        offset = sub(point, self.center)
        normal = add(
            *(
                scale(axis, dot(axis, offset) / half**2)
                for axis, half in self._half_axes()
            )
        )
        return dot(unit(normal), self.sketch.camera.toward)

    def _half_axes(self) -> list[tuple[Vec, float]]:
        axes = (self.axes.up, self.axes.front, self.axes.right)
        return list(zip(axes, HEAD_AXES, strict=True))

    def _rim(self) -> list[Vec]:
        """Points of the skull that form its silhouette."""
        camera, rim = self.sketch.camera, []
        for step in range(_RIM):
            turn = 2 * math.pi * step / _RIM
            normal = add(
                scale(camera.right, math.cos(turn)), scale(camera.up, math.sin(turn))
            )
            parts = [
                (axis, half, half * dot(axis, normal))
                for axis, half in self._half_axes()
            ]
            size = math.sqrt(sum(part**2 for _, _, part in parts))
            rim.append(
                add(self.center, *(scale(a, half * p / size) for a, half, p in parts))
            )
        return rim

    def _silhouette(self) -> list[Pixel]:
        return [self._pixel(point) for point in self._rim()]

    def _is_hair(self, point: Vec) -> bool:
        offset = sub(point, self.center)
        tall, deep, wide = HEAD_AXES
        azimuth = math.atan2(
            abs(dot(offset, self.axes.right)) / wide,
            dot(offset, self.axes.front) / deep,
        )
        sine = max(-1.0, min(1.0, dot(offset, self.axes.up) / tall))
        return math.degrees(math.asin(sine)) > hairline(math.degrees(azimuth))

    def _hair(self) -> list[str]:
        """Visible hair: a piece of the silhouette closed by the visible hairline."""
        rim = self._rim()
        crown = _longest_run([self._is_hair(point) for point in rim])
        around = [self._swollen(rim[index]) for index in crown]
        border = [self._on_skull(a, hairline(abs(a))) for a in range(-180, 180, 5)]
        seen = _longest_run([self._facing(point) > 0 for point in border])
        edge = [self._pixel(border[index]) for index in seen]
        if len(crown) == len(rim):
            return [smooth(around[::2])]
        if len(around) < 2 or len(edge) < 2:
            return []
        if math.dist(around[-1], edge[0]) > math.dist(around[-1], edge[-1]):
            edge.reverse()
        return [smooth(_thinned(around, 2) + _thinned(edge[1:-1], 3))]

    def _swollen(self, point: Vec) -> Pixel:
        offset = scale(sub(point, self.center), HAIR_VOLUME)
        return self._pixel(add(self.center, offset))

    def _bun(self, color: str) -> str:
        if not self.sketch.build.bun:
            return ""
        knot = self._local(-4.4, 4.6, 0)
        return union([(self.sketch.hull((knot, 2.5)), color)])

    def _ear_rims(self) -> list[str]:
        """Ears seen edge-on stick out of the silhouette."""
        middles = [self._ear_middle(sign) for sign in (1, -1)]
        edge_on = [point for point in middles if abs(self._facing(point)) < EAR_FACING]
        return [self.sketch.hull((point, 1.3)) for point in edge_on]

    def _ear_middle(self, sign: int) -> Vec:
        return self._local(-0.7, -0.7, sign * HEAD_AXES[2] * 0.97)

    def _ears(self, skin: str) -> str:
        return "".join(self._ear(sign, skin) for sign in (1, -1))

    def _ear(self, sign: int, skin: str) -> str:
        middle = self._ear_middle(sign)
        if self._facing(middle) < EAR_FACING:
            return ""
        ring = []
        for step in range(8):
            turn = math.pi * step / 4
            shift = add(
                scale(self.axes.up, 1.75 * math.cos(turn)),
                scale(self.axes.front, 1.1 * math.sin(turn)),
            )
            ring.append(self._pixel(add(middle, shift)))
        return element(smooth(ring), skin, INK, 3)

    def _stroke(self, points: Sequence[Vec]) -> str:
        line = self._visible(points)
        return element(smooth_open(line), "none", INK, FEATURE) if line[1:] else ""

    def _features(self, is_eyes_closed: bool) -> str:
        text = "".join(self._eye(sign, is_eyes_closed) for sign in (1, -1))
        lines = [self._brow(1), self._brow(-1), self._mouth(), self._nose()]
        data = "".join(smooth_open(line) for line in lines if len(line) > 1)
        return text + (element(data, "none", INK, FEATURE) if data else "")

    def _eye(self, sign: int, is_closed: bool) -> str:
        middle = self._on_skull(sign * 29, 2)
        if self._facing(middle) < 0.12:
            return ""
        if is_closed:
            lid = [self._on_skull(sign * a, e) for a, e in ((17, 1), (29, -2), (40, 1))]
            return self._stroke(lid)
        return element(self.sketch.hull((middle, 0.6)), INK)

    def _brow(self, sign: int) -> list[Pixel]:
        places = ((16, 17), (28, 20), (41, 17))
        return self._visible([self._on_skull(sign * a, e) for a, e in places])

    def _mouth(self) -> list[Pixel]:
        places = ((-24, -29), (-12, -33), (0, -34), (12, -33), (24, -29))
        return self._visible([self._on_skull(a, e) for a, e in places])

    def _nose(self) -> list[Pixel]:
        """A short line only when the face looks at the viewer."""
        if dot(self.axes.front, self.sketch.camera.toward) < FRONTAL:
            return []
        places = ((1.0, 0.2), (1.6, -2.0), (0.0, -2.3))
        return [self._pixel(self._local(5.6, up, side)) for side, up in places]

    def _visible(self, points: Sequence[Vec]) -> list[Pixel]:
        return [self._pixel(point) for point in points if self._facing(point) > 0.05]


def hairline(azimuth: float) -> float:
    """Elevation of the hairline at an azimuth of 0 to 180 degrees."""
    for (a, low), (b, high) in itertools.pairwise(HAIRLINE):
        if azimuth <= b:
            return low + (high - low) * (azimuth - a) / (b - a)
    return HAIRLINE[-1][1]


def _longest_run(flags: Sequence[bool]) -> list[int]:
    """Indexes of the longest run of true flags in a ring."""
    count = len(flags)
    if all(flags):
        return list(range(count))
    best: list[int] = []
    for start in range(count):
        if flags[start] and not flags[start - 1]:
            size = 1
            while flags[(start + size) % count]:
                size += 1
            if size > len(best):
                best = [(start + step) % count for step in range(size)]
    return best


def _thinned(points: Sequence[Pixel], step: int) -> list[Pixel]:
    """Every `step`-th point, with the first and the last one."""
    kept = list(points[::step])
    if points and kept[-1] != points[-1]:
        kept.append(points[-1])
    return kept
