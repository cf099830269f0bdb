"""Arms and legs."""

from collections.abc import Sequence

from exercises.figures.looks import SHIRT, SHOES, TROUSERS
from exercises.figures.model import Grip, Pose
from exercises.figures.skeleton import Skeleton
from exercises.figures.sketch import Shape, Sketch, element, union
from exercises.figures.vectors import (
    Vec,
    across,
    add,
    cross,
    dot,
    length,
    lerp,
    scale,
    sub,
    unit,
)

# Rings along a bone: share of its length, radius in units, push backward in units.
Ring = tuple[float, float, float]
UPPER_ARM: tuple[Ring, ...] = ((0.35, 3.2, 0), (0.65, 2.7, 0), (1, 2.45, 0))
SLEEVE: tuple[Ring, ...] = ((0, 3.4, 0), (0.3, 3.65, 0), (0.58, 3.45, 0))
FOREARM: tuple[Ring, ...] = (
    (0, 2.4, 0),
    (0.25, 2.65, 0),
    (0.6, 2.1, 0),
    (1, 1.5, 0),
)
THIGH: tuple[Ring, ...] = (
    (0, 5.6, 0),
    (0.3, 5.25, -0.3),
    (0.65, 4.2, -0.15),
    (1, 3.5, 0),
)
SHANK: tuple[Ring, ...] = (
    (0, 3.4, 0),
    (0.27, 3.4, 0.85),
    (0.58, 2.7, 0.45),
    (0.9, 2.2, 0),
)
# Hands: share of the length, half width; a flat hand has a half thickness too.
PALM = ((0, 1.45), (0.35, 1.95), (0.72, 1.7), (1, 0.9))
FLAT = ((0, 1.5, 1.5), (0.4, 2.0, 1.3), (0.75, 1.7, 0.95), (1, 0.8, 0.65))
# A chest turned this far sideways lies behind the near shoulder.
_SIDEWAYS = 0.88

Ball = tuple[Vec, float]


def draw_arm(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> str:
    """A whole arm: bare arm and hand, then the sleeve."""
    shapes = _upper_arm(sketch, skeleton, pose, side)
    shapes += _forearm(sketch, skeleton, pose, side)
    return union(shapes) + _sleeve(sketch, skeleton, pose, side)


def draw_upper_arm(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> str:
    """Only the upper arm with its sleeve, when the forearm lies in another layer."""
    shapes = _upper_arm(sketch, skeleton, pose, side)
    return union(shapes) + _sleeve(sketch, skeleton, pose, side)


def draw_forearm(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> str:
    """Only forearm and hand."""
    return union(_forearm(sketch, skeleton, pose, side))


def draw_leg(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> str:
    """A whole leg: bare foot, then the trouser leg."""
    cloth = TROUSERS[_is_far(pose, f"{side}_leg")]
    shapes = [*_thigh(sketch, skeleton, side, cloth)]
    shapes += _shank(sketch, skeleton, side, cloth)
    leg = _foot(sketch, skeleton, pose, side) + union(shapes)
    return leg + _hip_patch(sketch, skeleton, pose, side)


def draw_thigh(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> str:
    """Only the thigh, when the lower leg lies in another layer."""
    cloth = TROUSERS[_is_far(pose, f"{side}_leg")]
    thigh = union(_thigh(sketch, skeleton, side, cloth))
    return thigh + _hip_patch(sketch, skeleton, pose, side)


def draw_shank(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> str:
    """Only the lower leg and the foot."""
    cloth = TROUSERS[_is_far(pose, f"{side}_leg")]
    shank = union(_shank(sketch, skeleton, side, cloth))
    return _foot(sketch, skeleton, pose, side) + shank


def _is_far(pose: Pose, limb: str) -> bool:
    return limb in pose.far


def _chain(
    start: Vec, end: Vec, rings: Sequence[Ring], factor: float, back: Vec
) -> list[Ball]:
    """Balls along a bone; each ring may be pushed along `back`."""
    return [
        (add(lerp(start, end, share), scale(back, push)), radius * factor)
        for share, radius, push in rings
    ]


def _upper_arm(
    sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str
) -> list[Shape]:
    joints, skin = skeleton.joints, sketch.look.skin_tone(_is_far(pose, f"{side}_arm"))
    bone = joints[f"{side}_shoulder"], joints[f"{side}_elbow"]
    balls = _chain(*bone, UPPER_ARM, sketch.build.arm, (0, 0, 0))
    return [(sketch.tube(balls, has_round_end=True), skin)]


def _forearm(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> list[Shape]:
    joints, skin = skeleton.joints, sketch.look.skin_tone(_is_far(pose, f"{side}_arm"))
    bone = joints[f"{side}_elbow"], joints[f"{side}_wrist"]
    balls = _chain(*bone, FOREARM, sketch.build.arm, (0, 0, 0))
    outlines = [sketch.tube(balls, has_round_end=True)]
    outlines += _hand(sketch, skeleton, pose, side)
    return [(outline, skin) for outline in outlines]


def _hand(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> list[str]:
    wrist, tip = skeleton.joints[f"{side}_wrist"], skeleton.joints[f"{side}_hand"]
    arm = pose.arm(side)
    if arm.grip is Grip.FLAT:
        return [_flat_hand(sketch, wrist, tip)]
    if arm.grip is Grip.FIST:
        knuckles = lerp(wrist, tip, 0.6)
        return [sketch.hull((wrist, 1.5), (knuckles, 2.25))]
    along = unit(sub(tip, wrist))
    toward = unit(across(sketch.camera.toward, along))
    thumb_side = scale(unit(cross(toward, along)), arm.thumb)
    thumb_tip = add(lerp(wrist, tip, 0.6), scale(thumb_side, 2.4))
    palm = [(lerp(wrist, tip, share), half) for share, half in PALM]
    thumb = sketch.hull((lerp(wrist, tip, 0.2), 1.0), (thumb_tip, 0.7))
    return [sketch.tube(palm, has_round_end=True), thumb]


def _flat_hand(sketch: Sketch, wrist: Vec, tip: Vec) -> str:
    """A hand lying on the floor, or on a wall when it points upward."""
    along = unit(sub(tip, wrist))
    surface: Vec = (1, 0, 0) if abs(along[1]) > 0.7 else (0, 1, 0)
    normal = unit(across(surface, along))
    shows_back = abs(dot(normal, sketch.camera.toward))
    balls = [
        (lerp(wrist, tip, share), thick + (wide - thick) * shows_back)
        for share, wide, thick in FLAT
    ]
    return sketch.tube(balls, has_round_end=True)


def _sleeve(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> str:
    """The sleeve, and a patch that joins it to the shirt."""
    joints, cloth = skeleton.joints, SHIRT[_is_far(pose, f"{side}_arm")]
    shoulder, elbow = joints[f"{side}_shoulder"], joints[f"{side}_elbow"]
    balls = _chain(shoulder, elbow, SLEEVE, sketch.build.arm, (0, 0, 0))
    sleeve = union([(sketch.tube(balls, has_round_end=False), cloth)])
    if _is_far(pose, f"{side}_arm"):
        return sleeve
    return sleeve + element(_shoulder_patch(sketch, skeleton, shoulder), cloth)


def _shoulder_patch(sketch: Sketch, skeleton: Skeleton, shoulder: Vec) -> str:
    """Cloth over the seam between sleeve and chest, inside both outlines."""
    joints, axes = skeleton.joints, skeleton.axes["chest"]
    size = sketch.build.arm
    chest = lerp(joints["mid_back"], joints["neck_base"], 0.55)
    neck = lerp(shoulder, joints["neck_base"], 0.45)
    balls = [
        (shoulder, 3.0 * size),
        (lerp(shoulder, chest, 0.5), 2.7 * size),
        (add(neck, scale(axes.up, -0.9)), 2.5 * size),
    ]
    if abs(dot(axes.right, sketch.camera.toward)) > _SIDEWAYS:
        # The chest lies behind the whole shoulder: its top line goes as well.
        balls.append((add(shoulder, scale(axes.up, 1.6)), 2.4 * size))
    return sketch.hull(*balls)


def _calf_side(skeleton: Skeleton, side: str) -> Vec:
    """Direction in which the calf bulges: away from where the thigh goes."""
    joints = skeleton.joints
    hip, knee = joints[f"{side}_hip"], joints[f"{side}_knee"]
    shank = unit(sub(joints[f"{side}_ankle"], knee))
    bend = across(unit(sub(knee, hip)), shank)
    if length(bend) > 0.15:
        return scale(unit(bend), -1)
    return unit(across(scale(skeleton.axes["pelvis"].front, -1), shank))


def _thigh(sketch: Sketch, skeleton: Skeleton, side: str, cloth: str) -> list[Shape]:
    joints = skeleton.joints
    hip, knee = joints[f"{side}_hip"], joints[f"{side}_knee"]
    back = unit(across(_calf_side(skeleton, side), unit(sub(knee, hip))))
    balls = _chain(hip, knee, THIGH, 1.0, back)
    balls[:2] = [(center, radius * sketch.build.thigh) for center, radius in balls[:2]]
    return [(sketch.tube(balls, has_round_end=True), cloth)]


def _shank(sketch: Sketch, skeleton: Skeleton, side: str, cloth: str) -> list[Shape]:
    joints = skeleton.joints
    bone = joints[f"{side}_knee"], joints[f"{side}_ankle"]
    balls = _chain(*bone, SHANK, 1.0, _calf_side(skeleton, side))
    return [(sketch.tube(balls, has_round_end=False), cloth)]


def _foot(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> str:
    joints, skin = skeleton.joints, sketch.look.skin_tone(_is_far(pose, f"{side}_leg"))
    knee, ankle = joints[f"{side}_knee"], joints[f"{side}_ankle"]
    ball, toe = joints[f"{side}_ball"], joints[f"{side}_toe"]
    outlines = (
        sketch.hull((lerp(knee, ankle, 0.86), 1.9), (ankle, 1.9)),
        sketch.hull((ankle, 2.0), (joints[f"{side}_heel"], 2.1), (ball, 1.6)),
        sketch.hull((ball, 1.6), (toe, 1.15)),
    )
    if pose.shoes:
        return _shoe(sketch, skeleton, pose, side)
    return union([(outline, skin) for outline in outlines])


def _shoe(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> str:
    """A walking shoe with a light sole, and the ankle above it."""
    joints, is_far = skeleton.joints, _is_far(pose, f"{side}_leg")
    knee, ankle = joints[f"{side}_knee"], joints[f"{side}_ankle"]
    heel, ball, toe = (joints[f"{side}_{name}"] for name in ("heel", "ball", "toe"))
    down = scale(unit(sub(heel, ankle)), 0.9)
    upper = SHOES[is_far]
    return union(
        [
            (
                sketch.hull((lerp(knee, ankle, 0.86), 1.9), (ankle, 1.9)),
                sketch.look.skin_tone(is_far),
            ),
            (sketch.hull((add(heel, down), 2.1), (add(ball, down), 1.9)), SHOES[2]),
            (sketch.hull((ball, 1.9), (add(toe, down), 1.4)), SHOES[2]),
            (sketch.hull((ankle, 2.5), (heel, 2.2), (ball, 1.7)), upper),
            (sketch.hull((ball, 1.7), (toe, 1.3)), upper),
        ]
    )


def _hip_patch(sketch: Sketch, skeleton: Skeleton, pose: Pose, side: str) -> str:
    """Cloth over the top of a near thigh, so that it does not look screwed on."""
    if _is_far(pose, f"{side}_leg"):
        return ""
    joints, pelvis = skeleton.joints, skeleton.axes["pelvis"]
    hip, middle = joints[f"{side}_hip"], joints["hips"]
    inner = lerp(middle, hip, 0.12)
    top = add(inner, scale(pelvis.up, 4.0), scale(pelvis.front, -1.7))
    seat = add(inner, scale(pelvis.up, -0.6), scale(pelvis.front, -1.2))
    patch = sketch.hull((hip, 5.0), (top, 4.1), (seat, 4.8))
    return element(patch, TROUSERS[0])
