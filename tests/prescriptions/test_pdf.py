"""Real PDFs: accessible, complete, closed to the outside, the same every time."""

import hashlib
import io
import itertools
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import page as validator
import pikepdf
import pypdf
import pytest

from prescriptions import pdf
from prescriptions.models import FailureCode
from prescriptions.pdf import RenderError, engine, gates
from tests.prescriptions.specs import (
    ASSETS,
    PICTURE,
    make_card,
    make_cards,
    make_phase,
    make_spec,
    text_of,
    with_patient,
    with_pictures,
)

pytestmark = pytest.mark.slow

NAMES = ("محمد عبد الرحمن الأنصاري", "欧阳晓明", "שירה כהן", "Nguyễn Hữu")
FAMILIES = {"Hand", "Wide", "Arab", "Hebr", "Han"}
MANY_SCRIPTS = '<b>Zoë & "Søn"</b> محمد 李'
HOSTILE = (
    "<img src=http://127.0.0.1:9/a> <link rel=attachment href=file:///etc/passwd>"
    " <style>@import url(http://127.0.0.1:9/b)</style> {{ document }} {% now 'Y' %}"
    " url(http://127.0.0.1:9/c) <a href=javascript:alert(1)>x</a>"
)


@pytest.fixture(scope="module")
def printed() -> bytes:
    """Five exercises with pictures on A4."""
    return pdf.render(with_pictures(), ASSETS).pdf


def open_pdf(content: bytes) -> pikepdf.Pdf:
    """Open a file to look inside; its parts live as long as it is held."""
    return pikepdf.open(io.BytesIO(content))


def dictionaries(document: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    """Return every dictionary of a file."""
    return [part for part in document.objects if isinstance(part, pikepdf.Dictionary)]


def tags(element: Any) -> list[pikepdf.Dictionary]:
    """Return the structure elements below one in reading order."""
    kids = element.get("/K", [])
    kids = kids if isinstance(kids, pikepdf.Array) else [kids]
    inner = [kid for kid in kids if isinstance(kid, pikepdf.Dictionary)]
    found = [kid for kid in inner if "/S" in kid]
    return [tag for kid in found for tag in (kid, *tags(kid))]


@pytest.mark.parametrize(
    ("pictures", "paper"),
    [
        (2, "a4"),
        (3, "letter"),
        *[pytest.param(*x, marks=pytest.mark.full) for x in [(0, "a4"), (3, "a4")]],
        *[pytest.param(x, "letter", marks=pytest.mark.full) for x in (0, 2)],
    ],
)
def test_a_handout_is_accessible(tmp_path, paper, pictures):
    rendered = pdf.render(with_pictures(pictures, paper=paper), ASSETS)
    file = tmp_path / "handout.pdf"
    file.write_bytes(rendered.pdf)
    assert list(validator.validate_pdf(file, profile="ua1").failures) == []


@pytest.mark.parametrize(
    "name",
    [
        # Holds what the others hold
        MANY_SCRIPTS,
        *[pytest.param(name, marks=pytest.mark.full) for name in NAMES],
    ],
)
def test_every_name_is_accessible(tmp_path, name):
    file = tmp_path / "handout.pdf"
    file.write_bytes(pdf.render(with_patient(name), {}).pdf)
    assert list(validator.validate_pdf(file, profile="ua1").failures) == []


def test_the_file_says_what_it_is(printed):
    document = open_pdf(printed)
    title = "Home exercise program: Back spasm, first days"
    assert document.Root.Lang == "en"
    assert document.Root.MarkInfo.Marked
    assert document.Root.ViewerPreferences.DisplayDocTitle
    assert document.docinfo["/Title"] == title
    with document.open_metadata() as metadata:
        assert metadata["dc:title"] == title
        assert metadata["pdfuaid:part"] == "1"
    assert "20261120" in str(document.docinfo["/CreationDate"])


def test_every_figure_says_what_it_shows(printed):
    document = open_pdf(printed)
    elements = tags(document.Root.StructTreeRoot)
    figures = [tag for tag in elements if tag.S == "/Figure"]
    assert len(figures) == 11
    assert all(str(figure.get("/Alt", "")) for figure in figures)


def test_headings_begin_with_the_title_and_skip_no_level(printed):
    document = open_pdf(printed)
    names = [str(tag.S) for tag in tags(document.Root.StructTreeRoot)]
    levels = [int(name[2]) for name in names if name in {"/H1", "/H2", "/H3"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_only_shipped_fonts_are_used_and_embedded():
    document = open_pdf(pdf.render(with_patient(MANY_SCRIPTS), {}).pdf)
    parts = dictionaries(document)
    descriptors = [d for d in parts if d.get("/Type") == "/FontDescriptor"]
    names = {str(d.FontName).partition("+")[2].partition("-")[0] for d in descriptors}
    assert names == {"Hand", "Arab", "Han"} <= FAMILIES
    assert all("/FontFile2" in descriptor for descriptor in descriptors)
    assert all("/ToUnicode" in d for d in parts if d.get("/Subtype") == "/Type0")


def test_the_text_stands_in_order(printed):
    text = text_of(printed)
    cards = make_cards()
    parts = ["Riverside Spine and Rehab", "Maria Lopez", "Born March 4, 1975", "48213"]
    parts += ["Back spasm, first days", "November 23, 2026", "Pain rule", "My plan"]
    parts += ["Calm it down", "Move on when: you can walk"]
    for card in cards:
        parts += [card.name, card.dosage[0].replace("\u00a0", " "), *card.steps]
    parts += ["When to get help", "Get emergency help now", "Call 911", "Call 555-0134"]
    place = 0
    for part in parts:
        assert part in text[place:]
        place = text.index(part, place)


def test_every_page_can_be_told_whose_it_is(printed):
    pages = pypdf.PdfReader(io.BytesIO(printed)).pages
    for number, page in enumerate(pages, start=1):
        text = " ".join(page.extract_text().split())
        assert "Maria Lopez · 48213 · Back spasm, first days" in text
        assert "version 3 · November 20, 2026 · Dana Ruiz, PT, DPT" in text
        assert "Riverside Spine and Rehab 555-0134 · 3fa9c1d2" in text
        assert f"Page {number} of {len(pages)}" in text


def test_a_name_with_markup_and_three_scripts_prints_literally():
    text = text_of(pdf.render(with_patient(MANY_SCRIPTS), {}).pdf)
    assert '<b>Zoë & "Søn"</b>' in text
    assert "李" in text


@pytest.fixture
def no_network(monkeypatch):
    """Count attempts to open a connection."""
    attempts: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda *a: attempts.append(a))
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: attempts.append(a))
    return attempts


def test_hostile_text_prints_and_reaches_nothing(no_network):
    card = make_card(1, name=HOSTILE, note=HOSTILE, steps=(HOSTILE,), start=HOSTILE)
    phase = make_phase((card,), criterion=HOSTILE)
    content = pdf.render(make_spec(goal=HOSTILE, phases=(phase,)), {}).pdf
    text = text_of(content)
    assert "<img src=http://127.0.0.1:9/a>" in text
    assert "{{ document }} {% now 'Y' %}" in text
    assert no_network == []
    document = open_pdf(content)
    names = {name for part in dictionaries(document) for name, _ in part.items()}
    assert not names & {"/EmbeddedFiles", "/EF", "/URI", "/JS", "/Launch"}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x.png",
        "https://127.0.0.1:9/x.png",
        "file:///etc/passwd",
        "data:image/svg+xml,<svg/>",
        "ftp://127.0.0.1/x",
        "figure:unknown",
        "font:../../manage.py",
        f"FIGURE:{PICTURE}",
        "",
    ],
)
def test_nothing_outside_memory_is_fetched(url, no_network):
    with pytest.raises(engine.FatalURLFetchingError):
        engine.MemoryFetcher(ASSETS).fetch(url)
    assert no_network == []


def test_markup_that_asks_for_a_file_fails(no_network):
    page = '<!DOCTYPE html><html lang="en"><title>x</title><p>x<img src="{}" alt="x">'
    for url in ("http://127.0.0.1:9/x.png", "file:///etc/passwd", "x.png"):
        with pytest.raises(RenderError) as error:
            engine.print_pdf(page.format(url), {})
        assert error.value.code == FailureCode.BAD_CONTENT
        assert error.value.permanent
    assert no_network == []


@pytest.mark.parametrize(
    "body",
    [b"GIF89a...", b"\x89PNG\r\n\x1a\nbroken", b"<svg><not closed", b"\xff\xd8\xff"],
)
def test_what_is_no_picture_fails(body):
    with pytest.raises(RenderError) as error:
        pdf.render(with_pictures(), {PICTURE: body})
    assert error.value.permanent


def test_a_picture_without_words_fails():
    page = '<!DOCTYPE html><html lang="en"><title>x</title><p><img src="figure:a">'
    with pytest.raises(RenderError):
        engine.print_pdf(page, {"a": ASSETS[PICTURE]})


def test_a_letter_without_a_font_fails_the_print():
    page = '<!DOCTYPE html><html lang="en"><title>x</title><p>\U0001f600'
    with pytest.raises(RenderError, match="notdef"):
        engine.print_pdf(page, {})


def test_too_many_pages_are_refused(monkeypatch):
    monkeypatch.setattr(gates, "MAX_PAGES", 2)
    with pytest.raises(RenderError, match=r"too_large: \d pages"):
        pdf.render(make_spec(), {})


def test_a_card_longer_than_a_page_leaves_no_heading_alone():
    card = make_card(1, note="Keep your back long and breathe slowly. " * 150)
    rendered = pdf.render(make_spec(phases=(make_phase((card,)),)), {})
    pages = pypdf.PdfReader(io.BytesIO(rendered.pdf)).pages
    assert min(len(page.extract_text()) for page in pages) > 400


def test_five_exercises_fill_their_last_page():
    reader = pypdf.PdfReader(io.BytesIO(pdf.render(make_spec(), {}).pdf))
    assert len(reader.pages[-1].extract_text()) > 400


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_paper_is_what_was_asked_for(paper):
    rendered = pdf.render(make_spec(paper=paper), {})
    box = pypdf.PdfReader(io.BytesIO(rendered.pdf)).pages[-1].mediabox
    sizes = {"a4": (595, 842), "letter": (612, 792)}
    assert (round(box.width), round(box.height)) == sizes[paper]


def test_pages_are_counted(printed):
    rendered = pdf.render(with_pictures(), ASSETS)
    assert rendered.pages == len(pypdf.PdfReader(io.BytesIO(rendered.pdf)).pages)
    assert rendered.pdf == printed


SCRIPT = """
import django, hashlib
django.setup()
from prescriptions import pdf
from tests.prescriptions.specs import ASSETS, with_pictures
pdf.warm_up()
print(hashlib.sha256(pdf.render(with_pictures(), ASSETS).pdf).hexdigest())
"""


@pytest.mark.full
def test_bytes_do_not_depend_on_the_process(printed):
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"PYTHONHASHSEED": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split()[-1] == hashlib.sha256(printed).hexdigest()


def test_web_processes_do_not_load_weasyprint():
    script = (
        "import django, sys; django.setup(); from prescriptions import pdf, sandbox;"
        "pdf.template_version(); print('weasyprint' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split()[-1] == "False"
