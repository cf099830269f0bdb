"""The library's page: search, filters, cards, stars."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.assets import put_asset
from clinic.models import AuditEvent, Membership, SignOff
from exercises import own
from exercises.dosage import Dosage
from exercises.models import Exercise
from tests import factories

LIST = reverse("admin:exercises_exercise_changelist")
PART = {"X-Page-Part": "results"}


@pytest.fixture
def client(practitioner: Membership) -> Client:
    client = Client()
    client.force_login(practitioner.practitioner)
    return client


def url(exercise: Exercise, view: str, *more: str) -> str:
    name = f"admin:exercises_exercise_{view}"
    return reverse(name, args=[exercise.pk, *more])


def cards(client: Client, **query: str) -> list[str]:
    found = client.get(LIST, query).context["results"].cards
    return [card.exercise.name for card in found]


def test_the_script_gets_the_results_alone(client: Client) -> None:
    factories.make_exercise(name="Bridge")
    page = client.get(LIST, {"q": "brige"}, headers=PART).text
    assert "1 exercise</b> for “brige”" in page
    assert "<html" not in page


def test_best_answers_come_first(client: Client) -> None:
    for name in ("Side plank", "Plank on knees", "Plank"):
        factories.make_exercise(name=name)
    assert cards(client, q="plank") == ["Plank", "Plank on knees", "Side plank"]


def test_24_are_shown_and_more_on_demand(client: Client) -> None:
    for _ in range(30):
        factories.make_exercise()
    first = client.get(LIST, {"region": ""})
    assert (len(first.context["results"].cards), "30 exercises" in first.text) == (
        24,
        True,
    )
    more = client.get(f"{LIST}?{first.context['results'].more}")
    assert len(more.context["results"].cards) == 30
    assert more.context["results"].more == ""


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"q": "xyzzy"}, "Nothing is called “xyzzy”"),
        ({"favorite": "on"}, "No favorites yet"),
        ({"owner": "own"}, "No exercises of your own yet"),
        ({"region": "hip", "owner": "own"}, "No exercise fits all of these"),
        ({}, "The library is empty"),
    ],
)
def test_an_empty_list_tells_what_to_do(
    client: Client, query: dict[str, str], told: str
) -> None:
    assert told in client.get(LIST, query).text


def test_a_value_that_cannot_be_chosen_narrows_nothing(client: Client) -> None:
    factories.make_exercise(name="Bridge")
    for name in ("region", "difficulty", "patient", "muscle", "status", "p"):
        assert cards(client, **{name: "\x00nonsense"}) == ["Bridge"]


def test_a_filter_in_use_is_a_chip_that_takes_it_away(client: Client) -> None:
    answer = client.get(LIST, {"difficulty": "1", "q": "x", "p": "2"})
    assert answer.context["chips"] == [("Very easy", "q=x")]


def test_what_does_not_suit_a_patient_is_left_out_and_the_look_recorded(
    client: Client, practitioner: Membership
) -> None:
    factories.make_exercise(name="Twist", contraindications=["osteoporosis"])
    factories.make_exercise(name="Walk")
    patient = factories.make_patient(clinic=practitioner.clinic, flags=["osteoporosis"])
    assert cards(client, patient=str(patient.pk)) == ["Walk"]
    seen = AuditEvent.objects.of_clinic(practitioner.clinic)
    assert seen.filter(action="patient.viewed").count() == 1


def test_another_clinics_patient_is_no_choice(
    client: Client, outsider: Membership
) -> None:
    factories.make_exercise(name="Twist", contraindications=["osteoporosis"])
    patient = factories.make_patient(clinic=outsider.clinic, flags=["osteoporosis"])
    assert cards(client, patient=str(patient.pk)) == ["Twist"]


def test_a_card_shows_marks_and_the_dosage_one_starts_with(
    client: Client, practitioner: Membership
) -> None:
    exercise = factories.make_exercise(clinic=practitioner.clinic, name="Ours")
    own.keep_dosage(exercise, practitioner, Dosage(repetitions=3, times_per_day=1))
    page = client.get(LIST).text.replace("\xa0", " ")
    assert "My dosage:</span> Do it 3 times. Once a day." in page
    assert "Not signed" in page
    SignOff.objects.create(
        clinic=practitioner.clinic,
        kind="exercises.exercise",
        content_id=exercise.pk,
        version=exercise.version,
        reviewed_by="M",
    )
    assert "Not signed" not in client.get(LIST).text


def test_a_star_is_turned_on_and_off_and_the_list_stays(client: Client) -> None:
    bridge = factories.make_exercise(name="Bridge")
    star = url(bridge, "favorite")
    answer = client.post(star, {"back": "q=bridge"})
    assert answer.headers["Location"] == f"{LIST}?q=bridge"
    assert cards(client, favorite="on") == ["Bridge"]
    assert client.post(star, headers=PART).json() == {"favorite": False}
    assert cards(client, favorite="on") == []


def test_a_picture_is_seen_by_those_who_see_its_exercise(
    client: Client, outsider: Membership
) -> None:
    name = put_asset(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg")
    figure = {"asset": name, "width": 1, "height": 1, "description": {"en": "A."}}
    shared = factories.make_exercise(figures=[figure])
    foreign = factories.make_exercise(clinic=outsider.clinic, figures=[figure])
    answer = client.get(url(shared, "picture", name))
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get(url(foreign, "picture", name)).status_code == 404
    assert client.get(url(shared, "picture", "other.svg")).status_code == 404


def test_the_page_asks_as_often_for_20_as_for_80(client: Client) -> None:
    counts: list[Any] = []
    client.get(LIST, {"q": "what a process asks once"})
    for number in (20, 60):
        for _ in range(number):
            factories.make_exercise(name=f"Plank {number}")
        for query in ({}, {"q": "plank"}):
            with CaptureQueriesContext(connection) as queries:
                client.get(LIST, query)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 14
