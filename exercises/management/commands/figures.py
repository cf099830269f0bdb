"""Draws contact sheets of the library's figures."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exercises.catalog import LibraryError, read_library
from exercises.figures import draw_series, read_figures, sheet_svg
from exercises.figures.sheet import sheet_size
from exercises.management.screenshot import NoBrowserError, screenshot

COLUMNS = 6
PAGE = '<!DOCTYPE html><meta charset="utf-8"><body style="margin:0">{}</body>'


class Command(BaseCommand):
    """Thin shell around ``exercises.figures``."""

    help = "Draw all figures of the library on one sheet, at the size they print."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the file; offer one exercise and grays."""
        parser.add_argument(
            "--sheet",
            type=Path,
            required=True,
            metavar="OUT",
            help="file to write; its ending says what: .png, .svg or .html",
        )
        parser.add_argument(
            "--exercise",
            action="append",
            metavar="SLUG",
            help="only this exercise; may be given again",
        )
        parser.add_argument(
            "--gray", action="store_true", help="as a black-and-white printer does"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Draw and write."""
        file: Path = options["sheet"]
        if file.suffix not in {".png", ".svg", ".html"}:
            raise CommandError("OUT ends in .png, .svg or .html.")
        cells = _cells(options["exercise"])
        svg = sheet_svg(cells, columns=COLUMNS, is_gray=options["gray"])
        try:
            _write(file, svg)
        except (NoBrowserError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(cells)} figures on {file}.")


def _cells(slugs: list[str] | None) -> list[tuple[str, str]]:
    """Return label and drawing of each figure."""
    try:
        library = {entry.slug: entry.columns["figures"] for entry in read_library()}
    except LibraryError as error:
        raise CommandError(str(error)) from error
    for slug in slugs or ():
        if slug not in library:
            near = ", ".join(get_close_matches(slug, library)) or "none alike"
            raise CommandError(f"There is no exercise {slug!r}; there is: {near}.")
    return [
        (f"{slug} {number}", svg)
        for slug in slugs or library
        for number, svg in enumerate(
            draw_series(read_figures(library[slug], slug)), start=1
        )
    ]


def _write(file: Path, svg: str) -> None:
    if file.suffix == ".png":
        screenshot(PAGE.format(svg), sheet_size(svg), file)
    else:
        text = svg if file.suffix == ".svg" else PAGE.format(svg)
        file.write_text(text, encoding="utf-8")
