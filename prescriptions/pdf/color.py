"""The accent of a clinic's brand, made dark enough to be read."""

from functools import cache

INK = "#14212b"
MONO_ACCENT, MONO_TINT = "#1a1a1a", "#efefef"
# WCAG 2.2 AAA, since the accent colors text that older eyes read
LEAST_CONTRAST = 7.0
TINT_SHARE = 0.09
STEP = 0.97

RGB = tuple[float, float, float]


@cache
def readable(color: str) -> str:
    """Return the color, darkened until it has a contrast of 7:1 on white and tint."""
    rgb = _parsed(color)
    while contrast(_written(rgb), tint(_written(rgb))) < LEAST_CONTRAST:
        rgb = (rgb[0] * STEP, rgb[1] * STEP, rgb[2] * STEP)
    return _written(rgb)


def tint(color: str) -> str:
    """Return the ground of bands and heads: white with a little of the color."""
    red, green, blue = _parsed(color)
    return _written((_lighter(red), _lighter(green), _lighter(blue)))


def _lighter(value: float) -> float:
    return 255 - (255 - value) * TINT_SHARE


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colors after WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(value / 255) for value in _parsed(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _parsed(color: str) -> RGB:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def _written(rgb: RGB) -> str:
    return "#" + "".join(f"{round(value):02x}" for value in rgb)
