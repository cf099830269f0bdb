"""What is new on a handout: from what, in which words, and where it is not told."""

from dataclasses import replace

import pytest

from clinic.models import Membership
from clinic.signing import sign_all
from prescriptions import documents, pdf
from prescriptions.documents import NewsLine, NewsPart, news_of
from prescriptions.handouts import issue_program
from prescriptions.models import Program
from prescriptions.programs import add_exercise
from tests.factories import make_exercise
from tests.prescriptions.specs import (
    make_card,
    make_cards,
    make_document,
    make_phase,
    make_spec,
)

CARDS = make_cards(3)
BEFORE = make_document(phases=(make_phase(CARDS),), issued_on="2026-11-06")
HARDER = replace(CARDS[0], dosage=("Hold for 9\u00a0seconds.", CARDS[0].dosage[1]))


def news_with(*cards: documents.ExerciseCard, **values: str) -> NewsPart | None:
    after = make_document(phases=(make_phase(cards),), revision=0, issued_on="")
    return news_of(BEFORE, replace(after, **values))


def test_added_changed_and_removed_exercises_are_told() -> None:
    found = news_with(HARDER, CARDS[1], make_card(3, slug="new", name="Bird dog"))
    assert found == NewsPart(
        since="2026-11-06",
        lines=(
            NewsLine(mark="added", name="Bird dog", number=3),
            NewsLine(
                mark="changed",
                name=CARDS[0].name,
                number=1,
                before=CARDS[0].dosage[0],
                after="Hold for 9\u00a0seconds.",
            ),
            NewsLine(mark="removed", name=CARDS[2].name),
        ),
    )


def test_an_exercise_that_stays_in_another_phase_is_not_left_out() -> None:
    twice = replace(BEFORE, phases=(make_phase(CARDS), make_phase(CARDS[:1], number=2)))
    assert news_of(twice, BEFORE) is None


def test_other_words_are_no_news_and_another_language_is_not_compared() -> None:
    assert news_with(replace(CARDS[0], note="Slowly."), *CARDS[1:]) is None
    assert news_with(HARDER, language="de") is None


def test_the_second_revision_tells_and_the_first_does_not(
    program: Program, practitioner: Membership
) -> None:
    first, _ = issue_program(program, by=practitioner)
    phase = program.phases.get()
    added = make_exercise(name="Wall sit")
    sign_all([added], by=practitioner)
    add_exercise(phase, added)
    program.touch()
    second, _ = issue_program(program, by=practitioner)
    assert first.document["news"] is None
    told = documents.from_json(second.document).news
    assert told
    assert [(line.mark, line.name) for line in told.lines] == [("added", "Wall sit")]
    again, is_new = issue_program(program, by=practitioner)
    assert (again, is_new) == (second, False)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "What is new since November 6, 2026"),
        ("es", "Qué hay de nuevo desde el 6 de noviembre de 2026"),
        ("fr", "Ce qui est nouveau depuis le 6 novembre 2026"),
        ("de", "Das ist neu seit dem 6. November 2026"),
    ],
)
def test_the_box_speaks_the_language_of_the_handout(language: str, words: str) -> None:
    lines = tuple(NewsLine(mark="removed", name=f"No {n}") for n in range(10))
    news = NewsPart(since="2026-11-06", lines=lines)
    page = pdf.html(make_spec(language=language, news=news))
    assert words in page
    assert page.count('class="word"') == 8
