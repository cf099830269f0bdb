from uuid import uuid4

import pytest

from clinic.api import patients
from clinic.models import AuditEvent
from tests.clinic.api.client import Api, pointers
from tests.factories import make_patient

BODY = {"name": '<b>Zoë & "Søn"</b> محمد 李', "date_of_birth": "1969-04-30"}
OURS = "patients/by-external/https://ehr.example/ids/4711"


@pytest.fixture
def api(clinic):
    return Api(clinic)


@pytest.fixture
def patient(clinic):
    return make_patient(clinic=clinic, phone="030 1234")


def actions(api):
    events = AuditEvent.objects.visible_to(api.key).filter(
        action__startswith="patient."
    )
    return [(e.action, e.patient_id and str(e.patient_id)) for e in events]


def test_a_patient_is_added_and_read_back(api):
    answer = api.post("patients", BODY | {"flags": ["pregnancy"], "language": "de"})
    assert answer.status_code == 201
    assert answer.json() == api.get(answer["Location"]).json()
    assert answer.json()["name"] == BODY["name"]


@pytest.mark.requirement("D1")
def test_reads_and_writes_are_recorded_once_each(api, patient):
    api.get("patients")
    api.get(f"patients/{patient.pk}")
    api.patch(f"patients/{patient.pk}", {"phone": "1"})
    pk = str(patient.pk)
    expected = [
        ("patient.updated", pk),
        ("patient.viewed", pk),
        ("patient.listed", None),
    ]
    assert actions(api) == expected


@pytest.mark.requirement("D1")
def test_a_list_is_recorded_with_its_count(api, patient):
    api.get("patients")
    assert AuditEvent.objects.visible_to(api.key).get().details == {"count": 1}


def test_patch_changes_what_is_given(api, patient):
    answer = api.patch(f"patients/{patient.pk}", {"number": "A 7"})
    assert (answer.json()["number"], answer.json()["phone"]) == ("A 7", "030 1234")


def test_put_replaces_the_whole(api, patient):
    answer = api.put(f"patients/{patient.pk}", BODY)
    assert (answer.json()["name"], answer.json()["phone"]) == (BODY["name"], "")


def test_what_was_read_may_be_sent_back_as_often_as_one_likes(api, patient):
    stored = api.get(f"patients/{patient.pk}").json()
    for _ in range(2):
        answer = api.put(f"patients/{patient.pk}", stored | {"id": str(uuid4())})
        assert answer.json()["id"] == stored["id"]


@pytest.mark.requirement("T3")
def test_a_single_change_may_not_name_what_only_the_server_sets(api, patient):
    answer = api.patch(f"patients/{patient.pk}", {"created_at": "2020-01-01"})
    assert pointers(answer) == {"/created_at": "read_only"}


def test_an_unknown_flag_is_refused_at_its_field(api):
    assert pointers(api.post("patients", BODY | {"flags": ["tired"]})) == {
        "/flags": "invalid"
    }


@pytest.mark.parametrize("day", ["2999-01-01", "1899-12-31", "30.04.1969", 1969])
def test_a_birth_date_is_a_day_that_a_living_person_can_have(api, day):
    answer = api.post("patients", BODY | {"date_of_birth": day})
    assert list(pointers(answer)) == ["/date_of_birth"]


def test_an_external_id_finds_or_adds_the_patient(api):
    first = api.put(OURS, BODY)
    again = api.put(OURS, BODY | {"phone": "1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"] == api.get(OURS).json()["id"]
    assert again.json()["external_ids"] == [
        {"system": "https://ehr.example/ids", "value": "4711"}
    ]


def test_an_upsert_that_comes_second_updates_what_the_first_one_added(api, monkeypatch):
    first = api.put(OURS, BODY)
    look, misses = patients.holder_of, [None]
    monkeypatch.setattr(
        patients, "holder_of", lambda *a, **k: misses.pop() if misses else look(*a, **k)
    )
    second = api.put(OURS, BODY)
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])


def test_an_upsert_keeps_the_numbers_of_other_systems(api, patient):
    pairs = [{"system": "pms", "value": "1"}, {"system": "ehr", "value": "2"}]
    api.patch(f"patients/{patient.pk}", {"external_ids": pairs})
    answer = api.put("patients/by-external/pms/1", BODY)
    assert len(answer.json()["external_ids"]) == 2


def test_a_number_belongs_to_one_patient(api, patient):
    pair = {"system": "pms", "value": "1"}
    api.patch(f"patients/{patient.pk}", {"external_ids": [pair]})
    answer = api.post("patients", BODY | {"external_ids": [pair]})
    assert pointers(answer) == {"/external_ids/0/value": "taken"}
    answer = api.post("patients", BODY | {"external_ids": [{**pair, "value": "2"}] * 2})
    assert pointers(answer) == {"/external_ids/1/value": "repeated"}


def test_the_same_number_in_another_clinic_is_another_patient(api, outsider):
    theirs = Api(outsider.clinic).put(OURS, BODY)
    assert api.get(OURS).status_code == 404
    assert api.put(OURS, BODY).json()["id"] != theirs.json()["id"]


@pytest.mark.parametrize("verb", ["GET", "PUT", "PATCH"])
def test_a_foreign_patient_is_answered_like_none(api, outsider, verb):
    foreign = make_patient(clinic=outsider.clinic)
    answers = [api.ask(verb, f"patients/{pk}", BODY) for pk in (foreign.pk, uuid4())]
    first, second = [a.json() | {"request_id": ""} for a in answers]
    assert first == second
    assert answers[0].status_code == 404
