"""Sources are shown by their titles, never as bare codes."""

from pathlib import Path

import pytest

from exercises.catalog import LibraryError
from exercises.sources import read_sources, titles_in, unknown_codes, with_titles
from tests.factories import library_entries


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("P25b (8-12 reps)", "ACSM figures for strength, 2021 (8-12 reps)"),
        (
            "P36; times per day [J]",
            "Henry, number of home exercises, 1999; times per day: clinical judgment "
            "of the authors",
        ),
        ("[J]", "Clinical judgment of the authors"),
        (
            "P48; [J]: no amount",
            "STarT Back tool; clinical judgment of the authors: no amount",
        ),
        ("J, within P48", "Clinical judgment of the authors, within STarT Back tool"),
        ("P48, J", "STarT Back tool, clinical judgment of the authors"),
        ("Smith, J", "Smith, J"),
        ("P99 and [K]", "P99 and [K]"),
        ("Type A10 or XP25", "Type A10 or XP25"),
        ("Own experience", "Own experience"),
        ("", ""),
    ],
)
def test_codes_become_titles(told: str, shown: str) -> None:
    assert with_titles(told) == shown


def test_titles_come_once_and_in_order() -> None:
    assert titles_in("P48 (a); P45, P48 (b); P99; [J]") == (
        "STarT Back tool",
        "Modified Ashworth Scale",
    )


def test_a_code_without_a_title_is_told() -> None:
    assert unknown_codes("P48, P99 and A9, [J]; P99") == ("P99", "A9")


def test_the_library_names_no_unknown_source() -> None:
    assert {
        code
        for entry in library_entries()
        for field in ("source", "dosage_source")
        for code in unknown_codes(entry.columns[field])
    } == set()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{code: P01, title: One, kind: public, when: x}", "when: There is no such"),
        ("{code: P01, kind: public}", "sources.0.title: Is missing."),
        ("{code: P01, title: One, kind: public, year: '1'}", "year: Give a whole"),
        ("P01", "sources.0: Give a mapping."),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, entry: str, said: str) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text(f"version: 1\nsources:\n- {entry}\n")
    with pytest.raises(LibraryError) as refused:
        read_sources(file)
    assert said in str(refused.value)


def test_a_code_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    entry = "- {code: P01, title: One, kind: public}\n"
    file.write_text(f"version: 1\nsources:\n{entry}{entry}")
    with pytest.raises(LibraryError, match=r"sources\.1\.code: Stands twice"):
        read_sources(file)
