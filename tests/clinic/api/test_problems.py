import json

import pytest
from django.db import OperationalError
from django.test import Client

from clinic.api.patients import PatientViewSet
from tests.clinic.api.client import Api, pointers

MEMBERS = ["type", "code", "title", "status", "detail", "request_id", "errors"]


@pytest.fixture
def api(clinic):
    return Api(clinic)


def test_every_problem_has_the_same_members(api):
    answer = api.post("patients", {})
    assert list(answer.json()) == MEMBERS
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer["X-Request-ID"]


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["nothing", "patients/", "patients/1", ""])
def test_an_address_that_does_not_exist_is_a_problem_and_no_redirect(api, verb, path):
    answer = api.ask(verb, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_verb_that_is_not_there_is_a_405_with_allow(api):
    answer = api.delete("patients")
    assert answer.json()["code"] == "method_not_allowed"
    assert answer["Allow"] == "GET, HEAD, POST"
    assert api.ask("OPTIONS", "patients").status_code == 405


@pytest.mark.parametrize(
    "body", ["{", '{"a": NaN}', "[" * 100_000, '{"\\ud800": 1}', "9" * 9999]
)
def test_a_body_that_is_not_json_is_a_400(api, body):
    answer = post_raw(api, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("body", ["[]", "1", '"text"', "null", "[{}]"])
def test_a_body_that_is_no_object_is_a_400(api, body):
    assert post_raw(api, body).status_code == 400


def test_another_media_type_is_a_415(api):
    answer = post_raw(api, "name=x", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (
        415,
        "unsupported_media_type",
    )


@pytest.mark.requirement("I11")
def test_a_body_that_is_too_large_is_a_413(api):
    answer = post_raw(api, json.dumps({"name": "x" * 3_000_000}))
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


def test_the_answer_is_json_whatever_would_be_accepted(api):
    assert api.get("patients", Accept="text/html").status_code == 200


@pytest.mark.requirement("W7")
def test_an_unexpected_error_tells_nothing_but_the_id(api, monkeypatch, caplog):
    answer = answer_after(api, monkeypatch, ZeroDivisionError("secret Anna Berger"))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "Anna" not in answer.content.decode() + caplog.text
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.requirement("D3")
def test_a_database_that_is_away_is_a_503(api, monkeypatch):
    answer = answer_after(api, monkeypatch, OperationalError("no such host"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


@pytest.mark.requirement("T3")
def test_unknown_and_read_only_members_are_refused_by_name(api):
    body = {"name": "A", "date_of_birth": "1980-01-01", "clinic": "x", "id": "y"}
    expected = {"/clinic": "unknown_field", "/id": "read_only"}
    assert pointers(api.post("patients", body)) == expected


def test_pointers_escape_what_the_standard_says(api):
    body = {"name": "A", "date_of_birth": "1980-01-01", "a/b~c": 1}
    assert pointers(api.post("patients", body)) == {"/a~1b~0c": "unknown_field"}


@pytest.mark.requirement("W7")
def test_the_value_that_was_given_is_not_echoed(api):
    body = {
        "name": "A",
        "date_of_birth": "Geheim",
        "language": "Geheim",
        "email": "Geheim",
    }
    answer = api.post("patients", body)
    assert set(pointers(answer)) == {"/date_of_birth", "/language", "/email"}
    assert "Geheim" not in answer.content.decode()


@pytest.mark.parametrize(
    "name", ["a\x00b", "a\nb", "a\x1b[0m", "x" * 161, " ", 7, None]
)
def test_a_name_is_one_line_of_plain_text(api, name):
    answer = api.post("patients", {"name": name, "date_of_birth": "1980-01-01"})
    assert list(pointers(answer)) == ["/name"]


def post_raw(api, body, content_type="application/json"):
    headers = {"Authorization": f"Bearer {api.secret}"}
    return Client().generic(
        "POST", "/api/v1/patients", body, content_type=content_type, headers=headers
    )


def answer_after(api, monkeypatch, error):
    def fail(self):
        raise error

    monkeypatch.setattr(PatientViewSet, "get_queryset", fail)
    return api.get("patients")
