"""The leaflets of the files as pages, for the lint."""

from collections.abc import Iterator

from exercises.leaflets.files import LeafletEntry, read_leaflets
from exercises.linting import Page


def texts_to_lint() -> Iterator[Page]:
    """Yield each leaflet in each language."""
    for name, entry in read_leaflets().items():
        yield _page(name, entry)


def _page(name: str, entry: LeafletEntry) -> Page:
    columns = entry.columns
    lines = [line.lstrip("#- ") for line in columns["body"].splitlines() if line]
    texts = {"title": columns["title"], "body": lines}
    if optional := [line["text"] for line in columns["optional_lines"]]:
        texts["optional_lines"] = optional
    return Page(
        place=f"leaflets/{name}.yaml",
        language=columns["language"],
        texts=texts,
        together=("body",),
        sources={"source": columns["source"]},
    )
