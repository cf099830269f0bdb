"""Paper, type scale and colors of one handout: what style and composition share.

Lengths are millimeters, type sizes points.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from clinic import languages
from prescriptions.documents import (
    Color,
    HandoutDocument,
    HandoutOptions,
    Layout,
    Size,
)
from prescriptions.pdf import color
from prescriptions.pdf.ruler import MM_PER_POINT, Run, height_of, lines_of

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
SIDE_MARGIN = 14.0
FOOT_RULE = 1.3
PAGE_NUMBER_WIDTH = 32.0


@dataclass(frozen=True, kw_only=True)
class Type:
    """Type sizes by role."""

    body: float
    dose: float
    number: float
    name: float
    caption: float
    label: float
    title: float
    section: float
    foot: float
    phone: float


TYPES = {
    Size.NORMAL: Type(
        body=12,
        dose=14,
        number=17,
        name=16,
        caption=10,
        label=10.5,
        title=22,
        section=16,
        foot=9,
        phone=18,
    ),
    Size.MEDIUM: Type(
        body=14,
        dose=16,
        number=19,
        name=18,
        caption=11.5,
        label=12,
        title=24,
        section=18,
        foot=9.5,
        phone=20,
    ),
    Size.LARGE: Type(
        body=18,
        dose=20,
        number=24,
        name=22,
        caption=14,
        label=15,
        title=28,
        section=22,
        foot=12,
        phone=26,
    ),
}
# Millimeters per unit of a picture, the same for all pictures of a layout: a body of
# 1,000 units is then as tall on one card as on the next.
PICTURE_SCALES = {Layout.ONE: 0.066, Layout.TWO: 0.046, Layout.FOUR: 0.031}
LIST_SCALE = 0.029
LARGE_SCALE = 0.054
# Width of a day's box in the compact list
LIST_DAY = 7.6


@dataclass(frozen=True, kw_only=True)
class ChartType:
    """Type sizes of the wall chart, and the space between its rows."""

    name: float
    dose: float
    gap: float


CHART_TYPES = (
    ChartType(name=18, dose=14, gap=7),
    ChartType(name=15, dose=12, gap=5),
    ChartType(name=13, dose=11, gap=4),
    ChartType(name=12, dose=10, gap=3),
    ChartType(name=10.5, dose=9, gap=2.5),
)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One look: everything but the words."""

    paper: str
    layout: str
    size: str
    is_mono: bool = False
    brand: str = color.INK
    language: str = "en"
    foot_lines: int = 2
    tight: bool = False
    # Of the wall chart: how closely it is set, from 0 on
    density: int = 0

    @cached_property
    def type(self) -> Type:
        """The type sizes, changed a little by the layout."""
        base = TYPES[Size(self.size)]
        if self.layout == Layout.FOUR:
            return replace(
                base, name=base.name - 2, dose=base.dose - 2, number=base.number - 3
            )
        if self.layout == Layout.ONE and self.size != Size.LARGE:
            return replace(
                base,
                body=base.body + 1,
                dose=base.dose + 2,
                number=base.number + 3,
                name=base.name + 4,
                caption=base.caption + 1,
            )
        return base

    # Paper

    @property
    def page(self) -> tuple[float, float]:
        """Width and height of the paper."""
        return PAPERS[self.paper]

    @property
    def top(self) -> float:
        """Upper margin, which holds the running head."""
        return 10.0 if self.layout == Layout.CHART else 15.0

    @property
    def bottom(self) -> float:
        """Lower margin, which holds the footer whatever its number of lines."""
        foot = self.foot_lines * self.type.foot * FOOT_RULE * MM_PER_POINT
        return round(3 + foot + 7, 1)

    @property
    def side(self) -> float:
        """Left and right margin."""
        return SIDE_MARGIN

    @property
    def width(self) -> float:
        """Width of the text."""
        return self.page[0] - 2 * SIDE_MARGIN

    @property
    def height(self) -> float:
        """Height of the text."""
        return self.page[1] - self.top - self.bottom

    @property
    def foot_width(self) -> float:
        """Width of the footer beside the page number."""
        return self.width - PAGE_NUMBER_WIDTH

    # Color and direction

    @property
    def accent(self) -> str:
        """Color of headings, numbers and bands' edges."""
        return color.MONO_ACCENT if self.is_mono else color.readable(self.brand)

    @property
    def tint(self) -> str:
        """Ground of the dosage."""
        return color.MONO_TINT if self.is_mono else color.tint(self.accent)

    @property
    def is_rtl(self) -> bool:
        """Whether the language is written from right to left."""
        return languages.direction(self.language) == "rtl"

    @property
    def start(self) -> str:
        """The side where lines begin."""
        return "right" if self.is_rtl else "left"

    @property
    def end(self) -> str:
        """The side where lines end."""
        return "left" if self.is_rtl else "right"

    # Spaces

    @property
    def leading(self) -> float:
        """Height of a line of the body, as a factor."""
        return 1.3 if self.tight else 1.36

    @property
    def dose_leading(self) -> float:
        """Height of a line of the dosage, as a factor."""
        return 1.22 if self.tight else 1.3

    @property
    def item_gap(self) -> float:
        """Space after a step or list item."""
        return 0.5 if self.tight else 0.9

    @property
    def gap(self) -> float:
        """Least space between blocks."""
        return 5.0 if self.tight else 7.0

    @property
    def hang(self) -> float:
        """How far numbers hang in front of steps."""
        return round(self.type.body * 0.46, 1)

    @property
    def bullet(self) -> float:
        """How far bullets hang in front of items."""
        return round(self.type.body * 0.35, 1)

    @property
    def badge(self) -> float:
        """Diameter of the ring of a number, in points."""
        return round(self.type.name * 1.3, 1)

    # Pictures

    @property
    def picture_scale(self) -> float:
        """Millimeters per unit of a picture."""
        if self.layout == Layout.LIST:
            return LIST_SCALE
        if self.size == Size.LARGE and self.layout != Layout.ONE:
            return LARGE_SCALE
        return PICTURE_SCALES.get(Layout(self.layout), PICTURE_SCALES[Layout.TWO])

    # What only the style sheet and the estimates of single blocks ask for

    @cached_property
    def number_width(self) -> float:
        """Width of the column of a card's number."""
        return round(self.badge * MM_PER_POINT + 3.5, 1)

    @property
    def need_width(self) -> float:
        """Width of what a card says about equipment."""
        return 62.0 if self.size == Size.LARGE else 46.0

    @property
    def need_top(self) -> float:
        """Space above it in points, so that it stands beside the name's first line."""
        return max(0.0, round((self.badge - self.type.label * 1.3) / 2, 1))

    @property
    def line_height(self) -> float:
        """Height of a line to write on."""
        return {Size.NORMAL: 8.0, Size.MEDIUM: 9.0}.get(Size(self.size), 11.0)

    @property
    def tick(self) -> float:
        """Height of a box to tick."""
        return {Size.NORMAL: 8.2, Size.MEDIUM: 9.0}.get(Size(self.size), 11.0)

    @property
    def band_width(self) -> float:
        """Width of the ranges of the pain scale."""
        return round(self.type.body * 1.7, 1)

    @property
    def chart(self) -> ChartType:
        """Sizes of the wall chart."""
        return CHART_TYPES[min(self.density, len(CHART_TYPES) - 1)]

    @cached_property
    def measures(self) -> dict[str, float]:
        """Values of the style sheet that are worked out here."""
        badge = round(self.chart.name * 1.45, 1)
        return {
            "number": self.number_width,
            "need": self.need_width,
            "need_top": self.need_top,
            "write": self.line_height,
            "tick": self.tick,
            "tick_head": round(self.type.caption * 1.2 * 2 * MM_PER_POINT + 1.5, 1),
            "band": self.band_width,
            "day": LIST_DAY,
            "chart_name": self.chart.name,
            "chart_dose": self.chart.dose,
            "chart_gap": self.chart.gap,
            "chart_badge": badge,
            "chart_number": round(badge * MM_PER_POINT + 2, 1),
        }

    # Measuring

    def lines(
        self, text: str, width: float, points: float, *, bold: bool = False
    ) -> int:
        """Return the number of lines of a text."""
        return lines_of([Run(text, points, bold)], width)

    def text(
        self,
        text: str,
        width: float,
        points: float,
        leading: float = 0,
        *,
        bold: bool = False,
    ) -> float:
        """Return the height of a paragraph; ``leading`` is a factor, the body's if 0.

        A text with line breaks is measured line by line.
        """
        factor = leading or self.leading
        return sum(
            height_of([Run(line, points, bold)], width, points * factor)
            for line in text.split("\n")
        )

    def body(self, text: str, width: float) -> float:
        """Return the height of a paragraph in body type."""
        return self.text(text, width, self.type.body)


def sheet_of(
    document: HandoutDocument, options: HandoutOptions, *, foot_lines: int = 2
) -> Sheet:
    """Return the look that the options ask for."""
    return Sheet(
        paper=options.paper,
        layout=options.printed_layout,
        size=options.size,
        is_mono=options.color == Color.MONO,
        brand=document.clinic.accent_color,
        language=document.language,
        foot_lines=foot_lines,
    )
