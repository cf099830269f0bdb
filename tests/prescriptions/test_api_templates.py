import pytest

from clinic.signing import sign_all
from exercises.models import Exercise
from prescriptions.models import Handout, Program, ProgramTemplate, Queue
from tests.clinic.api.client import Api, pointers
from tests.factories import (
    make_exercise,
    make_membership,
    make_patient,
    make_program,
    sign_texts,
)


@pytest.fixture
def api(clinic, practitioner):
    return Api(clinic)


@pytest.fixture
def patient(clinic):
    return make_patient(clinic=clinic)


@pytest.fixture
def body(db):
    """A template of one phase: a line with the default dosage and one of its own."""
    make_exercise(slug="cat-camel")
    hold = {"kind": "hold", "hold_seconds": 20, "repetitions": 3, "times_per_day": 1}
    lines = [
        {"exercise": "cat-camel", "words": {"es": {"note": "Despacio."}}},
        {"exercise": "cat-camel", "dosage": hold, "note": "Slowly."},
    ]
    return {
        "name": "Back basics",
        "stage": "subacute",
        "words": {"es": {"name": "Espalda"}},
        "review_after_days": [14],
        "phases": [{"title": "Start", "days": 10, "exercises": lines}],
    }


@pytest.fixture
def made(api, body):
    answer = api.post("templates", body)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def assign(api, template, patient, **more):
    body = {"patient": str(patient.pk)} | more
    return api.post(f"templates/{template['slug']}/assign", body)


def sign_everything(practitioner):
    sign_texts(practitioner)
    sign_all(list(Exercise.objects.visible_to(practitioner)), by=practitioner)


def lines(program):
    return program["phases"][0]["exercises"]


def test_a_template_is_written_in_one_call_and_read_back(api, made):
    read = api.get("templates/back-basics")
    assert read.json() == made
    assert read.json() == api.get(f"templates/{made['id']}").json()
    first, second = lines(made)
    assert (first["dosage"]["repetitions"], first["exercise"]["slug"]) == (
        8,
        "cat-camel",
    )
    assert (second["dosage"]["hold_seconds"], second["note"]) == (20, "Slowly.")
    assert made["phases"][0]["days"] == 10


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"stage": "late"}, "/stage", "invalid_choice"),
        ({"leaflets": ["no-such"]}, "/leaflets", "unknown_leaflet"),
        ({"words": {"xx": {}}}, "/words/xx", "unknown_language"),
        ({"words": {"es": {"title": "x"}}}, "/words/es/title", "unknown_field"),
        ({"review_after_days": [0]}, "/review_after_days/0", "min_value"),
        ({"visibility": "owner"}, "/visibility", "only_people"),
        ({"slug": "mine"}, "/slug", "read_only"),
        (
            {"phases": [{"exercises": [{"exercise": "no-such"}]}]},
            "/phases/0/exercises/0/exercise",
            "unknown_exercise",
        ),
    ],
)
def test_a_fault_points_at_its_member_and_stores_nothing(
    api, body, change, pointer, code
):
    answer = api.post("templates", body | change)
    assert (answer.status_code, pointers(answer)) == (400, {pointer: code})
    assert not ProgramTemplate.objects.visible_to(api.key).exists()


def test_a_person_may_keep_a_template_to_themselves(api, body, practitioner, client):
    client.force_login(practitioner.practitioner)
    hidden = body | {"visibility": "owner"}
    answer = client.post("/api/v1/templates", hidden, content_type="application/json")
    assert answer.status_code == 201
    assert api.get(f"templates/{answer.json()['id']}").status_code == 404


def test_a_change_needs_the_etag_and_leaves_started_programs_alone(api, made, patient):
    program = assign(api, made, patient).json()
    path = f"templates/{made['id']}"
    change = {"phases": [{"title": "New", "exercises": []}], "is_archived": True}
    assert api.patch(path, change).status_code == 428
    seen = api.get(path)["ETag"]
    answer = api.patch(path, change, If_Match=seen)
    assert (answer.json()["version"], answer["ETag"] == seen) == (2, False)
    assert api.patch(path, change, If_Match=seen).status_code == 412
    assert len(lines(api.get(f"programs/{program['id']}").json())) == 2
    assert assign(api, made, patient).json()["code"] == "archived_template"


def test_what_was_read_can_be_put_back_unchanged(api, made):
    answer = api.put(f"templates/{made['id']}", made, If_Match="*")
    assert answer.status_code == 200, answer.json()
    apart = {"version", "updated_at"}
    assert [(k, v) for k, v in answer.json().items() if k not in apart] == [
        (k, v) for k, v in made.items() if k not in apart
    ]


def test_a_shared_template_is_made_ones_own_before_it_is_changed(api, made):
    shared = ProgramTemplate.objects.shared()
    shared.model.objects.unscoped().filter(pk=made["id"]).update(clinic=None)
    refused = api.patch("templates/back-basics", {"name": "Ours"}, If_Match="*")
    assert (refused.status_code, refused.json()["code"]) == (409, "shared_template")
    own = api.post("templates/back-basics/own")
    assert (own.status_code, own.json()["is_shared"]) == (201, False)
    assert api.post("templates/back-basics/own").status_code == 200
    changed = api.patch("templates/back-basics", {"name": "Ours"}, If_Match="*")
    assert (changed.json()["name"], changed.json()["id"]) == ("Ours", own.json()["id"])


def test_assigning_makes_a_draft_with_what_is_different(api, made, clinic):
    patient = make_patient(clinic=clinic, language="es")
    pair = {"system": "pms", "value": "4711"}
    api.patch(f"patients/{patient.pk}", {"external_ids": [pair]})
    override = {"exercise": "cat-camel", "note": "Sin dolor."}
    asked = {"external_id": pair, "start_date": "2026-05-04", "overrides": [override]}
    answer = api.post(f"templates/{made['id']}/assign", asked)
    program = answer.json()
    assert (answer.status_code, program["handout"]) == (201, None)
    assert (program["title"], program["started_from"]) == ("Espalda", "back-basics")
    days = [program[f"{name}_date"] for name in ("start", "review", "end")]
    assert days == ["2026-05-04", "2026-05-18", "2026-05-14"]
    assert [line["note"] for line in lines(program)] == ["Sin dolor.", "Sin dolor."]
    assert api.get(answer["Location"])["ETag"] == answer["ETag"]


def test_an_exercise_is_left_out_and_an_unknown_one_refused(api, made, patient):
    leave = {"exercise": "cat-camel", "leave_out": True}
    assert not lines(assign(api, made, patient, overrides=[leave]).json())
    unknown = assign(api, made, patient, overrides=[{"exercise": "plank"}])
    assert pointers(unknown) == {"/overrides/0/exercise": "unknown_item"}


def test_with_a_handout_all_is_made_or_nothing(api, made, patient, practitioner):
    refused = assign(api, made, patient, create_handout=True)
    assert refused.json()["code"] == "not_issuable"
    assert not Program.objects.visible_to(api.key).exists()
    sign_everything(practitioner)
    answer = assign(api, made, patient, create_handout=True)
    assert answer.status_code == 201, answer.json()
    handout = api.get(f"handouts/{answer.json()['handout']['id']}").json()
    assert (handout["program"], handout["state"]) == (answer.json()["id"], "pending")


def test_a_batch_judges_each_patient_by_itself(api, made, clinic, practitioner):
    sign_everything(practitioner)
    items = [
        {"patient": str(make_patient(clinic=clinic).pk), "create_handout": True},
        {"patient": made["id"]},
    ]
    answer = api.post(f"templates/{made['id']}/assign:batch", {"items": items})
    first, second = answer.json()["results"]
    assert (first["status"], second["status"]) == (201, 400), first
    assert first["program"]["handout"]["state"] == "pending"
    assert second["problem"]["errors"][0]["pointer"] == "/patient"
    assert Handout.objects.visible_to(api.key).get().queue == Queue.BULK


def test_a_program_is_copied_and_kept_as_a_template(api, practitioner, clinic):
    program = make_program(by=practitioner, goal="Lift my child")
    other = {"patient": str(make_patient(clinic=clinic).pk)}
    copy = api.post(f"programs/{program.pk}/copy", other)
    assert (copy.status_code, copy.json()["goal"]) == (201, "")
    assert len(lines(copy.json())) == 2
    same = api.post(f"programs/{program.pk}/copy").json()
    assert (same["patient"], same["goal"]) == (str(program.patient_id), "Lift my child")
    kept = api.post(f"programs/{program.pk}/template", {"name": "Ours"})
    assert len(lines(api.get(kept["Location"]).json())) == 2


def test_another_clinic_finds_no_template_and_no_patient(api, made, outsider):
    theirs = Api(outsider.clinic)
    assert theirs.get(f"templates/{made['id']}").status_code == 404
    program = make_program(by=make_membership(clinic=api.key.clinic))
    foreign = {"patient": str(make_patient(clinic=outsider.clinic).pk)}
    answer = api.post(f"programs/{program.pk}/copy", foreign)
    assert pointers(answer) == {"/patient": "unknown_patient"}


@pytest.mark.parametrize(("verb", "path"), [("GET", ""), ("POST", "/assign")])
def test_each_verb_needs_its_scope(clinic, made, verb, path):
    api = Api(clinic, "exercises:read", "exercises:write")
    answer = api.ask(verb, f"templates/{made['id']}{path}", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


def test_filters_find_own_and_shared_ones(api, made):
    ProgramTemplate.objects.create(slug="shared", name="Shared", stage="acute")
    found = {
        asked: [row["slug"] for row in api.get(f"templates?{asked}").json()["results"]]
        for asked in ("owner=own", "owner=shared", "stage=subacute")
    }
    own, shared = ["back-basics"], ["shared"]
    assert list(found.values()) == [own, shared, own]
