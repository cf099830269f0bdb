"""docs/security.md tells the truth: each requirement has its place and its test."""

import pytest

from clinic.local.environment import ROOT
from tests.requirements import (
    CHAPTERS,
    PAGE,
    RELEASES,
    read_requirements,
    renewed,
    shown_by,
)

REQUIREMENTS = read_requirements()


def test_the_page_is_up_to_date():
    page = PAGE.read_text()
    assert renewed(page) == page, "run ./dev security"


def test_what_is_due_has_a_test_or_is_said_to_be_open():
    tested = set(shown_by())
    due = {one.id for one in REQUIREMENTS if one.is_due}
    untested = due - tested
    undone = {one.id for one in REQUIREMENTS if not one.where}
    assert untested <= undone


def test_no_test_names_a_requirement_that_does_not_exist():
    assert set(shown_by()) <= {one.id for one in REQUIREMENTS}


@pytest.mark.requirement("C2")
def test_the_page_says_how_soon_a_fault_is_remedied():
    page = PAGE.read_text()
    assert "**7 days**" in page
    assert "**30 days**" in page


def test_places_exist():
    missing = [
        path for one in REQUIREMENTS for path in one.where if not (ROOT / path).exists()
    ]
    assert not missing


def test_every_requirement_is_of_a_chapter_and_a_release():
    assert {one.id[0] for one in REQUIREMENTS} == set(CHAPTERS)
    assert {one.release for one in REQUIREMENTS} == set(RELEASES)
