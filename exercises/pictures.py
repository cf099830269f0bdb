"""Pictures of an exercise: drawn when it is saved, stored by their bytes' hash."""

import hashlib
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from clinic.assets import put_asset
from exercises import figures
from exercises.figures import DEFAULT_LOOK, Look, draw_series, read_figures
from exercises.models.exercise import DRAWN

# Series that a process remembers: the library twice over, about 20 kB each
MOST_SERIES = 120
# Exercises in other looks that a process remembers, about 4 kB each
MOST_VARIANTS = 1000


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


def is_upload(entry: dict[str, Any]) -> bool:
    """Tell whether a picture came from a file and cannot be drawn."""
    return not {"pose", "base"} & entry.keys()


def are_drawn(entries: list[dict[str, Any]]) -> bool:
    """Tell whether every figure was drawn by the code of today."""
    return all(entry.get("drawn_by") == drawn_by() for entry in entries)


def draw_and_store(entries: list[dict[str, Any]], where: str) -> list[dict[str, Any]]:
    """Draw the figures; return them with the names and sizes of their pictures.

    Sizes are in units of the view box, at one scale for all figures. Raises
    ``PoseError`` that names ``where``, the figure and the joint.
    """
    poses = pose_data(entries)
    drawings = _series(json.dumps(poses, sort_keys=True), where, drawn_by())
    return [pose | _stored(svg) for pose, svg in zip(poses, drawings, strict=True)]


def in_look(
    entries: list[dict[str, Any]], look: Look, *, mirrored: bool = False
) -> list[dict[str, Any]]:
    """Return the figures with pictures of that look, or of the other side.

    The usual look was drawn when the exercise was saved. Others are drawn the first
    time they are asked for; pictures from files stay as they are, after the drawn.
    """
    posed = [entry for entry in entries if not is_upload(entry)]
    if (look == DEFAULT_LOOK and not mirrored) or not posed:
        return entries
    poses = json.dumps(pose_data(posed), sort_keys=True)
    drawn = _drawn(poses, look, mirrored, drawn_by())
    seen = [entry | new for entry, new in zip(posed, drawn, strict=True)]
    return [*seen, *filter(is_upload, entries)]


def shows_other_side(entries: list[dict[str, Any]], side: str) -> bool:
    """Tell whether the figures show the right side and the left is meant, or so."""
    shown = {entry["side"] for entry in entries if entry.get("side")}
    return side in {"left", "right"} and shown == {"left", "right"} - {side}


@lru_cache(maxsize=MOST_SERIES)
def _series(poses: str, where: str, _: str) -> tuple[str, ...]:
    """Draw pose data as JSON; other drawing code draws again."""
    return tuple(draw_series(read_figures(json.loads(poses), where)))


@lru_cache(maxsize=MOST_VARIANTS)
def _drawn(poses: str, look: Look, mirrored: bool, _: str) -> list[dict[str, Any]]:
    """Draw and store pose data as JSON; other drawing code draws again."""
    figures = read_figures(json.loads(poses), "figures")
    return [_stored(svg) for svg in draw_series(figures, look, mirrored=mirrored)]


def _stored(svg: str) -> dict[str, Any]:
    window = svg.split('viewBox="')[1].split('"')[0].split()
    return {
        "asset": put_asset(svg.encode(), "svg"),
        "width": round(float(window[2])),
        "height": round(float(window[3])),
        "drawn_by": drawn_by(),
    }
