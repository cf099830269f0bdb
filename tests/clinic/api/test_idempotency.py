from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from clinic.api import patients
from clinic.models import IdempotencyRecord, Patient
from clinic.tasks import drop_answers
from tests.clinic.api.client import Api, pointers
from tests.factories import make_clinic

pytestmark = pytest.mark.each_database

BODY = {"name": "Anna Berger", "date_of_birth": "1980-05-17"}


@pytest.fixture
def api(clinic):
    return Api(clinic)


def add(api, body=BODY, key="k1"):
    return api.post("patients", body, Idempotency_Key=key)


def count(api):
    return Patient.objects.visible_to(api.key).count()


def records(api):
    return IdempotencyRecord.objects.visible_to(api.key)


def test_a_repeat_gets_the_first_answer_and_adds_nothing(api):
    first, again = add(api), add(api)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first["Location"] == again["Location"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert count(api) == 1


def test_another_body_with_the_same_key_is_a_422(api):
    add(api)
    answer = add(api, BODY | {"name": "Another"})
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert "Another" not in answer.content.decode()


def test_while_the_first_request_runs_a_repeat_is_a_409(api):
    add(api)
    records(api).update(status=None, body=None)
    answer = add(api)
    assert (answer.status_code, answer.json()["code"]) == (409, "in_progress")


def test_a_key_that_a_lost_process_held_can_be_taken_over(api):
    add(api)
    long_ago = timezone.now() - timedelta(minutes=5)
    records(api).update(status=None, body=None, started_at=long_ago)
    assert add(api).status_code == 201


def test_a_refusal_is_not_kept(api):
    assert add(api, {}).status_code == 400
    assert add(api).status_code == 201


def test_a_failure_of_ours_is_kept_and_leaves_no_row(api, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    with monkeypatch.context() as patched:
        patched.setattr(patients, "record", fail)
        assert add(api).status_code == 500
    again = add(api)
    assert (again.status_code, again["Idempotent-Replayed"]) == (500, "true")
    assert again["Content-Type"] == "application/problem+json"
    assert count(api) == 0


def test_keys_of_two_callers_are_apart(api, clinic):
    other = Api(make_clinic())
    assert add(api).json()["id"] != add(other).json()["id"]
    assert add(Api(clinic)).json()["id"] != add(api).json()["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "ä"])
def test_a_key_that_is_none_is_a_400(api, key):
    assert pointers(add(api, key=key)) == {"/Idempotency-Key": "invalid_key"}


def test_answers_go_after_a_day(api):
    add(api)
    assert drop_answers() == 0
    records(api).update(created_at=timezone.now() - timedelta(hours=25))
    assert drop_answers() == 1
    assert not records(api).exists()


@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_repeats_make_one_row():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory belongs to one thread")
    clinic = make_clinic()
    api = Api(clinic)

    def repeat(_):
        client = Api.__new__(Api)
        client.secret, client.client = api.secret, api.client.__class__()
        try:
            return add(client).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(repeat, range(50)))
    assert set(codes) <= {201, 409}
    assert 201 in codes
    assert count(api) == 1
