from datetime import UTC, datetime

import pytest

from clinic.api.deprecation import Deprecation
from clinic.api.patients import PatientViewSet
from tests.clinic.api.client import Api
from tests.factories import make_patient


@pytest.fixture
def api(clinic):
    return Api(clinic)


@pytest.mark.parametrize("path", ["patients", "patients/{}", "patients?limit=1"])
def test_what_the_caller_holds_is_answered_by_a_304(api, clinic, path):
    make_patient(clinic=clinic)
    path = path.format(make_patient(clinic=clinic).pk)
    etag = api.get(path)["ETag"]
    answer = api.get(path, If_None_Match=etag)
    assert (answer.status_code, answer.content) == (304, b"")


def test_what_has_changed_is_answered_in_full(api, clinic):
    patient = make_patient(clinic=clinic)
    etag = api.get(f"patients/{patient.pk}")["ETag"]
    api.patch(f"patients/{patient.pk}", {"phone": "123"})
    answer = api.get(f"patients/{patient.pk}", If_None_Match=etag)
    assert (answer.status_code, answer.json()["phone"]) == (200, "123")


def test_an_operation_that_will_go_says_so(api, monkeypatch):
    going = Deprecation(
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
        "https://example.org/guide",
        "/api/v2/patients",
    )
    monkeypatch.setattr(PatientViewSet, "deprecated", {"list": going})
    answer = api.get("patients")
    assert answer["Deprecation"] == "@1767225600"
    assert answer["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert '</api/v2/patients>; rel="successor-version"' in answer["Link"]
