"""Every figure of the library is fit to print."""

import pytest

from exercises.figures import Figure, Look, draw
from exercises.figures.checks import check_series


@pytest.mark.parametrize("body", ["straight", "curved"])
def test_library_figures_have_no_faults(figures: list[Figure], body: str) -> None:
    assert [str(fault) for fault in check_series(figures, Look(body=body))] == []


def test_library_figures_are_drawn_alike_twice(figures: list[Figure]) -> None:
    assert [draw(each) for each in figures] == [draw(each) for each in figures]


def test_library_figures_have_no_text_of_their_own(figures: list[Figure]) -> None:
    assert not any("<text" in draw(each) or "<title" in draw(each) for each in figures)
