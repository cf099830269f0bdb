"""Figures are recorded once a process and replayed, or printed as plain SVG."""

import io
from typing import Any

import page as validator
import pikepdf
import pytest

from prescriptions import pdf
from prescriptions.pdf import engine, replay
from tests.prescriptions.specs import ASSETS, PICTURE, with_pictures

pytestmark = pytest.mark.slow

PAINTING = {"m", "l", "c", "h", "f", "S", "B", "rg", "RG", "w"}
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-200 -100 400 200"'
    b' stroke-linejoin="round" stroke-linecap="round">'
    b'<path d="M20 18q18-32 36 0a9 9 0 0 1 2 3Z" fill="#f1c7a3"/>'
    b'<path d="M20 18l18 32" fill="none" stroke="#234" stroke-width="9"'
    b' stroke-dasharray="10 8"/></svg>'
)
FIGURES = {PICTURE: DRAWING}


def painted(content: bytes) -> list[tuple[Any, ...]]:
    """Return what the pages paint, without where they paint it."""
    with pikepdf.open(io.BytesIO(content)) as document:
        return [
            (str(one.operator), *map(str, one.operands))
            for page in document.pages
            for one in pikepdf.parse_content_stream(page)
            if str(one.operator) in PAINTING
        ]


@pytest.fixture
def plain(monkeypatch) -> bytes:
    """The handout printed without records."""
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_replayed", lambda pictures: {})
        return pdf.render(with_pictures(), FIGURES).pdf


def test_a_replayed_figure_paints_what_the_plain_one_does(plain):
    assert engine.RECORDS.of(DRAWING)
    assert painted(pdf.render(with_pictures(), FIGURES).pdf) == painted(plain)


def test_a_replayed_figure_keeps_its_words_and_tags(tmp_path):
    file = tmp_path / "handout.pdf"
    file.write_bytes(pdf.render(with_pictures(), FIGURES).pdf)
    assert list(validator.validate_pdf(file, profile="ua1").failures) == []
    with pikepdf.open(file) as document:
        parts = [p for p in document.objects if isinstance(p, pikepdf.Dictionary)]
        words = [str(p.Alt) for p in parts if p.get("/S") == "/Figure"]
        assert words.count("Lying down") == 10


def test_fresh_and_kept_records_give_the_same_bytes():
    engine.RECORDS.kept.cache_clear()
    fresh = pdf.render(with_pictures(), FIGURES)
    assert pdf.render(with_pictures(), FIGURES) == fresh


def test_a_figure_is_recorded_once():
    engine.RECORDS.kept.cache_clear()
    pdf.render(with_pictures(), FIGURES)
    pdf.render(with_pictures(), FIGURES)
    assert engine.RECORDS.kept.cache_info().misses == 1


def test_what_lies_outside_the_window_is_cut_off():
    record = engine.RECORDS.of(DRAWING)
    assert record.operators.startswith(b"0 0 400 200 re\nW\nn")


@pytest.mark.parametrize(
    "other",
    [
        ASSETS[PICTURE].replace(b"<path", b"<text>x</text><path"),
        DRAWING.replace(b"<path", b'<image href="x"/><path', 1),
        DRAWING.replace(b"#f1c7a3", b"url(#a)"),
        DRAWING.replace(b"<path", b'<path opacity=".5"', 1),
        DRAWING.replace(b"400 200", b"0 200"),
        b"<!DOCTYPE svg>" + DRAWING,
        DRAWING.replace(b"/></svg>", b"/>" + b"<path/>" * 9000 + b"</svg>"),
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_other_pictures_are_not_recorded(other):
    assert engine.RECORDS.of(other) is None


def changed(drawing: bytes, width: float, height: float) -> Any:
    """A printer that draws in another way."""
    return b"0 0 m", {}


def broken(drawing: bytes, width: float, height: float) -> Any:
    """A printer whose insides have moved."""
    raise AttributeError("no such thing")


@pytest.mark.parametrize("recorder", [changed, broken])
def test_another_printer_gets_plain_figures_and_says_so_once(recorder, caplog):
    records = replay.Records(recorder)
    assert records.of(DRAWING) is None
    assert records.of(DRAWING.replace(b"18", b"19")) is None
    assert [r.message.split(":")[0] for r in caplog.records] == [
        "figures are printed as plain SVG"
    ]


def test_a_figure_that_cannot_be_recorded_is_printed_plainly(caplog):
    def choosy(drawing: bytes, width: float, height: float) -> Any:
        if drawing == DRAWING:
            raise ValueError
        return engine._record(drawing, width, height)

    assert replay.Records(choosy).of(DRAWING) is None
    assert [r.message for r in caplog.records] == ["a figure is printed as plain SVG"]


def test_records_are_bounded():
    assert engine.RECORDS.kept.cache_info().maxsize == replay.MOST_RECORDS
