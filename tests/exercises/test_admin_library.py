"""The admin page on exercises."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import Membership
from exercises.models import Exercise
from tests import factories

LIST = reverse("admin:exercises_exercise_changelist")


def signed_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.practitioner)
    return client


def change_url(exercise: Exercise) -> str:
    return reverse("admin:exercises_exercise_change", args=[exercise.pk])


def form(**values: Any) -> dict[str, Any]:
    return {
        "name": "Wall slide",
        "category": "mobility",
        "position": "standing",
        "direction": "neutral",
        "difficulty": "1",
        "start": "Stand with your back to a wall.",
        "steps": "Bend your knees.\n\nStand up.",
        "kind": "repetitions",
        "repetitions": "8",
        "times_per_day": "2",
        "regions": ["hip", "low_back"],
    } | values


def test_lists_are_typed_as_lines_and_ticks(practitioner: Membership) -> None:
    add = reverse("admin:exercises_exercise_add")
    signed_in(practitioner).post(add, form(contraindications=["osteoporosis"]))
    exercise = Exercise.objects.visible_to(practitioner).get()
    assert exercise.steps == ["Bend your knees.", "Stand up."]
    assert exercise.regions == ["hip", "low_back"]
    assert exercise.contraindications == ["osteoporosis"]
    assert (exercise.clinic, exercise.slug) == (practitioner.clinic, "wall-slide")


def test_changing_a_shared_exercise_makes_an_own_copy(
    practitioner: Membership, outsider: Membership
) -> None:
    shared = factories.make_exercise(name="Bridge")
    answer = signed_in(practitioner).post(
        change_url(shared), form(name="Our bridge"), follow=True
    )
    assert Exercise.objects.visible_to(practitioner).get().name == "Our bridge"
    assert Exercise.objects.visible_to(outsider).get().name == "Bridge"
    assert "own copy" in str([str(m) for m in answer.context["messages"]])


def test_looking_at_a_shared_exercise_copies_nothing(practitioner: Membership) -> None:
    shared = factories.make_exercise()
    signed_in(practitioner).get(change_url(shared))
    assert Exercise.objects.unscoped().count() == 1


def test_an_own_exercise_is_archived_and_brought_back(practitioner: Membership) -> None:
    own = factories.make_exercise(clinic=practitioner.clinic)
    client = signed_in(practitioner)
    for status in ("archived", "published"):
        client.post(reverse("admin:exercises_exercise_archive", args=[own.pk]))
        own.refresh_from_db()
        assert own.status == status


def test_archiving_a_shared_exercise_hides_it_in_this_clinic_only(
    practitioner: Membership, outsider: Membership
) -> None:
    shared = factories.make_exercise()
    client = signed_in(practitioner)
    client.post(reverse("admin:exercises_exercise_archive", args=[shared.pk]))
    assert not Exercise.objects.visible_to(practitioner).published().exists()
    assert Exercise.objects.visible_to(outsider).published().exists()


def test_exercises_are_not_deleted(practitioner: Membership) -> None:
    own = factories.make_exercise(clinic=practitioner.clinic)
    delete = reverse("admin:exercises_exercise_delete", args=[own.pk])
    assert signed_in(practitioner).post(delete, {"post": "yes"}).status_code == 403


def test_an_outsider_finds_no_own_exercise(
    practitioner: Membership, outsider: Membership
) -> None:
    own = factories.make_exercise(clinic=practitioner.clinic, name="Our secret")
    client = signed_in(outsider)
    assert client.get(change_url(own)).status_code == 404
    assert client.post(change_url(own), form()).status_code == 404
    archive = reverse("admin:exercises_exercise_archive", args=[own.pk])
    assert client.post(archive).status_code == 404
    assert "Our secret" not in client.get(LIST).text


def test_assistants_look_and_do_not_change(practitioner: Membership) -> None:
    assistant = factories.make_membership(clinic=practitioner.clinic, role="assistant")
    exercise = factories.make_exercise()
    client = signed_in(assistant)
    assert client.get(change_url(exercise)).status_code == 200
    assert client.post(change_url(exercise), form()).status_code == 403


def test_the_search_finds_every_name(practitioner: Membership) -> None:
    factories.make_exercise(name="Cat-camel", also_called=["Katzenbuckel"])
    factories.make_exercise(name="Plank")
    page = signed_in(practitioner).get(LIST, {"q": "katzen"}).text
    assert "Cat-camel" in page
    assert "Plank" not in page


def test_filters_narrow_the_list(practitioner: Membership) -> None:
    factories.make_exercise(name="Neck turns", regions=["neck"])
    factories.make_exercise(name="Hip hinge", regions=["hip"], category="strength")
    factories.make_exercise(name="Gone", status="archived")
    client = signed_in(practitioner)

    def names(**query: str) -> set[str]:
        found = client.get(LIST, query).context["results"].cards
        return {card.exercise.name for card in found}

    assert names() == {"Neck turns", "Hip hinge"}
    assert names(region="neck") == {"Neck turns"}
    assert names(category="strength") == {"Hip hinge"}
    assert names(status="archived") == {"Gone"}
    assert names(owner="own") == set()


def test_the_list_asks_as_often_for_60_rows_as_for_20(practitioner: Membership) -> None:
    client, counts = signed_in(practitioner), []
    client.get(LIST)
    for number in (20, 40):
        for _ in range(number):
            factories.make_exercise()
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_dosage_that_cannot_be_done_is_told_at_its_field(
    practitioner: Membership,
) -> None:
    add = reverse("admin:exercises_exercise_add")
    answer = signed_in(practitioner).post(add, form(repetitions="-1"))
    errors = answer.context["adminform"].form.errors
    assert errors == {"repetitions": ["At least 1."]}
