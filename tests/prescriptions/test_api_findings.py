"""Checking and issuing through the API: findings, ticks, reasons."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from clinic.models import Clinic, Membership
from exercises.models import Leaflet
from prescriptions import catalog
from prescriptions.models import Program
from tests.clinic.api.client import Api, pointers
from tests.factories import make_exercise, make_patient, make_program, sign_texts

TICKS = ["R04", "R26", "R27"]


@pytest.fixture
def api(clinic: Clinic) -> Api:
    """An integration of the clinic."""
    return Api(clinic)


@pytest.fixture
def program(practitioner: Membership) -> Program:
    """A draft with a doubtful exercise for a screened patient."""
    sign_texts(practitioner)
    catalog.load_rules()
    catalog.load_limits()
    patient = make_patient(clinic=practitioner.clinic, flags=["wrist_pain"])
    patient.screenings.create(answers={"chest_pain": False})
    lean = make_exercise(slug="lean", name="Lean", cautions=["wrist_pain"])
    make_exercise(slug="plank", contraindications=["wrist_pain"])
    return make_program(by=practitioner, patient=patient, exercises=[lean])


def codes(answer: Any) -> list[str]:
    """Return the codes of the findings of an answer."""
    return [finding["code"] for finding in answer.json()["findings"]]


def test_a_check_tells_the_findings_and_the_versions_of_the_rules(
    api: Api, program: Program
) -> None:
    answer = api.post(f"programs/{program.pk}/check", {})
    assert answer.status_code == 200
    assert sorted(codes(answer)) == TICKS
    assert answer.json()["rules"]["R04"] == 1


def test_a_check_tells_minutes_and_sentences_of_each_line(
    api: Api, program: Program
) -> None:
    (line,) = api.post(f"programs/{program.pk}/check", {}).json()["lines"]
    assert line["pointer"] == "/phases/0/exercises/0"
    assert line["minutes_per_day"] > 0
    assert line["sentences"][0].startswith("Do it 8")


def test_a_check_of_changes_saves_nothing(api: Api, program: Program) -> None:
    phases = [{"exercises": [{"exercise": "plank"}]}]
    answer = api.post(f"programs/{program.pk}/check", {"phases": phases})
    assert "R03" in codes(answer)
    program.refresh_from_db()
    assert program.version == 1
    assert program.prescribed_exercises.get().exercise.slug == "lean"


def test_a_check_points_at_what_is_wrong_with_the_changes(
    api: Api, program: Program
) -> None:
    phases = [{"exercises": [{"exercise": "unknown"}]}]
    answer = api.post(f"programs/{program.pk}/check", {"phases": phases})
    assert answer.status_code == 400
    assert list(pointers(answer)) == ["/phases/0/exercises/0/exercise"]


def test_open_findings_are_a_problem_that_holds_all_of_them(
    api: Api, program: Program
) -> None:
    answer = api.post(f"programs/{program.pk}/issue", {})
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "open_findings"
    assert sorted(codes(answer)) == TICKS
    assert "/phases/0/exercises/0" in pointers(answer)


def test_ticks_let_a_program_be_issued_and_the_answer_keeps_the_findings(
    api: Api, program: Program
) -> None:
    answer = api.post(f"programs/{program.pk}/issue", {"acknowledged": TICKS})
    assert answer.status_code == 201
    assert sorted(codes(answer)) == TICKS
    again = api.post(f"programs/{program.pk}/check", {})
    assert all(finding["is_answered"] for finding in again.json()["findings"])


def test_an_integration_cannot_override(api: Api, program: Program) -> None:
    line = program.prescribed_exercises.get()
    line.exercise.contraindications = ["wrist_pain"]
    line.exercise.save()
    body = {"acknowledged": TICKS, "reasons": {"R03": "We know."}}
    answer = api.post(f"programs/{program.pk}/issue", body)
    assert [error["code"] for error in answer.json()["errors"]] == ["needs_licence"]


def test_a_licensed_person_overrides_with_a_reason(
    program: Program, practitioner: Membership
) -> None:
    line = program.prescribed_exercises.get()
    line.exercise.contraindications = ["wrist_pain"]
    line.exercise.save()
    browser = Client()
    browser.force_login(practitioner.practitioner)
    answer = browser.post(
        f"/api/v1/programs/{program.pk}/issue",
        {"acknowledged": TICKS, "reasons": {"R03": "On the forearms."}},
        content_type="application/json",
    )
    assert answer.status_code == 201
    assert program.revisions.get().overrides.get(rule_code="R03").reason


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"acknowledged": "R04"}, "/acknowledged"),
        ({"reasons": {"R03": "x" * 1001}}, "/reasons/R03"),
        ({"ticked": []}, "/ticked"),
    ],
)
def test_a_body_of_another_shape_is_refused(
    api: Api, program: Program, body: dict[str, Any], pointer: str
) -> None:
    answer = api.post(f"programs/{program.pk}/issue", body)
    assert (answer.status_code, list(pointers(answer))) == (400, [pointer])


def test_a_foreign_program_is_not_checked(api: Api, outsider: Membership) -> None:
    foreign = make_program(by=outsider)
    for pk in (foreign.pk, uuid4()):
        answer = api.post(f"programs/{pk}/check", {})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_stage_and_length_of_a_phase_go_both_ways(api: Api, program: Program) -> None:
    path = f"programs/{program.pk}"
    phase = {"stage": "acute", "weeks": 1, "days": 3, "exercises": []}
    answer = api.ask("PATCH", path, {"phases": [phase]}, If_Match="*")
    (kept,) = answer.json()["phases"]
    assert (kept["stage"], kept["weeks"], kept["days"]) == ("acute", 1, 3)


def test_language_and_leaflets_go_both_ways(api: Api, program: Program) -> None:
    Leaflet.objects.create(slug="heat", title="Heat", body="- Warm.")
    path = f"programs/{program.pk}"
    body = {"language": "es", "leaflets": ["heat"]}
    answer = api.patch(path, body, If_Match="*").json()
    assert (answer["language"], answer["leaflets"]) == ("es", ["heat"])
    refusal = api.patch(path, {"leaflets": ["warmth"]}, If_Match="*")
    assert pointers(refusal) == {"/leaflets": "unknown_leaflet"}


def test_a_leaflet_of_another_clinic_is_unknown(
    api: Api, program: Program, outsider: Membership
) -> None:
    Leaflet.objects.create(
        clinic=outsider.clinic, slug="ours", title="Ours", body="- Warm."
    )
    body = {"leaflets": ["ours"]}
    refusal = api.patch(f"programs/{program.pk}", body, If_Match="*")
    assert pointers(refusal) == {"/leaflets": "unknown_leaflet"}
