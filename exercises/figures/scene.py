"""A whole picture: body parts, props and marks in their painting order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from exercises.figures.camera import TOP_PITCH
from exercises.figures.head import Head
from exercises.figures.limbs import (
    draw_arm,
    draw_forearm,
    draw_leg,
    draw_shank,
    draw_thigh,
    draw_upper_arm,
)
from exercises.figures.looks import DEFAULT_LOOK, Look
from exercises.figures.marks import draw_arrow, draw_hold, draw_worked
from exercises.figures.model import PARTS, Figure
from exercises.figures.props import draw_prop
from exercises.figures.skeleton import Skeleton, solve
from exercises.figures.sketch import Bounds, Sketch
from exercises.figures.trunk import draw_neck, draw_trunk, shows_neckline
from exercises.figures.vectors import lerp

# Pixels.
MARGIN = 25
# Beyond this yaw the limbs are sorted by depth instead of near and far.
_SIDE_YAW = 30
# Units by which the trunk steps back in that order: limbs at its side lie over it,
# and their cloth covers the seams.
_TRUNK_BEHIND = 8


@dataclass(frozen=True)
class Drawing:
    """The elements of a picture and the rectangle they fill (pixels)."""

    elements: str
    bounds: Bounds


def compose(
    figure: Figure, look: Look = DEFAULT_LOOK, mirrored: bool = False
) -> Drawing:
    """Draw one figure without a frame."""
    sketch = Sketch.of(figure, look, mirrored=mirrored)
    skeleton = solve(figure.pose, sketch.build)
    text = _layer(sketch, skeleton, figure, "back")
    for part in painting_order(figure, sketch, skeleton):
        text += _layer(sketch, skeleton, figure, f"before:{part}")
        text += _draw_part(sketch, skeleton, figure, part)
        for worked in figure.worked:
            if worked.part == part:
                text += draw_worked(sketch, skeleton, worked)
        text += _layer(sketch, skeleton, figure, f"after:{part}")
    text += _layer(sketch, skeleton, figure, "front")
    for arrow in figure.arrows:
        text += draw_arrow(sketch, skeleton, arrow)
    if figure.hold:
        text += draw_hold(sketch, skeleton, figure.hold)
    return Drawing(text, _bounds(sketch, figure))


def window_for(drawings: Sequence[Drawing]) -> Bounds:
    """One picture window, in whole pixels with a margin, around all drawings."""
    box = drawings[0].bounds
    for drawing in drawings[1:]:
        box = box.joined(drawing.bounds)
    return Bounds(
        floor(box.left - MARGIN),
        floor(box.top - MARGIN),
        ceil(box.right + MARGIN),
        ceil(box.bottom + MARGIN),
    )


def framed(drawing: Drawing, window: Bounds) -> str:
    """The SVG file of a drawing seen through a window."""
    size = (window.right - window.left, window.bottom - window.top)
    box = " ".join(f"{value:g}" for value in (window.left, window.top, *size))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"'
        f' stroke-linejoin="round" stroke-linecap="round">{drawing.elements}</svg>'
    )


def draw(figure: Figure, look: Look = DEFAULT_LOOK, *, mirrored: bool = False) -> str:
    """SVG text of one figure in a window of its own."""
    drawing = compose(figure, look, mirrored)
    return framed(drawing, window_for([drawing]))


def draw_series(
    figures: Sequence[Figure], look: Look = DEFAULT_LOOK, *, mirrored: bool = False
) -> list[str]:
    """SVG texts of all key pictures of an exercise, in one common window.

    Pictures seen from different directions keep a window of their own.
    """
    drawings = [compose(figure, look, mirrored) for figure in figures]
    texts = []
    for figure, drawing in zip(figures, drawings, strict=True):
        alike = [
            other
            for each, other in zip(figures, drawings, strict=True)
            if (each.view, bool(each.crop)) == (figure.view, bool(figure.crop))
        ]
        texts.append(framed(drawing, window_for(alike)))
    return texts


def painting_order(
    figure: Figure, sketch: Sketch, skeleton: Skeleton
) -> tuple[str, ...]:
    """Body parts from back to front."""
    if figure.pose.order:
        return figure.pose.order
    view = figure.view
    is_side_view = abs(view.yaw) <= _SIDE_YAW and view.pitch < TOP_PITCH
    if is_side_view and figure.pose.lateral == (0, 0, 1):
        return PARTS
    return tuple(sorted(PARTS, key=lambda part: _depth(part, sketch, skeleton)))


def _depth(part: str, sketch: Sketch, skeleton: Skeleton) -> float:
    joints, depth = skeleton.joints, sketch.camera.depth
    if part == "trunk":
        middle = lerp(joints["waist"], joints["mid_back"], 0.7)
        return depth(middle) - _TRUNK_BEHIND
    if part == "head":
        return depth(joints["skull"])
    side, limb = part.split("_")
    names = {"arm": ("shoulder", "elbow", "wrist"), "leg": ("hip", "knee", "ankle")}
    upper, bend, end = (depth(joints[f"{side}_{name}"]) for name in names[limb])
    return (upper + 2 * bend + end) / 4


_LIMB_PARTS: dict[str, Callable[..., str]] = {
    "arm": draw_arm,
    "forearm": draw_forearm,
    "leg": draw_leg,
    "shank": draw_shank,
}


def _draw_part(sketch: Sketch, skeleton: Skeleton, figure: Figure, part: str) -> str:
    pose = figure.pose
    if part == "trunk":
        return draw_trunk(sketch, skeleton)
    if part == "head":
        neck = draw_neck(sketch, skeleton) if shows_neckline(sketch, skeleton) else ""
        return neck + Head(sketch, skeleton).draw(pose.eyes_closed)
    side, limb = part.split("_")
    order = pose.order or ()
    drawer = _LIMB_PARTS[limb]
    if limb == "arm" and f"{side}_forearm" in order:
        drawer = draw_upper_arm
    if limb == "leg" and f"{side}_shank" in order:
        drawer = draw_thigh
    return drawer(sketch, skeleton, pose, side)


def _layer(sketch: Sketch, skeleton: Skeleton, figure: Figure, layer: str) -> str:
    props = (prop for prop in figure.props if prop.layer == layer)
    return "".join(draw_prop(sketch, skeleton, prop) for prop in props)


def _bounds(sketch: Sketch, figure: Figure) -> Bounds:
    """How far the picture reaches; a crop replaces what was drawn."""
    if figure.crop:
        cut = Sketch(sketch.camera, sketch.look)
        for corner in figure.crop:
            cut.pixel(corner)
        sketch = cut
    return sketch.bounds or Bounds(0, 0, 0, 0)
