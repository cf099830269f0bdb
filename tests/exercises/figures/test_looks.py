"""People of every look stay readable on a black-and-white printer."""

import pytest

from exercises.figures import HAIRS, SKINS, Look
from exercises.figures.looks import INK, SHIRT, TROUSERS, gray

PAIRS = [SHIRT, TROUSERS, *SKINS.values()]


@pytest.mark.parametrize("pair", PAIRS)
def test_near_and_far_side_print_in_different_grays(pair: tuple[str, str]) -> None:
    near, far = pair
    assert abs(gray(near) - gray(far)) >= 15


@pytest.mark.parametrize(
    "tone", [SHIRT[0], TROUSERS[0], *(s[0] for s in SKINS.values())]
)
def test_outlines_are_darker_than_what_they_surround(tone: str) -> None:
    assert gray(tone) - gray(INK) >= 40


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("hair", HAIRS)
def test_hair_and_skin_differ_or_get_a_line(skin: str, hair: str) -> None:
    look = Look("straight", skin, hair)
    gap = abs(gray(look.hair_tone()) - gray(SKINS[skin][0]))
    assert gap >= 40 or look.needs_hairline()


def test_short_colors_are_read_too() -> None:
    assert gray("#fff") == gray("#ffffff") == pytest.approx(255)
