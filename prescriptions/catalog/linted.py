"""What patients read of a template, for the lint of shared texts."""

from collections.abc import Iterator, Mapping
from typing import Any

from exercises.linting import Page
from prescriptions.catalog.protocols import FURTHER, Protocol, read_protocols


def texts_to_lint() -> Iterator[Page]:
    """Yield a page for each template and language."""
    for slug, protocol in read_protocols().items():
        for language in ("en", *FURTHER):
            yield Page(
                place=f"protocols/{slug}.yaml",
                language=language,
                texts=dict(_texts(protocol, language)),
                sources={"source": protocol.columns["source"]},
            )


def _texts(protocol: Protocol, language: str) -> Iterator[tuple[str, str]]:
    yield from _of(protocol.columns, language, "", "name", "goal")
    for p, phase in enumerate(protocol.phases):
        place = f"phases.{p}."
        yield from _of(phase.columns, language, place, "title", "criterion")
        for e, line in enumerate(phase.lines):
            yield from _of(line.columns, language, f"{place}exercises.{e}.", "note")


def _of(
    columns: Mapping[str, Any], language: str, place: str, *names: str
) -> Iterator[tuple[str, str]]:
    words = columns if language == "en" else columns["words"][language]
    for name in names:
        if name in columns:
            yield f"{place}{name}", words.get(name, "")
