"""The page on which unsigned content is read and signed."""

from typing import Any

import pytest
from django.test import Client

from clinic.models import Membership, SignOff
from clinic.signing import sign_all
from exercises import unsigned
from exercises.models import Exercise, ExerciseTranslation
from tests import factories

PAGE = "/admin/clinic/signoff/read/"


@pytest.fixture
def staff(client: Client, practitioner: Membership) -> Client:
    client.force_login(practitioner.practitioner)
    return client


@pytest.fixture
def exercises(db: None) -> list[Exercise]:
    return [factories.make_exercise(name=name) for name in ("Bridge", "Plank")]


def sent(*contents: Any) -> dict[str, Any]:
    return {"read": [f"{one.pk}:{one.version}" for one in contents]}


def test_the_page_shows_the_words_to_read(
    staff: Client, exercises: list[Exercise]
) -> None:
    text = staff.get(PAGE).content.decode()
    assert "Round your back." in text
    assert "2 of 2" in text


def test_what_was_ticked_is_signed(
    staff: Client, exercises: list[Exercise], practitioner: Membership
) -> None:
    staff.post(PAGE, sent(*exercises))
    signed = SignOff.objects.of_clinic(practitioner.clinic)
    assert set(signed.values_list("content_id", flat=True)) == {
        one.pk for one in exercises
    }
    assert "Everything is signed" in staff.get(PAGE).content.decode()


def test_what_changed_while_it_was_read_is_not_signed(
    staff: Client, exercises: list[Exercise]
) -> None:
    data = sent(exercises[0])
    row = Exercise.objects.shared().get(pk=exercises[0].pk)
    row.start = "Elsewhere."
    row.save()
    answer = staff.post(PAGE, data, follow=True)
    assert "1 changed while you were reading" in answer.content.decode()
    assert not SignOff.objects.unscoped().exists()


def test_only_licensed_people_sign(client: Client, exercises: list[Exercise]) -> None:
    trainee = factories.make_membership(licensed=False)
    client.force_login(trainee.practitioner)
    assert "Only a licensed practitioner may sign" in client.get(PAGE).content.decode()
    client.post(PAGE, sent(*exercises))
    assert not SignOff.objects.unscoped().exists()


def test_what_programs_use_comes_first(
    staff: Client, exercises: list[Exercise], practitioner: Membership
) -> None:
    factories.make_program(by=practitioner, exercises=[exercises[1]])
    SignOff.objects.unscoped().delete()
    text = staff.get(PAGE).content.decode()
    assert text.index(">Plank</b>") < text.index(">Bridge</b>")
    assert text.count("In your programs") == 1


def test_an_older_translation_says_so(
    staff: Client, exercises: list[Exercise], practitioner: Membership
) -> None:
    ExerciseTranslation.objects.create(
        exercise=exercises[0],
        language="es",
        name="Puente",
        start="Aquí.",
        steps=["Suba."],
        of_version=0,
    )
    text = staff.get(f"{PAGE}?kind=translations&language=es").content.decode()
    assert "Older than the original" in text


def test_the_page_takes_as_many_queries_for_many_as_for_few(
    practitioner: Membership, django_assert_max_num_queries: Any
) -> None:
    rows = [factories.make_exercise() for _ in range(30)]
    sign_all(rows[:5], by=practitioner)
    kind = unsigned.KINDS[2]
    with django_assert_max_num_queries(6):
        unsigned.tallies(practitioner)
        found = unsigned.waiting(kind, "en", practitioner, [])
        [unsigned.reading_of(row, practitioner) for row in found]


def test_another_clinics_text_cannot_be_signed(
    staff: Client, outsider: Membership
) -> None:
    own = factories.make_exercise(clinic=outsider.clinic)
    staff.post(PAGE, sent(own))
    assert not SignOff.objects.unscoped().exists()


@pytest.fixture
def hard(exercises: list[Exercise]) -> Exercise:
    """An exercise whose words are far above what most patients read."""
    exercises[0].steps = [
        "Simultaneously anteriorly translate alternating contralateral extremities, "
        "maintaining lumbopelvic stabilization throughout neuromuscular activation."
    ] * 3
    exercises[0].save()
    return exercises[0]


def test_what_is_hard_to_read_is_not_signed_without_a_reason(
    staff: Client, hard: Exercise
) -> None:
    answer = staff.post(PAGE, sent(hard), follow=True)
    assert "Make it plainer, or give a reason" in answer.content.decode()
    assert not SignOff.objects.unscoped().exists()


def test_the_reason_for_signing_a_hard_text_is_kept(
    staff: Client, hard: Exercise
) -> None:
    staff.post(PAGE, sent(hard) | {f"reason-{hard.pk}": "For trainers only."})
    assert SignOff.objects.unscoped().get().reason == "For trainers only."


def test_one_text_alone_is_read_from_a_link(
    staff: Client, exercises: list[Exercise]
) -> None:
    text = staff.get(f"{PAGE}?only={exercises[1].pk}").content.decode()
    assert ">Plank</b>" in text
    assert ">Bridge</b>" not in text


def test_the_list_of_signatures_names_texts_and_tells_what_changed_since(
    staff: Client, exercises: list[Exercise], practitioner: Membership
) -> None:
    sign_all(exercises, by=practitioner)
    exercises[0].start = "Elsewhere."
    exercises[0].save()
    text = staff.get("/admin/clinic/signoff/").content.decode()
    assert "Bridge" in text
    assert "exercises.exercise" not in text
    assert text.count("Changed since") == 1


def test_signatures_are_listed_in_as_many_queries_for_many_as_for_few(
    staff: Client, practitioner: Membership, django_assert_max_num_queries: Any
) -> None:
    sign_all([factories.make_exercise() for _ in range(30)], by=practitioner)
    with django_assert_max_num_queries(14):
        staff.get("/admin/clinic/signoff/")


def test_the_exercise_page_tells_languages_and_who_signed(
    staff: Client, exercises: list[Exercise], practitioner: Membership
) -> None:
    sign_all(exercises[:1], by=practitioner)
    first, second = (
        staff.get(f"/admin/exercises/exercise/{one.pk}/change/").content.decode()
        for one in exercises
    )
    assert "Mara Lind" in first
    assert f"only={exercises[1].pk}" in second
    assert "Translate" in first
