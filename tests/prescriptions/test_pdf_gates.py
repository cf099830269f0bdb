"""Bounds, letters that can be printed, and the version of templates and fonts."""

import hashlib

import pytest

from prescriptions import pdf
from prescriptions.models import FailureCode
from prescriptions.pdf import gates, version
from prescriptions.pdf.coverage import FONTS
from prescriptions.pdf.gates import Rendered, RenderError
from tests.prescriptions.specs import make_spec, with_patient, with_pictures


def test_names_of_many_scripts_can_be_printed():
    assert pdf.unprintable('<b>Zoë & "Søn"</b> محمد 李 Nguyễn Олена שירה') == ""


def test_letters_without_a_font_are_named_once():
    assert pdf.unprintable("ok \U0001f600 a \x00 \U0001f600") == "\U0001f600\x00"


@pytest.mark.parametrize("text", ["\u200e", "\u2068", "\u00a0", "\n", "e\u0308"])
def test_marks_without_shape_need_no_font(text):
    assert pdf.unprintable(text) == ""


def test_a_letter_without_a_font_fails_the_handout_for_good():
    with pytest.raises(RenderError) as error:
        pdf.render(with_patient("Smile \U0001f600"), {})
    assert error.value.code == FailureCode.BAD_CONTENT
    assert error.value.permanent
    assert str(error.value) == "bad_content: U+1F600"


def test_a_missing_picture_fails_before_printing():
    with pytest.raises(RenderError) as error:
        pdf.render(with_pictures(), {})
    assert error.value.code == FailureCode.PICTURE_MISSING
    assert error.value.permanent


@pytest.mark.requirement("I3")
def test_too_much_text_is_refused_before_printing():
    with pytest.raises(RenderError) as error:
        pdf.render(make_spec(goal="word " * 200_001), {})
    assert error.value.code == FailureCode.TOO_LARGE


@pytest.mark.parametrize(
    ("rendered", "code"),
    [
        (Rendered(pdf=b"<html>", pages=1), FailureCode.UNKNOWN),
        (Rendered(pdf=b"%PDF-1.7", pages=0), FailureCode.UNKNOWN),
        (Rendered(pdf=b"%PDF-1.7", pages=61), FailureCode.TOO_LARGE),
    ],
)
def test_what_is_no_proper_pdf_is_refused(rendered, code):
    with pytest.raises(RenderError) as error:
        gates.check_pdf(rendered)
    assert error.value.code == code


@pytest.mark.requirement("I3")
def test_too_many_bytes_are_refused(monkeypatch):
    monkeypatch.setattr(gates, "MAX_BYTES", 7)
    with pytest.raises(RenderError, match="too_large: 8 bytes"):
        gates.check_pdf(Rendered(pdf=b"%PDF-1.7", pages=1))


def test_fonts_are_the_files_that_were_listed():
    lines = (FONTS / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split() for line in lines)}
    files = [*FONTS.glob("*.ttf"), FONTS / "coverage.txt"]
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    assert found == listed


def test_the_version_changes_with_a_template(tmp_path, monkeypatch):
    before = version.template_version.__wrapped__()
    (tmp_path / "handouts").mkdir()
    (tmp_path / "handouts" / "handout.css").write_text("p { color: red }")
    monkeypatch.setattr(version, "TEMPLATES", tmp_path)
    assert version.template_version.__wrapped__() != before


def test_the_version_is_the_same_each_time():
    assert pdf.template_version() == version.template_version.__wrapped__()
