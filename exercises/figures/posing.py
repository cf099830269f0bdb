"""A pose from its YAML data: a base pose, then the differences."""

from collections.abc import Mapping
from typing import Any

from exercises.figures.bases import limb_data, limb_names, pose_data, pose_names
from exercises.figures.fields import Fields
from exercises.figures.model import PARTS, SIDES, SPLIT_PARTS, Arm, Grip, Leg, Pose
from exercises.figures.vectors import Angle, Vec

ARM_KEYS = ("upper", "fore", "to", "pole", "hand", "grip", "thumb", "shrug")
LEG_KEYS = ("thigh", "shank", "to", "pole", "foot", "sole", "toe_bend")
POSE_KEYS = (
    "root",
    "trunk",
    "neck",
    "head",
    "roll",
    "head_roll",
    "lateral",
    "near_arm",
    "far_arm",
    "near_leg",
    "far_leg",
    "far",
    "order",
    "eyes",
    "shoes",
)
# Keys that place a limb; a limb that has one replaces the limb of the base pose.
_PLACING = ("to", "upper", "thigh")

Data = Mapping[str, Any]


def read_pose(figure: Fields) -> Pose:
    """The pose of a figure: its `base`, changed by its own `pose` entries."""
    own = figure.sub("pose")
    own.only(POSE_KEYS)
    merged = _merged(figure, own)
    fields = Fields(merged, figure.where, "pose")
    for key in ("root", "trunk", "neck", "head"):
        if key not in merged:
            raise fields.error(key, "missing; give it or name a base pose")
    limbs = _limbs(fields)
    return Pose(
        root=fields.vector("root") or (0, 0, 0),
        trunk=_trunk(fields),
        neck=fields.as_angle("neck", merged["neck"]),
        head=fields.as_angle("head", merged["head"]),
        near_arm=_arm(limbs["near_arm"]),
        far_arm=_arm(limbs["far_arm"]),
        near_leg=_leg(limbs["near_leg"]),
        far_leg=_leg(limbs["far_leg"]),
        roll=fields.pair("roll", (0, 0)),
        head_roll=_head_roll(fields),
        lateral=fields.vector("lateral") or (0, 0, 1),
        far=_far(fields),
        order=fields.words("order", PARTS + SPLIT_PARTS),
        shoes=_flag(fields, "shoes"),
        eyes_closed=fields.word("eyes", "open", ("open", "closed")) == "closed",
    )


def full_pose(figure: Fields) -> dict[str, Any]:
    """The pose data of a figure with its base and named limbs written out."""
    merged = _merged(figure, figure.sub("pose"))
    limbs = _limbs(Fields(merged, figure.where, "pose"))
    return {**merged, **{key: dict(limb.data) for key, limb in limbs.items()}}


def _merged(figure: Fields, own: Fields) -> dict[str, Any]:
    base: Data = {}
    if "base" in figure.data:
        base = pose_data(figure.word("base", "", pose_names()))
    merged = {**base, **own.data}
    for side in SIDES:
        for kind in ("arm", "leg"):
            key = f"{side}_{kind}"
            change = own.data.get(key)
            if isinstance(change, Mapping) and not any(k in change for k in _PLACING):
                start = _named(figure, key, base.get(key, {}), base)
                merged[key] = {**start, **change}
    return merged


def _limbs(fields: Fields) -> dict[str, Fields]:
    """The data of the four limbs with names and `mirror` resolved."""
    limbs = {}
    for side in SIDES:
        for kind in ("arm", "leg"):
            key = f"{side}_{kind}"
            data = _named(fields, key, fields.data.get(key), fields.data)
            limbs[key] = Fields(data, fields.where, f"pose.{key}")
    return limbs


def _named(fields: Fields, key: str, value: object, pose: Data) -> Data:
    if isinstance(value, Mapping):
        return value
    if value == "mirror" and key.startswith("far_"):
        near = "near_" + key.removeprefix("far_")
        return _mirrored(_named(fields, near, pose.get(near), pose))
    if value not in limb_names():
        known = ", ".join(limb_names())
        raise fields.error(key, f"must be a limb or one of mirror, {known}")
    named = limb_data(str(value))
    return _mirrored(named) if key.startswith("far_") else named


def _mirrored(limb: Data) -> Data:
    """The same limb on the other side of the body's middle plane."""
    flipped = dict(limb)
    for key in ("to", "pole", "sole"):
        if limb.get(key) is not None:
            x, y, z = limb[key]
            flipped[key] = [x, y, -z]
    for key in ("upper", "fore", "hand", "thigh", "shank", "foot"):
        value = limb.get(key)
        if isinstance(value, list):
            flipped[key] = [value[0], -value[1]]
    return flipped


def _trunk(fields: Fields) -> tuple[Angle, Angle, Angle]:
    segments = fields.items("trunk")
    if len(segments) != 3:
        raise fields.error("trunk", "must be three directions: pelvis, lumbar, chest")
    pelvis, lumbar, chest = (fields.as_angle("trunk", value) for _, value in segments)
    return (pelvis, lumbar, chest)


def _head_roll(fields: Fields) -> float | None:
    if "head_roll" not in fields.data:
        return None
    return fields.number("head_roll", 0, -180, 180)


def _far(fields: Fields) -> tuple[str, ...]:
    limbs = tuple(part for part in PARTS if "_" in part)
    found = fields.words("far", limbs)
    return ("far_arm", "far_leg") if found is None else found


def _flag(fields: Fields, key: str) -> bool:
    value = fields.data.get(key, False)
    if not isinstance(value, bool):
        raise fields.error(key, "must be true or false")
    return value


def _arm(fields: Fields) -> Arm:
    fields.only(ARM_KEYS)
    _need_place(fields, "upper", "fore")
    return Arm(
        upper=fields.angle("upper") or (-90, 0),
        fore=fields.angle("fore") or (-90, 0),
        to=fields.vector("to"),
        pole=_pole(fields, (0, -1, 0)),
        hand=fields.angle("hand"),
        grip=Grip(fields.word("grip", "open", tuple(Grip))),
        thumb=round(fields.number("thumb", 1, -1, 1)),
        shrug=fields.pair("shrug", (0, 0)),
    )


def _leg(fields: Fields) -> Leg:
    fields.only(LEG_KEYS)
    _need_place(fields, "thigh", "shank")
    return Leg(
        thigh=fields.angle("thigh") or (-90, 0),
        shank=fields.angle("shank") or (-90, 0),
        to=fields.vector("to"),
        pole=_pole(fields, (1, 0, 0)),
        foot=fields.angle("foot"),
        sole=fields.vector("sole"),
        toe_bend=fields.number("toe_bend", 0, -30, 100),
    )


def _need_place(fields: Fields, first: str, second: str) -> None:
    if "to" not in fields.data and not {first, second} <= set(fields.data):
        raise fields.error("", f"needs either `to` or both `{first}` and `{second}`")


def _pole(fields: Fields, default: Vec) -> Vec:
    found = fields.vector("pole")
    return default if found is None else found
