"""The sheet one figure is drawn on: projection, picture bounds, SVG elements."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exercises.figures import paths
from exercises.figures.anatomy import BUILDS, Build
from exercises.figures.camera import Camera, Pixel, camera_for
from exercises.figures.looks import INK, Look
from exercises.figures.model import Figure
from exercises.figures.paths import Disc
from exercises.figures.vectors import Vec

# Pixels. Half of a stroke lies outside the shape, so outlines are stroked at double
# width.
LINE = 5
FINE_LINE = 3

Shape = tuple[str, str]


@dataclass(frozen=True)
class Bounds:
    """A rectangle of the picture in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def joined(self, other: "Bounds") -> "Bounds":
        """The smallest rectangle around both."""
        return Bounds(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def holds(self, pixel: Pixel) -> bool:
        """Whether a pixel lies inside."""
        x, y = pixel
        return self.left <= x <= self.right and self.top <= y <= self.bottom


class Sketch:
    """Projects points, remembers how far the picture reaches, writes elements."""

    def __init__(self, camera: Camera, look: Look) -> None:
        self.camera = camera
        self.look = look
        self.build: Build = BUILDS[look.body]
        self.bounds: Bounds | None = None

    @classmethod
    def of(cls, figure: Figure, look: Look, *, mirrored: bool = False) -> "Sketch":
        """An empty sheet in front of a figure."""
        close = figure.crop is not None
        return cls(camera_for(figure.view, mirrored=mirrored, close=close), look)

    def pixel(self, point: Vec, margin: float = 0) -> Pixel:
        """Place of a point; the picture grows to hold it with `margin` pixels."""
        x, y = self.camera.project(point)
        self.include(x, y, margin)
        return (x, y)

    def disc(self, center: Vec, radius: float) -> Disc:
        """A ball of `radius` units as a circle of the picture."""
        size = radius * self.camera.scale
        x, y = self.pixel(center, size)
        return (x, y, size)

    def hull(self, *balls: tuple[Vec, float]) -> str:
        """Path around balls (center, radius in units)."""
        return paths.hull([self.disc(*ball) for ball in balls])

    def tube(self, balls: Iterable[tuple[Vec, float]], has_round_end: bool) -> str:
        """Smooth path around a chain of balls."""
        return paths.tube([self.disc(*ball) for ball in balls], has_round_end)

    def face(self, corners: Iterable[Vec], fill: str, edge: str = "") -> str:
        """A flat polygon in space."""
        data = paths.polygon([self.pixel(corner) for corner in corners])
        return element(data, fill, edge, FINE_LINE if edge else 0)

    def line(self, points: Sequence[Vec], color: str, width: float) -> str:
        """A line of `width` pixels with an ink rim."""
        pixels = [self.pixel(point, width / 2 + LINE) for point in points]
        data = paths.polyline(pixels)
        rim = element(data, "none", INK, width + 2 * LINE - 2)
        return rim + element(data, "none", color, width)

    def include(self, x: float, y: float, margin: float = 0) -> None:
        """Let the picture reach to a pixel."""
        box = Bounds(x - margin, y - margin, x + margin, y + margin)
        self.bounds = box if self.bounds is None else self.bounds.joined(box)


def element(
    data: str, fill: str, stroke: str = "", width: float = 0, dash: str = ""
) -> str:
    """One path element; `dash` is the pattern of a broken stroke."""
    line = f' stroke="{stroke}" stroke-width="{width:g}"' if stroke else ""
    line += f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="{data}" fill="{fill}"{line}/>'


def union(shapes: Sequence[Shape]) -> str:
    """Shapes (path, color) with one outline around all of them.

    All paths are stroked in ink first and filled afterwards, so the seams between
    them vanish without any geometry.
    """
    outline = "".join(data for data, _ in shapes)
    text = element(outline, INK, INK, 2 * LINE)
    run, color = "", shapes[0][1]
    for data, fill in shapes:
        if fill != color:
            text += element(run, color)
            run, color = "", fill
        run += data
    return text + element(run, color)
