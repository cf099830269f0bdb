"""The same content with ReportLab: words, pictures, diary, safety text, footer."""

import io
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing as ReportDrawing
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
)

from prescriptions.documents import ExerciseCard, HandoutSpec
from prescriptions.pdf.coverage import FONTS
from prescriptions.pdf.engine import RECORDS

DAYS = 14
# The frame a picture is fitted into
PICTURE_MM = (56, 44)


@cache
def styles() -> Mapping[str, ParagraphStyle]:
    """Load the fonts and make the styles, once."""
    for name, file in (("Hand", "400Regular"), ("HandBold", "700Bold")):
        path = FONTS / f"AtkinsonHyperlegibleNext_{file}.ttf"
        pdfmetrics.registerFont(TTFont(name, str(path)))
    pdfmetrics.registerFontFamily("Hand", normal="Hand", bold="HandBold")
    body = ParagraphStyle("body", fontName="Hand", fontSize=12, leading=16)
    return {
        "body": body,
        "item": ParagraphStyle("item", parent=body, leftIndent=14, bulletIndent=0),
        "name": ParagraphStyle(
            "name", parent=body, fontName="HandBold", fontSize=16, leading=20
        ),
        "dose": ParagraphStyle(
            "dose", parent=body, fontName="HandBold", fontSize=14, leading=18
        ),
        "small": ParagraphStyle("small", parent=body, fontSize=9, leading=11),
    }


class Drawing(Flowable):  # type: ignore[misc] # ReportLab has no types
    """A figure whose operators were recorded once."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        record = RECORDS.of(body)
        assert record, "the reference draws the library's own figures"
        self.record = record
        sides = (record.width, record.height)
        scale = min(most / side for most, side in zip(PICTURE_MM, sides, strict=True))
        self.width, self.height = (side * scale * mm for side in sides)

    def wrap(self, *_: Any) -> tuple[float, float]:
        """Return its size."""
        return self.width, self.height

    def draw(self) -> None:
        """Put the operators on the page; transparency is left out."""
        canvas: Any = self.canv
        canvas.translate(0, self.height)
        canvas.scale(self.width / self.record.width, -self.height / self.record.height)
        lines = self.record.operators.decode("latin-1").split("\n")
        canvas._code.extend(line for line in lines if not line.endswith(" gs"))


def render(spec: HandoutSpec, assets: Mapping[str, bytes]) -> bytes:
    """Return the PDF, untagged; two exercises a page as in the product."""
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=16 * mm,
        rightMargin=16 * mm,
        topMargin=16 * mm,
        bottomMargin=20 * mm,
    )
    foot = _footer(spec)
    document.build(list(_story(spec, assets)), onFirstPage=foot, onLaterPages=foot)
    return buffer.getvalue()


def _footer(spec: HandoutSpec) -> Any:
    told = " · ".join(
        [spec.document.patient.name, spec.document.title, spec.document.clinic.name]
    )

    def draw(canvas: Any, document: Any) -> None:
        canvas.setFont("Hand", 9)
        canvas.drawString(16 * mm, 12 * mm, told)
        canvas.drawRightString(194 * mm, 12 * mm, f"Page {document.page}")

    return draw


def _story(spec: HandoutSpec, assets: Mapping[str, bytes]) -> Iterator[Any]:
    style, document = styles(), spec.document
    yield _text(document.clinic.name, "name")
    yield _text(f"{document.clinic.address} {document.clinic.phone}")
    yield _text(f"{document.patient.name}, {document.patient.date_of_birth}")
    yield _text(document.title, "name")
    yield _text(document.goal)
    dates = (document.start_date, document.review_date, document.end_date)
    yield Table([["Start", "Review", "End"], dates], colWidths=[50 * mm] * 3)
    yield Table(
        [[_text(block.text)] for block in document.pain_rule],
        colWidths=[170 * mm],
        style=[("GRID", (0, 0), (-1, -1), 0.5, "#444444")],
    )
    if spec.link:
        code = QrCodeWidget(spec.link.url, barLevel="M")
        yield ReportDrawing(26 * mm, 26 * mm, code)
        yield _text(f"{spec.link.short_url} {spec.link.code} {spec.link.expires_on}")
    for card in document.cards:
        yield _text(f"{card.number} {card.name}")
        yield _text(card.dosage[-1], "small")
    for number, card in enumerate(document.cards):
        if number % 2 == 0:
            yield PageBreak()
        yield KeepTogether(list(_card(card, assets)))
        yield Spacer(1, 6 * mm)
    yield PageBreak()
    yield _diary(spec, style)
    for leaflet in document.leaflets:
        yield _text(leaflet.title, "name")
        for block in leaflet.blocks:
            yield _text(block.text)
    for block in document.safety_net:
        yield _text(block.text)


def _card(card: ExerciseCard, assets: Mapping[str, bytes]) -> Iterator[Any]:
    yield _text(f"{card.number} {card.name}", "name")
    yield _text(" ".join(card.dosage), "dose")
    drawings = [Drawing(assets[picture.asset]) for picture in card.pictures]
    if drawings:
        captions = [_text(picture.caption, "small") for picture in card.pictures]
        yield Table([drawings, captions], colWidths=[60 * mm] * len(drawings))
    yield _text(f"You need: {', '.join(card.equipment)}", "small")
    yield _text(f"Start {card.start}")
    for number, step in enumerate(card.steps, start=1):
        yield Paragraph(escape(step), styles()["item"], bulletText=f"{number}.")
    told = {
        "Breathe": card.breathing,
        "Feel": card.feel,
        "Avoid": ", ".join(card.mistakes),
        "Stop if": ", ".join(card.stop_if),
        "For you": card.note,
    }
    for label, text in told.items():
        if text:
            yield Paragraph(f"<b>{label}</b> {escape(text)}", styles()["body"])


def _diary(spec: HandoutSpec, style: Mapping[str, ParagraphStyle]) -> Table:
    head = [_text("", "small"), *(_text(str(n), "small") for n in range(1, DAYS + 1))]
    rows = [[_text(card.name, "small"), *[""] * DAYS] for card in spec.document.cards]
    grid = [("GRID", (0, 0), (-1, -1), 0.5, "#444444")]
    widths = [38 * mm, *[10 * mm] * DAYS]
    return Table([head, *rows], colWidths=widths, style=grid)


def _text(text: str, style: str = "body") -> Paragraph:
    return Paragraph(escape(text), styles()[style])
