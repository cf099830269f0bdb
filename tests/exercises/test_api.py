from uuid import uuid4

import pytest

from exercises.dosage import Dosage
from exercises.models import Exercise
from tests.clinic.api.client import Api, pointers
from tests.factories import make_exercise


@pytest.fixture
def api(clinic):
    return Api(clinic)


@pytest.fixture
def cat_camel(db):
    return make_exercise(
        slug="cat-camel",
        name="Cat-camel",
        regions=["low_back", "mid_back"],
        equipment=["mat"],
        stages=["acute"],
    )


def slugs(answer):
    assert answer.status_code == 200, answer.json()
    return [row["slug"] for row in answer.json()["results"]]


def test_an_exercise_has_its_default_dosage_by_name(api, cat_camel):
    dosage = api.get("exercises/cat-camel").json()["default_dosage"]
    assert (dosage["repetitions"], dosage["times_per_day"]) == (8, 2)
    assert (dosage["hold_seconds"], dosage["load"]) == (None, None)


def test_the_load_of_a_dosage_is_value_and_unit(api, clinic):
    exercise = make_exercise(clinic=clinic, slug="carry")
    exercise.dosage = Dosage(repetitions=5, load_value=2.5, load_unit="kg")
    exercise.save()
    dosage = api.get("exercises/carry").json()["default_dosage"]
    assert dosage["load"] == {"value": 2.5, "unit": "kg"}


def test_an_exercise_is_found_by_slug_or_id(api, cat_camel):
    assert api.get("exercises/cat-camel").json() == (
        api.get(f"exercises/{cat_camel.pk}").json()
    )


@pytest.mark.parametrize(
    "query",
    [
        "search=camel back",
        "region=mid_back",
        "category=mobility",
        "position=quadruped",
        "stage=acute",
        "equipment=mat",
        "own=false",
    ],
)
def test_filters_find_an_exercise(api, cat_camel, query):
    make_exercise(
        clinic=api.key.clinic,
        category="strength",
        position="supine",
        equipment=["band"],
    )
    assert slugs(api.get(f"exercises?{query}")) == ["cat-camel"]


@pytest.mark.parametrize(
    "name", ["region", "category", "position", "stage", "equipment"]
)
def test_a_value_outside_the_vocabulary_is_refused_and_not_echoed(api, name):
    answer = api.get(f"exercises?{name}=Geheim")
    assert pointers(answer) == {f"/{name}": "invalid_choice"}
    assert "Geheim" not in answer.content.decode()


def test_a_copy_of_the_clinic_stands_in_for_the_shared_exercise(api, cat_camel):
    copy = cat_camel.copy_for(api.key.clinic)
    copy.save()
    answer = api.get("exercises")
    assert [row["id"] for row in answer.json()["results"]] == [str(copy.pk)]
    assert answer.json()["results"][0]["is_shared"] is False


def test_an_archived_exercise_is_read_but_not_listed(api, cat_camel):
    Exercise.objects.shared().update(status=Exercise.Status.ARCHIVED)
    assert slugs(api.get("exercises")) == []
    assert api.get("exercises/cat-camel").json()["status"] == "archived"


def test_an_exercise_of_another_clinic_is_answered_like_none(api, outsider):
    foreign = make_exercise(clinic=outsider.clinic, slug="secret-move")
    for name in (foreign.pk, foreign.slug, uuid4(), "nothing"):
        assert api.get(f"exercises/{name}").status_code == 404
    assert slugs(api.get("exercises")) == []


def test_the_library_cannot_be_written(api, cat_camel):
    assert api.post("exercises", {"name": "X"}).status_code == 405
    assert api.put("exercises/cat-camel", {"name": "X"}).status_code == 405


def test_the_list_costs_the_same_for_20_and_100_rows(api):
    for _ in range(20):
        make_exercise()
    few = api.queries("exercises?limit=20")
    for _ in range(80):
        make_exercise()
    assert few == api.queries("exercises?limit=100") <= 8
