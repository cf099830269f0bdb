"""What is wrong with a figure, in words that name the joint and what is allowed."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from exercises.figures.anatomy import BUILDS
from exercises.figures.limits import out_of_range
from exercises.figures.looks import DEFAULT_LOOK, Look
from exercises.figures.marks import arrow_curve
from exercises.figures.model import SIDES, Figure
from exercises.figures.scene import compose, framed, window_for
from exercises.figures.skeleton import Skeleton, solve
from exercises.figures.sketch import Bounds, Sketch
from exercises.figures.solidity import REACH, clearance, lowest_point, surface
from exercises.figures.vectors import Vec, add, scale
from exercises.figures.visibility import visible_share

# Units, which are percent of body height.
TOUCH_TOLERANCE = 1.0
SINK_TOLERANCE = 1.0
REACH_TOLERANCE = 0.05
FACE_RADIUS = 6.5
SMALLEST_CHANGE = 1.5
# Pixels between a cropped picture's edge and the head.
EDGE_MARGIN = 15
MOST_ARROWS = 2
MOST_BYTES = 16_000
LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class Problem:
    """One fault of one figure."""

    figure: str
    joint: str
    text: str

    def __str__(self) -> str:
        return f"{self.figure}: {self.joint}: {self.text}"


@dataclass(frozen=True)
class _Subject:
    figure: Figure
    sketch: Sketch
    skeleton: Skeleton
    svg: str
    window: Bounds


Fault = tuple[str, str]


def check(figure: Figure, look: Look = DEFAULT_LOOK) -> list[Problem]:
    """All faults of one figure; an empty list when it is fit to print."""
    sketch = Sketch.of(figure, look)
    drawing = compose(figure, look)
    window = window_for([drawing])
    skeleton = solve(figure.pose, sketch.build)
    subject = _Subject(figure, sketch, skeleton, framed(drawing, window), window)
    faults = (fault for each in _CHECKS for fault in each(subject))
    return [Problem(figure.name, joint, text) for joint, text in faults]


def check_series(figures: Sequence[Figure], look: Look = DEFAULT_LOOK) -> list[Problem]:
    """Faults of all figures of an exercise, and of their difference."""
    problems = [problem for figure in figures for problem in check(figure, look)]
    for before, after in itertools.pairwise(figures):
        if before.view == after.view and _change(before, after) < SMALLEST_CHANGE:
            problems.append(Problem(after.name, "pose", "looks like the one before"))
        if before.description == after.description:
            problems.append(
                Problem(after.name, "description", "same as the one before")
            )
    return problems


def _change(before: Figure, after: Figure) -> float:
    """Longest way of a joint or of the nose to the next figure, in units."""
    build = BUILDS[DEFAULT_LOOK.body]
    first, second = solve(before.pose, build), solve(after.pose, build)
    ways = [math.dist(first.joints[j], second.joints[j]) for j in first.joints]
    return max(*ways, math.dist(_nose(first), _nose(second)))


def _nose(skeleton: Skeleton) -> Vec:
    return add(
        skeleton.joints["skull"], scale(skeleton.axes["head"].front, FACE_RADIUS)
    )


def _reach(subject: _Subject) -> Iterator[Fault]:
    for limb, excess in subject.skeleton.over_reach.items():
        if excess > REACH_TOLERANCE:
            longest = REACH[limb.split("_")[1]]
            far = excess + longest
            yield limb, f"`to` is {far:.1f} units away, allowed 0 to {longest:.1f}"


def _joints(subject: _Subject) -> Iterator[Fault]:
    yield from out_of_range(subject.skeleton)


def _floor(subject: _Subject) -> Iterator[Fault]:
    height, part = lowest_point(subject.skeleton, subject.sketch.build)
    if height < -SINK_TOLERANCE:
        yield part, f"{-height:.1f} units below the floor, allowed {SINK_TOLERANCE:g}"


def _touches(subject: _Subject) -> Iterator[Fault]:
    for name, part in subject.figure.touches:
        plane = surface(subject.figure, name)
        if plane is None:
            yield part, f"touches a {name}, but no prop has one"
            continue
        gap = clearance(subject.skeleton, subject.sketch.build, part, plane)
        if abs(gap) > TOUCH_TOLERANCE:
            yield part, f"{gap:+.1f} units off the {name}, allowed {TOUCH_TOLERANCE:g}"


def _seen(subject: _Subject) -> Iterator[Fault]:
    figure, sketch, skeleton = subject.figure, subject.sketch, subject.skeleton
    if visible_share(figure, sketch, skeleton, "head") < 0.5:
        yield "head", "more than half covered"
    hands = [visible_share(figure, sketch, skeleton, f"{s}_hand") for s in SIDES]
    if not (figure.crop or figure.hidden_hands) and max(hands) == 0:
        yield "hands", "both covered"


def _inside(subject: _Subject) -> Iterator[Fault]:
    box = subject.window
    x, y = subject.sketch.camera.project(subject.skeleton.joints["skull"])
    margin = FACE_RADIUS * subject.sketch.camera.scale + EDGE_MARGIN
    gaps = (x - box.left, box.right - x, y - box.top, box.bottom - y)
    if min(gaps) < margin:
        yield "head", "cut off by the edge of the picture"
    for number, arrow in enumerate(subject.figure.arrows, 1):
        curve = arrow_curve(arrow, subject.skeleton, subject.sketch)
        if not all(box.holds(point) for point in curve):
            yield f"arrow {number}", "leaves the picture"


def _arrows(subject: _Subject) -> Iterator[Fault]:
    arrows = subject.figure.arrows
    if len(arrows) > MOST_ARROWS:
        yield "arrows", f"{len(arrows)} arrows, allowed {MOST_ARROWS}"
    camera = subject.sketch.camera
    face = camera.project(subject.skeleton.joints["skull"])
    for number, arrow in enumerate(arrows, 1):
        curve = arrow_curve(arrow, subject.skeleton, subject.sketch)
        if min(math.dist(point, face) for point in curve) < FACE_RADIUS * camera.scale:
            yield f"arrow {number}", "crosses the face"


def _words(subject: _Subject) -> Iterator[Fault]:
    for language in LANGUAGES:
        sentence = subject.figure.description.get(language, "")
        if not sentence.endswith(".") or sentence.count(". "):
            yield "description", f"needs one sentence in {language!r}"
        if not subject.figure.caption.get(language):
            yield "caption", f"missing in {language!r}"


def _size(subject: _Subject) -> Iterator[Fault]:
    size = len(subject.svg)
    if size > MOST_BYTES:
        yield "file", f"{size} bytes, allowed {MOST_BYTES}"


_CHECKS: tuple[Callable[[_Subject], Iterator[Fault]], ...] = (
    _reach,
    _joints,
    _floor,
    _touches,
    _seen,
    _inside,
    _arrows,
    _words,
    _size,
)
