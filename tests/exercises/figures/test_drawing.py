"""What the SVG of a figure is made of."""

import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from exercises.figures import (
    HAIRS,
    SKINS,
    Figure,
    Look,
    draw,
    draw_series,
    read_figure,
)
from exercises.figures.model import View
from exercises.figures.props import DRAWERS

ALLOWED = {
    "d",
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-dasharray",
    "stroke-width",
}


def elements(svg: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg))  # noqa: S314 - our own output


def test_a_figure_is_paths_only(sound: Figure) -> None:
    names = {element.tag.split("}")[1] for element in elements(draw(sound))}
    assert names == {"path"}


def test_paths_carry_only_plain_attributes(sound: Figure) -> None:
    used = {name for element in elements(draw(sound)) for name in element.attrib}
    assert used <= ALLOWED


def test_coordinates_are_whole_numbers(sound: Figure) -> None:
    data = "".join(element.attrib["d"] for element in elements(draw(sound)))
    assert "." not in data
    assert "nan" not in data


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("body", ["straight", "curved"])
def test_every_look_is_another_drawing(sound: Figure, body: str, skin: str) -> None:
    looks = [Look(body, skin, hair) for hair in HAIRS]
    assert len({draw(sound, look) for look in looks}) == len(looks)


def test_a_look_that_is_not_there_is_refused(sound: Figure) -> None:
    with pytest.raises(ValueError, match="body 'tall' is not one of straight, curved"):
        Look(body="tall")


@pytest.mark.parametrize("yaw", [-90, 0, 12, 90, 180])
@pytest.mark.parametrize("pitch", [0, 30, 66, 90])
def test_every_view_can_be_drawn(sound: Figure, yaw: float, pitch: float) -> None:
    svg = draw(replace(sound, view=View(yaw, pitch)))
    assert len(elements(svg)) > 15


def test_a_mirrored_figure_fills_the_mirrored_window(sound: Figure) -> None:
    left, _, width, _ = window(draw(sound))
    mirrored = window(draw(sound, mirrored=True))
    assert mirrored[0] == -(left + width)
    assert mirrored[2] == width


def test_mirrored_twice_is_another_side_seen_from_above(sound: Figure) -> None:
    from_above = replace(sound, view=View(0, 66))
    assert draw(from_above) != draw(from_above, mirrored=True)


def test_pictures_of_one_exercise_share_a_window(data: dict[str, Any]) -> None:
    high = {**data, "pose": {"near_arm": {"upper": [60, 0], "fore": [60, 0]}}}
    figures = [read_figure(data, "a"), read_figure(high, "b")]
    first, second = (window(svg) for svg in draw_series(figures))
    assert first == second


def test_a_cropped_picture_is_drawn_larger(sound: Figure) -> None:
    corners = ((20.0, 20.0, 0.0), (50.0, 50.0, 0.0))
    assert window(draw(replace(sound, crop=corners)))[3] > 450


@pytest.mark.parametrize("kind", DRAWERS)
def test_every_prop_can_be_drawn(data: dict[str, Any], kind: str) -> None:
    points = [[0, 30, 0], [20, 30, 0]]
    data["props"] = [
        {"kind": kind, "x": [0, 30], "y": [0, 30], "points": points, "size": 4}
    ]
    assert len(draw(read_figure(data, "demo"))) > len(
        draw(read_figure({**data, "props": []}, "demo"))
    )


def window(svg: str) -> list[float]:
    found = re.search(r'viewBox="([^"]+)"', svg)
    assert found
    return [float(part) for part in found[1].split()]
