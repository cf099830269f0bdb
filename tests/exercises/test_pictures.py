"""Pictures are drawn when an exercise is loaded, and named by their bytes."""

from pathlib import Path

import pytest

from clinic.assets import read_asset
from exercises import pictures
from exercises.catalog import load_library
from exercises.catalog.files import LIBRARY
from exercises.models import Exercise

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(tmp_path: Path) -> Path:
    text = (LIBRARY / "pelvic-tilt.yaml").read_text()
    for link in ("easier", "harder"):
        text = "\n".join(
            f"{link}: null" if line.startswith(link) else line
            for line in text.splitlines()
        )
    (tmp_path / "pelvic-tilt.yaml").write_text(text)
    return tmp_path


def figures() -> list[dict]:
    return Exercise.objects.shared().get().figures


def test_each_figure_names_a_stored_picture_with_its_size(one):
    load_library(one)
    for figure in figures():
        assert read_asset(figure["asset"]).startswith(b"<svg")
        assert figure["width"] > figure["height"] > 100


def test_a_second_load_draws_nothing(one):
    load_library(one)
    assert load_library(one).untouched == ("pelvic-tilt",)


def test_other_drawing_code_draws_again_without_a_new_version(one, monkeypatch):
    load_library(one)
    before = Exercise.objects.shared().get()
    monkeypatch.setattr(pictures, "drawn_by", lambda: "other code")
    assert load_library(one).changed == ("pelvic-tilt",)
    after = Exercise.objects.shared().get()
    assert after.version == before.version
    assert after.figures[0]["drawn_by"] == "other code"
