from uuid import uuid4

import pytest

from clinic.models import AuditEvent
from prescriptions import storage
from prescriptions.models import FailureCode, Handout, Revision
from tests.clinic.api.client import Api, pointers
from tests.factories import make_program

PDF = b"%PDF-1.7 a stand-in"


@pytest.fixture
def api(program):
    return Api(program.clinic)


@pytest.fixture
def handout(api, program):
    """The answer to a request for a handout of the issued program."""
    api.post(f"programs/{program.pk}/issue")
    return api.post(f"programs/{program.pk}/handouts", {"paper": "letter"})


def finish(answer):
    """Do what the worker does, without rendering."""
    row = Handout.objects.job(answer.json()["id"])
    pk = row.get().pk
    name, sha256 = storage.put(pk, PDF)
    row.update(
        status="ready",
        pdf_name=name,
        pdf_sha256=sha256,
        pdf_bytes=len(PDF),
        pdf_pages=2,
    )


def test_a_request_is_accepted_with_the_address_of_the_job(api, handout):
    assert handout.status_code == 202
    assert handout["Location"] == f"/api/v1/handouts/{handout.json()['id']}"
    assert int(handout["Retry-After"]) > 0
    read = api.get(handout["Location"])
    assert (read.status_code, read.json()) == (200, handout.json())
    assert read.json()["state"] == "pending"
    assert read.json()["file"] is read.json()["problem"] is None
    assert read.json()["options"]["paper"] == "letter"
    assert "Retry-After" in read


def test_the_same_request_has_the_same_address(api, program, handout):
    again = api.post(f"programs/{program.pk}/handouts", {"paper": "letter"})
    assert (again.status_code, again["Location"]) == (202, handout["Location"])
    other = api.post(f"programs/{program.pk}/handouts", {"paper": "a4"})
    assert other["Location"] != handout["Location"]


def test_the_paper_left_out_is_the_clinics(api, program, handout):
    answer = api.post(f"programs/{program.pk}/handouts")
    assert answer.json()["options"]["paper"] == "a4"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"paper": "a3"}, {"/paper": "invalid_choice"}),
        ({"language": "xx"}, {"/language": "invalid_choice"}),
        ({"pages": 3}, {"/pages": "unknown_field"}),
        ([], {"": "invalid"}),
    ],
)
def test_an_option_that_does_not_exist_is_refused(api, program, body, expected):
    answer = api.post(f"programs/{program.pk}/handouts", body)
    assert (answer.status_code, pointers(answer)) == (400, expected)


def test_a_program_that_was_never_issued_has_no_handout(api, program):
    answer = api.post(f"programs/{program.pk}/handouts", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_issued")


def test_an_ended_program_is_gone(api, program, handout):
    api.post(f"programs/{program.pk}/end")
    answer = api.post(f"programs/{program.pk}/handouts", {})
    assert (answer.status_code, answer.json()["code"]) == (410, "program_ended")


def test_a_ready_handout_tells_hash_and_size_of_the_file_it_gives(api, handout):
    finish(handout)
    told = api.get(handout["Location"])
    file = told.json()["file"]
    assert (file["size"], file["pages"]) == (len(PDF), 2)
    assert "Retry-After" not in told
    answer = api.get(file["href"], Accept="application/pdf")
    assert b"".join(answer) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"


def test_a_download_is_recorded_and_a_look_at_the_state_is_not(api, handout):
    finish(handout)
    before = AuditEvent.objects.visible_to(api.key).count()
    api.get(handout["Location"])
    b"".join(api.get(f"{handout['Location']}/file"))
    events = AuditEvent.objects.visible_to(api.key).order_by("-at")
    assert events.count() == before + 1
    assert (events[0].action, events[0].actor_id) == ("handout.downloaded", api.key.pk)


def test_a_file_that_is_not_ready_is_a_409(api, handout):
    answer = api.get(f"{handout['Location']}/file")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")


def test_a_withdrawn_handout_gives_no_file_and_may_be_withdrawn_again(api, handout):
    finish(handout)
    for _ in range(2):
        assert api.delete(handout["Location"]).status_code == 204
    assert api.get(handout["Location"]).json()["state"] == "revoked"
    answer = api.get(f"{handout['Location']}/file")
    assert (answer.status_code, answer.json()["code"]) == (410, "revoked")


def test_a_failed_handout_tells_why_and_is_tried_again_by_hand(api, handout):
    row = Handout.objects.job(handout.json()["id"])
    row.update(status="failed", failure_code=FailureCode.TIME_LIMIT)
    problem = api.get(handout["Location"]).json()["problem"]
    assert problem["code"] == "time_limit"
    assert problem["detail"].startswith("It took too long.")
    again = api.post(f"{handout['Location']}/retry")
    assert (again.status_code, again["Location"]) == (202, handout["Location"])
    assert again.json()["state"] == "pending"


def test_only_a_failed_handout_is_tried_again(api, handout):
    answer = api.post(f"{handout['Location']}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_failed")


@pytest.mark.parametrize(
    ("verb", "path"),
    [("GET", ""), ("DELETE", ""), ("POST", "/retry"), ("GET", "/file")],
)
def test_a_foreign_handout_is_answered_like_none(handout, outsider, verb, path):
    other = Api(outsider.clinic)
    for pk in (handout.json()["id"], uuid4()):
        answer = other.ask(verb, f"handouts/{pk}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert other.get("handouts").json()["results"] == []


def test_reading_handouts_does_not_allow_withdrawing_them(program, handout):
    reader = Api(program.clinic, "handouts:read")
    assert reader.get(handout["Location"]).status_code == 200
    assert reader.delete(handout["Location"]).status_code == 403


def test_filters_find_handouts(api, program, handout):
    for query in (
        f"program={program.pk}",
        f"patient={program.patient_id}",
        "state=pending",
    ):
        assert len(api.get(f"handouts?{query}").json()["results"]) == 1
    assert api.get(f"handouts?program={uuid4()}").json()["results"] == []
    assert pointers(api.get("handouts?state=done")) == {"/state": "invalid_choice"}


def test_a_walk_sees_every_handout_once(api, practitioner):
    make_handouts(api, practitioner, 5)
    path, seen = "handouts?limit=2", []
    while path:
        page = api.get(path).json()
        seen += [row["id"] for row in page["results"]]
        path = page["next"]
    assert len(seen) == len(set(seen)) == 5


def make_handouts(api, practitioner, count):
    """Rows alone: what was issued does not matter to a list."""
    for _ in range(count):
        program = make_program(by=practitioner, exercises=0)
        revision = Revision.objects.create(
            clinic=program.clinic, program=program, number=1, document={}
        )
        Handout.objects.create(
            clinic=program.clinic, revision=revision, options_key=uuid4().hex
        )


def test_print_options_are_told_back(api, program):
    api.post(f"programs/{program.pk}/issue")
    wished = {"layout": "chart", "size": "large", "color": "mono", "diary": False}
    answer = api.post(f"programs/{program.pk}/handouts", wished)
    assert wished.items() <= answer.json()["options"].items()


@pytest.mark.parametrize("wrong", [{"layout": "six"}, {"size": 12}, {"diary": "maybe"}])
def test_an_option_that_does_not_exist_is_named(api, program, wrong):
    api.post(f"programs/{program.pk}/issue")
    answer = api.post(f"programs/{program.pk}/handouts", wrong)
    assert answer.status_code == 400
    assert list(pointers(answer)) == [f"/{next(iter(wrong))}"]


def test_a_language_that_was_not_issued_is_refused(api, program):
    api.post(f"programs/{program.pk}/issue")
    answer = api.post(f"programs/{program.pk}/handouts", {"language": "de"})
    assert (answer.status_code, answer.json()["available"]) == (400, ["en"])
    assert pointers(answer) == {"/language": "language_unavailable"}
    answer = api.post(f"programs/{program.pk}/handouts", {"language": "en"})
    assert answer.status_code == 202


def test_a_ready_handout_is_collected_once(api, handout):
    path, waiting = handout["Location"], "handouts?acknowledged=false"
    assert api.post(f"{path}/acknowledge").json()["code"] == "not_ready"
    finish(handout)
    assert len(api.get(waiting).json()["results"]) == 1
    first = api.post(f"{path}/acknowledge").json()["acknowledged_at"]
    assert api.post(f"{path}/acknowledge").json()["acknowledged_at"] == first
    assert api.get(waiting).json()["results"] == []
