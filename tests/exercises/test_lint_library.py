"""The lint: our own texts pass, and what must not be shipped is told."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from exercises.catalog import texts_to_lint
from exercises.linting import Page, lint, linted_pages
from tests.factories import library_entries


def verdict(**given: object) -> list[tuple[str, str, bool]]:
    """Return what the lint says of one page."""
    page = Page(**{"place": "a.yaml", "language": "en", "texts": {}, **given})
    (one,) = lint([page])
    return [(found.field, found.message, found.is_error) for found in one.findings]


def test_our_own_texts_have_no_errors_and_no_hints() -> None:
    assert {
        (found.page.place, one.field, one.message)
        for found in lint(linted_pages())
        for one in found.findings
    } == set()


def test_every_exercise_is_read_in_english_and_spanish() -> None:
    pages = list(texts_to_lint())
    count = len(library_entries())
    assert [page.language for page in pages] == ["en", "es"] * count
    assert all(page.texts["figures.0"] for page in pages)


def test_a_missing_spanish_text_is_an_error() -> None:
    said = verdict(language="es", texts={"start": "Siéntese.", "feel": ""})
    assert said == [("feel", "Is missing.", True)]


def test_an_unknown_source_is_an_error() -> None:
    said = verdict(sources={"source": "P15, P99"})
    assert said == [("source", "No source has the code P99: see sources.yaml.", True)]


def hard_page() -> Iterator[Page]:
    """Give one page with an error and a hint."""
    yield Page(
        place="own.yaml",
        language="en",
        texts={"start": "Lie supine.", "feel": ""},
    )


def test_the_command_tells_file_field_and_finding_and_fails(settings: object) -> None:
    settings.LINTED_TEXTS = [f"{__name__}.hard_page"]
    out = StringIO()
    with pytest.raises(CommandError, match=r"^1 to mend\.$"):
        call_command("lint_library", stdout=out, verbosity=2)
    assert out.getvalue().splitlines() == [
        "own.yaml: en: grade 2.9",
        "own.yaml: start: warning: “supine” is hard to read; say “on your back”.",
        "own.yaml: feel: error: Is missing.",
        "en: 1 texts, grade 2.9 at most. 1 errors, 1 warnings.",
    ]
