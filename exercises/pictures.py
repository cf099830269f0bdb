"""Pictures of an exercise: drawn when it is saved, stored by their bytes' hash."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from clinic.assets import put_asset
from exercises import figures
from exercises.figures import draw_series, read_figures

# What is added to the pose data of a figure once it has been drawn
DRAWN = ("asset", "width", "height", "drawn_by")


@cache
def drawn_by() -> str:
    """Return the digest of the drawing code: other code may draw other bytes."""
    digest = hashlib.sha256()
    for path in sorted(Path(figures.__file__).parent.glob("*.*")):
        if path.suffix in {".py", ".yaml"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def pose_data(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the figures as an author wrote them."""
    return [{k: v for k, v in one.items() if k not in DRAWN} for one in entries]


def are_drawn(entries: list[dict[str, Any]]) -> bool:
    """Tell whether every figure was drawn by the code of today."""
    return all(entry.get("drawn_by") == drawn_by() for entry in entries)


def draw_and_store(entries: list[dict[str, Any]], where: str) -> list[dict[str, Any]]:
    """Draw the figures; return them with the names and sizes of their pictures.

    Sizes are in units of the view box, at one scale for all figures. Raises
    ``PoseError`` that names ``where``, the figure and the joint.
    """
    poses = pose_data(entries)
    drawings = draw_series(read_figures(poses, where))
    return [pose | _stored(svg) for pose, svg in zip(poses, drawings, strict=True)]


def _stored(svg: str) -> dict[str, Any]:
    window = svg.split('viewBox="')[1].split('"')[0].split()
    return {
        "asset": put_asset(svg.encode(), "svg"),
        "width": round(float(window[2])),
        "height": round(float(window[3])),
        "drawn_by": drawn_by(),
    }
