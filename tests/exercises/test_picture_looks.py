"""A clinic's look, the prescribed side, and the words of all pictures."""

import re

import pytest

from clinic.assets import read_asset
from clinic.models import Clinic
from exercises import pictures
from exercises.catalog.files import Entry
from exercises.figures import (
    BODIES,
    DEFAULT_LOOK,
    HAIRS,
    SKINS,
    Look,
    PoseError,
    draw,
    read_figures,
)
from exercises.figures.looks import ARROW, INK, SHIRT, SHOES, TROUSERS, WORKED, gray
from tests.factories import library_entries

ENTRIES = {entry.slug: entry for entry in library_entries()}
ONE_SIDED = [slug for slug, entry in ENTRIES.items() if entry.dosage.side == "each"]
CURVED = Look("curved", "dark", "gray")
TONES = [tone for pair in SKINS.values() for tone in pair]


@pytest.fixture
def drawn(monkeypatch):
    """The drawn clamshell; counts what is drawn from then on."""
    entries = pictures.draw_and_store(figures("clamshell"), "clamshell")
    pictures._drawn.cache_clear()
    real = pictures.draw_series

    def counting(*args, **options):
        counting.calls += 1
        return real(*args, **options)

    counting.calls = 0
    monkeypatch.setattr(pictures, "draw_series", counting)
    return entries, counting


def figures(slug: str) -> list[dict]:
    return ENTRIES[slug].columns["figures"]


def assets(entries: list[dict]) -> list[str]:
    return [entry["asset"] for entry in entries]


def test_a_clinic_chooses_among_the_looks_of_the_engine():
    fields = {"figure_body": BODIES, "figure_skin": SKINS, "figure_hair": HAIRS}
    for name, known in fields.items():
        choices = Clinic._meta.get_field(name).choices
        assert [value for value, _ in choices] == list(known)


def test_a_new_clinic_has_the_usual_look():
    clinic = Clinic()
    look = Look(clinic.figure_body, clinic.figure_skin, clinic.figure_hair)
    assert look == DEFAULT_LOOK


def test_the_usual_look_is_not_drawn_again(drawn):
    entries, drawing = drawn
    assert pictures.in_look(entries, DEFAULT_LOOK) is entries
    assert drawing.calls == 0


def test_another_look_is_drawn_once_and_stored(drawn):
    entries, drawing = drawn
    other = pictures.in_look(entries, CURVED)
    assert pictures.in_look(entries, CURVED) == other
    assert drawing.calls == 1
    assert not set(assets(other)) & set(assets(entries))
    assert all(read_asset(name).startswith(b"<svg") for name in assets(other))


def test_the_other_side_is_another_picture_with_the_same_words(drawn):
    entries, _ = drawn
    other = pictures.in_look(entries, DEFAULT_LOOK, mirrored=True)
    assert not set(assets(other)) & set(assets(entries))
    assert [o["caption"] for o in other] == [e["caption"] for e in entries]


def test_pictures_without_pose_data_stay_as_they_are(drawn):
    _, drawing = drawn
    uploaded = [{"asset": "a.png", "width": 1, "height": 1, "description": {}}]
    assert pictures.in_look(uploaded, CURVED, mirrored=True) is uploaded
    assert drawing.calls == 0


@pytest.mark.parametrize(
    ("shown", "prescribed", "expected"),
    [
        (["right"], "left", True),
        (["right"], "right", False),
        (["left"], "right", True),
        (["right"], "each", False),
        (["right"], "alternate", False),
        (["right"], "", False),
        ([""], "left", False),
        (["left", "right"], "left", False),
    ],
)
def test_only_the_one_side_that_is_not_shown_is_mirrored(shown, prescribed, expected):
    entries = [{"side": side} for side in shown]
    assert pictures.shows_other_side(entries, prescribed) is expected


@pytest.mark.parametrize("slug", ONE_SIDED)
def test_an_exercise_for_each_side_says_which_one_it_shows(slug):
    shown = {figure["side"] for figure in figures(slug) if figure.get("side")}
    assert len(shown) == 1 or slug == "lying-twist"  # which shows both


def words_of(entry: Entry) -> list[str]:
    columns = entry.columns
    texts = [columns["start"], *columns["steps"], columns["feel"], *columns["mistakes"]]
    for figure in columns["figures"]:
        texts += [*figure["description"].values(), *figure["caption"].values()]
    return texts


@pytest.mark.parametrize("slug", ENTRIES)
def test_texts_beside_a_picture_of_one_side_hold_for_the_other(slug):
    if any(figure.get("side") for figure in figures(slug)):
        text = " ".join(words_of(ENTRIES[slug])).casefold().replace("right angle", "")
        assert not re.findall(r"\b(?:left|right|izquierd\w+|derech\w+)\b", text)


@pytest.mark.parametrize("slug", ENTRIES)
def test_every_picture_is_described_in_english_and_spanish(slug):
    assert figures(slug)
    for figure in figures(slug):
        for words in (figure["description"], figure["caption"]):
            assert all(words[language].strip() for language in ("en", "es"))


@pytest.mark.parametrize("tone", [*TONES, SHIRT[0], SHIRT[1], TROUSERS[1]])
def test_lines_and_faces_stand_out_in_gray(tone):
    assert gray(tone) - gray(INK) >= 40


@pytest.mark.parametrize("cloth", [TROUSERS[0], TROUSERS[1], *TONES[4:]])
def test_the_worked_area_stands_out_in_gray(cloth):
    assert gray(WORKED[0]) - gray(cloth) >= 15 or gray(cloth) - gray(WORKED[1]) >= 30


def test_who_walks_wears_shoes():
    (walking,) = read_figures(figures("walking"), "walking")
    assert SHOES[0] in draw(walking)
    with pytest.raises(PoseError, match="true or false"):
        read_figures([{"base": "stand", "pose": {"shoes": "yes"}}], "x")


def test_arrows_stand_out_from_the_paper_in_gray():
    assert gray("#fff") - gray(ARROW) >= 120
