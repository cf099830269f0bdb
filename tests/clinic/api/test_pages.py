from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.models import Patient
from tests.clinic.api.client import Api, pointers
from tests.factories import make_patient


@pytest.fixture
def api(clinic):
    return Api(clinic)


@pytest.fixture
def patients(clinic):
    rows = [make_patient(clinic=clinic, name=f"P {n}") for n in range(7)]
    for number, row in enumerate(rows, start=-9):
        row.created_at = timezone.now() + timedelta(minutes=number)
        row.save()
    return rows


def flat(pages):
    return [name for page in pages for name in page]


def walk(api, path, between=lambda: None, member="next"):
    names = []
    while path:
        page = api.get(path).json()
        names.append([row["name"] for row in page["results"]])
        path = page[member]
        between()
    return names


def test_a_walk_sees_every_row_once_newest_first(api, patients):
    assert flat(walk(api, "patients?limit=3")) == [f"P {n}" for n in range(6, -1, -1)]


def test_rows_added_during_a_walk_neither_hide_nor_double_others(api, clinic, patients):
    names = walk(
        api, "patients?limit=2", lambda: make_patient(clinic=clinic, name="New")
    )
    assert flat(names) == [f"P {n}" for n in range(6, -1, -1)]


def test_rows_of_one_moment_are_told_apart_by_their_id(api, clinic, patients):
    moment = timezone.now()
    Patient.objects.of_clinic(clinic).update(created_at=moment)
    names = flat(walk(api, "patients?limit=2"))
    assert sorted(names) == sorted(patient.name for patient in patients)


def test_previous_leads_back_the_same_way(api, patients):
    forward = walk(api, "patients?limit=3")
    second = api.get(api.get("patients?limit=3").json()["next"]).json()
    third = api.get(second["next"]).json()
    assert third["next"] is None
    assert walk(api, third["previous"], member="previous") == [forward[1], forward[0]]


def test_the_page_before_the_first_one_does_not_exist(api, patients):
    assert api.get("patients?limit=3").json()["previous"] is None


@pytest.mark.requirement("I11")
@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "²", "9" * 5000])
def test_a_limit_out_of_bounds_is_a_400(api, limit):
    assert pointers(api.get(f"patients?limit={limit}")) == {
        "/limit": "invalid_parameter"
    }


@pytest.mark.requirement("T6")
def test_a_cursor_that_was_tampered_with_is_a_400(api, patients):
    cursor = api.get("patients?limit=3").json()["next"].partition("cursor=")[2]
    cursor = cursor.partition("&")[0]
    for broken in (cursor[:-1], cursor + "A", "x" + cursor, "x"):
        answer = api.get(f"patients?cursor={broken}")
        assert pointers(answer) == {"/cursor": "invalid_parameter"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("name=x", "unknown_parameter"),
        ("search=a&search=b", "repeated_parameter"),
        ("search=", "empty_parameter"),
        ("updated_since=yesterday", "invalid"),
        ("updated_since=0001-01-01T00:00:00%2B14:00", "invalid"),
        ("is_archived=yes", "invalid"),
        ("search=%00", "null_characters_not_allowed"),
    ],
)
def test_a_filter_that_is_not_understood_is_refused_by_name(api, query, code):
    assert pointers(api.get(f"patients?{query}")) == {f"/{query.split('=')[0]}": code}


def test_a_single_thing_takes_no_parameters(api, patients):
    answer = api.get(f"patients/{patients[0].pk}?search=x")
    assert pointers(answer) == {"/search": "unknown_parameter"}


def test_filters_find_words_times_and_flags(api, clinic, patients):
    late = (timezone.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert walk(api, "patients?search=p 3") == [["P 3"]]
    assert walk(api, f"patients?updated_since={late}") == [[]]
    Patient.objects.of_clinic(clinic).filter(name="P 1").update(is_archived=True)
    assert walk(api, "patients?is_archived=true") == [["P 1"]]
    assert len(walk(api, "patients?is_archived=false")[0]) == 6
