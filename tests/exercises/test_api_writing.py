"""The clinic's own exercises and leaflets through the API."""

from io import BytesIO

import pytest
from PIL import Image

from clinic.assets import put_asset
from clinic.models import AuditEvent
from exercises.models import Exercise, Leaflet
from tests.clinic.api.client import Api, pointers
from tests.factories import make_exercise, make_leaflet

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"></svg>'


@pytest.fixture
def api(clinic):
    return Api(clinic)


@pytest.fixture
def body():
    return {
        "name": "Heel slide",
        "category": "mobility",
        "position": "supine",
        "start": "Lie on your back.",
        "steps": ["Slide one heel towards you.", "Slide it back."],
        "regions": ["low_back"],
        "default_dosage": {"sets": 1, "repetitions": 10, "times_per_day": 2},
    }


@pytest.fixture
def made(api, body):
    answer = api.post("exercises", body)
    assert answer.status_code == 201, answer.json()
    return answer


def verb_of(api):
    rows = AuditEvent.objects.of_clinic(api.key.clinic)
    return rows.latest("at").action


# Exercises


def test_an_exercise_is_written_and_found_by_name(api, made):
    read = api.get("exercises/heel-slide")
    assert (read.json(), read["ETag"]) == (made.json(), made["ETag"])
    assert (read.json()["is_shared"], read.json()["status"]) == (False, "published")
    found = api.get("exercises?q=heel slide&owner=own").json()["results"]
    assert [row["slug"] for row in found] == ["heel-slide"]


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"steps": []}, "/steps", "empty"),
        ({"regions": ["moon"]}, "/regions/0", "invalid_choice"),
        ({"cautions": ["moon"]}, "/cautions/0", "invalid_choice"),
        ({"difficulty": 9}, "/difficulty", "max_value"),
        ({"default_dosage": {"sets": 0}}, "/default_dosage/sets", "invalid"),
        ({"video_url": "http://x.example/v"}, "/video_url", "video"),
        ({"visibility": "owner"}, "/visibility", "only_maker"),
        ({"slug": "mine"}, "/slug", "read_only"),
        ({"regions": ["low_back"] * 2}, "/regions", "invalid"),
    ],
)
def test_a_fault_points_at_its_member(api, body, change, pointer, code):
    answer = api.post("exercises", body | change)
    assert (answer.status_code, pointers(answer)[pointer]) == (400, code)
    assert not Exercise.objects.visible_to(api.key).exists()


def test_a_person_may_keep_an_exercise_to_themselves(api, body, practitioner, client):
    client.force_login(practitioner.practitioner)
    hidden = body | {"visibility": "owner"}
    answer = client.post("/api/v1/exercises", hidden, content_type="application/json")
    assert answer.status_code == 201
    assert api.get("exercises/heel-slide").status_code == 404


def test_of_two_changes_of_one_state_one_wins(api, made):
    path, seen = "exercises/heel-slide", made["ETag"]
    assert api.patch(path, {"name": "Heel slides"}).status_code == 428
    answer = api.patch(path, {"steps": ["Slide."]}, If_Match=seen)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    assert api.patch(path, {"steps": ["Push."]}, If_Match=seen).status_code == 412


def test_what_was_read_can_be_put_back_and_is_no_new_version(api, clinic):
    make_exercise(clinic=clinic, slug="mine", source="P25b", dosage_source="[J]")
    read = api.get("exercises/mine")
    answer = api.put("exercises/mine", read.json(), If_Match=read["ETag"])
    assert answer.status_code == 200, answer.json()
    apart = {"updated_at"}
    assert {k: v for k, v in answer.json().items() if k not in apart} == {
        k: v for k, v in read.json().items() if k not in apart
    }
    assert Exercise.objects.of_clinic(clinic).get().source == "P25b"


def test_a_shared_exercise_is_made_ones_own_or_cloned(api):
    make_exercise(slug="cat-camel", name="Cat-camel")
    refused = api.patch("exercises/cat-camel", {"name": "Ours"}, If_Match="*")
    assert (refused.status_code, refused.json()["code"]) == (409, "shared_exercise")
    own = api.post("exercises/cat-camel/own")
    assert (own.status_code, own.json()["slug"]) == (201, "cat-camel")
    assert api.post("exercises/cat-camel/own").status_code == 200
    clone = api.post("exercises/cat-camel/clone", {"name": "Cat on a chair"}).json()
    assert (clone["slug"], clone["status"]) == ("cat-on-a-chair", "draft")


def test_an_exercise_leaves_the_list_and_comes_back(api, made):
    for verb, count in (("archive", 0), ("publish", 1)):
        assert api.post(f"exercises/heel-slide/{verb}").status_code == 200
        assert len(api.get("exercises").json()["results"]) == count
    assert verb_of(api) == "exercise.restored"


def test_a_drawn_picture_comes_as_svg_and_as_png_of_a_width(api):
    figure = {"asset": put_asset(SVG, "svg"), "width": 40, "height": 20}
    make_exercise(slug="x", figures=[figure | {"description": {"en": "A line"}}])
    (shown,) = api.get("exercises/x").json()["figures"]
    assert api.get(shown["url"])["Content-Type"] == "image/svg+xml"
    answer = api.get(f"{shown['png_url']}?width=100")
    assert answer["Content-Type"] == "image/png"
    with Image.open(BytesIO(answer.content)) as picture:
        assert (picture.size, picture.getpixel((99, 49))[:3]) == (
            (100, 50),
            (255, 255, 255),
        )
    wide = api.get(f"{shown['png_url']}?width=9000")
    assert pointers(wide) == {"/width": "invalid_parameter"}


def test_a_colleague_of_another_clinic_finds_and_changes_nothing(outsider, made):
    theirs = Api(outsider.clinic)
    for verb in ("own", "clone", "archive", "publish"):
        path = f"exercises/{made.json()['id']}/{verb}"
        assert theirs.post(path).status_code == 404
    assert theirs.patch("exercises/heel-slide", {}, If_Match="*").status_code == 404


# Translations


@pytest.fixture
def told():
    return {"name": "Gato", "start": "A cuatro patas.", "steps": ["Arriba.", "Abajo."]}


def test_a_translation_is_added_and_replaced(api, told):
    make_exercise(slug="cat-camel")
    path = "exercises/cat-camel/translations/es"
    assert api.get(path).status_code == 404
    added = api.put(path, told)
    assert (added.status_code, added.json()["is_shared"]) == (201, False)
    again = api.put(path, added.json() | {"name": "Gato y camello"})
    assert (again.status_code, again.json()["version"]) == (200, 2)
    listed = api.get("exercises/cat-camel/translations").json()
    assert [(row["language"], row["name"]) for row in listed] == [
        ("es", "Gato y camello")
    ]
    assert verb_of(api) == "exercisetranslation.written"


def test_a_shared_translation_is_corrected_in_one_clinic_alone(api, outsider, told):
    exercise = make_exercise(slug="cat-camel")
    exercise.translations.create(language="es", name="Camello")
    path = "exercises/cat-camel/translations/es"
    assert api.put(path, told).status_code == 200
    assert api.get(path).json()["name"] == "Gato"
    assert Api(outsider.clinic).get(path).json()["name"] == "Camello"


@pytest.mark.parametrize(
    ("language", "change", "expected"),
    [
        ("es", {"steps": ["Arriba."]}, {"/steps": "odd_length"}),
        ("es", {"language": "fr", "tone": "x"}, {"/tone": "unknown_field"}),
        ("es", {"name": ""}, {"/name": "blank"}),
        ("en", {}, {}),
    ],
)
def test_a_fault_of_a_translation_points_at_it(api, told, language, change, expected):
    make_exercise(slug="cat-camel")
    answer = api.put(f"exercises/cat-camel/translations/{language}", told | change)
    assert (answer.status_code, pointers(answer)) == (400, expected)


# Leaflets


@pytest.fixture
def leaflet(api):
    number = {"hours": {"value": 48, "unit": "hours"}}
    body = {"title": "Ice", "body": "# Ice\n- For {hours} hours.", "numbers": number}
    answer = api.post("leaflets", body)
    assert answer.status_code == 201, answer.json()
    return answer


def test_a_leaflet_is_written_changed_and_waits_for_a_signature(api, leaflet):
    path = f"leaflets/{leaflet.json()['id']}"
    assert (leaflet.json()["slug"], leaflet.json()["is_signed"]) == ("ice", False)
    assert api.patch(path, {"title": "Cold"}).status_code == 428
    answer = api.patch(path, {"title": "Cold"}, If_Match=leaflet["ETag"])
    assert (answer.json()["title"], answer.json()["version"]) == ("Cold", 2)
    stale = api.patch(path, {"title": "Ice"}, If_Match=leaflet["ETag"])
    assert stale.status_code == 412
    put = api.put(path, answer.json(), If_Match=answer["ETag"])
    assert put.json()["numbers"] == {"hours": {"value": 48, "unit": "hours"}}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"body": "For {days} days."}, "/body", "unknown_placeholder"),
        (
            {"numbers": {"hours": {"value": 0, "unit": "h"}}},
            "/numbers/hours/value",
            "min_value",
        ),
        ({"ask_first_flags": ["moon"]}, "/ask_first_flags/0", "invalid_choice"),
        ({"language": "xx"}, "/language", "invalid_choice"),
    ],
)
def test_a_fault_of_a_leaflet_points_at_its_member(api, leaflet, change, pointer, code):
    answer = api.patch(f"leaflets/{leaflet.json()['id']}", change, If_Match="*")
    assert (answer.status_code, pointers(answer)) == (400, {pointer: code})


def test_a_shared_leaflet_is_made_ones_own(api, outsider):
    shared = make_leaflet(slug="posture")
    path = f"leaflets/{shared.pk}"
    refused = api.patch(path, {"title": "Ours"}, If_Match="*")
    assert (refused.status_code, refused.json()["code"]) == (409, "shared_leaflet")
    own = api.post(f"{path}/own")
    assert (own.status_code, own.json()["slug"]) == (201, "posture")
    owners = {
        owner: len(api.get(f"leaflets?owner={owner}").json()["results"])
        for owner in ("own", "shared")
    }
    assert owners == {"own": 1, "shared": 0}
    assert Api(outsider.clinic).get(f"leaflets/{own.json()['id']}").status_code == 404
    assert Leaflet.objects.shared().get() == shared
