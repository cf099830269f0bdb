"""./dev figures: a contact sheet as SVG, as a page, or as PNG by the browser."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from exercises.management import screenshot
from tests.services.availability import require
from tests.services.chromium import missing_chromium


def sheet(file: Path, *options: str) -> str:
    call_command("figures", "--sheet", str(file), *options, stdout=Silent())
    return file.read_text(encoding="utf-8")


class Silent:
    """Somewhere to talk to."""

    def write(self, text: str) -> None:
        """Forget it."""


@pytest.mark.full
def test_all_figures_are_on_the_sheet(tmp_path):
    svg = sheet(tmp_path / "all.svg")
    assert svg.count("<text") > 100
    assert "cat-camel 2" in svg


def test_one_exercise_can_be_chosen(tmp_path):
    svg = sheet(tmp_path / "one.svg", "--exercise", "bridge")
    assert svg.count("<text") == 2


def test_a_page_shows_the_same_drawing(tmp_path):
    page = sheet(tmp_path / "one.html", "--exercise", "bridge")
    assert sheet(tmp_path / "one.svg", "--exercise", "bridge") in page


@pytest.mark.full
def test_grays_have_no_color(tmp_path):
    assert "#43659b" not in sheet(tmp_path / "g.svg", "--exercise", "bridge", "--gray")


def test_an_unknown_exercise_is_told_with_what_is_like_it(tmp_path):
    with pytest.raises(CommandError, match=r"bridgge.*bridge"):
        sheet(tmp_path / "x.svg", "--exercise", "bridgge")


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r"\.png, \.svg or \.html"):
        sheet(tmp_path / "x.gif")


def test_without_a_browser_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(screenshot.shutil, "which", lambda name: None)
    monkeypatch.setattr(screenshot, "MACOS", "/nowhere/{0}")
    with pytest.raises(CommandError, match=r"ends in \.svg"):
        sheet(tmp_path / "x.png", "--exercise", "bridge")


@pytest.mark.services
def test_a_png_is_as_large_as_the_sheet_prints(tmp_path):
    require(missing_chromium())
    file = tmp_path / "x.png"
    call_command("figures", "--sheet", str(file), "--exercise", "bridge")
    width, height = (int.from_bytes(file.read_bytes()[i : i + 4]) for i in (16, 20))
    assert (width, height) == (round(360 / 25.4 * 96), round(50 / 25.4 * 96))
