from uuid import uuid4

import pytest
from django.test import Client

from clinic.models import AuditEvent
from exercises.models import Exercise
from prescriptions.models import Program
from tests.clinic.api.client import Api, pointers
from tests.factories import make_exercise, make_membership, make_patient, make_program

pytestmark = pytest.mark.each_database


@pytest.fixture
def api(clinic, practitioner):
    return Api(clinic)


@pytest.fixture
def patient(clinic):
    return make_patient(clinic=clinic)


@pytest.fixture
def cat_camel(db):
    return make_exercise(slug="cat-camel")


@pytest.fixture
def body(patient, cat_camel):
    """A program of one phase: a line with the default dosage and one with its own."""
    hold = {"kind": "hold", "hold_seconds": 20, "repetitions": 3, "times_per_day": 1}
    lines = [
        {"exercise": "cat-camel"},
        {"exercise": str(cat_camel.pk), "dosage": hold, "note": "Slowly."},
    ]
    phase = {"title": "Start", "weeks": 2, "exercises": lines}
    return {"patient": str(patient.pk), "title": "Back care", "phases": [phase]}


def line(body, number=0):
    return body["phases"][0]["exercises"][number]


def test_a_program_is_written_in_one_call_and_read_back(api, body):
    answer = api.post("programs", body)
    assert answer.status_code == 201, answer.json()
    read = api.get(answer["Location"])
    assert (read.json(), read["ETag"]) == (answer.json(), answer["ETag"])
    first, second = read.json()["phases"][0]["exercises"]
    assert (first["dosage"]["repetitions"], first["dosage"]["times_per_day"]) == (8, 2)
    assert (second["dosage"]["hold_seconds"], second["note"]) == (20, "Slowly.")
    assert second["exercise"]["slug"] == "cat-camel"
    assert (read.json()["status"], read.json()["revision"]) == ("draft", None)


def test_what_was_shown_and_why_are_kept(api, body):
    line(body)["why"] = "It loosens your back."
    answer = api.post("programs", body | {"shown_on": "2026-01-05"}).json()
    assert line(answer)["why"] == "It loosens your back."
    assert (answer["shown_on"], answer["is_shown_back"]) == ("2026-01-05", False)


def test_nothing_was_shown_in_the_future(api, body):
    answer = api.post("programs", body | {"shown_on": "2126-01-05"})
    assert list(pointers(answer)) == ["/shown_on"]


def test_the_load_is_value_and_unit_both_ways(api, body):
    load = {"value": 2.5, "unit": "kg"}
    line(body)["dosage"] = {"repetitions": 8, "times_per_day": 1, "load": load}
    answer = api.post("programs", body)
    assert line(answer.json())["dosage"]["load"] == load


def test_the_patient_may_be_named_by_external_id(api, body, patient):
    pair = {"system": "pms", "value": "4711"}
    api.patch(f"patients/{patient.pk}", {"external_ids": [pair]})
    assert api.post("programs", body | {"external_id": pair}).status_code == 400
    del body["patient"]
    answer = api.post("programs", body | {"external_id": pair})
    assert answer.json()["patient"] == str(patient.pk)


@pytest.mark.parametrize("name", ["pk", "email"])
def test_the_practitioner_is_named_by_id_or_address(api, body, colleague, name):
    person = colleague.practitioner
    answer = api.post("programs", body | {"practitioner": str(getattr(person, name))})
    assert answer.json()["practitioner"] == str(person.pk)


def test_the_practitioner_left_out_is_the_one_who_treated_last(
    api, body, colleague, patient
):
    make_program(by=colleague, patient=patient)
    answer = api.post("programs", body)
    assert answer.json()["practitioner"] == str(colleague.practitioner_id)


def test_a_practitioner_who_signs_in_is_the_one_to_ask(colleague, body):
    client = Client()
    client.force_login(colleague.practitioner)
    answer = client.post("/api/v1/programs", body, content_type="application/json")
    assert answer.json()["practitioner"] == str(colleague.practitioner_id)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"dosage": {"hold_seconds": -1}}, "/dosage/hold_seconds", "invalid"),
        ({"dosage": {"sets": "3"}}, "/dosage/sets", "invalid"),
        ({"dosage": {"reps": 3}}, "/dosage/reps", "invalid"),
        ({"dosage": {"load": {"value": -1}}}, "/dosage/load/value", "invalid"),
        ({"dosage": "3 x 10"}, "/dosage", "invalid"),
        ({"dosage": {"kind": None, "sets": 3}}, "/dosage/kind", "invalid"),
        ({"dosage": None}, "/dosage", "null"),
        ({"note": "x" * 10_000}, "/note", "max_length"),
        ({"note": "a\x07b"}, "/note", "control_characters"),
        ({"note": "a\u202eb"}, "/note", "control_characters"),
        ({"color": "red"}, "/color", "unknown_field"),
        ({"exercise": "no-such-move"}, "/exercise", "unknown_exercise"),
        ({"exercise": str(uuid4())}, "/exercise", "unknown_exercise"),
        ({"exercise": 7}, "/exercise", "invalid"),
        ({"exercise": {"slug": "x"}}, "/exercise", "invalid"),
        ({"id": str(uuid4())}, "/id", "unknown_item"),
        ({"id": "first"}, "/id", "invalid"),
    ],
)
def test_a_fault_in_a_line_points_at_it_and_stores_nothing(
    api, body, change, pointer, code
):
    line(body, 1).update(change)
    answer = api.post("programs", body)
    assert (answer.status_code, pointers(answer)) == (
        400,
        {f"/phases/0/exercises/1{pointer}": code},
    )
    assert not Program.objects.visible_to(api.key).exists()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"status": "active"}, "/status"),
        ({"clinic": "x"}, "/clinic"),
        ({"review_date": "2001-01-01"}, "/review_date"),
        ({"end_date": "9999-12-31"}, "/end_date"),
        ({"start_date": "0001-01-01"}, "/start_date"),
        ({"practitioner": str(uuid4())}, "/practitioner"),
        ({"practitioner": "who@example.org"}, "/practitioner"),
        ({"patient": "Anna"}, "/patient"),
        ({"patient": None}, "/patient"),
        ({"phases": [{"weeks": 0}]}, "/phases/0/weeks"),
        ({"phases": [{"weeks": 10**30}]}, "/phases/0/weeks"),
        ({"phases": [[]]}, "/phases/0"),
        ({"phases": {}}, "/phases"),
        ({"phases": [{}] * 13}, "/phases"),
        ({"goal": "x" * 501}, "/goal"),
        ({"directional_preference": "up"}, "/directional_preference"),
    ],
)
def test_a_fault_in_the_header_points_at_it(api, body, change, pointer):
    answer = api.post("programs", body | change)
    assert (answer.status_code, list(pointers(answer))) == (400, [pointer])


def test_an_archived_exercise_is_refused_at_its_line(api, body, cat_camel):
    Exercise.objects.shared().update(status=Exercise.Status.ARCHIVED)
    codes = set(pointers(api.post("programs", body)).values())
    assert codes == {"archived_exercise"}


@pytest.mark.requirement("T2")
def test_a_patient_of_another_clinic_is_answered_like_none(api, body, outsider):
    foreign = make_patient(clinic=outsider.clinic)
    answers = [
        api.post("programs", body | {"patient": str(pk)})
        for pk in (foreign.pk, uuid4())
    ]
    assert pointers(answers[0]) == {"/patient": "unknown_patient"}
    assert pointers(answers[0]) == pointers(answers[1])


@pytest.mark.requirement("T2")
def test_exercises_and_practitioners_of_another_clinic_are_unknown(api, body, outsider):
    line(body)["exercise"] = make_exercise(clinic=outsider.clinic, slug="own").slug
    body["practitioner"] = str(outsider.practitioner_id)
    assert pointers(api.post("programs", body)) == {
        "/practitioner": "unknown_practitioner"
    }
    del body["practitioner"]
    assert pointers(api.post("programs", body)) == {
        "/phases/0/exercises/0/exercise": "unknown_exercise"
    }


@pytest.mark.requirement("T2")
def test_a_line_of_another_program_cannot_be_taken_over(api, body, outsider):
    foreign = make_program(by=outsider).prescribed_exercises.first()
    line(body)["id"] = str(foreign.pk)
    assert pointers(api.post("programs", body)) == {
        "/phases/0/exercises/0/id": "unknown_item"
    }


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", ""),
        ("PUT", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/issue"),
        ("POST", "/end"),
        ("POST", "/handouts"),
    ],
)
def test_a_foreign_program_is_answered_like_none(api, outsider, verb, path):
    foreign = make_program(by=outsider)
    for pk in (foreign.pk, uuid4()):
        answer = api.ask(verb, f"programs/{pk}{path}", {}, If_Match="*")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("verb", "path", "scope"),
    [
        ("GET", "", "programs:write"),
        ("PATCH", "", "programs:read"),
        ("POST", "/issue", "programs:write"),
        ("POST", "/handouts", "programs:issue"),
    ],
)
def test_another_scope_does_not_do(clinic, program, verb, path, scope):
    answer = Api(clinic, scope).ask(verb, f"programs/{program.pk}{path}", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


def test_patch_changes_what_is_given_and_the_etag(api, program):
    path = f"programs/{program.pk}"
    read = api.get(path)
    answer = api.patch(path, {"goal": "Walk to the lake"}, If_Match=read["ETag"])
    assert answer.json()["phases"] == read.json()["phases"]
    assert answer.json()["goal"] == "Walk to the lake"
    assert answer["ETag"] != read["ETag"]


def test_put_replaces_the_whole_and_keeps_the_ids_that_are_given(api, program):
    path = f"programs/{program.pk}"
    read = api.get(path)
    stored = read.json()
    first, second = stored["phases"][0]["exercises"]
    stored["phases"][0]["exercises"] = [second, {"exercise": first["exercise"]}]
    answer = api.put(path, stored, If_Match=read["ETag"])
    assert answer.status_code == 200, answer.json()
    lines = answer.json()["phases"][0]["exercises"]
    assert lines[0] == second
    assert lines[1]["id"] != first["id"]


def test_put_empties_what_is_left_out(api, program):
    answer = api.put(f"programs/{program.pk}", {"title": "Bare"}, If_Match="*")
    assert (answer.json()["phases"], answer.json()["title"]) == ([], "Bare")


def test_a_line_may_move_to_a_new_phase(api, program):
    path = f"programs/{program.pk}"
    phases = api.get(path).json()["phases"]
    moved = phases[0]["exercises"].pop()
    phases.append({"title": "Later", "exercises": [moved]})
    answer = api.patch(path, {"phases": phases[1:]}, If_Match="*")
    assert answer.json()["phases"][0]["exercises"] == [moved]


def test_one_id_cannot_stand_twice(api, program):
    path = f"programs/{program.pk}"
    phases = api.get(path).json()["phases"]
    phases[0]["exercises"] *= 2
    answer = api.patch(path, {"phases": phases}, If_Match="*")
    assert set(pointers(answer)) == {f"/phases/0/exercises/{n}/id" for n in (2, 3)}


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE"])
def test_writing_needs_the_etag(api, program, verb):
    path = f"programs/{program.pk}"
    missing = api.ask(verb, path, {"title": "X"})
    assert (missing.status_code, missing.json()["code"]) == (
        428,
        "precondition_required",
    )
    for etag in ('"0-draft"', f"W/{api.get(path)['ETag']}", "nonsense"):
        stale = api.ask(verb, path, {"title": "X"}, If_Match=etag)
        assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
        assert ("quotes" in stale.json()["detail"]) == (etag[0] != '"')


def test_who_is_overtaken_between_look_and_write_gets_a_412(api, program, monkeypatch):
    path = f"programs/{program.pk}"
    etag = api.get(path)["ETag"]
    look = "prescriptions.api.views.require_match"
    monkeypatch.setattr(look, lambda request, etag: program.touch())
    answer = api.patch(path, {"title": "Late"}, If_Match=etag)
    assert answer.status_code == 412
    assert api.get(path).json()["title"] == program.title


def test_what_the_caller_holds_already_is_not_sent_again(api, program):
    path = f"programs/{program.pk}"
    etag = api.get(path)["ETag"]
    answer = api.get(path, If_None_Match=etag)
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert api.get(path, If_None_Match='"other"').status_code == 200


def test_a_program_stays_with_its_patient(api, program, clinic):
    other = {"patient": str(make_patient(clinic=clinic).pk)}
    answer = api.patch(f"programs/{program.pk}", other, If_Match="*")
    assert pointers(answer) == {"/patient": "immutable"}


def test_only_drafts_are_deleted(api, program):
    path = f"programs/{program.pk}"
    api.post(f"{path}/issue")
    answer = api.delete(path, If_Match="*")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_draft")


def test_a_draft_is_deleted(api, program):
    path = f"programs/{program.pk}"
    assert api.delete(path, If_Match=api.get(path)["ETag"]).status_code == 204
    assert api.get(path).status_code == 404


def test_issuing_makes_a_revision_and_repeats_return_it(api, program):
    first = api.post(f"programs/{program.pk}/issue")
    again = api.post(f"programs/{program.pk}/issue", {})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["number"], first.json()["findings"]) == (1, [])
    read = api.get(f"programs/{program.pk}").json()
    assert (read["status"], read["revision"]) == ("active", 1)


def test_issuing_an_empty_program_points_at_the_phases(api, program):
    api.patch(f"programs/{program.pk}", {"phases": []}, If_Match="*")
    answer = api.post(f"programs/{program.pk}/issue")
    assert (answer.status_code, pointers(answer)) == (400, {"/phases": "no_exercises"})


def test_issuing_without_signed_texts_says_which(api, body):
    program = api.post("programs", body).json()
    answer = api.post(f"programs/{program['id']}/issue")
    assert pointers(answer) == {"/clinic/texts": "unsigned_text"}


def test_issuing_takes_no_members(api, program):
    answer = api.post(f"programs/{program.pk}/issue", {"force": True})
    assert pointers(answer) == {"/force": "unknown_field"}


def test_an_ended_program_is_closed(api, program):
    path = f"programs/{program.pk}"
    assert api.post(f"{path}/end").json()["status"] == "ended"
    for answer in (
        api.post(f"{path}/end"),
        api.post(f"{path}/issue"),
        api.patch(path, {"title": "X"}, If_Match="*"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "program_ended")


def test_filters_find_programs(api, program, outsider):
    make_program(by=make_membership(clinic=program.clinic), title="Other")
    for query in (
        f"patient={program.patient_id}",
        f"practitioner={program.practitioner_id}",
    ):
        rows = api.get(f"programs?{query}").json()["results"]
        assert [row["id"] for row in rows] == [str(program.pk)]
    assert api.get("programs?status=active").json()["results"] == []
    assert pointers(api.get("programs?status=open")) == {"/status": "invalid_choice"}
    assert pointers(api.get("programs?patient=x")) == {"/patient": "invalid"}


@pytest.mark.requirement("D1")
def test_reads_and_writes_are_recorded_once_each(api, body):
    pk = api.post("programs", body).json()["id"]
    api.get(f"programs/{pk}")
    api.patch(f"programs/{pk}", {"goal": "x"}, If_Match="*")
    api.get("programs")
    api.delete(f"programs/{pk}", If_Match="*")
    events = AuditEvent.objects.visible_to(api.key).order_by("at")
    assert [event.action for event in events] == [
        f"program.{verb}"
        for verb in ("created", "viewed", "updated", "listed", "deleted")
    ]


def test_many_programs_are_each_judged_by_themselves(api, body):
    items = [body, body | {"title": ""}, body]
    answer = api.post("programs:batch", {"items": items})
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [201, 400, 201]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/title"
    assert Program.objects.visible_to(api.key).count() == 2


def test_a_program_is_checked_without_being_stored(api, body):
    answer = api.post("programs:check", body)
    assert answer.status_code == 200, answer.json()
    assert set(answer.json()) == {"findings", "lines", "rules"}
    assert not Program.objects.visible_to(api.key).exists()
    events = AuditEvent.objects.visible_to(api.key)
    assert [event.action for event in events] == ["patient.viewed"]
    fault = api.post("programs:check", body | {"title": ""})
    assert pointers(fault) == {"/title": "blank"}
