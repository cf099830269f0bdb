from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from clinic.api import throttling
from clinic.models import ApiKey, AuditEvent
from tests.clinic.api.client import Api
from tests.factories import make_membership


@pytest.fixture
def api(clinic):
    return Api(clinic)


def rows_of(api):
    return ApiKey.objects.visible_to(api.key).filter(pk=api.key.pk)


def test_without_a_key_the_answer_is_a_401_that_names_the_scheme(db):
    answer = Client().get("/api/v1/patients")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.requirement("T9")
@pytest.mark.parametrize(
    "header", ["Bearer ccm_wrong", "Bearer x", "Basic YTpi", "Bearer", "ccm_x"]
)
def test_a_header_that_does_not_open_is_a_401(db, header):
    answer = Client().get("/api/v1/patients", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_key")


@pytest.mark.requirement("T9")
def test_a_key_in_the_address_opens_nothing(api):
    assert Client().get(f"/api/v1/patients?key={api.secret}").status_code == 401


@pytest.mark.requirement("T9")
@pytest.mark.parametrize("field", ["revoked_at", "expires_at"])
def test_a_revoked_or_expired_key_is_refused_at_once(api, field):
    assert api.get("patients").status_code == 200
    rows_of(api).update(**{field: timezone.now() - timedelta(seconds=1)})
    assert api.get("patients").status_code == 401


def test_the_use_of_a_key_is_noted_at_most_once_a_minute(api):
    api.get("patients")
    first = rows_of(api).get().last_used_at
    api.get("patients")
    assert first and rows_of(api).get().last_used_at == first
    rows_of(api).update(last_used_at=first - timedelta(minutes=2))
    api.get("patients")
    assert rows_of(api).get().last_used_at >= first


@pytest.mark.requirement("T9")
def test_a_missing_scope_is_a_403_that_names_it(clinic):
    answer = Api(clinic, "exercises:read").get("patients")
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
    assert "patients:read" in answer.json()["detail"]


def test_reading_does_not_allow_writing(clinic):
    answer = Api(clinic, "patients:read").post("patients", {"name": "A"})
    assert answer.status_code == 403


def test_a_signed_in_practitioner_may_read_without_a_key(practitioner):
    client = Client()
    client.force_login(practitioner.practitioner)
    assert client.get("/api/v1/patients").status_code == 200


@pytest.mark.requirement("W3")
def test_a_session_needs_the_csrf_token_to_write(practitioner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(practitioner.practitioner)
    answer = client.post("/api/v1/patients", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_the_key_counts_when_a_session_comes_with_it(api, outsider):
    api.client.force_login(outsider.practitioner)
    api.post("patients", {"name": "A B", "date_of_birth": "1980-01-01"})
    event = AuditEvent.objects.visible_to(api.key).get(action="patient.created")
    assert event.actor_id == api.key.pk


@pytest.mark.requirement("T4")
def test_a_read_only_member_cannot_write(clinic):
    member = make_membership(clinic=clinic, role="read_only")
    client = Client()
    client.force_login(member.practitioner)
    answer = client.post("/api/v1/patients", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


def test_too_many_requests_are_told_when_to_come_back(api, monkeypatch):
    monkeypatch.setitem(throttling.ActorThrottle.THROTTLE_RATES, "actor", "2/min")
    # A window may end in between; of five requests one is too many all the same.
    answers = [api.get("exercises") for _ in range(5)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused[0].json()["code"] == "throttled"
    assert 1 <= int(refused[0]["Retry-After"]) <= 60


def test_requests_pass_while_the_cache_is_down(api, monkeypatch):
    def refuse(*args, **kwargs):
        raise ConnectionError("no cache")

    monkeypatch.setattr(throttling, "_quiet_until", 0.0)
    monkeypatch.setattr(throttling.cache, "add", refuse)
    assert api.get("exercises").status_code == 200
    monkeypatch.setattr(throttling, "_quiet_until", 0.0)
