"""Figures as they stand in YAML, read strictly into a `Figure`."""

from collections.abc import Sequence
from typing import Any

from exercises.figures.fields import Fields
from exercises.figures.model import (
    JOINTS,
    PARTS,
    SPLIT_PARTS,
    Arrow,
    Figure,
    Point,
    Prop,
    View,
    Worked,
)
from exercises.figures.posing import full_pose, read_pose
from exercises.figures.props import DRAWERS, PROP_DEFAULTS
from exercises.figures.vectors import Vec

FIGURE_KEYS = (
    "base",
    "pose",
    "view",
    "props",
    "arrows",
    "worked",
    "hold",
    "crop",
    "touches",
    "hidden_hands",
    "side",
    "description",
    "caption",
)
VIEWS = {
    "side": View(12, 10),
    "side_high": View(12, 18),
    "raised": View(22, 36),
    "front": View(-90, 6),
    "back": View(90, 8),
    "top": View(0, 64),
}
SURFACES = ("floor", "seat", "wall", "box")
TOUCHING = (
    "head",
    "back",
    "seat",
    *(
        f"{side}_{name}"
        for side in ("near", "far")
        for name in ("hand", "elbow", "shoulder", "hip", "knee", "foot", "toes", "calf")
    ),
)
_LAYERS = (
    "back",
    "front",
    *(f"{when}:{part}" for when in ("before", "after") for part in PARTS + SPLIT_PARTS),
)


def read_figures(data: object, where: str) -> list[Figure]:
    """All figures of an exercise from the list under its `figures` key.

    `where` names the file or exercise in error messages.
    """
    fields = Fields({"figures": data}, where)
    return [
        read_figure(each, f"{where}, figure {number}")
        for number, (_, each) in enumerate(fields.items("figures"), 1)
    ]


def read_figure(data: object, where: str) -> Figure:
    """One figure; raises `PoseError` with the joint and the allowed range."""
    fields = Fields(data, where)
    fields.only(FIGURE_KEYS)
    return Figure(
        pose=read_pose(fields),
        view=_view(fields),
        props=tuple(_prop(each) for each in _entries(fields, "props")),
        arrows=tuple(_arrow(each) for each in _entries(fields, "arrows")),
        worked=tuple(_worked(each) for each in _entries(fields, "worked")),
        hold=_point(fields, "hold") if "hold" in fields.data else None,
        crop=_crop(fields),
        hidden_hands=bool(fields.data.get("hidden_hands", False)),
        side=fields.word("side", "", ("", "left", "right")),
        touches=_touches(fields),
        description=_texts(fields, "description"),
        caption=_texts(fields, "caption"),
        name=where,
    )


def written_out(data: object, where: str) -> dict[str, Any]:
    """The same figure data without a base pose, for an editor to start from."""
    fields = Fields(data, where)
    rest = {key: value for key, value in fields.data.items() if key != "base"}
    return {**rest, "pose": full_pose(fields)}


def _entries(fields: Fields, key: str) -> list[Fields]:
    return [Fields(each, fields.where, path) for path, each in fields.items(key)]


def _view(fields: Fields) -> View:
    value = fields.data.get("view", "side")
    if isinstance(value, str):
        return VIEWS[fields.word("view", "side", tuple(VIEWS))]
    view = fields.sub("view")
    view.only(("yaw", "pitch"))
    return View(view.number("yaw", 12, -180, 180), view.number("pitch", 10, 0, 90))


def _prop(fields: Fields) -> Prop:
    fields.only(("kind", "layer", "x", "y", "z", "points", "size"))
    kind = fields.word("kind", "", tuple(DRAWERS))
    default = PROP_DEFAULTS.get(kind, Prop(kind))
    points = tuple(
        _as_point(fields, path, value) for path, value in fields.items("points")
    )
    if len(points) < default.min_points:
        raise fields.error("points", f"{kind} needs at least {default.min_points}")
    return Prop(
        kind=kind,
        layer=fields.word("layer", default.layer, _LAYERS),
        x=fields.pair("x", default.x),
        y=fields.pair("y", default.y),
        z=fields.pair("z", default.z),
        points=points,
        size=fields.number("size", default.size, 0, 120),
    )


def _arrow(fields: Fields) -> Arrow:
    fields.only(("points", "both"))
    points = [_as_point(fields, path, value) for path, value in fields.items("points")]
    if len(points) != 3:
        raise fields.error("points", "an arrow has a start, a control and an end point")
    return Arrow(points[0], points[1], points[2], bool(fields.data.get("both", False)))


def _worked(fields: Fields) -> Worked:
    fields.only(("from", "to", "radius", "part"))
    return Worked(
        start=_point(fields, "from"),
        end=_point(fields, "to"),
        radius=fields.number("radius", 3.2, 1, 8),
        part=fields.word("part", "trunk", PARTS + SPLIT_PARTS),
    )


def _crop(fields: Fields) -> tuple[Vec, Vec] | None:
    corners = fields.items("crop")
    if not corners:
        return None
    if len(corners) != 2:
        raise fields.error("crop", "must be two corners")
    first, second = (_as_point(fields, path, value).shift for path, value in corners)
    return (first, second)


def _touches(fields: Fields) -> tuple[tuple[str, str], ...]:
    """Pairs of surface and body part that must touch."""
    touches = fields.sub("touches")
    touches.only(SURFACES)
    return tuple(
        (surface, part)
        for surface in touches.data
        for part in touches.words(surface, TOUCHING) or ()
    )


def _texts(fields: Fields, key: str) -> dict[str, str]:
    texts = fields.sub(key)
    for language, text in texts.data.items():
        if not isinstance(text, str) or not text.strip():
            raise texts.error(str(language), "must be a text")
    return {str(language): text for language, text in texts.data.items()}


def _point(fields: Fields, key: str) -> Point:
    return _as_point(fields, key, fields.data.get(key))


def _as_point(fields: Fields, key: str, value: object) -> Point:
    """[x, y, z], a joint, [joint, dx, dy, dz] or [joint, other, share, dx, dy, dz]."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not value:
        raise fields.error(key, "must be a point: [x, y, z] or a joint")
    names = [each for each in value if isinstance(each, str)]
    for name in names:
        if name not in JOINTS:
            raise fields.error(
                key, f"unknown joint {name!r}; known: {', '.join(JOINTS)}"
            )
    return _point_of(fields, key, names, value[len(names) :])


def _point_of(
    fields: Fields, key: str, names: Sequence[str], rest: Sequence[object]
) -> Point:
    share, shift = 0.0, list(rest)
    if len(names) == 2 and shift:
        share = _number(fields, key, shift.pop(0))
    if len(shift) not in ((3,) if not names else (0, 3)) or len(names) > 2:
        raise fields.error(key, "needs x, y and z")
    x, y, z = (_number(fields, key, each) for each in shift or (0, 0, 0))
    return Point(
        shift=(x, y, z),
        joint=names[0] if names else None,
        other=names[1] if len(names) == 2 else None,
        share=share,
    )


def _number(fields: Fields, key: str, value: object) -> float:
    return Fields({key: value}, fields.where, fields.path).number(key, 0, -200, 200)
