"""The printer: the only module that imports WeasyPrint.

Texts come escaped from the template, pictures and fonts from memory. Whatever the
printer complains about makes the handout fail, since it would go on without a picture.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any
from xml.etree import ElementTree

import pydyf
import weasyprint
from weasyprint.pdf import tags
from weasyprint.pdf.stream import Stream
from weasyprint.svg import SVG
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from prescriptions.models import FailureCode
from prescriptions.pdf.coverage import FONTS
from prescriptions.pdf.gates import Rendered, RenderError
from prescriptions.pdf.languages import mark_languages
from prescriptions.pdf.replay import Record, Records, States
from prescriptions.pdf.sheet import Sheet
from prescriptions.pdf.style import css, fonts_css, lengths_css

# First bytes -> media type; the declared type of a stored picture is not trusted.
MAGIC = {
    b"<svg": "image/svg+xml",
    b"<?xml": "image/svg+xml",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"RIFF": "image/webp",
}
# Looks of clinics that a process remembers
MOST_STYLES = 32
# Slower without this library, yet right: the only complaint that may pass.
HARMLESS = 'Using fontTools instead of HarfBuzz-Subset for font "%s".'
# For pages that are no handout
PLAIN = Sheet(paper="a4", layout="two", size="normal")
# Each shipped script once, so that forked children find its font loaded.
SAMPLE = """<!DOCTYPE html><html lang="en"><title>Sample</title>
<body><h1>Sample</h1><p>Ready. Ё <b>Ready</b> محمد <b>محمد</b> שירה 李</p></body>"""


mark_languages(tags, pydyf.String)


class MemoryFetcher(URLFetcher):  # type: ignore[misc] # WeasyPrint has no types
    """Answers from memory and refuses everything else."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        """Keep the pictures; fonts are the shipped ones."""
        super().__init__(
            allowed_protocols=(), allow_redirects=False, fail_on_errors=True
        )
        self._pictures = pictures

    def fetch(
        self, url: str, headers: Mapping[str, str] | None = None
    ) -> URLFetcherResponse:
        """Return a picture or a font; any other address ends the render."""
        scheme, _, name = url.partition(":")
        if scheme in {"figure", "logo"} and name in self._pictures:
            body = self._pictures[name]
            return URLFetcherResponse(url, body, {"Content-Type": _media_type(body)})
        if scheme == "font" and name in _fonts():
            return URLFetcherResponse(url, _fonts()[name], {"Content-Type": "font/ttf"})
        raise FatalURLFetchingError("not in memory")


def _media_type(body: bytes) -> str:
    for magic, media_type in MAGIC.items():
        if body.startswith(magic):
            return media_type
    raise FatalURLFetchingError("not a picture")


@cache
def _fonts() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in FONTS.glob("*.ttf")}


@cache
def _fonts_loaded() -> tuple[weasyprint.CSS, FontConfiguration]:
    """Return rules and fonts of every sheet; made anew they cost time and memory."""
    with _no_system_fonts():
        configuration = FontConfiguration()
    return _parsed(fonts_css() + lengths_css(), configuration), configuration


@lru_cache(maxsize=MOST_STYLES)
def _style(sheet: Sheet) -> weasyprint.CSS:
    return _parsed(css(sheet), _fonts_loaded()[1])


def _parsed(rules: str, fonts: FontConfiguration) -> weasyprint.CSS:
    fetcher = MemoryFetcher({})
    return weasyprint.CSS(string=rules, font_config=fonts, url_fetcher=fetcher)


@contextmanager
def _no_system_fonts() -> Iterator[None]:
    """Let fontconfig read our configuration, which names no folder."""
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(FONTS / "fonts.conf")
    try:
        yield
    finally:
        del os.environ["FONTCONFIG_FILE"]
        if before is not None:
            os.environ["FONTCONFIG_FILE"] = before


def print_pdf(
    html: str, pictures: Mapping[str, bytes], sheet: Sheet | None = None
) -> Rendered:
    """Print a page; raise RenderError for anything the printer complains about."""
    with _complaints() as complaints:
        try:
            rendered = _print(html, pictures, sheet or PLAIN)
        except FatalURLFetchingError as error:
            raise _bad_content(str(error)) from error
    if complaints:
        raise _bad_content(complaints[0])
    return rendered


def _print(html: str, pictures: Mapping[str, bytes], sheet: Sheet) -> Rendered:
    common, fonts = _fonts_loaded()
    rules = [common, _style(sheet)]
    page = weasyprint.HTML(string=html, url_fetcher=MemoryFetcher(pictures))
    options = {"pdf_variant": "pdf/ua-1", "pdf_identifier": True}
    cache = _replayed(pictures)
    document = page.render(stylesheets=rules, font_config=fonts, cache=cache, **options)
    pdf = document.write_pdf(finisher=_name_marks, **options)
    return Rendered(pdf=pdf, pages=len(document.pages))


class _Replayed:
    """A figure as WeasyPrint asks for it: a size, and how to draw it."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def get_intrinsic_size(self, *_: Any) -> tuple[None, None, float]:
        """Return no size of its own, and the ratio of the sides."""
        return None, None, self._record.width / self._record.height

    def draw(self, stream: Stream, width: float, height: float, _: Any) -> None:
        """Put the operators on the page at the size asked for."""
        record = self._record
        for name, state in record.states.items():
            stream._resources["ExtGState"].setdefault(name, pydyf.Dictionary(state))
        stream.transform(a=width / record.width, d=height / record.height)
        stream.stream.append(record.operators)


def _record(drawing: bytes, width: float, height: float) -> tuple[bytes, States]:
    """Draw on a page that nobody prints; return the operators it got.

    A figure must not show what lies outside its window, so that is cut off first.
    """
    kinds = ("ExtGState", "XObject", "Pattern", "Shading", "ColorSpace")
    resources = pydyf.Dictionary({kind: pydyf.Dictionary() for kind in kinds})
    page = Stream({}, (0, 0, width, height), resources, {}, None, {}, None)
    page.rectangle(0, 0, width, height)
    page.clip()
    page.end()
    tree = ElementTree.fromstring(drawing)  # noqa: S314 (paths alone, see replay)
    SVG(tree, "", None, MemoryFetcher({})).draw(page, width, height, "", None)
    if any(resources[kind] for kind in kinds[1:]):
        raise ValueError("the drawing needs more than operators")
    return b"\n".join(page.stream), resources["ExtGState"]


RECORDS = Records(_record)


def _replayed(pictures: Mapping[str, bytes]) -> dict[str, _Replayed]:
    """Return the figures that need not be drawn anew, by their address."""
    found = ((name, RECORDS.of(body)) for name, body in pictures.items())
    return {f"figure:{name}": _Replayed(record) for name, record in found if record}


def _name_marks(document: weasyprint.Document, pdf: pydyf.PDF) -> None:
    """Give every glyph a character, as PDF/UA asks.

    WeasyPrint leaves the second glyph of a letter without one, such as the dots of an
    Arabic letter. A grapheme joiner has no shape and no effect on its neighbors.
    """
    for part in pdf.objects:
        lines = getattr(part, "stream", None)
        if lines and lines[0] == b"/CIDInit /ProcSet findresource begin":
            part.stream = [line.replace(b"> <>", b"> <034f>") for line in lines]


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what WeasyPrint reports, as formats: the values may hold patient data."""
    logger = logging.getLogger("weasyprint")
    found: list[str] = []
    gate = _Gate(found)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(gate)
    try:
        yield found
    finally:
        logger.removeHandler(gate)
        logger.propagate = propagate


class _Gate(logging.Handler):
    def __init__(self, found: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        if not str(record.msg).startswith(HARMLESS):
            self._found.append(str(record.msg))


def _bad_content(detail: str) -> RenderError:
    return RenderError(FailureCode.BAD_CONTENT, permanent=True, detail=detail)


def warm_up() -> None:
    """Print each shipped script once."""
    print_pdf(SAMPLE, {})
