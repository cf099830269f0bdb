"""The card of the handout beside an exercise's form."""

from django.test import Client
from django.urls import reverse

from clinic.models import Membership
from exercises.models import Exercise
from tests import factories
from tests.exercises.test_admin_library import form

HARD = "Utilize the quadrupedal configuration to facilitate lumbar mobilization."


def signed_in(member: Membership) -> Client:
    client = Client()
    client.force_login(member.practitioner)
    return client


def preview(exercise: Exercise) -> str:
    return reverse("admin:exercises_exercise_preview", args=[exercise.pk])


def test_the_card_shows_what_is_typed_and_stores_nothing(
    practitioner: Membership,
) -> None:
    exercise = factories.make_exercise(name="Bridge")
    page = signed_in(practitioner).post(
        preview(exercise), form(name="Hip bridge", repetitions="3")
    )
    told = page.text.replace("\xa0", " ")
    assert "Hip bridge" in told
    assert "Do it 3 times. Twice a day" in told
    exercise.refresh_from_db()
    assert exercise.name == "Bridge"


def test_a_new_exercise_has_a_card_too(practitioner: Membership) -> None:
    new = reverse("admin:exercises_exercise_new_preview")
    page = signed_in(practitioner).post(new, form()).text
    assert "Wall slide" in page
    assert Exercise.objects.visible_to(practitioner).count() == 0


def test_half_a_form_still_has_a_card(practitioner: Membership) -> None:
    exercise = factories.make_exercise(name="Bridge")
    page = signed_in(practitioner).post(
        preview(exercise), {"name": "", "repetitions": "-1", "seen": "long ago"}
    )
    assert page.status_code == 200


def test_hard_words_are_told_with_a_way_to_their_field(
    practitioner: Membership,
) -> None:
    exercise = factories.make_exercise()
    page = signed_in(practitioner).post(preview(exercise), form(start=HARD)).text
    assert "Easier to read" in page
    assert 'href="#id_start"' in page


def test_the_form_shows_the_card_without_script(practitioner: Membership) -> None:
    exercise = factories.make_exercise(name="Bridge")
    change = reverse("admin:exercises_exercise_change", args=[exercise.pk])
    assert '<article class="paper"' in signed_in(practitioner).get(change).text


def test_an_outsider_and_an_assistant_get_no_card(
    practitioner: Membership, outsider: Membership
) -> None:
    own = factories.make_exercise(clinic=practitioner.clinic)
    assert signed_in(outsider).post(preview(own)).status_code == 404
    assistant = factories.make_membership(clinic=practitioner.clinic, role="assistant")
    assert signed_in(assistant).post(preview(own)).status_code == 403
