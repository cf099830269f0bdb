"""Exercise pictures drawn from pose data.

`draw(figure)` gives the SVG text of one key picture. Everything else an outsider
needs is exported here; the package knows nothing about databases or web pages.
"""

from exercises.figures.bases import limb_names, pose_names
from exercises.figures.checks import Problem, check, check_series
from exercises.figures.errors import PoseError
from exercises.figures.limits import Bend, bends_of, places_of
from exercises.figures.looks import BODIES, DEFAULT_LOOK, HAIRS, SKINS, Look
from exercises.figures.model import Figure
from exercises.figures.reading import read_figure, read_figures, written_out
from exercises.figures.scene import draw, draw_series
from exercises.figures.sheet import print_width, sheet_svg

__all__ = [
    "BODIES",
    "DEFAULT_LOOK",
    "HAIRS",
    "SKINS",
    "Bend",
    "Figure",
    "Look",
    "PoseError",
    "Problem",
    "bends_of",
    "check",
    "check_series",
    "draw",
    "draw_series",
    "limb_names",
    "places_of",
    "pose_names",
    "print_width",
    "read_figure",
    "read_figures",
    "sheet_svg",
    "written_out",
]
