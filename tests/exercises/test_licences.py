"""Licences of imports: known by any name, and what of them is printed."""

import pytest

from exercises.licences import asks_for_credit, credits_of, title_of

BY_SA = "Kim (wger), CC BY-SA 4.0, creativecommons.org/licenses/by-sa/4.0"


@pytest.mark.parametrize("name", ["CC-BY-SA 4", "cc by-sa 4.0", "CC BY-SA 4.0"])
def test_a_licence_is_known_by_its_spellings(name: str) -> None:
    assert title_of(name) == "CC BY-SA 4.0"


@pytest.mark.parametrize(
    ("licence", "asks"),
    [("", False), ("Unlicense", False), ("CC BY 4.0", True), ("House rules", True)],
)
def test_what_asks_for_a_credit_and_what_may(licence: str, asks: bool) -> None:
    assert asks_for_credit(licence) == asks


def test_texts_and_pictures_are_credited_once() -> None:
    same = ("CC-BY-SA 4", "Kim (wger)")
    figures = [{"licence": "CC BY-SA 4.0", "attribution": "Kim (wger)"}, {}]
    assert credits_of([same, ("", "")], figures) == BY_SA


def test_what_is_free_of_conditions_needs_no_line() -> None:
    assert credits_of([("Unlicense", "free-exercise-db")], []) == ""
