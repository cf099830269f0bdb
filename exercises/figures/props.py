"""The things beside the body, by kind."""

from collections.abc import Callable

from exercises.figures import looks
from exercises.figures.camera import SCALE, Pixel
from exercises.figures.model import Prop
from exercises.figures.paths import coordinates, smooth_open
from exercises.figures.skeleton import Skeleton
from exercises.figures.sketch import FINE_LINE, LINE, Sketch, element
from exercises.figures.solids import board, box, pad, rod
from exercises.figures.vectors import Vec, add

Drawer = Callable[[Sketch, Skeleton, Prop], str]
_MAT_TONES = (looks.MAT[0], looks.MAT[1], looks.MAT[1], looks.MAT[2])
_STEEL_TONES = (looks.STEEL[0], looks.STEEL[1], looks.STEEL[1], looks.STEEL[2])
_LEG = 2.2
_CORNERS = ((0, 0), (1, 0), (1, 1), (0, 1))


def draw_prop(sketch: Sketch, skeleton: Skeleton, prop: Prop) -> str:
    """SVG of one prop."""
    return DRAWERS[prop.kind](sketch, skeleton, prop)


def _mat(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    return box(sketch, prop.x, (-1.6, 0), prop.z, _MAT_TONES)


def _ground(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    corners = [(prop.x[i], 0.0, prop.z[j]) for i, j in _CORNERS]
    return sketch.face(corners, looks.GROUND)


def _box(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    return box(sketch, prop.x, prop.y, prop.z)


def _bed(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    low, high = prop.y
    frame = box(sketch, prop.x, (low, high - 7), prop.z)
    tones = (*looks.CUSHION[:1] * 3, looks.CUSHION[1])
    return frame + box(sketch, prop.x, (high - 7, high), prop.z, tones)


def _chair(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    """A chair; its back rest stands at the first of the two x values."""
    (seat, top), (back, front) = prop.y, prop.z
    left, right = sorted(prop.x)
    post = (left - 1.6, left + 0.4)
    if prop.x[0] > prop.x[1]:
        post = (right - 0.4, right + 1.6)
    legs = [
        ((x, x + _LEG), (0.0, seat), (z, z + _LEG))
        for x in (left, right - _LEG)
        for z in (back, front - _LEG)
    ]
    legs.sort(key=lambda leg: sketch.camera.depth((leg[0][0], 0, leg[2][0])))
    text = "".join(box(sketch, *leg) for leg in legs)
    text += box(sketch, post, (seat, top), (back, back + _LEG))
    text += box(sketch, post, (seat + (top - seat) * 0.45, top), (back, front))
    text += box(sketch, (left, right), (seat - 2.4, seat), (back, front))
    return text + box(sketch, post, (seat, top), (front - _LEG, front))


def _wall(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    plane = prop.x[0]
    corners = [(plane, prop.y[i], prop.z[j]) for i, j in _CORNERS]
    return sketch.face(corners, looks.WALL[0], looks.WALL[1])


def _doorway(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    """A wall in the x plane with a frame post at the edge of the opening."""
    plane, depth = prop.x[0], 4.0
    low, high = prop.z
    corners = [
        (plane, prop.y[i], z) for i, z in ((0, low), (0, high), (1, high), (1, low))
    ]
    wall = sketch.face(corners, looks.WALL[0], looks.WALL[1])
    edge = prop.size
    return wall + box(sketch, (plane - 1, plane + depth), prop.y, (edge, edge + 5))


def _pillow(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    return pad(sketch, prop.x, prop.y, prop.z, looks.CUSHION)


def _towel(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    return pad(sketch, prop.x, prop.y, prop.z, (looks.TOWEL, looks.CUSHION[1]))


def _roller(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    """A cylinder across the picture plane."""
    center = (prop.x[0], prop.size, 0)
    near, far = (add(center, (0, 0, z)) for z in prop.z[::-1])
    body = sketch.hull((near, prop.size), (far, prop.size))
    end = sketch.hull((near, prop.size))
    text = element(body, looks.STEEL[1], looks.INK, LINE)
    return text + element(end, looks.STEEL[0], looks.INK, FINE_LINE)


def _ball(sketch: Sketch, skeleton: Skeleton, prop: Prop) -> str:
    center = skeleton.place(prop.points[0])
    return element(sketch.hull((center, prop.size)), looks.BALL[0], looks.INK, LINE)


def _sock(sketch: Sketch, skeleton: Skeleton, prop: Prop) -> str:
    """A ball in a sock: from the ball (first point) to the hand (last point)."""
    places = [skeleton.place(point) for point in prop.points]
    cord = sketch.line(places, looks.TOWEL, 13)
    ball = sketch.hull((places[0], prop.size))
    return cord + element(ball, looks.BALL[0], looks.INK, LINE)


def _band(sketch: Sketch, skeleton: Skeleton, prop: Prop) -> str:
    return sketch.line(_places(skeleton, prop), looks.BAND, 10)


def _strap(sketch: Sketch, skeleton: Skeleton, prop: Prop) -> str:
    return sketch.line(_places(skeleton, prop), looks.TOWEL, 17)


def _anchor(sketch: Sketch, skeleton: Skeleton, prop: Prop) -> str:
    """A plate with a hook on a wall or a post."""
    x, y, z = skeleton.place(prop.points[0])
    return box(sketch, (x, x + 1.6), (y - 4, y + 4), (z - 2, z + 2), _STEEL_TONES)


def _stick(sketch: Sketch, skeleton: Skeleton, prop: Prop) -> str:
    return sketch.line(_places(skeleton, prop), looks.WOOD[1], prop.size * SCALE)


def _dumbbell(sketch: Sketch, skeleton: Skeleton, prop: Prop) -> str:
    """A short bar with two weights, lengthwise to the picture."""
    x, y, z = skeleton.place(prop.points[0])
    bar = rod(sketch, (x - 4.4, y, z), (x + 4.4, y, z), 10, looks.STEEL[0])
    for end in (-4.4, 4.4):
        weight = ((x + end, y - 1.5, z), 1.4), ((x + end, y + 1.5, z), 1.4)
        bar += element(sketch.hull(*weight), looks.STEEL[2], looks.INK, FINE_LINE)
    return bar


def _inversion_table(sketch: Sketch, skeleton: Skeleton, prop: Prop) -> str:
    """A padded board on a crossed stand; points: head end, foot end."""
    head, foot = (skeleton.place(point) for point in prop.points[:2])
    pivot = ((head[0] + foot[0]) / 2, (head[1] + foot[1]) / 2)
    stands = [_stand(sketch, pivot, z) for z in (-13.0, 13.0)]
    tones = (looks.MAT[0], looks.STEEL[1], looks.STEEL[1], looks.STEEL[2])
    bed = board(sketch, (head, foot), 10, 2.4, tones)
    return stands[0] + bed + stands[1]


def _stand(sketch: Sketch, pivot: tuple[float, float], z: float) -> str:
    top = (pivot[0], pivot[1] - 1.5, z)
    feet = [(pivot[0] + shift, 0.0, z) for shift in (-24, 24)]
    return "".join(rod(sketch, top, foot, 14, looks.STEEL[0]) for foot in feet)


def _ankle_bar(sketch: Sketch, skeleton: Skeleton, prop: Prop) -> str:
    """The padded roll that holds the ankles on an inversion table."""
    center = skeleton.place(prop.points[0])
    roll = sketch.hull((add(center, (0, 0, 8)), 2.2), (add(center, (0, 0, -8)), 2.2))
    return element(roll, looks.STEEL[2], looks.INK, FINE_LINE)


def _bike(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    """An exercise bike facing right; x: saddle and handlebar, size: saddle height."""
    saddle, bar = prop.x
    crank = (saddle + 14.0, 14.0, 0.0)
    steel, dark = looks.STEEL[0], looks.STEEL[2]
    text = rod(sketch, (saddle - 14, 1, 0), (bar + 8, 1, 0), 22, dark)
    text += rod(sketch, (saddle + 1, prop.size - 3, 0), crank, 20, steel)
    text += rod(sketch, (bar + 3, 2, 0), (bar, 66, 0), 20, steel)
    text += rod(sketch, crank, (bar + 2, 30, 0), 20, steel)
    wheel = sketch.hull((add(crank, (12, 1, 0)), 10.5))
    text += element(wheel, looks.STEEL[1], looks.INK, LINE)
    hub = sketch.hull((add(crank, (12, 1, 0)), 5))
    text += element(hub, looks.STEEL[0], looks.INK, FINE_LINE)
    pedals = [add(crank, (0, sign * 8, -sign * 6.0)) for sign in (1, -1)]
    text += rod(sketch, add(crank, (0, 8, -3)), add(crank, (0, -8, 3)), 10, dark)
    text += "".join(
        rod(sketch, add(p, (-3, 0, 0)), add(p, (3, 0, 0)), 10, dark) for p in pedals
    )
    text += rod(sketch, (bar, 66, 0), (bar + 3, 71, 0), 15, dark)
    seat = sketch.hull(
        ((saddle - 7, prop.size - 1.5, 0), 2.4), ((saddle + 6, prop.size - 1.2, 0), 1.4)
    )
    return text + element(seat, dark, looks.INK, FINE_LINE)


def _water(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    """The surface of water at the height y[1], behind the body."""
    high = prop.y[1]
    corners = [(prop.x[i], high, prop.z[j]) for i, j in _CORNERS]
    return sketch.face(corners, looks.WATER[1])


def _water_front(sketch: Sketch, _: Skeleton, prop: Prop) -> str:
    """Water in front of the body, with a wavy upper edge."""
    left, right = sorted(prop.x)
    front = prop.z[1]
    steps = range(int((right - left) / 6) + 1)
    wave: list[Vec] = [
        (left + 6 * step, prop.y[1] + (0.7, -0.7)[step % 2], front) for step in steps
    ]
    edge = [sketch.pixel(point) for point in wave]
    floor = [sketch.pixel((x, prop.y[0], front)) for x in (wave[-1][0], left)]
    rim = smooth_open(edge)
    body = f"{rim}L{_corner(floor[0])}L{_corner(floor[1])}Z"
    water = f'<path d="{body}" fill="{looks.WATER[0]}" fill-opacity=".5"/>'
    return water + element(rim, "none", looks.WATER[2], LINE)


def _corner(pixel: Pixel) -> str:
    return coordinates(round(pixel[0]), round(pixel[1]))


DRAWERS: dict[str, Drawer] = {
    "anchor": _anchor,
    "ankle_bar": _ankle_bar,
    "ball": _ball,
    "band": _band,
    "bed": _bed,
    "bike": _bike,
    "box": _box,
    "chair": _chair,
    "doorway": _doorway,
    "dumbbell": _dumbbell,
    "ground": _ground,
    "inversion_table": _inversion_table,
    "mat": _mat,
    "pillow": _pillow,
    "roller": _roller,
    "sock": _sock,
    "stick": _stick,
    "strap": _strap,
    "towel": _towel,
    "wall": _wall,
    "water": _water,
    "water_front": _water_front,
}

# What a kind uses when the data does not say otherwise.
PROP_DEFAULTS: dict[str, Prop] = {
    "anchor": Prop("anchor", min_points=1),
    "ankle_bar": Prop("ankle_bar", layer="after:near_leg", min_points=1),
    "ball": Prop("ball", size=3.4, min_points=1),
    "band": Prop("band", layer="before:near_arm", min_points=2),
    "bed": Prop("bed", x=(-50, 50), y=(0, 25), z=(-20, 20)),
    "bike": Prop("bike", x=(0, 29), size=47),
    "chair": Prop("chair", x=(-13, 11), y=(25.5, 54), z=(-12, 12)),
    "dumbbell": Prop("dumbbell", layer="front", min_points=1),
    "ground": Prop("ground", x=(-22, 26), z=(-15, 15)),
    "inversion_table": Prop("inversion_table", min_points=2),
    "mat": Prop("mat", x=(-45, 45), z=(-17, 17)),
    "pillow": Prop("pillow", z=(-9, 9)),
    "roller": Prop("roller", z=(-16, 16), size=4),
    "sock": Prop("sock", size=3.4, min_points=2),
    "stick": Prop("stick", size=1, min_points=2),
    "strap": Prop("strap", layer="before:near_arm", min_points=2),
    "towel": Prop("towel", z=(-7, 7)),
    "wall": Prop("wall", y=(0, 100), z=(-20, 16)),
    "water": Prop("water", y=(0, 70), z=(-18, 18)),
    "water_front": Prop("water_front", layer="front", y=(0, 70), z=(-18, 18)),
}


def _places(skeleton: Skeleton, prop: Prop) -> list[Vec]:
    return [skeleton.place(point) for point in prop.points]
