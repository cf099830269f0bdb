"""The one table of colors, and the looks a clinic or a patient may choose."""

from dataclasses import dataclass
from typing import Final

from exercises.figures.anatomy import BUILDS

INK: Final = "#234"
SHIRT: Final = ("#e8f0f3", "#c3d1d8")
TROUSERS: Final = ("#43659b", "#93a9c8")
# Near and far upper, and the sole
SHOES: Final = ("#8f9ba6", "#b9c2c9", "#fff")
MAT: Final = ("#d7e4ea", "#b4c6d0", "#8fa3b0")
GROUND: Final = "#e9eff2"
WALL: Final = ("#eef2f5", "#8fa3b0")
WOOD: Final = ("#ecdfc8", "#dac9a8", "#c6b28e", "#8c7a60")
CUSHION: Final = ("#f6efe0", "#8c7a60")
STEEL: Final = ("#c9d2d9", "#8796a3", "#4b5a66")
BAND: Final = "#e0a100"
BALL: Final = ("#c9d84a", "#6f7b1c")
TOWEL: Final = "#6fb3a2"
WATER: Final = ("#7cc0d8", "#cfe8f0", "#3b88a6")
ARROW: Final = "#c2410c"
WORKED: Final = ("#f7a568", "#b23a0a")

BODIES: Final = tuple(BUILDS)
# Near and far tone; the gray values of a pair differ by about 20 of 255.
SKINS: Final = {
    "light": ("#f1c7a3", "#dbb28e"),
    "medium": ("#d9a074", "#c08a60"),
    "dark": ("#a06a49", "#87563a"),
}
HAIRS: Final = {
    "brown": "#4a352b",
    "black": "#1f1c1d",
    "gray": "#70747a",
    "red": "#8a4a24",
}


# Neighboring areas closer than this (of 255) need a line between them.
CLOSE_GRAYS: Final = 40


def gray(color: str) -> float:
    """Gray value 0 to 255 of a #rgb or #rrggbb color on a black-and-white printer."""
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    red, green, blue = (int(digits[start : start + 2], 16) for start in (0, 2, 4))
    return 0.299 * red + 0.587 * green + 0.114 * blue


@dataclass(frozen=True)
class Look:
    """Who is drawn: body type, skin tone and hair tone by name."""

    body: str = "straight"
    skin: str = "light"
    hair: str = "brown"

    def __post_init__(self) -> None:
        choices = (("body", BODIES), ("skin", SKINS), ("hair", HAIRS))
        for name, known in choices:
            value = getattr(self, name)
            if value not in known:
                told = f"{name} {value!r} is not one of {', '.join(known)}"
                raise ValueError(told)

    def skin_tone(self, is_far: bool) -> str:
        """Color of bare skin on the near or far side."""
        return SKINS[self.skin][is_far]

    def hair_tone(self) -> str:
        """Color of the hair."""
        return HAIRS[self.hair]

    def needs_hairline(self) -> bool:
        """Whether hair and skin print in nearly the same gray."""
        gap = gray(self.hair_tone()) - gray(self.skin_tone(is_far=False))
        return abs(gap) < CLOSE_GRAYS


DEFAULT_LOOK: Final = Look()
