from datetime import timedelta

import pytest
from django.utils import timezone

from clinic.models import ApiKey, Patient
from tests.clinic.api.client import Api
from tests.factories import make_patient


@pytest.fixture
def api(clinic):
    return Api(clinic)


def test_the_list_of_clinics_holds_the_own_one(api, clinic, outsider):
    rows = api.get("clinics").json()["results"]
    assert [row["id"] for row in rows] == [str(clinic.pk)]
    assert api.get(f"clinics/{outsider.clinic_id}").status_code == 404


def test_practitioners_are_named_by_the_id_that_programs_use(api, practitioner):
    row = api.get("practitioners?is_active=true").json()["results"][0]
    assert row["id"] == str(practitioner.practitioner_id)
    assert api.get(f"practitioners/{row['id']}").json() == row


def test_another_clinics_practitioner_is_unknown(api, outsider):
    path = f"practitioners/{outsider.practitioner_id}"
    assert api.get(path).status_code == 404


def test_audit_events_of_a_patient_can_be_read(api, clinic):
    patient = make_patient(clinic=clinic)
    api.get(f"patients/{patient.pk}")
    rows = api.get(f"audit-events?target={patient.pk}").json()["results"]
    assert [row["action"] for row in rows] == ["patient.viewed"]
    assert rows[0]["actor_id"] == str(api.key.pk)


def test_a_new_key_works_beside_the_former_one_for_a_while(api, clinic):
    rotated = api.post("keys/current/rotate", {"overlap_hours": 1})
    assert rotated.status_code == 201
    former, api.secret = api.secret, rotated.json()["secret"]
    assert api.get("keys/current").json()["id"] == rotated.json()["id"]
    api.secret = former
    assert api.get("keys/current").status_code == 200
    ends = ApiKey.objects.of_clinic(clinic).get(pk=api.key.pk).expires_at
    assert ends <= timezone.now() + timedelta(hours=1)


@pytest.mark.requirement("T9")
def test_a_key_is_bound_to_its_networks(api, clinic):
    rows = ApiKey.objects.of_clinic(clinic)
    rows.update(addresses=["203.0.113.0/24"])
    answer = api.get("patients")
    assert (answer.status_code, answer.json()["code"]) == (403, "address_not_allowed")
    rows.update(addresses=["203.0.113.0/24", "127.0.0.1"])
    assert api.get("patients").status_code == 200


def test_each_item_of_a_batch_stands_alone(api, clinic):
    number = {"system": "ehr", "value": "7"}
    good = {"name": "A B", "date_of_birth": "1980-01-01", "external_ids": [number]}
    body = {"items": [good, {"name": "C D"}, good | {"phone": "1"}]}
    results = api.post("patients:batch", body).json()["results"]
    assert [row["status"] for row in results] == [201, 400, 200]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/date_of_birth"
    assert results[2]["patient"]["phone"] == "1"
    assert Patient.objects.of_clinic(clinic).count() == 1


@pytest.mark.requirement("I11")
def test_a_batch_has_at_most_a_hundred_items(api):
    assert api.post("patients:batch", {"items": [{}] * 101}).status_code == 400
