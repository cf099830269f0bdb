from uuid import uuid4

import pytest

from clinic.assets import put_asset
from exercises.dosage import Dosage
from exercises.models import Exercise
from tests.clinic.api.client import Api, pointers
from tests.factories import make_exercise, make_patient


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
        muscles=["abdominals"],
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
        "q=cat camell",
        "search=camel back",
        "difficulty=1",
        "muscle=abdominals",
        "language=en",
        "owner=shared",
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
        difficulty=3,
        language="es",
    )
    assert slugs(api.get(f"exercises?{query}")) == ["cat-camel"]


@pytest.mark.parametrize(
    "name",
    ["region", "category", "position", "stage", "equipment", "language", "owner"],
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


def test_an_exercise_cannot_be_deleted(api, cat_camel):
    assert api.delete("exercises/cat-camel").status_code == 405


def test_a_search_is_paged_by_rank(api):
    for name in ("Side plank", "Plank on knees", "Plank"):
        make_exercise(name=name)
    page = api.get("exercises?q=plank&limit=2").json()
    assert [row["name"] for row in page["results"]] == ["Plank", "Plank on knees"]
    last = api.get(page["next"]).json()
    assert [row["name"] for row in last["results"]] == ["Side plank"]
    assert last["next"] is None
    assert last["previous"]


def test_what_the_flags_of_a_patient_rule_out_is_left_out(api, clinic):
    make_exercise(slug="twist", contraindications=["osteoporosis"])
    make_exercise(slug="walk")
    patient = make_patient(clinic=clinic, flags=["osteoporosis"])
    assert slugs(api.get(f"exercises?suitable_for={patient.pk}")) == ["walk"]


def test_a_patient_of_another_clinic_narrows_nothing(api, outsider):
    patient = make_patient(clinic=outsider.clinic, flags=["osteoporosis"])
    for given in (patient.pk, uuid4()):
        answer = api.get(f"exercises?suitable_for={given}")
        assert pointers(answer) == {"/suitable_for": "invalid"}


def test_flags_are_not_to_be_had_without_the_right_to_read_patients(clinic):
    api = Api(clinic, "exercises:read")
    patient = make_patient(clinic=clinic)
    answer = api.get(f"exercises?suitable_for={patient.pk}")
    assert pointers(answer) == {"/suitable_for": "invalid"}


def test_a_key_has_no_favorites(api):
    assert pointers(api.get("exercises?favorite=true")) == {"/favorite": "invalid"}


def test_a_picture_has_its_words_and_an_address_that_opens(api):
    name = put_asset(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg")
    figure = {"asset": name, "width": 4, "height": 3, "description": {"en": "A."}}
    exercise = make_exercise(slug="bridge", figures=[figure])
    (told,) = api.get("exercises/bridge").json()["figures"]
    assert (told["alt"], told["caption"], told["width"]) == ({"en": "A."}, {}, 4)
    picture = api.get(told["url"])
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.content.startswith(b"<svg")
    other = f"exercises/{exercise.pk}/pictures/{'0' * 64}.svg"
    assert api.get(other).status_code == 404
