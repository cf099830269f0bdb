from datetime import timedelta
from uuid import uuid4

import pytest

from prescriptions import batches, storage
from prescriptions.models import Batch, Handout
from tests import factories
from tests.clinic.api.client import Api, pointers


@pytest.fixture
def api(program):
    return Api(program.clinic)


@pytest.fixture
def batch(api, program):
    """The answer to the request for a batch of one issued program."""
    api.post(f"programs/{program.pk}/issue")
    return api.post("batches", {"kind": "handouts", "programs": [str(program.pk)]})


def work(answer):
    """Do what workers do."""
    batches.advance(answer.json()["id"])
    for handout in Handout.objects.unscoped():
        token = Handout.objects.claim(handout.pk, lease=timedelta(seconds=60))
        name, sha256 = storage.put(handout.pk, b"%PDF-1.7 a stand-in")
        values = {"name": name, "sha256": sha256, "size": 19, "pages": 1}
        Handout.objects.complete(handout.pk, token, **values)
    batches.settle(Batch.objects.unscoped().get())


def test_a_batch_is_accepted_with_the_address_of_the_job(api, batch):
    assert batch.status_code == 202
    assert batch["Location"] == f"/api/v1/batches/{batch.json()['id']}"
    read = api.get(batch["Location"])
    assert (read.status_code, read.json()) == (200, batch.json())
    assert read.json()["progress"]["waiting"] == 1
    assert "Retry-After" in read


def test_a_finished_batch_counts_what_is_ready(api, batch):
    work(batch)
    read = api.get(batch["Location"]).json()
    assert (read["state"], read["progress"]["ready"]) == ("done", 1)


def test_the_items_tell_what_came_of_each_program(api, batch, program):
    work(batch)
    item = api.get(f"{batch['Location']}/items").json()[0]
    assert (item["program"], item["outcome"]) == (str(program.pk), "ready")


def test_the_list_counts_all_batches_in_constant_queries(
    api, batch, program, django_assert_max_num_queries
):
    for _ in range(4):
        api.post("batches", {"kind": "handouts", "programs": [str(program.pk)]})
    with django_assert_max_num_queries(8):
        rows = api.get("batches").json()["results"]
    assert [row["progress"]["total"] for row in rows] == [1] * 5


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "handouts", "programs": []}, {"/programs": "no_programs"}),
        ({"kind": "x", "programs": []}, {"/kind": "invalid_choice"}),
        (
            {"kind": "handouts", "programs": [str(uuid4())]},
            {"/programs/0": "unknown_program"},
        ),
        (
            {"kind": "reissue", "programs": [str(uuid4())]},
            {"/signer": "signer_required"},
        ),
        (
            {"kind": "handouts", "programs": [], "options": {"paper": "a3"}},
            {"/options/paper": "invalid_choice"},
        ),
    ],
)
def test_a_faulty_batch_is_refused_at_the_field(api, body, expected):
    answer = api.post("batches", body)
    assert (answer.status_code, pointers(answer)) == (400, expected)


def test_issuing_again_is_signed_by_a_person(api, batch, practitioner):
    body = {"kind": "reissue", "programs": [batch_program(api)]}
    body["signer"] = str(practitioner.practitioner_id)
    answer = api.post("batches", body)
    assert answer.status_code == 202
    assert answer.json()["signer"] == str(practitioner.practitioner_id)


def batch_program(api):
    return api.get("programs").json()["results"][0]["id"]


def test_a_running_batch_is_cancelled_once(api, batch):
    answer = api.post(f"{batch['Location']}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert api.post(f"{batch['Location']}/cancel").status_code == 409


def test_a_batch_without_failures_is_not_tried_again(api, batch):
    work(batch)
    assert api.post(f"{batch['Location']}/retry").status_code == 409


def test_the_file_is_asked_for_and_downloaded(api, batch):
    work(batch)
    address = f"{batch['Location']}/file"
    assert api.get(address).status_code == 409
    assert api.post(address, {"kind": "zip"}).json()["file"]["state"] == "waiting"
    claimed = batches.claim_file(batch.json()["id"])
    batches.finish_file(claimed, b"PK a stand-in")
    answer = api.get(address)
    assert b"".join(answer.streaming_content) == b"PK a stand-in"
    assert answer["Content-Type"] == "application/zip"


def test_another_clinics_batch_does_not_exist(batch):
    other = Api(factories.make_clinic())
    for answer in (
        other.get(batch["Location"]),
        other.get(f"{batch['Location']}/items"),
        other.post(f"{batch['Location']}/cancel"),
        other.post(f"{batch['Location']}/file", {"kind": "zip"}),
    ):
        assert answer.status_code == 404
