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


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v2/patients"])
def test_an_address_beside_the_api_is_a_problem_too(api, path):
    answer = api.post(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "Allow" not in answer


@pytest.mark.parametrize(
    "path", ["", "/R4", "/R4/Patient", "/R4/CarePlan/1/$everything"]
)
def test_an_address_beside_the_export_is_an_outcome(api, path):
    answer = api.get(f"http://testserver/fhir{path}")
    assert (answer.status_code, answer["Content-Type"]) == (
        404,
        "application/fhir+json",
    )
    assert answer.json()["issue"][0]["code"] == "not-found"


def test_the_export_knows_one_format(api):
    path = "http://testserver/fhir/R4/metadata?_format="
    assert api.get(f"{path}json").status_code == 200
    assert api.get(f"{path}application/fhir%2Bjson").status_code == 200
    refused = api.get(f"{path}xml")
    assert refused.status_code == 400
    assert refused.json()["issue"][0]["diagnostics"] == "Give json."


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Token x"}, {"X-API-Key": "x"}]
)
def test_who_sends_no_key_is_told_how(db, header):
    answer = Client().get("/api/v1/patients", headers=header)
    assert (answer.status_code, "Bearer ccm_" in answer.json()["detail"]) == (401, True)


def test_a_packed_body_is_a_415(api):
    answer = api.post("patients", {}, Content_Encoding="gzip")
    assert (answer.status_code, "Content-Encoding" in answer.json()["detail"]) == (
        415,
        True,
    )


@pytest.mark.parametrize(
    "moment",
    ["yesterday", "2026-01-31", "2026-01-31T08:00:00", "2026-01-31T08:00:00 02:00"],
)
def test_a_time_without_its_zone_is_refused(api, moment):
    answer = api.get(f"patients?updated_since={moment}")
    assert "%2B" in answer.json()["detail"]
    assert pointers(answer) == {"/updated_since": "invalid"}


def test_a_time_with_its_zone_is_taken(api):
    for moment in ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00.5%2B02:00"):
        assert api.get(f"patients?updated_since={moment}").status_code == 200


def test_faults_are_told_without_words_of_python(api):
    body = {"name": None, "date_of_birth": [], "external_ids": {}, "flags": "x"}
    told = [error["detail"] for error in api.post("patients", body).json()["errors"]]
    told += [api.post("patients", whole).json()["detail"] for whole in ([], "x", None)]
    told += [api.post("programs", {"phases": [1]}).content.decode()]
    assert not [t for t in told if "dict" in t or "str" in t or "got" in t]


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
