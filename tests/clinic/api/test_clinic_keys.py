"""The keys of a clinic, managed by a key that may."""

import pytest

from clinic.models import AuditEvent
from tests.clinic.api.client import Api


@pytest.fixture
def manager(clinic):
    return Api(clinic, "keys:manage", "patients:read")


@pytest.fixture
def reader(clinic, manager):
    """A key that may less, and ends no later."""
    reader = Api(clinic, "patients:read")
    type(reader.key).objects.of_clinic(clinic).update(expires_at=manager.key.expires_at)
    return reader


def test_all_keys_are_listed_without_their_secrets(manager, reader, outsider):
    Api(outsider.clinic)
    answer = manager.get("keys")
    rows = answer.json()["results"]
    assert {row["id"] for row in rows} == {str(manager.key.pk), str(reader.key.pk)}
    assert not {"secret", "digest"} & set(rows[0])
    assert reader.secret not in answer.content.decode()
    assert manager.get(f"keys/{reader.key.pk}").json()["state"] == "live"


def test_a_revoked_key_is_refused_at_once(manager, reader):
    for _ in range(2):
        assert manager.delete(f"keys/{reader.key.pk}").status_code == 204
    assert reader.get("patients").status_code == 401
    assert [row["state"] for row in manager.get("keys?is_live=false").json()["results"]]
    events = AuditEvent.objects.visible_to(manager.key).filter(action="apikey.revoked")
    assert events.get().actor_id == manager.key.pk


def test_a_key_is_replaced_without_a_gap(manager, reader):
    answer = manager.post(f"keys/{reader.key.pk}/rotate", {"overlap_hours": 1})
    assert answer.status_code == 201, answer.json()
    fresh = Api.__new__(Api)
    fresh.client, fresh.secret = reader.client, answer.json()["secret"]
    assert fresh.get("patients").status_code == 200
    assert reader.get("patients").status_code == 200
    manager.delete(f"keys/{reader.key.pk}")
    again = manager.post(f"keys/{reader.key.pk}/rotate")
    assert (again.status_code, again.json()["code"]) == (409, "not_live")


def test_a_key_gets_no_rights_by_replacing_another(clinic, manager):
    strong = Api(clinic, "patients:write")
    answer = manager.post(f"keys/{strong.key.pk}/rotate")
    assert (answer.status_code, answer.json()["code"]) == (403, "more_rights")


def test_the_keys_of_another_clinic_do_not_exist(manager, outsider):
    path = f"keys/{Api(outsider.clinic).key.pk}"
    answers = [manager.get(path), manager.delete(path), manager.post(f"{path}/rotate")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_the_scope_is_asked_for_by_name(clinic, reader):
    assert reader.get("keys").json()["code"] == "missing_scope"
