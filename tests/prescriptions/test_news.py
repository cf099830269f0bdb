"""What is new on a handout: from what, in which words, and where it is not told."""

from dataclasses import replace

import pytest

from clinic.models import Membership
from clinic.signing import sign_all
from exercises.dosage import Dosage, sentences, to_mapping
from exercises.models import ExerciseTranslation
from prescriptions import documents, pdf
from prescriptions.documents import NewsLine, NewsPart, differences, news_of
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


def test_other_words_are_no_news() -> None:
    assert news_with(replace(CARDS[0], note="Slowly."), *CARDS[1:]) is None


def dosed(language: str, *, told: bool = True, **values: int) -> documents.ExerciseCard:
    """A card as it is composed in a language; before schema 5 without its dosage."""
    dosage = Dosage(repetitions=8, times_per_day=2, **values)
    said = sentences(dosage, language=language)
    return make_card(1, dosage=said, prescribed=to_mapping(dosage) if told else None)


@pytest.mark.parametrize("told", [True, False])
def test_another_language_alone_is_no_news(told: bool) -> None:
    before = replace(BEFORE, phases=(make_phase((dosed("en", told=told),)),))
    after = replace(before, language="de", phases=(make_phase((dosed("de"),)),))
    assert news_of(before, after) is None


def test_a_changed_dosage_is_told_in_the_new_language() -> None:
    before = replace(BEFORE, phases=(make_phase((dosed("en", hold_seconds=5),)),))
    after = replace(BEFORE, language="de", phases=(make_phase((dosed("de"),)),))
    news = news_of(before, after)
    assert news
    told = dosed("de", hold_seconds=5).dosage
    assert news.lines[0].before == told[0]
    assert differences(before, after)[0].before == " ".join(told)


def test_a_changed_dosage_without_numbers_to_retell_is_told_as_it_is_now() -> None:
    old = dosed("en", told=False, hold_seconds=5)
    before = replace(BEFORE, phases=(make_phase((old,)),))
    after = replace(BEFORE, language="de", phases=(make_phase((dosed("de"),)),))
    news = news_of(before, after)
    assert news
    assert (news.lines[0].mark, news.lines[0].before) == ("changed", "")
    page = pdf.html(make_spec(language="de", news=news))
    assert "Jetzt:" in page
    assert "Vorher:" not in page


def test_what_was_left_out_is_named_in_the_new_language_or_marked() -> None:
    after = make_document(language="de", phases=(make_phase(CARDS[:2]),))
    name = CARDS[2].name
    marked = news_of(BEFORE, after)
    named = news_of(BEFORE, after, {CARDS[2].slug: ("Drehung im Liegen", "de")})
    assert marked
    assert named
    assert marked.lines == (NewsLine(mark="removed", name=name, language="en"),)
    assert named.lines == (NewsLine(mark="removed", name="Drehung im Liegen"),)


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


def test_a_revision_in_another_language_tells_what_was_left_out(
    program: Program, practitioner: Membership
) -> None:
    issue_program(program, by=practitioner)
    left_out = program.phases.get().exercises.order_by("position")[0]
    translation = ExerciseTranslation(
        exercise=left_out.exercise, language="es", name="Puente", of_version=1
    )
    translation.clinic = program.clinic
    translation.save()
    left_out.delete()
    program.language = "es"
    program.save()
    program.touch()
    issued, _ = issue_program(program, by=practitioner)
    news = documents.from_json(issued.document).news
    assert news
    assert news.lines == (NewsLine(mark="removed", name="Puente"),)


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
