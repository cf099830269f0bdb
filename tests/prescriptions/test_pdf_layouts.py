"""Every layout, size and paper: accessible, as many pages as planned, well composed."""

import io
import itertools
from dataclasses import replace
from typing import Any

import page as validator
import pikepdf
import pypdf
import pytest

from prescriptions import pdf
from prescriptions.documents import (
    CHOICES,
    HandoutOptions,
    HandoutSpec,
    LeafletPart,
    NewsLine,
    NewsPart,
    TextBlock,
)
from prescriptions.pdf.color import contrast, readable, tint
from prescriptions.pdf.ruler import Run, lines_of
from tests.prescriptions.specs import (
    ASSETS,
    make_card,
    make_cards,
    make_phase,
    make_picture,
    make_spec,
)

pytestmark = pytest.mark.slow

LAYOUTS, SIZES, PAPERS = (
    [value for value, _ in CHOICES[name]] for name in ("layout", "size", "paper")
)
EVERYTHING = list(itertools.product(LAYOUTS, SIZES, PAPERS))
# Each layout, size and paper once
SOME = [("one", "medium", "a4"), ("list", "normal", "letter"), ("four", "large", "a4")]
CREDIT = "Kim, CC BY-SA 4.0, creativecommons.org/licenses/by-sa/4.0"
HEAT = LeafletPart(
    slug="heat",
    title="Heat",
    blocks=(
        TextBlock(kind="heading", text="How to use heat"),
        TextBlock(kind="item", text="Use a warm pad for 20 minutes."),
        TextBlock(kind="heading", text="Stay safe"),
        TextBlock(kind="item", text="Never sleep on a heat pad."),
    ),
)

NEWS = NewsPart(
    since="2026-11-06",
    lines=(
        NewsLine(mark="added", name="Bird dog", number=5, language="fr"),
        NewsLine(
            mark="changed", name="Bridge", number=2, before="Once.", after="Twice."
        ),
        NewsLine(mark="removed", name="Cobra"),
    ),
)


def make_rich(**options: Any) -> HandoutSpec:
    """Return two phases of three illustrated exercises, with every part."""
    cards = make_cards(6, pictures=2)
    cards = (
        replace(cards[0], easier="Chair", harder="Plank", weekdays=("mon", "thu")),
        replace(cards[1], languages=(("name", "fr"), ("steps", "fr"))),
        replace(cards[2], video_url="https://films.example/v/cat-camel"),
        replace(cards[3], attribution=CREDIT),
        *cards[4:],
    )
    dates = {"start_date": "2026-11-23", "end_date": "2026-12-06"}
    phases = (
        make_phase(cards[:3], **dates),
        make_phase(cards[3:], number=2, title="", criterion=""),
    )
    spec = make_spec(
        phases=phases, leaflets=(HEAT,), pain_rule_language="de", news=NEWS
    )
    return replace(spec, options=HandoutOptions(**options))


def rendered(layout: str, size: str, paper: str) -> tuple[HandoutSpec, pdf.Rendered]:
    spec = make_rich(layout=layout, size=size, paper=paper)
    return spec, pdf.render(spec, ASSETS)


def check(spec: HandoutSpec, made: pdf.Rendered, file: Any) -> None:
    """Check all that holds for every handout."""
    file.write_bytes(made.pdf)
    assert list(validator.validate_pdf(file, profile="ua1").failures) == []
    assert pdf.lay_out(spec).expected_pages in {made.pages, None}
    pages = pypdf.PdfReader(io.BytesIO(made.pdf)).pages
    assert min(len(page.extract_text()) for page in pages) > 350


@pytest.mark.parametrize(("layout", "size", "paper"), SOME)
def test_a_layout_is_accessible_and_as_planned(tmp_path, layout, size, paper):
    check(*rendered(layout, size, paper), tmp_path / "handout.pdf")


@pytest.mark.full
@pytest.mark.parametrize(("layout", "size", "paper"), EVERYTHING)
def test_every_layout_is_accessible_and_as_planned(tmp_path, layout, size, paper):
    check(*rendered(layout, size, paper), tmp_path / "handout.pdf")


@pytest.mark.parametrize("count", [1, 2, 6, 12, 30])
def test_a_wall_chart_is_one_page_whatever_it_holds(count):
    cards = make_cards(count, pictures=2)
    spec = make_spec(phases=(make_phase(cards),))
    spec = replace(spec, options=HandoutOptions(layout="chart", paper="letter"))
    assert pdf.render(spec, ASSETS).pages == 1


def elements(document: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    """Return the structure elements in reading order."""
    found: list[pikepdf.Dictionary] = []

    def walk(element: Any) -> None:
        kids = element.get("/K", [])
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                found.append(kid)
                walk(kid)

    walk(document.Root.StructTreeRoot)
    return found


@pytest.fixture(scope="module")
def rich() -> bytes:
    """The rich handout, printed."""
    return pdf.render(make_rich(), ASSETS).pdf


def test_the_diary_is_a_table_whose_cells_know_their_heads(rich):
    with pikepdf.open(io.BytesIO(rich)) as document:
        tags = elements(document)
        cells = [tag for tag in tags if tag.S == "/TD"]
        assert cells
        assert all("/Headers" in cell.A for cell in cells)
        assert {str(tag.S) for tag in tags} >= {"/THead", "/TBody", "/TH"}


def test_words_in_another_language_carry_it(rich):
    with pikepdf.open(io.BytesIO(rich)) as document:
        languages = {str(tag.Lang) for tag in elements(document) if "/Lang" in tag}
    assert {"fr", "de"} <= languages


def test_headings_are_bookmarks(rich):
    outline = pypdf.PdfReader(io.BytesIO(rich)).outline
    assert outline[0]["/Title"] == "Back spasm, first days"
    inner = [entry["/Title"] for entry in outline[1] if isinstance(entry, dict)]
    assert {"Your own record", "Heat", "When to get help"} <= set(inner)


def test_days_off_are_marked_by_a_sign():
    page = pdf.html(make_rich())
    assert page.count('<td class="off">\u2013</td>') == 10


def test_a_text_that_is_not_translated_says_so():
    page = pdf.html(make_rich())
    assert "Shown in French: not yet translated." in page
    assert 'lang="fr"' in page


def test_a_film_has_a_code_and_an_address():
    page = pdf.html(make_rich())
    assert 'src="figure:video-3"' in page
    assert "films.example/v/cat-camel" in page


@pytest.mark.parametrize(
    ("part", "sign"),
    [
        ("diary", "Your own record"),
        ("leaflets", "warm pad"),
        ("pictures", 'alt="Lying down"'),
        ("news", "What is new since"),
    ],
)
def test_a_part_that_is_not_wanted_is_left_out(part, sign):
    assert sign in pdf.html(make_rich())
    assert sign not in pdf.html(make_rich(**{part: False}))


def test_black_and_white_has_no_color():
    sheet = pdf.lay_out(make_rich(color="mono")).sheet
    assert (sheet.accent, sheet.tint) == ("#1a1a1a", "#efefef")


@pytest.mark.parametrize(
    "brand", ["#ffff00", "#ff8800", "#00ffff", "#1f5a7a", "#000000"]
)
def test_an_accent_is_made_dark_enough(brand):
    accent = readable(brand)
    assert contrast(accent, "#ffffff") >= 7
    assert contrast(accent, tint(accent)) >= 7


def test_a_dark_accent_stays_as_it_is():
    assert readable("#0b4f6c") == "#0b4f6c"


def test_a_long_name_takes_the_lines_it_needs():
    name = "Maximiliane Theodora Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"
    assert lines_of([Run(name, 14, bold=True)], 84) == 3


def test_numbers_and_hyphens_break_lines_as_in_print():
    assert lines_of([Run("one-two", 12)], 9) == 2
    assert lines_of([Run("2-3 4-5", 12)], 8) == 2
    assert lines_of([Run("李李李", 12)], 9) == 2


def test_two_short_cards_share_a_page():
    cards = make_cards(4)
    text = pypdf.PdfReader(
        io.BytesIO(pdf.render(make_spec(phases=(make_phase(cards),)), {}).pdf)
    )
    counts = [
        sum(name in page.extract_text() for name in ("1 Cat", "2 Pel", "3 Lying"))
        for page in text.pages
    ]
    assert max(counts) >= 2


def test_pages_of_one_card_offer_lines_to_write_on():
    card = make_card(1, pictures=(make_picture(),))
    other = make_card(2, name="Bridge")
    spec = make_spec(phases=(make_phase((card, other)),))
    spec = replace(spec, options=HandoutOptions(layout="one"))
    assert 'class="notes"' in pdf.html(spec)
