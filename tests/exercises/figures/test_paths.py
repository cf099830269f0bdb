"""Path data is short and wound one way."""

import pytest

from exercises.figures.paths import (
    Pen,
    circle,
    coordinates,
    hull,
    polygon,
    signed_area,
    tube,
)


@pytest.mark.parametrize(
    ("values", "text"),
    [((1, 2), "1 2"), ((1, -2), "1-2"), ((-1, -2, 3), "-1-2 3")],
)
def test_numbers_are_spaced_only_where_needed(
    values: tuple[int, ...], text: str
) -> None:
    assert coordinates(*values) == text


def test_rounding_does_not_drift() -> None:
    pen = Pen().move((0, 0))
    for step in range(1, 11):
        pen.line((step * 0.4, 0))
    assert pen.data().count("l1 0") == 4


def test_polygons_are_turned_clockwise() -> None:
    square = [(0.0, 0.0), (0.0, 9.0), (9.0, 9.0), (9.0, 0.0)]
    assert signed_area(square) < 0
    assert polygon(square) == polygon(square[::-1])


def test_a_hull_around_a_hidden_circle_is_the_large_circle() -> None:
    assert hull([(0, 0, 10), (1, 0, 2)]) == circle((0, 0, 10))


def test_a_tube_seen_end_on_is_a_hull() -> None:
    rings = [(0.0, 0.0, 10.0), (2.0, 0.0, 9.0)]
    assert tube(rings) == hull(rings)
