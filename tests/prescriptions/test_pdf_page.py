"""The handout's HTML: what it says, escaped, and how pictures are arranged."""

from dataclasses import replace

import pytest
from django.utils import translation

from prescriptions import pdf
from prescriptions.documents import TextBlock
from prescriptions.pdf import wording
from prescriptions.pdf.arrangement import arrange
from tests.prescriptions.specs import (
    make_blocks,
    make_card,
    make_document,
    make_phase,
    make_picture,
    make_spec,
    with_patient,
    with_pictures,
)

HOSTILE = (
    """<img src=http://127.0.0.1/x> {{ document }} {% load %} </style><style>*{}"""
)


def test_dates_are_written_out():
    assert "November 23, 2026" in pdf.html(make_spec())


@pytest.mark.parametrize(
    ("language", "words"), [("en", "March 4, 1975"), ("es", "4 de marzo de 1975")]
)
def test_dates_follow_the_language(language, words):
    with translation.override(language):
        assert wording.in_words("1975-03-04") == words


def test_text_prints_literally():
    page = pdf.html(with_patient(HOSTILE))
    assert "<img src=http" not in page
    assert "&lt;img src=http://127.0.0.1/x&gt; {{ document }} {% load %}" in page


def test_every_text_of_the_document_is_escaped():
    card = make_card(1, name="<i>", note="<i>", start="<i>", feel="<i>", steps=("<i>",))
    hostile = replace(card, dosage=("<i>",), mistakes=("<i>",), stop_if=("<i>",))
    blocks = make_blocks("# <i>\n! <i>\n- <i>\n. <i>")
    page = pdf.html(
        make_spec(
            title="<i>",
            goal='"><i>',
            phases=(make_phase((hostile,), title="<i>", criterion="<i>"),),
            pain_rule=blocks,
            safety_net=blocks,
        )
    )
    assert "<i>" not in page


def test_a_program_not_yet_issued_is_a_draft():
    page = pdf.html(make_spec(revision=0, issued_on=""))
    assert "DRAFT. Not issued yet." in page
    assert "dcterms.created" not in page


def test_a_demo_says_so():
    clinic = replace(make_document().clinic, is_demo=True)
    assert "Made-up patient" in pdf.html(make_spec(clinic=clinic))


def test_without_a_link_there_is_no_code():
    assert "figure:link" not in pdf.html(make_spec(link=None))


def test_a_single_exercise_needs_no_plan():
    assert "My plan" not in pdf.html(make_spec(phases=(make_phase((make_card(1),)),)))


def test_phases_are_numbered_when_there_are_several():
    later = make_phase((make_card(2),), number=2, minutes=20, title="Get stronger")
    page = pdf.html(make_spec(phases=(make_phase((make_card(1),)), later)))
    assert "Phase 2: Get stronger" in page
    assert "12\u201320" in page


def test_pictures_carry_their_size_on_paper_as_a_class():
    assert '<img class="w92" src="figure:' in pdf.html(with_pictures())


def test_no_element_has_a_style_of_its_own():
    assert "style=" not in pdf.html(with_pictures(3))


def test_numbers_stand_out_with_their_unit():
    pieces = wording.numbers("Hold for 5\u00a0seconds, 3 to 4.5 times.")
    large = [piece.text for piece in pieces if piece.large]
    assert large == ["5\u00a0seconds", "3", "4.5"]


def test_telephone_numbers_stand_out_whole():
    pieces = wording.telephones("Call +1 (555) 010-0134 or 911 now.")
    large = [piece.text for piece in pieces if piece.large]
    assert large == ["+1 (555) 010-0134", "911"]


def test_lines_are_grouped_under_their_heading_in_order():
    first, second = wording.sections(make_blocks("- a\n# B\n. c\n- d\n- e\n! f"))
    assert (first.heading, second.heading) == ("", "B")
    assert second.actions == ["f"]
    assert [part.texts for part in second.parts] == [["c"], ["d", "e"]]


def test_three_ranges_make_a_scale():
    text = "- 0 to 3: Fine.\n- 4-5: Careful.\n- 6\u201310: Stop."
    (section,) = wording.sections(make_blocks(text))
    ranges = [band for band, _ in wording.bands(section.parts[0])]
    assert ranges == ["0 to 3", "4-5", "6\u201310"]


def test_other_items_make_no_scale():
    (section,) = wording.sections([TextBlock(kind="item", text="0 to 3: Fine.")])
    assert wording.bands(section.parts[0]) == []


@pytest.mark.parametrize(
    ("items", "sizes"), [([], []), (["a"], [1]), ("abc", [2, 1]), ("abcd", [2, 2])]
)
def test_lists_split_into_two_columns(items, sizes):
    assert [len(half) for half in wording.halved(list(items))] == sizes


def test_a_name_from_right_to_left_does_not_turn_its_neighbors():
    assert wording.isolated("محمد") == "\u2068محمد\u2069"
    assert wording.isolated("Zoë") == "Zoë"


def test_phrases_become_a_sentence():
    assert wording.as_sentence(["forcing it", "haste."]) == "Forcing it, haste."


def arranged(*pictures, width=66.0):
    return arrange(pictures, width=width, scale=0.046)


def test_two_lying_pictures_stack_in_a_column():
    rows = arranged(make_picture(), make_picture())
    assert [len(row) for row in rows] == [1, 1]
    assert [row[0].letter for row in rows] == ["A", "B"]


def test_two_standing_pictures_stand_side_by_side():
    standing = make_picture(width=150, height=400)
    assert [len(row) for row in arranged(standing, standing)] == [2]


def test_rows_hold_about_the_same_number_of_pictures():
    rows = arranged(*[make_picture()] * 4, width=182)
    assert [len(row) for row in rows] == [2, 2]


def test_a_photo_is_made_to_fit_its_column():
    ((placed,),) = arranged(make_picture(width=1600, height=1200))
    assert (placed.width_mm, placed.height_mm, placed.letter) == (66, 49.5, "")
