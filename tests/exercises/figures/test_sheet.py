"""Contact sheets show figures side by side."""

import re
from xml.etree import ElementTree

from exercises.figures import Figure, draw, print_width, sheet_svg


def test_a_sheet_holds_every_cell_with_its_label(sound: Figure) -> None:
    svg = sheet_svg([("one & two", draw(sound))] * 5, columns=2)
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own output
    labels = [each.text for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert labels == ["one & two"] * 5


def test_a_gray_sheet_has_no_color_left(sound: Figure) -> None:
    svg = sheet_svg([("one", draw(sound))], is_gray=True)
    colors = set(re.findall(r"#[0-9a-f]{3,6}\b", svg)) - {"#fff", "#ccc"}
    assert all(color[1:3] * 3 == color[1:] for color in colors)


def test_a_figure_prints_at_the_common_scale() -> None:
    assert print_width('<svg viewBox="0 0 1000 500">') == 40
