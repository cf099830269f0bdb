"""Drawn pictures as pixels, for systems that cannot show SVG."""

from functools import lru_cache

import resvg_py

from clinic.assets import read_asset

MOST_PIXELS, USUAL_PIXELS = 1600, 800
# About 40 kB each
REMEMBERED = 100


@lru_cache(maxsize=REMEMBERED)
def png_of(asset: str, width: int) -> bytes:
    """Return a stored SVG as PNG on white, ``width`` pixels wide.

    Raises StoredFileError when it cannot be read.
    """
    svg = read_asset(asset).decode()
    # Our drawings hold no text, and fonts would be looked for on every call
    return resvg_py.svg_to_bytes(
        svg_string=svg, width=width, background="#ffffff", skip_system_fonts=True
    )
